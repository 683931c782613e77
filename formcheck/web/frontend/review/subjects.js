// What a coach can have an opinion of: findings, repetitions, jumps, and what they added themselves.
// An opinion belongs to what it is about by check and time, as docs/bundle.md says.

import { LEVEL_WORDS } from "./dom.js";
import { clock } from "./times.js";

const SLACK_S = 0.2; // Spans this near still meet.

// Everything of the session, in order of time: { kind, index, start_s, end_s, at_s, level, title,
// text, check, counts }.
export function subjectsOf({ page, notes }) {
  const findings = (page.findings ?? []).map((found, index) => ({
    kind: "finding",
    index,
    check: found.check,
    start_s: found.start_s,
    end_s: found.end_s,
    at_s: found.worst_s ?? found.start_s,
    level: found.level,
    title: found.title,
    text: found.worst_text ?? "",
    more: found.limit_text ? `limit ${found.limit_text}` : "",
    cue: found.cue ?? "",
  }));
  const reps = (page.reps ?? []).map((rep, index) => ({
    kind: "rep",
    index,
    check: null,
    start_s: rep.start_s,
    end_s: rep.end_s,
    at_s: rep.top_s ?? rep.start_s,
    level: worstOf(rep.levels, rep.counts),
    title: rep.number ? `Repetition ${rep.number}` : "Not counted",
    text: [rep.side, rep.why_not].filter(Boolean).join(", "),
    counts: rep.counts,
  }));
  const jumps = (page.jumps ?? []).map((jump, index) => ({
    kind: "jump",
    index,
    check: null,
    start_s: jump.take_off_s,
    end_s: jump.landing_s,
    at_s: jump.landing_s,
    level: worstOf(jump.levels, true),
    title: `Jump ${jump.number ?? index + 1}`,
    text: jump.height_cm === null || jump.height_cm === undefined ? "" : `${jump.height_cm.toFixed(1)} cm`,
    counts: true,
  }));
  const added = notes.opinions.flatMap((opinion, index) => (opinion.verdict === "add" ? [addedOf(opinion, index, page)] : []));
  return [...findings, ...reps, ...jumps, ...added].sort((one, other) => one.start_s - other.start_s || one.end_s - other.end_s);
}

function addedOf(opinion, index, page) {
  const checks = page.exercise.checks ?? [];
  const what = { rep: "Repetition", jump: "Jump" }[opinion.subject];
  return {
    kind: "opinion",
    index,
    opinion,
    check: opinion.check,
    start_s: opinion.start_s,
    end_s: opinion.end_s,
    at_s: opinion.start_s,
    level: opinion.level ?? (what ? "good" : "fault"),
    title: what ?? checks.find(({ code }) => code === opinion.check)?.title ?? opinion.check,
    text: "added by you",
  };
}

function worstOf(levels, counts) {
  const found = Object.values(levels ?? {});
  for (const level of ["fault", "warn"]) if (found.includes(level)) return level;
  return counts === false ? "not_judged" : "good";
}

// Whether an opinion was said of this.
export function isAbout(opinion, subject) {
  if (opinion.verdict === "add") return false;
  if (opinion.subject !== subject.kind || opinion.check !== subject.check) return false;
  if (subject.kind === "finding") {
    return opinion.start_s - SLACK_S <= subject.end_s && subject.start_s <= opinion.end_s + SLACK_S;
  }
  const middle_s = (subject.start_s + subject.end_s) / 2;
  return opinion.start_s <= middle_s && middle_s <= opinion.end_s;
}

// The opinion that holds: the last one said.
export function opinionOf(notes, subject) {
  if (subject.kind === "opinion") return subject.opinion;
  return notes.opinions.filter((opinion) => isAbout(opinion, subject)).at(-1) ?? null;
}

export function same(one, other) {
  return Boolean(one && other) && one.kind === other.kind && one.index === other.index;
}

// One sentence, as it is read aloud.
export function spoken(subject) {
  const level = LEVEL_WORDS[subject.level];
  const text = subject.text ? `, ${subject.text}` : "";
  return `${subject.title}, ${level}${text}, at ${clock(subject.at_s, 1)}`;
}
