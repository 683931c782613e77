// What the page knows: the session as the server tells it, the coach's notes, and whether they are
// saved. Notes are plain data and never changed in place: every change makes a new document.

import { merged } from "./merging.js";

const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
const MOST_CONFLICTS = 5;
const MOST_UNDO = 200;

export class State {
  // base: address of the session's page, with a slash at its end. page: page.json.
  constructor(base, page) {
    this.base = base;
    this.page = page;
    this.notes = complete(page.notes);
    this.stored = this.notes; // As the server has them.
    this.revision = page.revision;
    this.saving = "saved"; // "saved", "saving", "waiting" (to be tried again) or "refused".
    this.problem = ""; // Why they are not saved, in words.
    this.selected = null; // { kind: "finding" | "rep" | "jump" | "opinion" | "comment", index }
    this.layers = new Map(); // name → whether it is shown.
    this.layerTitles = new Map();
    this.unfinished = new Set(); // Functions that give a sentence while something is half typed.
    this.preview = false; // Whether what is shown was never said: other limits are tried.
    this.adding = null; // { check, start_s, end_s }: what is missed, while its end is looked for.
    this.past = [];
    this.listeners = new Set();
    this.tries = 0;
    this.timer = null;
    this.running = null;
  }

  get mayWrite() {
    return this.page.may_write !== false;
  }

  // fn(what), what being "notes", "saving", "page", "selected", "adding", "layers" or "said"; gives
  // a function that ends it.
  subscribe(fn) {
    this.listeners.add(fn);
    return () => this.listeners.delete(fn);
  }

  tell(what) {
    for (const fn of [...this.listeners]) fn(what);
  }

  // Tells in words what happened: read aloud by a screen reader and, unless the page shows it
  // already, shown for a moment.
  say(text, { shown = true } = {}) {
    this.said = { text, shown };
    this.tell("said");
  }

  select(kind, index) {
    this.selected = kind === null ? null : { kind, index };
    this.tell("selected");
  }

  // A layer over the picture, with a key of its own: the first gets 1, the second 2 ...
  addLayer(name, title, shown = true) {
    this.layers.set(name, shown);
    this.layerTitles.set(name, title);
    this.tell("layers");
  }

  toggleLayer(name) {
    this.layers.set(name, !this.layers.get(name));
    this.say(`${this.layerTitles.get(name)}: ${this.layers.get(name) ? "shown" : "hidden"}`);
    this.tell("layers");
  }

  // Other findings, verdicts, repetitions ... in the place of those of page.json, e.g. for other limits.
  replace(parts) {
    this.page = { ...this.page, ...parts };
    this.tell("page");
  }

  // Whether notes can be written now; says why not.
  takesNotes() {
    if (!this.mayWrite) this.say("You may read these notes, but not change them.");
    else if (this.preview) this.say("The page shows what other limits would have said. Go back to what was said to write notes.");
    else return true;
    return false;
  }

  // what: in words, e.g. "Comment added". fn: the notes → the new notes. False: nothing was changed,
  // and whoever asked has to keep what was typed.
  change(what, fn) {
    if (!this.takesNotes()) return false;
    const now = fn(this.notes);
    if (now === this.notes) return false;
    this.past = [...this.past.slice(1 - MOST_UNDO), { what, before: this.notes, after: now }];
    this.notes = now;
    this.tell("notes");
    if (what) this.say(what);
    this.save();
    return true;
  }

  // Takes the last change back, and leaves what others wrote since.
  undo() {
    const last = this.past.at(-1);
    if (!last) {
      this.say("There is nothing to undo.");
      return;
    }
    this.past = this.past.slice(0, -1);
    this.notes = merged(last.after, last.before, this.notes);
    this.tell("notes");
    this.say(`Taken back: ${last.what}`);
    this.save();
  }

  // Sends the notes; resolves once they are saved, or it is clear that they are not for now.
  save() {
    clearTimeout(this.timer);
    this.running ??= this.#run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  // Marks the session as reviewed, or not; true once the server has it.
  async review(reviewed) {
    await this.save();
    if (this.saving !== "saved") return false;
    const sent = this.notes; // What is noted until the answer comes is not in it.
    const answer = await this.#ask("reviewed", { method: "POST", body: JSON.stringify({ reviewed }) });
    if (!answer?.ok) {
      this.say(answer ? await sentenceOf(answer, "That was refused.") : "formcheck can't be reached.");
      return false;
    }
    const told = await answer.json();
    this.page = { ...this.page, reviewed: reviewed ? (told.reviewed ?? new Date().toISOString()) : null };
    this.#takeBack(sent, told);
    this.tell("notes");
    return true;
  }

  async #run() {
    let conflicts = 0;
    while (this.notes !== this.stored) {
      this.#become("saving");
      const sent = this.notes;
      const answer = await this.#ask("notes.json", { method: "PUT", body: JSON.stringify(sent), headers: { "If-Match": this.revision } });
      if (answer?.ok) {
        this.#takeBack(sent, await answer.json());
        this.tries = 0;
      } else if (answer?.status === 409 && conflicts < MOST_CONFLICTS) {
        conflicts += 1;
        if (!(await this.#takeTheirs(answer))) return this.#later();
      } else if (!answer || answer.status >= 500 || answer.status === 409) {
        return this.#later();
      } else {
        return this.#become("refused", await sentenceOf(answer, "The notes were refused."));
      }
    }
    this.#become("saved");
  }

  // What the server made of it: it knows who writes and when.
  #takeBack(sent, { revision, notes }) {
    this.revision = revision;
    this.stored = notes ? complete(notes) : sent;
    this.notes = this.notes === sent ? this.stored : merged(sent, this.notes, this.stored);
  }

  // Somebody else wrote meanwhile: their notes stay, and ours are put on top.
  async #takeTheirs(answer) {
    let theirs = await answer.json().catch(() => ({}));
    if (!theirs.notes || !theirs.revision) {
      const page = await this.#ask("page.json", { cache: "no-store" });
      if (!page?.ok) return false;
      theirs = await page.json();
    }
    const base = this.stored;
    this.stored = complete(theirs.notes);
    this.revision = theirs.revision;
    this.notes = merged(base, this.notes, this.stored);
    this.tell("notes");
    this.say("These notes were also changed in another window. Both changes are kept.");
    return true;
  }

  #later() {
    const wait_ms = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    this.tries += 1;
    this.#become("waiting", "formcheck can't be reached. Your notes are kept on this page and sent as soon as it answers: leave the page open.");
    this.timer = setTimeout(() => this.save(), wait_ms);
  }

  #become(saving, problem = "") {
    const changed = saving !== this.saving || problem !== this.problem;
    this.saving = saving;
    this.problem = problem;
    if (changed) this.tell("saving");
  }

  async #ask(path, how) {
    const headers = { ...(how.body ? { "Content-Type": "application/json" } : {}), ...how.headers };
    try {
      return await fetch(this.base + path, { ...how, headers });
    } catch {
      return null; // No answer at all.
    }
  }
}

// What the server says of a refusal, in a sentence.
export async function sentenceOf(answer, otherwise) {
  const text = (await answer.text().catch(() => "")).trim();
  try {
    const told = JSON.parse(text);
    return told.sentence ?? told.message ?? told.error ?? otherwise;
  } catch {
    return text && text.length < 400 && !text.startsWith("<") ? text : otherwise;
  }
}

function complete(notes) {
  return { schema_version: 1, opinions: [], comments: [], drawings: [], reviewed: "", ...notes };
}
