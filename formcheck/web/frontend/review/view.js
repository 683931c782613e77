// Which stretch of the session the timeline and the signals show: all of it, or a part.

const SHORTEST_S = 1;
const MARGIN = 0.08; // Of the stretch, between its edge and the moment that it follows.

export class View {
  constructor(duration_s) {
    this.duration_s = Math.max(duration_s, 0.1);
    this.from_s = 0;
    this.to_s = this.duration_s;
    this.listeners = new Set();
  }

  get length_s() {
    return this.to_s - this.from_s;
  }

  get whole() {
    return this.length_s >= this.duration_s - 1e-6;
  }

  // Where a moment lies, 0 at the left and 1 at the right.
  share(t_s) {
    return (t_s - this.from_s) / this.length_s;
  }

  at(share) {
    return this.from_s + share * this.length_s;
  }

  // A factor below 1 shows less, around a moment that stays where it is.
  zoom(factor, about_s) {
    const length_s = Math.min(Math.max(this.length_s * factor, Math.min(SHORTEST_S, this.duration_s)), this.duration_s);
    const share = Math.min(1, Math.max(0, this.share(about_s)));
    this.#show(about_s - share * length_s, length_s);
  }

  pan(by_s) {
    this.#show(this.from_s + by_s, this.length_s);
  }

  // Turns the page when a moment is no longer on it.
  follow(t_s) {
    const share = this.share(t_s);
    if (share >= 0 && share <= 1) return;
    const margin_s = (share > 1 ? MARGIN : 1 - MARGIN) * this.length_s;
    this.#show(t_s - margin_s, this.length_s);
  }

  onchange(fn) {
    this.listeners.add(fn);
    return () => this.listeners.delete(fn);
  }

  #show(from_s, length_s) {
    const first_s = Math.min(Math.max(0, from_s), this.duration_s - length_s);
    if (first_s === this.from_s && length_s === this.length_s) return;
    this.from_s = first_s;
    this.to_s = first_s + length_s;
    for (const fn of [...this.listeners]) fn();
  }
}
