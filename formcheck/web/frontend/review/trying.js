// What would have been said with other limits: asked of the server while they are moved, and shown
// on the page in the place of what was said. One question at a time; the newest is asked last.

import { sentenceOf } from "./state.js";

const PAUSE_MS = 150;

export class Trying {
  // fn(): called whenever busy, problem or answer is another.
  constructor(state, fn) {
    this.state = state;
    this.fn = fn;
    this.busy = false;
    this.problem = "";
    this.answer = null; // What was told last; null while nothing is tried.
    this.before = null; // The parts of the page that are covered.
    this.wanted = null;
    this.timer = null;
    this.running = false;
  }

  // changes: as "plank.hips-sag.warn=-12", all that is other than in the rule.
  ask(changes) {
    this.wanted = changes;
    this.busy = true;
    this.fn();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#run(), PAUSE_MS);
  }

  // Shows again what was said.
  back() {
    clearTimeout(this.timer);
    this.wanted = null;
    this.busy = false;
    this.problem = "";
    this.answer = null;
    this.#uncover();
    this.fn();
  }

  dispose() {
    clearTimeout(this.timer);
    this.wanted = null;
    this.#uncover();
  }

  async #run() {
    if (this.running) return; // It looks for more when it is done.
    this.running = true;
    while (this.wanted !== null) {
      const changes = this.wanted;
      const told = await this.#told(changes);
      if (this.wanted !== changes) continue; // Moved on, or put back, meanwhile.
      this.wanted = null;
      this.busy = false;
      this.problem = told.error ?? "";
      if (!told.error) {
        this.answer = told;
        this.#cover(told);
      }
      this.fn();
    }
    this.running = false;
  }

  async #told(changes) {
    try {
      const answer = await fetch(`${this.state.base}rescored`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ changes }) });
      if (answer.ok) return await answer.json();
      return { error: await sentenceOf(answer, "These limits could not be tried.") };
    } catch {
      return { error: "formcheck can't be reached. Look whether it still runs, then move a limit again." };
    }
  }

  #cover({ page, curves, limits }) {
    const { state } = this;
    const covered = [...Object.keys(page), "signals"];
    this.before ??= Object.fromEntries(covered.map((name) => [name, state.page[name]]));
    const signals = this.before.signals.map((signal) => ({ ...signal, limits: curves[signal.name] ?? signal.limits }));
    state.select(null);
    state.preview = limits.length > 0;
    state.replace({ ...page, signals });
  }

  #uncover() {
    const { before, state } = this;
    if (!before) return;
    this.before = null;
    state.select(null);
    state.preview = false;
    state.replace(before);
  }
}
