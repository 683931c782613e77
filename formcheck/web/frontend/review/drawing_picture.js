// Shows drawings on the picture, as SVG: its view box is the picture in its own pixels, so that it
// fits however the picture is scaled, zoomed or framed.

import { angleDeg, arcOf, barbs, distance, minus } from "./drawing_geometry.js";
import { degrees } from "./drawing_shapes.js";

const SVG = "http://www.w3.org/2000/svg";
const LETTER = 16; // Sizes are in pixels of the screen.
const HEAD = 16;
const ARC = [18, 44]; // The smallest and the largest radius ...
const ARC_OF_ARM = 0.35; // ... and otherwise so much of the shorter side.
const HANDLE = 6;
const CROSS = 14;

export class DrawingPicture {
  // label(drawing): words under the number of an angle.
  constructor({ width, height }, label) {
    this.svg = node("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "xMidYMid meet", "aria-hidden": "true" });
    this.svg.classList.add("drawings");
    this.size = { width, height };
    this.label = label;
  }

  // Image pixels for each pixel of the screen.
  get px() {
    const scale = this.svg.getScreenCTM()?.a;
    return scale ? 1 / scale : 1;
  }

  get letter_px() {
    return LETTER * this.px;
  }

  // Where a place on the screen lies in the picture.
  at(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [x, y];
  }

  draw({ drawings, selected, pending, cursor, target }) {
    const parts = drawings.map((each) => this.#drawing(each, each === selected));
    if (selected) parts.push(...selected.points_px.filter((_, i, all) => all.length <= 3).map((at) => this.#handle(at, selected.colour)));
    if (pending) parts.push(this.#drawing(pending, false), ...pending.points_px.map((at) => this.#handle(at, pending.colour)));
    if (cursor) parts.push(this.#cross(cursor));
    if (target) parts.push(this.#ring(target));
    this.svg.replaceChildren(...parts);
  }

  #drawing(drawing, isSelected) {
    const group = node("g", { "data-shape": drawing.shape });
    if (isSelected) group.classList.add("selected");
    const { shape, points_px: points, colour } = drawing;
    if (shape === "text") {
      if (drawing.text) group.append(this.#words(points[0], drawing.text, colour, "start"));
      return group;
    }
    this.#stroke(group, `M ${points.map((at) => at.join(" ")).join(" L ")}`, colour);
    if (shape === "arrow" && points.length === 2) this.#head(group, points, colour);
    if (shape === "angle" && points.length === 3) this.#angle(group, drawing);
    return group;
  }

  #head(group, points, colour) {
    const [one, other] = barbs(points, Math.min(HEAD * this.px, distance(...points) / 2));
    this.#stroke(group, `M ${one.join(" ")} L ${points[1].join(" ")} L ${other.join(" ")}`, colour);
  }

  #angle(group, drawing) {
    const { points_px: points, colour } = drawing;
    const value = angleDeg(points);
    const shorter = Math.min(distance(points[0], points[1]), distance(points[2], points[1]));
    const [least, most] = ARC.map((each) => each * this.px);
    const radius = Math.min(Math.max(ARC_OF_ARM * shorter, least), most);
    const arc = arcOf(points, radius);
    if (!arc) return;
    this.#stroke(group, arc.d, colour);
    const label = this.label(drawing);
    const lines = label ? [degrees(value), label] : [degrees(value)];
    // Below the corner: above it stands what the program measured.
    const apart = LETTER * this.px * (1 + lines.length / 2);
    const inside = arc.middle(radius + apart);
    const [x, y] = inside[1] >= points[1][1] ? inside : arc.middle(-apart);
    lines.forEach((text, i) => group.append(this.#inside([x, y + (i - (lines.length - 1) / 2) * this.letter_px * 1.25], text, colour)));
  }

  // A line of words in its middle, kept in the picture.
  #inside([x, y], text, colour) {
    const half = (text.length * this.letter_px * 0.58) / 2;
    const within = (value, edge, size) => Math.min(Math.max(value, edge), Math.max(edge, size - edge));
    return this.#words([within(x, half, this.size.width), within(y, this.letter_px, this.size.height)], text, colour, "middle");
  }

  #words([x, y], text, colour, anchor) {
    const words = node("text", { x, y, fill: colour, "text-anchor": anchor, "dominant-baseline": "central", "font-size": this.letter_px });
    words.style.strokeWidth = `${this.letter_px / 4}px`;
    words.textContent = text;
    return words;
  }

  // A dark rim below, so that it stands out from everything.
  #stroke(group, d, colour) {
    group.append(node("path", { d, class: "rim" }), node("path", { d, class: "line", stroke: colour }));
  }

  #handle([cx, cy], fill) {
    return node("circle", { cx, cy, r: HANDLE * this.px, class: "handle", fill });
  }

  #cross(at) {
    const [x, y] = at;
    const reach = CROSS * this.px;
    const gap = reach / 4;
    const arm = ([dx, dy]) => `M ${minus(at, [-dx * gap, -dy * gap]).join(" ")} L ${x + dx * reach} ${y + dy * reach}`;
    const group = node("g", { class: "cursor" });
    this.#stroke(group, [[1, 0], [-1, 0], [0, 1], [0, -1]].map(arm).join(" "), "#ffffff");
    return group;
  }

  #ring([cx, cy]) {
    return node("circle", { cx, cy, r: 1.6 * HANDLE * this.px, class: "target" });
  }
}

function node(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
