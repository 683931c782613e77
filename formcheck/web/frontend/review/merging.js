// Two people, or two windows, write notes at the same time: both changes are kept.

const LISTS = ["opinions", "comments", "drawings"];

// base → mine are the changes; they are made to theirs. What I took away goes, what I added comes
// to the end, where it holds: of two opinions about the same the later one does.
export function merged(base, mine, theirs) {
  const result = { ...theirs };
  for (const list of LISTS) {
    const gone = difference(base[list], mine[list]);
    const added = difference(mine[list], base[list]);
    const kept = difference(theirs[list], gone);
    result[list] = [...kept, ...difference(added, kept)];
  }
  if (mine.reviewed !== base.reviewed) result.reviewed = mine.reviewed;
  return result;
}

// What is in one list and not in the other, each as often as it is there more often.
function difference(one, other) {
  const left = new Map();
  for (const each of other) left.set(textOf(each), (left.get(textOf(each)) ?? 0) + 1);
  return one.filter((each) => {
    const times = left.get(textOf(each)) ?? 0;
    left.set(textOf(each), times - 1);
    return times <= 0;
  });
}

// The order of keys says nothing, and who wrote it and when is filled in by the server.
function textOf(each) {
  const keys = Object.keys(each).filter((key) => key !== "by" && key !== "at");
  return JSON.stringify(each, keys.sort());
}
