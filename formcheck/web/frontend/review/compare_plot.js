// One measure of both clips on one clock, that of clip A: A's curve whole, B's broken.

import { colour, fitted, made, onrepaint } from "./dom.js";
import { mapped, onClock } from "./sync.js";
import { clock } from "./times.js";

const PAD_PX = 16;
const ROOM = 0.08;
const HOLE_S = 0.5; // Values further apart are not joined.
const MARGIN = 0.35; // Before and after a repetition, of its length.
const DASH = [7, 4];
const POINT_PX = 4;
const LINE_PX = 2;
const COLOURS = { a: "--compare-a", b: "--compare-b" };

export class Plot {
  // onseek(t_s): somebody points at a moment on A's clock.
  constructor(root, pair, shared, onseek) {
    this.pair = pair;
    this.shared = shared;
    this.canvas = made("canvas", { role: "img" });
    this.measure = made("select", { "aria-label": "Measure", onchange: () => this.#changed() });
    this.measure.append(...shared.map(({ title, unit }, i) => new Option(unit ? `${title}, ${unit}` : title, i)));
    this.whole = made("input", { type: "checkbox", onchange: () => this.#changed(), checked: pair.mode !== "unit" || pair.sides.a.units[0]?.kind === "hold" });
    this.key = made("p.key.soft", {}, made("span.of-a", {}, "A, whole line"), " ", made("span.of-b", {}, "B, broken line"));
    this.head = made("div.head");
    this.area = made("div.plot", {}, this.canvas, this.head);
    this.painted = []; // What the curves were painted from.
    if (!shared.length) {
      root.replaceChildren(made("p.soft", {}, "Nothing was measured in both, so there are no curves to show together."));
      return;
    }
    root.replaceChildren(made("div.row", {}, this.measure, made("label", {}, this.whole, " Whole clips"), this.key), this.area);
    this.area.onpointerdown = (event) => onseek(this.#at(event));
    onrepaint(this.canvas, () => {
      this.painted = [];
      this.paint();
    });
  }

  get signals() {
    return this.shared[Number(this.measure.value)];
  }

  // The stretch of A's clock that is shown.
  get span_s() {
    const { a, b } = this.pair.sides;
    const unit = a.units[this.pair.chosen.a];
    if (!this.whole.checked && this.pair.mode === "unit" && unit?.moments_s.length > 1) {
      const [from_s, to_s] = [unit.moments_s[0], unit.moments_s.at(-1)];
      const margin_s = (to_s - from_s) * MARGIN;
      return [from_s - margin_s, to_s + margin_s];
    }
    const ofB = [b.player.times_s[0], b.player.times_s.at(-1)].map((t_s) => mapped(this.pair.pairsFrom("b"), t_s));
    return [Math.min(a.player.times_s[0], ofB[0]), Math.max(a.player.times_s.at(-1), ofB[1])];
  }

  // Curves only when something about them changed, as an hour has many points.
  paint() {
    if (!this.shared.length) return;
    const [from_s, to_s] = this.span_s;
    const now = [this.signals, this.pair.pairs, from_s, to_s];
    if (now.some((each, i) => each !== this.painted[i])) {
      this.painted = now;
      this.#curves(from_s, to_s);
    }
    const { leader, lead, linked, sides } = this.pair;
    const t_s = lead === "a" || !linked ? sides.a.t_s : mapped(this.pair.pairsFrom("b"), leader.t_s);
    const share = (t_s - from_s) / (to_s - from_s);
    this.head.hidden = share < 0 || share > 1;
    this.head.style.left = `${share * 100}%`;
  }

  #curves(from_s, to_s) {
    const context = fitted(this.canvas);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const curves = { a: this.signals.a, b: onClock(this.signals.b, this.pair.pairsFrom("b")) };
    const x = (t_s) => ((t_s - from_s) / (to_s - from_s)) * width;
    context.fillStyle = colour("--fc-raised");
    context.fillRect(0, 0, width, height);
    const range = rangeOf(curves, from_s, to_s);
    if (range) {
      const y = (value) => height - PAD_PX - ((value - range[0]) / (range[1] - range[0])) * (height - 2 * PAD_PX);
      for (const name of ["a", "b"]) paintCurve(context, curves[name], x, y, colour(COLOURS[name]), name === "b");
      this.#labels(context, range, height);
    }
    this.canvas.setAttribute("aria-label", `${this.signals.title} of both clips, ${clock(from_s, 1)} to ${clock(to_s, 1)} of clip A`);
  }

  #labels(context, [low, high], height) {
    const text = (value) => `${value.toFixed(this.signals.decimals).replace("-", "−")} ${this.signals.unit}`;
    context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = "middle";
    context.fillStyle = colour("--fc-soft");
    context.fillText(text(high), 4, 8);
    context.fillText(text(low), 4, height - 8);
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [from_s, to_s] = this.span_s;
    return from_s + ((event.clientX - box.left) / box.width) * (to_s - from_s);
  }

  #changed() {
    this.paint();
    this.onmeasure?.();
  }
}

function rangeOf(curves, from_s, to_s) {
  let [low, high] = [Infinity, -Infinity];
  for (const { t_s, values } of Object.values(curves)) {
    t_s.forEach((at_s, i) => {
      if (values[i] === null || at_s < from_s || at_s > to_s) return;
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    });
  }
  if (low > high) return null;
  const room = (high - low || Math.abs(high) || 1) * ROOM;
  return [low - room, high + room];
}

function paintCurve(context, { t_s, values, points }, x, y, ink, broken) {
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = LINE_PX;
  context.lineJoin = "round";
  if (points) {
    for (const [i, value] of values.entries()) if (value !== null) paintPoint(context, x(t_s[i]), y(value), broken);
    return;
  }
  context.setLineDash(broken ? DASH : []);
  context.beginPath();
  let before = null;
  for (const [i, value] of values.entries()) {
    if (value === null) before = null;
    else {
      const joined = before !== null && t_s[i] - t_s[before] <= HOLE_S;
      if (joined) context.lineTo(x(t_s[i]), y(value));
      else context.moveTo(x(t_s[i]), y(value));
      before = i;
    }
  }
  context.stroke();
  context.setLineDash([]);
}

// A's points are discs, B's rings.
function paintPoint(context, x, y, hollow) {
  context.beginPath();
  context.arc(x, y, POINT_PX, 0, 2 * Math.PI);
  if (hollow) context.stroke();
  else context.fill();
}
