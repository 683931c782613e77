// Draws one moment's body and its judged line, in the colours of live sessions.

import { colour } from "./dom.js";

const SEEN = 0.5; // Below it a landmark is a guess.
const DASH = 2.2;
const FACE = /nose|eye|ear|mouth/;
const HANDS = /pinky|index|thumb/;

export class Body {
  // alone: there is no picture behind it.
  constructor(poses, alone) {
    this.alone = alone;
    this.names = poses?.names ?? [];
    const edges = poses?.edges ?? [];
    this.edges = edges.filter((edge) => edge.every((i) => !FACE.test(this.names[i] ?? "") && !(HANDS.test(this.names[i] ?? "") && !/foot/.test(this.names[i]))));
    this.sides = ["left", "right"].map((side) => this.names.flatMap((name, i) => (name.startsWith(side) ? [i] : [])));
    const levels = ["good", "warn", "fault", "not_judged"];
    this.colours = Object.fromEntries([...levels, "outline", "ink", "far", "ground"].map((name) => [name, colour(`--pic-${name}`)]));
    this.colours.idle = this.colours.not_judged;
    this.font = getComputedStyle(document.body).fontFamily;
  }

  // flat: x, y, visibility of each landmark. Near the camera is the side that is seen better.
  draw(context, flat, scale, stroke, level) {
    if (!flat) return;
    const seen = (i) => flat[3 * i + 2] >= SEEN && flat[3 * i] !== null;
    const at = (i) => [flat[3 * i] * scale, flat[3 * i + 1] * scale];
    const sum = (side) => side.reduce((total, i) => total + (flat[3 * i + 2] ?? 0), 0);
    const near = new Set(sum(this.sides[0]) >= sum(this.sides[1]) ? this.sides[0] : this.sides[1]);
    const edges = this.edges.filter((edge) => edge.every(seen));
    const isNear = (edge) => edge.every((i) => near.has(i));
    const { outline, far, ink } = this.colours;
    for (const [a, b] of edges.filter((edge) => !isNear(edge))) {
      this.#line(context, at(a), at(b), outline, stroke * 0.8);
      this.#line(context, at(a), at(b), far, stroke * 0.45);
    }
    for (const [a, b] of edges.filter(isNear)) this.#segment(context, at(a), at(b), level, stroke);
    if (this.alone) this.#head(context, flat, at, seen, stroke);
    for (const i of new Set(edges.filter(isNear).flat())) {
      this.#dot(context, at(i), stroke * 1.05, outline);
      this.#dot(context, at(i), stroke * 0.7, ink);
    }
  }

  // Without a picture behind it a body has a head.
  #head(context, flat, at, seen, stroke) {
    const [nose, left, right] = ["nose", "left_ear", "right_ear"].map((name) => this.names.indexOf(name));
    const ears = [left, right].filter((i) => i >= 0 && seen(i)).map(at);
    if (nose < 0 || !seen(nose) || ears.length === 0) return;
    const middle = [0, 1].map((k) => ears.reduce((sum, ear) => sum + ear[k], 0) / ears.length);
    const radius = Math.max(stroke * 3, 1.1 * Math.hypot(at(nose)[0] - middle[0], at(nose)[1] - middle[1]));
    context.beginPath();
    context.arc(...middle, radius, 0, 2 * Math.PI);
    context.setLineDash([]);
    context.lineWidth = stroke * 0.6;
    context.strokeStyle = this.colours.far;
    context.stroke();
  }

  // marker: x, y of start, vertex and end, the number in words, its level.
  mark(context, marker, scale, stroke) {
    const [x1, y1, x2, y2, x3, y3] = marker.slice(0, 6).map((value) => value * scale);
    const [text, level] = marker.slice(6);
    const [start, vertex, end] = [[x1, y1], [x2, y2], [x3, y3]];
    const ink = this.colours[level] ?? this.colours.not_judged;
    this.#line(context, start, end, this.colours.outline, stroke * 0.75, DASH * stroke);
    this.#line(context, start, end, this.colours.ink, stroke * 0.4, DASH * stroke);
    this.#arc(context, start, vertex, end, ink, stroke);
    this.#dot(context, vertex, stroke * 1.3, this.colours.outline);
    this.#dot(context, vertex, stroke * 0.9, ink);
    if (text) this.#label(context, text, start, vertex, end, ink, stroke);
  }

  // Told apart by shape as well: a warning is broken, a fault wide with a white core.
  #segment(context, start, end, level, stroke) {
    const width = stroke * ({ fault: 1.5, not_judged: 0.7, idle: 0.7 }[level] ?? 1);
    const ink = this.colours[level] ?? this.colours.not_judged;
    this.#line(context, start, end, this.colours.outline, width + stroke * 0.5);
    this.#line(context, start, end, ink, width, level === "warn" ? DASH * stroke : 0);
    if (level === "fault") this.#line(context, start, end, this.colours.ink, stroke * 0.35);
  }

  #arc(context, start, vertex, end, ink, stroke) {
    const arms = [start, end].map(([x, y]) => Math.hypot(x - vertex[0], y - vertex[1]));
    const radius = Math.min(Math.max(stroke * 5, 0.22 * Math.min(...arms)), stroke * 9);
    const [first, last] = [start, end].map(([x, y]) => Math.atan2(y - vertex[1], x - vertex[0]));
    const turn = Math.atan2(Math.sin(last - first), Math.cos(last - first));
    for (const [paint, width] of [[this.colours.outline, 0.9], [ink, 0.5]]) {
      context.beginPath();
      context.arc(vertex[0], vertex[1], radius, first, first + turn, turn < 0);
      context.setLineDash([]);
      context.lineWidth = stroke * width;
      context.strokeStyle = paint;
      context.stroke();
    }
  }

  // The number, on the upper side of the line, inside the picture.
  #label(context, text, start, vertex, end, ink, stroke) {
    const { clientWidth, clientHeight } = context.canvas;
    const size = Math.min(30, Math.max(15, clientHeight / 18));
    context.font = `700 ${size}px ${this.font}`;
    const width = context.measureText(text).width + size * 0.9;
    const height = size * 1.4;
    let [across, up] = [start[1] - end[1], end[0] - start[0]];
    const length = Math.hypot(across, up) || 1;
    if (up > 0) [across, up] = [-across, -up];
    const reach = (stroke * 9 + size + (Math.abs(across / length) * width) / 2) / length;
    const keep = (value, most) => Math.min(Math.max(value, 0), Math.max(0, most));
    const x = keep(vertex[0] + across * reach - width / 2, clientWidth - width);
    const y = keep(vertex[1] + up * reach - height / 2, clientHeight - height);
    context.fillStyle = this.colours.ground;
    context.fillRect(x, y, width, height);
    context.fillStyle = ink;
    context.fillRect(x, y, size * 0.2, height);
    context.fillStyle = this.colours.ink;
    context.textBaseline = "middle";
    context.fillText(text, x + size * 0.5, y + height / 2);
  }

  #line(context, start, end, ink, width, dash = 0) {
    context.beginPath();
    context.moveTo(...start);
    context.lineTo(...end);
    context.lineCap = dash ? "butt" : "round";
    context.setLineDash(dash ? [dash, dash * 0.8] : []);
    context.lineWidth = width;
    context.strokeStyle = ink;
    context.stroke();
  }

  #dot(context, [x, y], radius, ink) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = ink;
    context.fill();
  }
}
