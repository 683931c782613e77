// How the two clips go together: one leads, the other shows its frame nearest to the same moment.

import { byHand, byUnits, inverse, mapped } from "./sync.js";

export class Pair {
  // a, b: the sides.
  constructor(a, b) {
    this.sides = { a, b };
    this.lead = "a";
    this.linked = true;
    this.mode = a.units.length && b.units.length ? "unit" : "hand";
    this.chosen = { a: 0, b: 0 }; // Of the units.
    this.marks = { a: null, b: null }; // Moments found by hand.
    this.byHand = byHand(0, 0);
    this.#pairUp();
    this.onchange = () => {};
    for (const side of Object.values(this.sides)) {
      side.player.onframe(() => this.#shown(side));
      side.player.onstate(() => this.onchange());
    }
  }

  get leader() {
    return this.sides[this.lead];
  }

  get follower() {
    return this.sides[other(this.lead)];
  }

  // From the moments of one to those of the other.
  pairsFrom(name) {
    return name === "a" ? this.pairs : this.back;
  }

  // Where the follower should be: { frame, outside }.
  get wanted() {
    return this.follower.frameAt(mapped(this.pairsFrom(this.lead), this.leader.t_s));
  }

  setLead(name) {
    if (this.lead === name) return;
    this.leader.player.pause();
    this.lead = name;
    this.follow();
  }

  setLinked(linked) {
    this.linked = linked;
    this.follow();
  }

  setMode(mode) {
    if (mode === "unit" && !(this.sides.a.units.length && this.sides.b.units.length)) return false;
    this.mode = mode;
    this.#again();
    return true;
  }

  // Another unit of one side; the leader goes to where its own begins.
  choose(name, index) {
    const { units } = this.sides[name];
    if (!units.length || !this.sides[other(name)].units.length) return;
    this.chosen[name] = Math.min(Math.max(index, 0), units.length - 1);
    this.linked = true;
    this.mode = "unit";
    this.#pairUp();
    this.toStart();
  }

  // The next repetition of both, or the one before; false when one of them has none.
  next(by) {
    const { a, b } = this.chosen;
    const there = (name, i) => i >= 0 && i < this.sides[name].units.length;
    if (!there("a", a + by) || !there("b", b + by)) return false;
    this.chosen = { a: a + by, b: b + by };
    this.#again(true);
    return true;
  }

  toStart() {
    const unit = this.leader.units[this.chosen[this.lead]];
    this.leader.player.pause();
    if (unit) this.leader.player.seek_s(unit.moments_s[0]);
    this.follow();
  }

  // "This is the moment" in the clip that the keys move. Once both are marked they go together from
  // there. Gives whether they do now.
  mark() {
    this.marks[this.lead] = this.leader.t_s;
    const { a, b } = this.marks;
    const both = a !== null && b !== null;
    if (both) {
      this.byHand = byHand(a, b);
      this.marks = { a: null, b: null };
      this.mode = "hand";
      this.linked = true;
      this.#again();
    } else {
      // The other one can only be found when it stays behind.
      this.linked = false;
      this.onchange();
    }
    return both;
  }

  follow() {
    if (this.linked) this.#go();
    this.onchange();
  }

  #again(toStart = false) {
    this.#pairUp();
    if (toStart) this.toStart();
    else this.follow();
  }

  #pairUp() {
    const { a, b } = this.sides;
    this.pairs = this.mode === "unit" ? byUnits(a.units, b.units, this.chosen.a, this.chosen.b) : this.byHand;
    this.back = inverse(this.pairs);
  }

  #shown(side) {
    if (side === this.leader && this.linked) this.#go();
    this.onchange();
  }

  #go() {
    const { frame } = this.wanted;
    if (this.follower.player.target !== frame) this.follower.player.go(frame);
  }
}

export function other(name) {
  return name === "a" ? "b" : "a";
}

