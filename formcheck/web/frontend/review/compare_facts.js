// What can be said of two sessions side by side in numbers, and what can't: two angles are compared
// only when both cameras saw the same thing. No pages, no players.

import { nearest } from "./times.js";

// Seen further apart than this, cameras did stand elsewhere: the same camera is read with a scatter
// of some 10 degrees. Nearer says little: a camera turned by a true 15 degrees may look like one that
// is not turned at all.
export const FAR_YAW_DEG = 15;
export const NEAR_WORDS = "As far as can be told both cameras saw the same side. One that is turned by 15° may go unnoticed, so a few degrees of difference may come from the camera alone.";

const VIEW_WORDS = { side: "from the side", front: "from the front", angle: "at an angle" };
// Units of what no camera's place changes; in a report, plain numbers are counts.
const OF_TIME = ["s", "ms", "min"];
const OF_REPORT = [...OF_TIME, "", "%"];
const NUMBER = /^([+−-]?\d+(?:[.,]\d+)?)(?:\s*(.*))?$/;

// Why measures of the two are not to be compared, in sentences; empty: nothing is known against it.
export function obstacles(a, b) {
  const found = [];
  if (a.exercise.name !== b.exercise.name) {
    found.push(`They are different exercises: ${a.exercise.title} and ${b.exercise.title}. What is measured means something else in each.`);
  } else if (a.exercise.rule_now !== b.exercise.rule_now || a.exercise.version !== b.exercise.version) {
    found.push("They were judged by different versions of the rule.");
  }
  return [...found, ...viewObstacles(a.view, b.view)];
}

function viewObstacles(a, b) {
  const unknown = (view) => !view || view.seen_from === null;
  if (unknown(a) || unknown(b)) return ["It is not known how the cameras stood: angles of the two may differ for that alone."];
  if (a.seen_from !== b.seen_from) {
    return [`One camera saw the person ${VIEW_WORDS[a.seen_from]}, the other ${VIEW_WORDS[b.seen_from]}: angles of the two can't be compared.`];
  }
  const apart = Math.abs(a.yaw_deg - b.yaw_deg);
  if (apart <= FAR_YAW_DEG) return [];
  return [`The cameras stood some ${Math.round(apart)}° apart: angles of the two can't be compared.`];
}

// The measures that both have: [{ name, title, unit, a, b }], a and b being signals. What a rule made
// of a measure, and its score, is the same only where the exercise is.
export function sharedSignals(a, b) {
  const ofRule = ({ name, check }) => check !== null || name === "score";
  const same = a.exercise.name === b.exercise.name;
  return a.signals.flatMap((one) => {
    if (ofRule(one) && !same) return [];
    const other = b.signals.find(({ name, unit }) => name === one.name && unit === one.unit);
    if (!other) return [];
    const title = one.reference ? `${one.title} (${one.reference})` : one.title;
    return [{ name: one.name, title, unit: one.unit, decimals: one.decimals, a: one, b: other }];
  });
}

// Rows of a table: { title, a, b, difference } in words; "" where nothing can be said.
// comparable: whether measures of the body may be set against each other; counts and times always are.
export function reportRows(a, b, comparable) {
  const titles = [...new Set([...a.report.numbers, ...b.report.numbers].map(({ title }) => title))];
  const of = (page, title) => page.report.numbers.find((each) => each.title === title)?.value ?? "–";
  const rows = titles.map((title) => rowOf(title, of(a, title), of(b, title), comparable, OF_REPORT));
  return [...rows, ...faultRows(a, b)];
}

// How often each check was found, where at least one of them has some.
function faultRows(a, b) {
  const count = (page, code) => page.findings.filter(({ check }) => check === code).length;
  const judged = (page, code) => page.exercise.checks.find((each) => each.code === code);
  const checks = new Map([...a.exercise.checks, ...b.exercise.checks].map(({ code, title }) => [code, title]));
  return [...checks].flatMap(([code, title]) => {
    const [one, other] = [count(a, code), count(b, code)];
    if (!one && !other) return [];
    const words = (page, n) => (!judged(page, code) ? "–" : judged(page, code).not_judged ? "not judged" : n ? `${n} ×` : "none");
    const [wordsA, wordsB] = [words(a, one), words(b, other)];
    const both = [wordsA, wordsB].every((text) => text !== "–" && text !== "not judged");
    return [{ title, a: wordsA, b: wordsB, difference: both ? signed(other - one, 0) : "" }];
  });
}

// What was measured of two repetitions.
export function unitRows(pageA, unitA, pageB, unitB, comparable) {
  const tempo = ({ moments_s }) => (moments_s.length < 2 ? null : moments_s.at(-1) - moments_s[0]);
  const rows = [];
  if (tempo(unitA) !== null && tempo(unitB) !== null) {
    const digits = unitA.kind === "jump" ? 2 : 1;
    const [one, other] = [unitA, unitB].map(tempo);
    rows.push({ title: "Time", a: `${one.toFixed(digits)} s`, b: `${other.toFixed(digits)} s`, difference: `${between(one, other, digits)} s` });
  }
  if (unitA.kind === "jump" && unitB.kind === "jump") rows.push(heightRow(pageA.jumps[unitA.index], pageB.jumps[unitB.index], comparable));
  if (unitA.kind !== "rep" || unitB.kind !== "rep") return rows;
  const [a, b] = [pageA.reps[unitA.index].values ?? {}, pageB.reps[unitB.index].values ?? {}];
  for (const { code, title } of pageA.exercise.checks) {
    if (code in a || code in b) rows.push(rowOf(title, a[code] ?? "–", b[code] ?? "–", comparable, OF_TIME));
  }
  return rows;
}

function heightRow({ height_cm: a }, { height_cm: b }, comparable) {
  const text = (value) => (value === null ? "–" : `${value.toFixed(1)} cm`);
  const known = comparable && a !== null && b !== null;
  return { title: "Height", a: text(a), b: text(b), difference: known ? `${between(a, b, 1)} cm` : "" };
}

// Values of one measure at this moment of both.
export function momentRow(shared, a_s, b_s, comparable) {
  const [a, b] = [valueAt(shared.a, a_s), valueAt(shared.b, b_s)];
  const text = (value) => (value === null ? "–" : `${plain(value, shared.decimals)}${space(shared.unit)}`);
  const known = a !== null && b !== null && comparable;
  return { title: shared.title, a: text(a), b: text(b), difference: known ? `${between(a, b, shared.decimals)}${space(shared.unit)}` : "" };
}

function valueAt({ t_s, values, points }, at_s) {
  if (points || !t_s.length) return null;
  const at = nearest(t_s, at_s);
  return Math.abs(t_s[at] - at_s) > 0.1 ? null : values[at];
}

// Two texts such as "12.3 s"; their difference where both are numbers of the same unit.
function rowOf(title, a, b, comparable, freeUnits) {
  const [one, other] = [a, b].map(numberIn);
  const same = one && other && one.unit === other.unit && !one.unit.startsWith("of ");
  if (!same || !(comparable || freeUnits.includes(one.unit))) return { title, a, b, difference: "" };
  const decimals = Math.max(one.decimals, other.decimals);
  return { title, a, b, difference: `${signed(other.value - one.value, decimals)}${space(one.unit)}` };
}

function numberIn(text) {
  const found = NUMBER.exec(text.trim());
  if (!found) return null;
  const digits = found[1].replace("−", "-").replace(",", ".");
  return { value: Number(digits), decimals: (digits.split(".")[1] ?? "").length, unit: (found[2] ?? "").trim() };
}

function space(unit) {
  return unit === "" || unit === "°" ? unit : ` ${unit}`;
}

// Of the values as they are shown, so that the sum is right for whoever reads it.
function between(a, b, decimals) {
  return signed(Number(b.toFixed(decimals)) - Number(a.toFixed(decimals)), decimals);
}

function plain(value, decimals) {
  return value.toFixed(decimals).replace("-", "−");
}

function signed(value, decimals) {
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}
