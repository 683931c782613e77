// What a drawing is: its points while it is made, when it is shown, and what is told of it.

import { angleDeg } from "./drawing_geometry.js";
import { clock, nearest } from "./times.js";

export const SHAPES = [
  { name: "line", title: "Line", key: "l", asks: ["Where does the line begin?", "Where does it end?"] },
  {
    name: "angle",
    title: "Angle",
    key: "a",
    asks: ["Where does the first side of the angle end?", "Where is its corner?", "Where does the other side end?"],
  },
  { name: "arrow", title: "Arrow", key: "w", asks: ["Where does the arrow begin?", "What does it point at?"] },
  { name: "text", title: "Text", key: "t", asks: ["Where do the words go?"] },
  { name: "free", title: "Free line", key: "f", asks: ["Where does the line begin?", "Draw, and set the last point."] },
];

const BY_NAME = new Map(SHAPES.map((shape) => [shape.name, shape]));

// The first is what docs/bundle.md calls the default. Each is told from the others by its brightness
// too, and is drawn on a dark rim, so that it stands out from every picture.
export const COLOURS = [
  { value: "#ffcc00", title: "yellow" },
  { value: "#ffffff", title: "white" },
  { value: "#4cc9f0", title: "blue" },
  { value: "#ff6b4a", title: "orange" },
  { value: "#2fd3aa", title: "green" },
];

// How long a drawing stays, in seconds; 0: on its frame alone.
export const SPANS_S = [0, 1, 2, 5];

export function shapeOf(name) {
  return BY_NAME.get(name);
}

export function pointsNeeded(name) {
  return shapeOf(name).asks.length;
}

export function spanWords(span_s) {
  return span_s ? `for ${span_s} s` : "on this frame";
}

// The span of a drawing as one of SPANS_S, or as it is.
export function spanOf(drawing) {
  return drawing.until_s === null ? 0 : drawing.until_s - drawing.t_s;
}

export function withSpan(drawing, span_s) {
  return { ...drawing, until_s: span_s ? drawing.t_s + span_s : null };
}

export function colourTitle(value) {
  return COLOURS.find((colour) => colour.value === value)?.title ?? value;
}

// Whether a drawing is shown on a frame: on the one nearest to its moment, and until its end.
export function isShown(drawing, frame, times_s) {
  const first = nearest(times_s, drawing.t_s);
  if (drawing.until_s === null) return frame === first;
  return frame >= first && (frame === first || times_s[frame] <= drawing.until_s + 1e-6);
}

// "Angle 163.4° at 0:04.63"
export function wordsOf(drawing) {
  const { title } = shapeOf(drawing.shape);
  const what = drawing.shape === "text" ? `${title} “${drawing.text}”` : title;
  const angle = drawing.shape === "angle" ? ` ${degrees(angleDeg(drawing.points_px))}` : "";
  return `${what}${angle} at ${clock(drawing.t_s)}`;
}

export function degrees(value) {
  return value === null ? "no angle" : `${value.toFixed(1)}°`;
}

// What the program measured at this moment, where it measures angles: [{ title, text }].
// within_s: how far a value may be from the moment.
export function measuredAt(signals, t_s, within_s = 0.05) {
  return signals
    .filter(({ unit, check, points, t_s: times }) => unit === "°" && !check && !points && times.length)
    .map(({ title, t_s: times, values, decimals }) => {
      const at = nearest(times, t_s);
      const value = Math.abs(times[at] - t_s) <= within_s ? values[at] : null;
      return { title, text: value === null ? "not measured here" : `${signed(value, decimals)}°` };
    });
}

export function signed(value, decimals) {
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return value < 0 ? `−${text}` : text;
}
