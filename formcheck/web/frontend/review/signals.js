// What was measured, over the same stretch of time as the timeline, one small chart below the
// other: limits as bands, the playhead, and the value at the moment.

import { button, made, onrepaint } from "./dom.js";
import { paintChart } from "./chart.js";
import { above, nearest } from "./times.js";

const AT_FIRST = 3;
const GAP_S = 0.5; // With nothing measured nearer than this, there is no value.

export function mount(root, { player, state, view }) {
  const signals = state.page.signals ?? [];
  const shown = new Set(atFirst(signals).map(({ name }) => name));
  const chips = made("div.row.chips", { role: "group", "aria-label": "Curves that are shown" });
  const charts = made("div.charts", { tabIndex: 0, role: "region", "aria-label": "Curves" });
  root.replaceChildren(chips, charts);
  let rows = [];
  if (signals.length === 0) {
    root.hidden = true;
    return () => {};
  }

  function choose() {
    chips.replaceChildren(...signals.map(({ name, title }) => button(title, () => {
      if (shown.has(name)) shown.delete(name);
      else shown.add(name);
      choose();
      chips.children[signals.findIndex((each) => each.name === name)].focus();
    }, { "aria-pressed": String(shown.has(name)) })));
    rows = signals.filter(({ name }) => shown.has(name)).map(row);
    charts.replaceChildren(...rows.map(({ element }) => element));
    charts.hidden = rows.length === 0;
    paint();
  }

  function row(signal) {
    const value = made("output.value");
    const canvas = made("canvas", { role: "img", "aria-label": spoken(signal) });
    const head = made("div.head");
    const plot = made("div.plot", {}, canvas, head);
    drags(plot, (share) => player.seek_s(view.at(share)));
    const name = made("figcaption", {}, made("span.name", {}, signal.title), value);
    if (signal.reference) name.title = signal.reference;
    return { signal, value, canvas, head, element: made("figure", {}, name, plot) };
  }

  function paint() {
    for (const { signal, canvas } of rows) paintChart(canvas, signal, view);
    follow();
  }

  function follow() {
    const t_s = player.t_s;
    const share = view.share(t_s);
    for (const { signal, value, head } of rows) {
      head.hidden = share < 0 || share > 1;
      head.style.left = `${share * 100}%`;
      const now = valueAt(signal, t_s);
      value.textContent = now === null ? "–" : `${now.toFixed(signal.decimals).replace("-", "−")} ${signal.unit}`;
      value.dataset.level = levelOf(signal, now);
    }
  }

  const offs = [player.onframe(follow), view.onchange(paint), onrepaint(charts, paint)];
  choose();
  return () => offs.forEach((off) => off());
}

// The main measure, and what had most to be said of.
function atFirst(signals) {
  const judged = signals.filter(({ limits }) => limits.length > 0);
  return [...new Set([...judged, ...signals])].slice(0, AT_FIRST);
}

function spoken({ title, unit, values }) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${title}: not measured`;
  const [low, high] = known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  return `${title} over time, between ${low} and ${high} ${unit}`;
}

// Of a curve the nearest value, of points the last one before.
export function valueAt(signal, t_s) {
  const { t_s: times, values, points } = signal;
  if (times.length === 0) return null;
  if (points) {
    const last = above(times, t_s + 0.02) - 1;
    return last < 0 ? null : values[last];
  }
  const at = nearest(times, t_s);
  return Math.abs(times[at] - t_s) <= GAP_S ? values[at] : null;
}

export function levelOf({ limits }, value) {
  if (value === null || limits.length === 0) return "";
  const past = (limit, side) => limit !== null && (side === "low" ? value < limit : value > limit);
  if (limits.some(({ fault, side }) => past(fault, side))) return "fault";
  return limits.some(({ warn, side }) => past(warn, side)) ? "warn" : "good";
}

function drags(plot, go) {
  const to = (event) => {
    const { left, width } = plot.getBoundingClientRect();
    go(Math.min(1, Math.max(0, (event.clientX - left) / width)));
  };
  plot.onpointerdown = (event) => {
    if (event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    to(event);
    plot.onpointermove = to;
  };
  plot.onpointerup = plot.onpointercancel = () => {
    plot.onpointermove = null;
  };
}
