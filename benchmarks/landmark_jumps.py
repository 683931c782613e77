"""Ways to measure a jump from landmarks alone.

The scale comes from the torso, taken for half a metre. Nothing is smoothed: a filter would lower
the feet and shift the instants.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.rope_clips import Clip
from benchmarks.spring_flight import TRIED_S, excursion_m
from formcheck.kinematics.flights import G_M_S2, LEAST_APART_S, TORSO_M, height_m
from formcheck.landmarks import Landmark

Floats = NDArray[np.float64]

TOES = (Landmark.LEFT_FOOT_INDEX, Landmark.RIGHT_FOOT_INDEX)
ANKLES = (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE)
HIPS = (Landmark.LEFT_HIP, Landmark.RIGHT_HIP)

LIFT_M = 0.010
"""Feet that are higher count as in the air."""

BRIDGED_S = 0.04
"""Feet that are lower for less than this in between were in the air all the time."""

FLOOR_OVER_S = 1.0
FLOOR_SHARE = 0.65
"""A third of the time is spent in the air: of all heights this share is the middle of the rest."""

SHORTEST_S, LONGEST_S = 0.05, 0.6
LEAST_EXCURSION_M = 0.04
LONGEST_BEAT_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Jumps:
    """What a method found: take-offs, landings (n,) in seconds and heights (n,) in metres."""

    take_off_s: Floats
    landing_s: Floats
    height_m: Floats

    @staticmethod
    def of_times(take_off_s: Floats, landing_s: Floats) -> Jumps:
        """Heights by the time in the air."""
        return Jumps(take_off_s, landing_s, height_m(landing_s - take_off_s))


def by_whole_frames(clip: Clip, feet: tuple[Landmark, Landmark], lift_m: float = LIFT_M) -> Jumps:
    """Frames in which both feet are above the threshold are counted."""
    first, last = _runs(_height_m(clip, feet) - lift_m, clip.t_s)
    return Jumps.of_times(clip.t_s[first], clip.t_s[last])


def by_crossings(clip: Clip, feet: tuple[Landmark, Landmark], lift_m: float = LIFT_M) -> Jumps:
    """The same with the instants read between frames, and the time below the threshold added.

    Of a flight of tf seconds the feet are above a lift L for tc: tf² = tc² + 8 L / g.
    """
    over, t_s = _height_m(clip, feet) - lift_m, clip.t_s
    first, last = _runs(over, t_s)
    up_s, down_s = _crossing(over, t_s, first), _crossing(over, t_s, last)
    flight_s = np.sqrt((down_s - up_s) ** 2 + 8.0 * lift_m / G_M_S2)
    middle_s = (up_s + down_s) / 2
    return Jumps.of_times(middle_s - flight_s / 2, middle_s + flight_s / 2)


def by_excursion(clip: Clip) -> Jumps:
    """How far the hips go from lowest to highest; at a given beat a spring makes a flight of it."""
    t_s = clip.t_s
    y_m = clip.xy_px[:, list(HIPS), 1].mean(axis=1) * TORSO_M / clip.torso_px
    tops = _tops(y_m, t_s)
    found: list[tuple[float, float]] = []
    beats = np.diff(t_s[tops])
    usual_s = float(np.median(beats)) if len(beats) else np.nan
    for k, top in enumerate(tops):
        sides = [
            (tops[j], top) if j < k else (top, tops[j])
            for j in (k - 1, k + 1)
            if 0 <= j < len(tops) and abs(t_s[tops[j]] - t_s[top]) < 1.3 * usual_s
        ]
        if not sides:
            continue
        low_m = float(np.mean([-_peak(-y_m, a + int(np.argmax(y_m[a:b]))) for a, b in sides]))
        beat_s = float(np.mean([t_s[b] - t_s[a] for a, b in sides]))
        excursions = excursion_m(TRIED_S, beat_s)
        wanted = low_m - _peak(y_m, top)
        if excursions[0] < wanted < excursions[-1] and np.all(np.diff(excursions) > 0.0):
            found.append((float(t_s[top]), float(np.interp(wanted, excursions, TRIED_S))))
    middle_s, flight_s = np.array(found).reshape(-1, 2).T
    return Jumps.of_times(middle_s - flight_s / 2, middle_s + flight_s / 2)


def _height_m(clip: Clip, feet: tuple[Landmark, Landmark]) -> Floats:
    """How high (n,) the lower of both feet is above where it usually stands."""
    y_px = clip.xy_px[:, list(feet), 1]
    floor = np.full_like(y_px, np.nan)
    for k, now_s in enumerate(clip.t_s):
        near = y_px[np.abs(clip.t_s - now_s) < FLOOR_OVER_S]
        if np.isfinite(near).any():
            floor[k] = np.nanquantile(near, FLOOR_SHARE, axis=0)
    height: Floats = (floor - y_px).min(axis=1) * TORSO_M / clip.torso_px
    return height


def _runs(over_m: Floats, t_s: Floats) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """First frames above the threshold, and first frames below it again."""
    above = np.nan_to_num(over_m, nan=-1.0) > 0.0
    for left, back in pairwise(np.flatnonzero(above).tolist()):
        if t_s[back] - t_s[left] < BRIDGED_S:
            above[left:back] = True
    change = np.diff(above.astype(int))
    first, last = np.flatnonzero(change == 1) + 1, np.flatnonzero(change == -1) + 1
    last = last[last > first[0]] if len(first) else last[:0]
    first = first[: len(last)]
    length_s = t_s[last] - t_s[first]
    kept = (length_s > SHORTEST_S) & (length_s < LONGEST_S)
    return first[kept], last[kept]


def _crossing(over_m: Floats, t_s: Floats, at: NDArray[np.int_]) -> Floats:
    """When the threshold was crossed between these frames and those before."""
    share = over_m[at - 1] / (over_m[at - 1] - over_m[at])
    share = np.where(np.isfinite(share), share, 0.5)
    crossed: Floats = t_s[at - 1] + share * (t_s[at] - t_s[at - 1])
    return crossed


def _tops(y_m: Floats, t_s: Floats) -> list[int]:
    """Frames in which the hips are higher than shortly before and after, and came far."""
    tops: list[int] = []
    for k in range(1, len(y_m) - 1):
        close = np.abs(t_s - t_s[k]) < LEAST_APART_S
        beat = np.abs(t_s - t_s[k]) < LONGEST_BEAT_S / 2
        if not np.isfinite(y_m[close]).all() or y_m[k] > y_m[close].min():
            continue
        if np.nanmax(y_m[beat]) - y_m[k] < LEAST_EXCURSION_M:
            continue
        if not tops or t_s[k] - t_s[tops[-1]] > LEAST_APART_S:
            tops.append(k)
    return tops


def _peak(y_m: Floats, k: int) -> float:
    """The least value near a frame, by the parabola through three."""
    if not 0 < k < len(y_m) - 1:
        return float(y_m[k])
    before, at, after = y_m[k - 1 : k + 2]
    bend = before - 2.0 * at + after
    return float(at - (before - after) ** 2 / (8.0 * bend)) if bend > 0.0 else float(at)
