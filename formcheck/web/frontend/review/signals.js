// What was measured, over the same stretch of time as the timeline, one small chart below the
// other: limits as bands, the playhead, and the value at the moment.

import { button, made, onrepaint } from "./dom.js";
import { paintChart } from "./chart.js";
import { above, nearest } from "./times.js";

const AT_FIRST = 2;
const GAP_S = 0.5; // With nothing measured nearer than this, there is no value.

export function mount(root, { player, state, view }) {
  let source = state.page.signals;
  let signals = joined(source ?? []);
  const shown = new Set(atFirst(signals, state.page.findings ?? []).map(({ name }) => name));
  const chips = made("div.row.chips.line", { role: "group", "aria-label": "Curves that are shown" });
  const charts = made("div.charts", { tabIndex: 0, role: "region", "aria-label": "Curves" });
  root.replaceChildren(chips, charts);
  let rows = [];
  if (signals.length === 0) {
    root.hidden = true;
    return () => {};
  }

  function choose() {
    chips.replaceChildren(...signals.map(({ name, title, more }) => button(more ? `${title}, ${more}` : title, () => {
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
    const name = made("figcaption", {}, made("span.name", { title: signal.title }, signal.title), value);
    if (signal.reference) name.title = signal.reference; // E.g. from your own neutral.
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
      value.textContent = now === null ? "–" : `${written(now, signal.decimals)}${signal.unit === "°" ? "" : " "}${signal.unit}`;
      value.dataset.level = levelOf(signal, now);
    }
  }

  function anew(what) {
    if (what !== "page" || state.page.signals === source) return;
    source = state.page.signals;
    signals = joined(source);
    choose();
  }

  const offs = [player.onframe(follow), view.onchange(paint), onrepaint(charts, paint), state.subscribe(anew)];
  choose();
  return () => offs.forEach((off) => off());
}

// Several checks may judge one measure: it is one curve, with the limits of all of them. What bears
// the same name and is another curve is told apart by what it is measured from.
export function joined(signals) {
  const found = [];
  for (const signal of signals) {
    const twin = found.find((each) => each.title === signal.title && each.points === signal.points && alike(each, signal));
    if (twin) Object.assign(twin, { limits: [...twin.limits, ...signal.limits], reference: twin.reference || signal.reference, checks: [...twin.checks, signal.check] });
    else found.push({ ...signal, checks: [signal.check] });
  }
  for (const signal of found) {
    signal.decimals = decimalsOf(signal);
    const alone = found.filter(({ title }) => title === signal.title).length === 1;
    if (!alone && signal.reference) signal.more = signal.reference;
  }
  return found;
}

// Small ratios need more digits than the unit alone would say.
function decimalsOf({ values, limits, decimals }) {
  const known = [...values, ...limits.flatMap(({ warn, fault }) => [warn, fault])];
  const most = known.reduce((largest, value) => Math.max(largest, Math.abs(value ?? 0)), 0);
  return most > 0 && most < 1 ? Math.max(decimals, Math.min(4, 1 - Math.floor(Math.log10(most)))) : decimals;
}

function alike(one, other) {
  return one.values.length === other.values.length && one.values.every((value, i) => value === other.values[i] && one.t_s[i] === other.t_s[i]);
}

// What was found in the session, then what is judged at all.
function atFirst(signals, findings) {
  const codes = findings.map(({ check }) => check);
  const told = signals.filter(({ checks }) => checks.some((check) => codes.includes(check)));
  const judged = signals.filter(({ limits }) => limits.length > 0);
  return [...new Set([...told, ...judged, ...signals])].slice(0, AT_FIRST);
}

function spoken({ title, unit, values }) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${title}: not measured`;
  const [low, high] = known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  return `${title} over time, between ${low} and ${high} ${unit}`;
}

export function written(value, decimals) {
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
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
