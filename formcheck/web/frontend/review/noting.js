// What a coach says, as plain data: how an opinion is made, changed and taken back.

import { isAbout } from "./subjects.js";

export const VERDICT_WORDS = { agree: "agreed", overrule: "overruled", add: "added" };

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
