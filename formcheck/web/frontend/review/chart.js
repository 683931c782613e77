// Paints one signal: bands beyond its limits, the curve or the points, and its range in numbers.

import { colour, fitted } from "./dom.js";
import { above } from "./times.js";

const PAD_PX = 4;
const ROOM = 0.08; // Above the highest and below the lowest value, of the range.
const HOLE_S = 0.5; // Values further apart are not joined.
const POINT_PX = 3;

export function paintChart(canvas, signal, view) {
  const context = fitted(canvas);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const range = rangeOf(signal);
  if (!range) return;
  const [low, high] = range;
  const y = (value) => height - PAD_PX - ((value - low) / (high - low)) * (height - 2 * PAD_PX);
  context.fillStyle = colour("--fc-raised");
  context.fillRect(0, 0, width, height);
  for (const limit of signal.limits) paintLimit(context, limit, y, width, height);
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.clip();
  if (signal.points) paintPoints(context, signal, view, width, y);
  else paintCurve(context, signal, view, width, y);
  context.restore();
  label(context, high, signal, width, 9);
  label(context, low, signal, width, height - 8);
}

// From the lowest to the highest value, and as far as the first limit.
export function rangeOf({ values, limits }) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return null;
  for (const { warn } of limits) {
    if (warn === null) continue;
    low = Math.min(low, warn);
    high = Math.max(high, warn);
  }
  const room = (high - low || Math.abs(high) || 1) * ROOM;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function paintLimit(context, { warn, fault, side }, y, width, height) {
  const end = side === "low" ? height : 0;
  for (const [limit, name, alpha] of [[warn, "warn", 0.16], [fault, "fault", 0.24]]) {
    if (limit === null || limit === undefined) continue;
    const from = Math.min(Math.max(y(limit), 0), height);
    const ink = colour(`--fc-${name}`);
    context.globalAlpha = alpha;
    context.fillStyle = ink;
    context.fillRect(0, Math.min(from, end), width, Math.abs(end - from));
    context.globalAlpha = 0.9;
    context.strokeStyle = ink;
    context.lineWidth = 1;
    // A warning's limit is broken, a fault's whole.
    context.setLineDash(name === "warn" ? [5, 4] : []);
    context.beginPath();
    context.moveTo(0, from);
    context.lineTo(width, from);
    if (from > 0 && from < height) context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }
}

// Where many values fall on one pixel, its lowest and highest.
function paintCurve(context, { t_s, values }, view, width, y) {
  const first = Math.max(0, above(t_s, view.from_s) - 1);
  const last = Math.min(t_s.length - 1, above(t_s, view.to_s));
  context.beginPath();
  let [before, column, low, high, open] = [null, -1, 0, 0, false];
  const flush = () => {
    if (open && high > low) {
      context.moveTo(column, y(low));
      context.lineTo(column, y(high));
    }
    open = false;
  };
  for (let i = first; i <= last; i += 1) {
    const value = values[i];
    if (value === null) {
      flush();
      before = null;
      continue;
    }
    const x = view.share(t_s[i]) * width;
    if (open && Math.floor(x) === Math.floor(column)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    } else {
      flush();
      [low, high, open] = [value, value, true];
    }
    if (before !== null && t_s[i] - t_s[before] <= HOLE_S) context.lineTo(x, y(value));
    else context.moveTo(x, y(value));
    [before, column] = [i, x];
  }
  flush();
  context.strokeStyle = colour("--fc-ink");
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke();
}

function paintPoints(context, { t_s, values }, view, width, y) {
  context.fillStyle = colour("--fc-ink");
  t_s.forEach((at_s, i) => {
    if (values[i] === null || at_s < view.from_s || at_s > view.to_s) return;
    context.beginPath();
    context.arc(view.share(at_s) * width, y(values[i]), POINT_PX, 0, 2 * Math.PI);
    context.fill();
  });
}

function label(context, value, { decimals }, width, y) {
  const text = value.toFixed(decimals).replace("-", "−");
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  const wide = context.measureText(text).width;
  context.fillStyle = colour("--fc-raised");
  context.globalAlpha = 0.8;
  context.fillRect(2, y - 6, wide + 4, 12);
  context.globalAlpha = 1;
  context.fillStyle = colour("--fc-soft");
  context.fillText(text, 4, y);
}
