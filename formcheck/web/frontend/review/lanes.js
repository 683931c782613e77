// What stands where on the timeline: verdicts, findings, repetitions, cues, notes. A warning is
// striped, a fault solid, what was not judged dotted, and marks carry signs.

import { LEVEL_SIGNS, LEVEL_WORDS } from "./dom.js";
import { MARK_PX, Pen } from "./pen.js";
import { opinionOf, same, spoken, subjectsOf } from "./subjects.js";
import { clock } from "./times.js";

// Names of the lane of repetitions, by the kind of exercise.
export const MOVES = { hold: "Holds", reps: "Reps", hops: "Jumps" };
const LANES = [
  { name: "verdict", title: "Verdict", height: 26 },
  { name: "finding", title: "Found", height: 24 },
  { name: "rep", title: "Reps", height: 22 },
  { name: "cue", title: "Said", height: 18 },
  { name: "note", title: "Notes", height: 22 },
];
const GAP_PX = 3;
const ROW_PX = 18;
const MOST_ROWS = 3;

// The lanes with their heights: findings at the same time stand below each other.
export function lanesOf({ page }) {
  const rows = 1 + Math.max(0, ...rowsOf(page.findings ?? []));
  return LANES.map((lane) => (lane.name === "finding" && rows > 1 ? { ...lane, height: ROW_PX * rows + GAP_PX, rows } : { ...lane, rows: 1 }));
}

// For each finding in which row it stands.
function rowsOf(findings) {
  const ends = [];
  return findings.map(({ start_s, end_s }) => {
    const free = ends.findIndex((end) => end <= start_s);
    const row = Math.min(free < 0 ? ends.length : free, MOST_ROWS - 1);
    ends[row] = Math.max(ends[row] ?? 0, end_s);
    return row;
  });
}

// Gives the marks that can be pointed at: { left, right, top, bottom, t_s, text, select }.
export function paintLanes(context, width, view, state) {
  const pen = new Pen(context, width, view);
  const tops = {};
  let top = 0;
  const lanes = lanesOf(state);
  for (const { name, height } of lanes) {
    tops[name] = [top + GAP_PX / 2, height - GAP_PX];
    context.fillStyle = pen.colours.raised;
    context.fillRect(0, tops[name][0], width, tops[name][1]);
    top += height;
  }
  paintVerdicts(pen, state.page.verdicts ?? [], ...tops.verdict);
  for (const hold of state.page.holds ?? []) pen.bracket(hold.start_s, hold.end_s, ...tops.rep);
  const { rows } = lanes.find(({ name }) => name === "finding");
  const rowOf = rowsOf(state.page.findings ?? []);
  const [found, deep] = tops.finding;
  const laneOf = ({ kind, index }) => {
    if (kind === "finding") return [found + (deep / rows) * rowOf[index], deep / rows - (rows > 1 ? 1 : 0)];
    return kind === "opinion" ? tops.note : tops.rep;
  };
  for (const subject of subjectsOf(state)) paintSubject(pen, subject, state, laneOf(subject));
  for (const cue of state.page.cues ?? []) {
    pen.dot(cue.t_s, ...tops.cue, pen.colours.soft);
    pen.mark(cue.t_s, cue.t_s, tops.cue, { t_s: cue.t_s, text: `${clock(cue.t_s, 1)} said: “${cue.text}”` });
  }
  paintNotes(pen, state, tops.note);
  if (state.adding) pen.span(state.adding.start_s, state.adding.end_s, ...tops.note, pen.colours.link);
  return pen.marks;
}

function paintVerdicts(pen, verdicts, top, height) {
  for (const { start_s, end_s, level, why } of verdicts) {
    const [left, right] = pen.ends(start_s, end_s);
    if (right < 0 || left > pen.width) continue;
    pen.level(level, left, top, Math.max(right - left, 1), height);
    const words = [LEVEL_SIGNS[level], why || LEVEL_WORDS[level]].filter(Boolean).join(" ");
    if (level !== "idle") pen.words(words, left, right, top, height, level);
  }
}

function paintSubject(pen, subject, state, lane) {
  const chosen = same(state.selected, subject);
  const opinion = opinionOf(state.notes, subject);
  const [left, right] = pen.ends(subject.start_s, subject.end_s);
  if (right < -MARK_PX || left > pen.width + MARK_PX) return;
  if (subject.kind === "finding" || subject.kind === "opinion") {
    const sign = subject.kind === "opinion" ? "+" : LEVEL_SIGNS[subject.level];
    pen.sign(sign, left, Math.max(right, left + MARK_PX), ...lane, pen.colours[subject.level], chosen, opinion?.verdict === "overrule");
  } else {
    pen.rep(subject, left, right, ...lane, chosen, opinion);
  }
  const word = { agree: ", agreed", overrule: ", overruled" }[opinion?.verdict] ?? "";
  pen.mark(subject.start_s, subject.end_s, lane, { t_s: subject.at_s, text: spoken(subject) + word, select: { kind: subject.kind, index: subject.index } });
}

function paintNotes(pen, { notes }, lane) {
  notes.comments.forEach((comment, index) => {
    pen.sign("“", pen.x(comment.t_s) - MARK_PX / 2, pen.x(comment.t_s) + MARK_PX / 2, ...lane, pen.colours.link, false);
    pen.mark(comment.t_s, comment.t_s, lane, { t_s: comment.t_s, text: `${clock(comment.t_s, 1)} ${comment.text}`, select: { kind: "comment", index } });
  });
  for (const drawing of notes.drawings) {
    pen.sign("✎", pen.x(drawing.t_s) - MARK_PX / 2, pen.x(drawing.t_s) + MARK_PX / 2, ...lane, pen.colours.soft, false);
    pen.mark(drawing.t_s, drawing.t_s, lane, { t_s: drawing.t_s, text: `${clock(drawing.t_s, 1)} drawing` });
  }
}
