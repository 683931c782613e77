// What a coach says, as plain data: how an opinion is made, changed and taken back.

import { LEVEL_WORDS } from "./dom.js";
import { isAbout } from "./subjects.js";

const VERDICT_WORDS = { agree: "agreed", overrule: "overruled", add: "added" };

export function opinionFor(page, verdict, subject, more = {}) {
  return {
    verdict,
    subject: subject.kind,
    start_s: subject.start_s,
    end_s: subject.end_s,
    check: subject.check ?? null,
    level: null,
    counts: null,
    text: "",
    by: page.me ?? "",
    at: new Date().toISOString(),
    ...more,
  };
}

// The notes with this opinion in the place of what was said of the subject before; null: with none.
export function withOpinion(notes, subject, opinion) {
  const others = notes.opinions.filter((each) => !isAbout(each, subject));
  return { ...notes, opinions: opinion ? [...others, opinion] : others };
}

export function replaced(list, index, value) {
  return value === null ? list.toSpliced(index, 1) : list.with(index, value);
}

// An opinion in words.
export function saidTo(opinion) {
  const words = [VERDICT_WORDS[opinion.verdict]];
  if (opinion.verdict === "overrule" && opinion.counts !== null) words.push(opinion.counts ? "counts" : "does not count");
  if (opinion.level) words.push(`you say ${LEVEL_WORDS[opinion.level]}`);
  const sign = { agree: "✓ ", overrule: "✎ ", add: "+ " }[opinion.verdict];
  return `${sign}${words.join(", ")}${opinion.text ? `: ${opinion.text}` : ""}`;
}
