// Finding moments, and writing them.

// The index of the value nearest to x in an increasing list.
export function nearest(values, x) {
  const after = above(values, x);
  if (after === 0) return 0;
  if (after === values.length) return values.length - 1;
  return x - values[after - 1] <= values[after] - x ? after - 1 : after;
}

// How many values of an increasing list are at most x.
export function above(values, x) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Minutes and seconds, e.g. 1:05.20; places: digits after the point.
export function clock(t_s, places = 2) {
  const scale = 10 ** places;
  const whole = Math.round(Math.abs(t_s) * scale);
  const minutes = Math.floor(whole / (60 * scale));
  const seconds = ((whole - minutes * 60 * scale) / scale).toFixed(places).padStart(places ? places + 3 : 2, "0");
  return `${t_s < 0 ? "−" : ""}${minutes}:${seconds}`;
}
