"""What jumps are measured from, against the truth: lift of the feet, steps of the trunk, scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.rope_clips import TORSO, Clip
from formcheck.kinematics.flights import TORSO_M, fit_flights, trunk_apexes
from formcheck.landmarks import Landmark

Floats = NDArray[np.float64]

FEET = {
    "toe": (Landmark.LEFT_FOOT_INDEX, Landmark.RIGHT_FOOT_INDEX),
    "heel": (Landmark.LEFT_HEEL, Landmark.RIGHT_HEEL),
    "ankle": (Landmark.LEFT_ANKLE, Landmark.RIGHT_ANKLE),
}
STOOD_S = 0.6
"""Where a landmark is when its foot stands: its median on the floor, so long before and after."""

AROUND_S = 0.3


def print_sight(clips: Sequence[Clip]) -> None:
    """Prints all three tables."""
    _print_lifts(clips)
    _print_steps(clips)
    _print_scales(clips)


def lifts_px(clip: Clip, landmark: Landmark, side: str) -> Floats:
    """True and found lift (n, 2) of a landmark in the frames of flights from both feet to both."""
    both = np.column_stack(
        [clip.true_px([landmark])[:, 0, 1], clip.xy_px[:, landmark, 1]],
    )
    down = clip.of_frames(f"{side}_foot_down").astype(bool)
    down &= (clip.t_s > clip.hops[0, 0] - AROUND_S) & (clip.t_s < clip.hops[-1, 1] + AROUND_S)
    lifts: list[Floats] = []
    for (take_off_s, landing_s, _), hop in zip(
        clip.hops, clip.truth["events"]["hops"], strict=True
    ):
        if None in (hop["left_landing_s"], hop["right_landing_s"]):
            continue
        inside = (clip.t_s > take_off_s) & (clip.t_s < landing_s)
        stood = down & (np.abs(clip.t_s - (take_off_s + landing_s) / 2) < STOOD_S)
        if inside.any() and stood.any():
            lifts.append(np.nanmedian(both[stood], axis=0) - both[inside])
    return np.concatenate([np.zeros((0, 2)), *lifts])


def _print_lifts(clips: Sequence[Clip]) -> None:
    gathered: dict[tuple[str, str], list[Floats]] = defaultdict(list)
    for clip in clips:
        for name, feet in FEET.items():
            for side, landmark in zip(("left", "right"), feet, strict=True):
                lifts = lifts_px(clip, landmark, side)
                view = "front" if clip.from_front else "side"
                gathered[name, view].append(1e3 * lifts / clip.px_per_m)
    print(
        "\n| lift of a landmark in the air | frames | read of the true lift | mean error, mm ",
        end="",
    )
    print("| SD of the rest, mm |\n|---|---|---|---|---|")
    for (name, view), parts in sorted(gathered.items()):
        lifts = np.concatenate(parts)
        true_mm, found_mm = lifts[np.isfinite(lifts).all(axis=1)].T
        share = float(true_mm @ found_mm / (true_mm @ true_mm))
        rest = found_mm - share * true_mm
        error = float((found_mm - true_mm).mean())
        print(f"| {name}, {view} | {len(rest)} | {100 * share:.0f} % | {error:+.1f} ", end="")
        print(f"| {rest.std():.1f} |")


def _trunk_errors(clip: Clip) -> dict[str, Floats]:
    """Errors (m,) of the trunk's steps in pixels, by what they were read from."""
    first_s, last_s = clip.hops[0, 0] - AROUND_S, clip.hops[-1, 1] + AROUND_S
    steps = clip.log.between(first_s, last_s)
    hips = clip.true_steps_px(steps)
    errors = {
        "landmarks: hips": clip.step_px(clip.xy_px[:, list(TORSO[2:])], steps) - hips,
        "landmarks: hips and shoulders": clip.step_px(clip.xy_px[:, list(TORSO)], steps) - hips,
        "picture: trunk": steps.trunk_px - hips,
        "truth: hips and shoulders": clip.step_px(clip.true_px(TORSO), steps) - hips,
    }
    return {name: off[np.isfinite(off)] for name, off in errors.items()}


def _rms(errors: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def _print_steps(clips: Sequence[Clip]) -> None:
    px: dict[tuple[str, int], list[Floats]] = defaultdict(list)
    mm: dict[tuple[str, int], list[Floats]] = defaultdict(list)
    rates = sorted({int(clip.truth["fps"]) for clip in clips})
    names: list[str] = []
    for clip in clips:
        for name, errors in _trunk_errors(clip).items():
            names = names if name in names else [*names, name]
            px[name, clip.truth["fps"]].append(errors)
            mm[name, clip.truth["fps"]].append(1e3 * errors / clip.px_per_m)
    heads = " | ".join(f"{rate} frames/s" for rate in rates)
    print("\nAgainst the true hips: rms px / mm; median of the absolute error, mm")
    print(f"\n| a step of the trunk | {heads} |\n|---" + "|---" * len(rates) + "|")
    for name in names:
        cells = []
        for rate in rates:
            off_px, off_mm = np.concatenate(px[name, rate]), np.concatenate(mm[name, rate])
            middle = float(np.median(np.abs(off_mm)))
            cells.append(f"{_rms(off_px):.2f} / {_rms(off_mm):.1f}; {middle:.1f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


def _print_scales(clips: Sequence[Clip]) -> None:
    errors: dict[str, list[float]] = defaultdict(list)
    for clip in clips:
        steps = clip.log.between(-np.inf, np.inf)
        apex_s, falls = trunk_apexes(steps, clip.torso_px)
        fit = fit_flights(steps, apex_s, float(np.median(falls)))
        scales = {
            "torso taken for 0.5 m": clip.torso_px / TORSO_M,
            "gravity, at the tops": float(np.median(falls)),
            "gravity, all flights of a clip": fit.shared.px_per_m,
        }
        for name, scale in scales.items():
            errors[name].append(100.0 * (scale / clip.px_per_m - 1.0))
    print("\n| scale, one a clip | clips | mean error, % | SD, % | largest, % |")
    print("|---|---|---|---|---|")
    for name, values in errors.items():
        off = np.array(values)
        largest = off[int(np.argmax(np.abs(off)))]
        print(f"| {name} | {len(off)} | {off.mean():+.1f} | {off.std():.1f} | {largest:+.1f} |")
