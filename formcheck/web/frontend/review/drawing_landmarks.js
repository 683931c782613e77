// The landmarks that points snap to: joints that a coach would name, not eyes, lips and fingers.

import { nearest } from "./times.js";

const JOINTS = /nose|ear|shoulder|elbow|wrist|hip|knee|ankle|heel|foot/;
const SEEN = 0.2; // Below it a landmark is a guess.

// [{ name: "left hip", at: [x, y] }] of the moment that is shown.
export function landmarksAt(poses, t_s) {
  if (!poses?.t_s?.length) return [];
  const flat = poses.frames[nearest(poses.t_s, t_s)];
  if (!flat) return [];
  return poses.names.flatMap((name, i) => {
    const [x, y, seen] = flat.slice(3 * i, 3 * i + 3);
    const usable = JOINTS.test(name) && x !== null && y !== null && seen >= SEEN;
    return usable ? [{ name: name.replace("foot_index", "toes").replaceAll("_", " "), at: [x, y] }] : [];
  });
}
