// Paints the lanes of the timeline. No level is told by its colour alone: a warning is striped, a
// fault is solid with a sign, what was not judged is dotted, and marks carry signs.

import { colour, LEVEL_SIGNS, LEVEL_WORDS } from "./dom.js";
import { opinionOf, same, spoken, subjectsOf } from "./subjects.js";
import { clock } from "./times.js";

// Names of the lane of repetitions, by the kind of exercise.
export const MOVES = { hold: "Holds", reps: "Reps", hops: "Jumps" };
export const LANES = [
  { name: "verdict", title: "Verdict", height: 26 },
  { name: "finding", title: "Found", height: 24 },
  { name: "rep", title: "Reps", height: 22 },
  { name: "cue", title: "Said", height: 18 },
  { name: "note", title: "Notes", height: 22 },
];
const GAP_PX = 3;
const ROW_PX = 18;
const MOST_ROWS = 3;
const MARK_PX = 16;
const CLOSE_PX = 7; // Marks narrower than this stand without a sign.
const STRIPE_PX = 7;

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
  for (const hold of state.page.holds ?? []) pen.bracket(hold.start_s, hold.end_s, ...tops.rep, "hold");
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

class Pen {
  constructor(context, width, view) {
    Object.assign(this, { context, width, view, marks: [] });
    const names = ["ground", "raised", "ink", "soft", "line", "good", "warn", "fault", "link"];
    this.colours = Object.fromEntries(names.map((name) => [name, colour(`--fc-${name}`)]));
    this.colours.not_judged = this.colours.soft;
    this.font = getComputedStyle(document.body).fontFamily;
    context.textBaseline = "middle";
  }

  x(t_s) {
    return this.view.share(t_s) * this.width;
  }

  ends(start_s, end_s) {
    return [this.x(start_s), this.x(end_s)];
  }

  mark(start_s, end_s, [top, height], more) {
    const [left, right] = this.ends(start_s, end_s);
    const wider = Math.max(0, (MARK_PX - (right - left)) / 2);
    this.marks.push({ left: left - wider, right: right + wider, top, bottom: top + height, ...more });
  }

  level(level, left, top, width, height) {
    const { context, colours } = this;
    if (level === "idle") return;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.fillStyle = colours[level];
    context.strokeStyle = colours[level];
    if (level === "fault") context.fillRect(left, top, width, height);
    else if (level === "not_judged") this.#dots(left, top, width, height);
    else {
      context.globalAlpha = level === "good" ? 0.28 : 0.22;
      context.fillRect(left, top, width, height);
      context.globalAlpha = 1;
      context.fillRect(left, top + height - 3, width, 3);
      if (level === "warn") this.#stripes(left, top, width, height);
    }
    context.restore();
  }

  #stripes(left, top, width, height) {
    const { context } = this;
    const from = Math.max(left, 0) - (Math.max(left, 0) % STRIPE_PX) - height;
    const to = Math.min(left + width, this.width);
    context.globalAlpha = 0.55;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let x = from; x < to; x += STRIPE_PX) {
      context.moveTo(x, top + height);
      context.lineTo(x + height, top);
    }
    context.stroke();
  }

  #dots(left, top, width, height) {
    const { context } = this;
    const to = Math.min(left + width, this.width);
    for (let x = Math.max(left, 0) + 3; x < to; x += 6) context.fillRect(x, top + height / 2 - 1, 2, 2);
  }

  // Words inside a stretch, where they fit.
  words(text, left, right, top, height, level) {
    const { context, colours } = this;
    const [from, to] = [Math.max(left, 0), Math.min(right, this.width)];
    if (to - from < 44) return;
    context.font = `600 12px ${this.font}`;
    const room = to - from - 12;
    let shown = text;
    while (shown.length > 1 && context.measureText(shown).width > room) shown = `${shown.slice(0, -2).trimEnd()}…`;
    if (shown.length < Math.min(5, text.length)) return;
    const wide = context.measureText(shown).width;
    if (level !== "fault") {
      context.fillStyle = colours.ground;
      context.globalAlpha = 0.85;
      context.fillRect(from + 3, top + 3, wide + 6, height - 7);
      context.globalAlpha = 1;
    }
    context.fillStyle = level === "fault" ? colours.ground : colours.ink;
    context.fillText(shown, from + 6, top + height / 2 - 0.5);
  }

  dot(t_s, top, height, ink) {
    const { context } = this;
    context.fillStyle = ink;
    context.beginPath();
    context.arc(this.x(t_s), top + height / 2, 3.5, 0, 2 * Math.PI);
    context.fill();
  }

  span(start_s, end_s, top, height, ink) {
    const [left, right] = this.ends(start_s, end_s);
    this.context.fillStyle = ink;
    this.context.globalAlpha = 0.35;
    this.context.fillRect(left, top, Math.max(right - left, 3), height);
    this.context.globalAlpha = 1;
  }

  bracket(start_s, end_s, top, height) {
    const { context, colours } = this;
    const [left, right] = this.ends(start_s, end_s);
    context.fillStyle = colours.soft;
    context.globalAlpha = 0.25;
    context.fillRect(left, top, Math.max(right - left, 2), height);
    context.globalAlpha = 1;
    this.words("hold", left, right, top, height, "good");
  }

  // A box with a sign; what was overruled is struck through.
  sign(sign, left, right, top, height, ink, chosen, struck = false) {
    const { context, colours } = this;
    const width = right - left;
    context.fillStyle = chosen ? ink : colours.ground;
    context.strokeStyle = ink;
    context.lineWidth = 1.75;
    context.setLineDash(struck ? [3, 3] : []);
    context.beginPath();
    context.roundRect(left + 1, top + 1, width - 2, height - 2, 4);
    context.fill();
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = chosen ? colours.ground : ink;
    context.font = `700 12px ${this.font}`;
    context.textAlign = "center";
    context.fillText(sign, left + Math.min(width, 2 * MARK_PX) / 2, top + height / 2);
    context.textAlign = "start";
  }

  rep(subject, left, right, top, height, chosen, opinion) {
    const { context, colours } = this;
    const width = Math.max(right - left, 2);
    const ink = colours[subject.level];
    context.globalAlpha = chosen ? 1 : 0.3;
    context.fillStyle = ink;
    context.fillRect(left + 0.5, top, width - 1, height);
    context.globalAlpha = 1;
    context.fillRect(left + 0.5, top + height - 3, width - 1, 3);
    if (width < CLOSE_PX) return;
    const counts = opinion?.counts ?? subject.counts;
    const text = counts ? subject.title.replace(/\D+/, "") || "✓" : "–";
    context.font = `600 11px ${this.font}`;
    if (context.measureText(text).width + 4 > width) return;
    context.fillStyle = chosen ? colours.ground : colours.ink;
    context.textAlign = "center";
    context.fillText(opinion?.verdict === "overrule" ? `${text}*` : text, left + width / 2, top + height / 2 - 1);
    context.textAlign = "start";
  }
}
