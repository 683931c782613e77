// Geometry of what is drawn on the picture. Everything in image pixels of the upright picture, x to
// the right, y down, points as [x, y]; no pages, no colours.

const PARALLEL = 1e-12;

// The angle at the vertex between the two ends, 0 to 180 degrees; null where an arm has no length.
// The same as Drawing.angle_deg of formcheck/notes.py.
export function angleDeg([start, vertex, end]) {
  const turn = turnRad([start, vertex, end]);
  return turn === null ? null : Math.abs((turn * 180) / Math.PI);
}

// How far the first arm has to turn to lie on the second, −π to π; + is clockwise, as y is down.
export function turnRad([start, vertex, end]) {
  const [ax, ay] = minus(start, vertex);
  const [bx, by] = minus(end, vertex);
  const along = ax * bx + ay * by;
  const across = ax * by - ay * bx;
  return along === 0 && across === 0 ? null : Math.atan2(across, along);
}

// The arc of the angle, as the d of an SVG path, and the middle of it: where its number stands.
export function arcOf(points, radius) {
  const turn = turnRad(points);
  if (turn === null) return null;
  const [start, vertex] = points;
  const from = Math.atan2(start[1] - vertex[1], start[0] - vertex[0]);
  const at = (angle, reach = radius) => [vertex[0] + reach * Math.cos(angle), vertex[1] + reach * Math.sin(angle)];
  const [first, last] = [at(from), at(from + turn)];
  const sweep = turn > 0 ? 1 : 0;
  const d = `M ${first.join(" ")} A ${radius} ${radius} 0 0 ${sweep} ${last.join(" ")}`;
  return { d, middle: (reach) => at(from + turn / 2, reach) };
}

// The two barbs of an arrow's head, which is at its last point.
export function barbs([tail, head], length, spread = Math.PI / 7) {
  const back = Math.atan2(tail[1] - head[1], tail[0] - head[0]);
  return [back - spread, back + spread].map((angle) => [
    head[0] + length * Math.cos(angle),
    head[1] + length * Math.sin(angle),
  ]);
}

export function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

export function distanceToSegment(point, a, b) {
  const [dx, dy] = minus(b, a);
  const length2 = dx * dx + dy * dy;
  if (length2 < PARALLEL) return distance(point, a);
  const along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length2;
  const share = Math.min(1, Math.max(0, along));
  return distance(point, [a[0] + share * dx, a[1] + share * dy]);
}

// From a point to the strokes between the points of a shape.
export function distanceToPath(point, points) {
  if (points.length === 1) return distance(point, points[0]);
  let nearest = Infinity;
  for (let i = 1; i < points.length; i += 1) {
    nearest = Math.min(nearest, distanceToSegment(point, points[i - 1], points[i]));
  }
  return nearest;
}

// From a point to a box, 0 inside it.
export function distanceToBox([x, y], { left, top, width, height }) {
  const dx = Math.max(left - x, 0, x - left - width);
  const dy = Math.max(top - y, 0, y - top - height);
  return Math.hypot(dx, dy);
}

// The candidate nearest to a point, no further than `within`; null when there is none.
export function nearestTo(point, candidates, within = Infinity, placeOf = (each) => each) {
  let best = null;
  let bestDistance = within;
  for (const each of candidates) {
    const away = distance(point, placeOf(each));
    if (away > bestDistance) continue;
    best = each;
    bestDistance = away;
  }
  return best;
}

// The next candidate in a direction [dx, dy]: the nearest within 45° of it; null when none is there.
export function nextTowards(point, direction, candidates, placeOf = (each) => each) {
  const ahead = candidates.filter((each) => {
    const [x, y] = minus(placeOf(each), point);
    const along = x * direction[0] + y * direction[1];
    const across = Math.abs(x * direction[1] - y * direction[0]);
    return along > 0.5 && across <= along;
  });
  return nearestTo(point, ahead, Infinity, placeOf);
}

export function moved(points, [dx, dy]) {
  return points.map(([x, y]) => [x + dx, y + dy]);
}

export function minus(a, b) {
  return [a[0] - b[0], a[1] - b[1]];
}

// Inside the picture.
export function kept([x, y], { width, height }) {
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
}

// To a tenth of a pixel: finer than a hand, and short in the file.
export function rounded(points) {
  return points.map(([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]);
}

// A stroke of the hand with as few points as keep it within `error` (Douglas and Peucker, 1973).
export function simplified(points, error) {
  if (points.length < 3) return points;
  const keep = new Set([0, points.length - 1]);
  const spans = [[0, points.length - 1]];
  while (spans.length) {
    const [from, to] = spans.pop();
    let furthest = from;
    let most = error;
    for (let i = from + 1; i < to; i += 1) {
      const away = distanceToSegment(points[i], points[from], points[to]);
      if (away > most) [most, furthest] = [away, i];
    }
    if (furthest === from) continue;
    keep.add(furthest);
    spans.push([from, furthest], [furthest, to]);
  }
  return points.filter((_, i) => keep.has(i));
}
