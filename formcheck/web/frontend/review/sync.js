// Which moment of one session belongs to which of another. Pure reckoning with seconds: a list of
// pairs [a_s, b_s], both rising, says which moments are the same; in between time is stretched evenly,
// before the first and after the last it runs as it does.

const SAME_S = 1e-3; // Moments nearer than this are one: nothing can be stretched between them.

// What a session can be synchronised by: its repetitions, jumps or holds, in order of time.
// [{ kind: "rep" | "jump" | "hold", index, title, moments_s: [start, top, end] }]; a jump's are take-off,
// landing and the end of the contact, and a hold has its start alone: how long it is held is no tempo.
export function unitsOf({ reps, jumps, holds }) {
  const ofReps = reps.map((rep) => ({
    kind: "rep",
    index: rep.index,
    title: titleOf(rep),
    moments_s: [rep.start_s, rep.top_s, rep.end_s],
  }));
  const ofJumps = jumps.map((jump) => ({
    kind: "jump",
    index: jump.index,
    title: `Jump ${jump.number ?? jump.index + 1}`,
    moments_s: [jump.take_off_s, jump.landing_s, jump.end_s],
  }));
  const ofHolds = holds.map((hold, index) => ({ kind: "hold", index, title: `Hold ${index + 1}`, moments_s: [hold.start_s] }));
  return ofReps.length ? ofReps : ofJumps.length ? ofJumps : ofHolds;
}

function titleOf({ number, index, side, counts }) {
  const name = counts === false ? "Not counted" : `Repetition ${number ?? index + 1}`;
  return side ? `${name}, ${side}` : name;
}

// The pairs when unit i of one is unit j of the other, the one after it the one after it, and so on
// in both directions, as far as both have some.
export function byUnits(unitsA, unitsB, i, j) {
  const before = Math.min(i, j);
  const after = Math.min(unitsA.length - i, unitsB.length - j);
  const pairs = [];
  for (let k = -before; k < after; k += 1) pairs.push(...momentPairs(unitsA[i + k], unitsB[j + k]));
  return rising(pairs, momentPairs(unitsA[i], unitsB[j]));
}

function momentPairs(a, b) {
  // A hold beside a repetition: they begin together, and no more.
  const n = a.kind === b.kind ? a.moments_s.length : 1;
  return Array.from({ length: n }, (_, k) => [a.moments_s[k], b.moments_s[k]]);
}

// One moment of each, found by hand.
export function byHand(a_s, b_s) {
  return [[a_s, b_s]];
}

// Pairs that rise in both. Units may meet (a jump's contact ends with the next take-off) or overlap
// a little; where two pairs contradict each other, those of the chosen units stay.
export function rising(pairs, kept = []) {
  const isKept = ([a, b]) => kept.some(([x, y]) => x === a && y === b);
  const result = [];
  for (const pair of pairs) {
    if (pair.some((value) => !Number.isFinite(value))) continue;
    while (result.length && !follows(result.at(-1), pair) && isKept(pair) && !isKept(result.at(-1))) result.pop();
    if (!result.length || follows(result.at(-1), pair)) result.push(pair);
  }
  return result;
}

function follows([a, b], [nextA, nextB]) {
  return nextA > a + SAME_S && nextB > b + SAME_S;
}

// The moment of the other session that belongs to one of this.
export function mapped(pairs, t_s) {
  if (!pairs.length) return t_s;
  const [first, last] = [pairs[0], pairs.at(-1)];
  if (t_s <= first[0]) return first[1] + (t_s - first[0]);
  if (t_s >= last[0]) return last[1] + (t_s - last[0]);
  const next = firstAfter(pairs, t_s);
  const [[a0, b0], [a1, b1]] = [pairs[next - 1], pairs[next]];
  return b0 + ((t_s - a0) / (a1 - a0)) * (b1 - b0);
}

// Which is the first pair after a moment; an hour of jumps has ten thousand.
function firstAfter(pairs, t_s) {
  let [low, high] = [0, pairs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pairs[middle][0] <= t_s) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The same, seen from the other session.
export function inverse(pairs) {
  return pairs.map(([a, b]) => [b, a]);
}

// A curve on the clock of the other session: its times mapped, its values as they are.
export function onClock(signal, pairs) {
  return { ...signal, t_s: signal.t_s.map((t_s) => mapped(pairs, t_s)) };
}
