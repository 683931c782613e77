"""Ways to measure a jump, against rendered clips of rope whose truth is known.

    uv run formcheck eval DIR --exercise jump_rope --traces TRACES
    uv run python -m benchmarks.hop_methods DIR... --traces TRACES...

Needs ``NAME.truth.json`` in a DIR and ``NAME.trace.npz`` beside it or in the folder of traces of
the same place in the row; traces without image motion (schema 2) are passed over.

From landmarks alone (scale from the torso, taken for half a metre):

- *toes*, *ankles, whole frames*: frames in which the lower foot is 10 mm up (``--lift-mm``) are
  counted;
- *toes*, *ankles, between frames*: the crossings are read between frames, and the time below the
  threshold is added (tf² = tc² + 8 L / g);
- *hip excursion*: from lowest to highest; at a given beat a spring makes a time in the air of it;
- *true toes*, *ankles, between frames*: the true landmarks, so what is left is the method's own.

From how the trunk moved in the picture (scale from gravity):

- *spring and flight*: the trunk's steps against free fall and a mass on a spring;
- *true hips: spring and flight*: the same of the true steps and scale, so what is left is that a
  contact is no spring;
- *rise*: its steps added up between take-off and top, the instants by the fit of toes and trunk.

From how the shoes moved in the picture:

- *edges*: each toe's first and last moving step, the share of it for the place within the frame;
- *flights*: arcs between two times fitted to all steps of the toes (``mirrored=False``);
- *shoes and trunk: flights*: the same, with the trunk's turn in the middle of the flight.

*formcheck* is the last of them with what the program does besides (which foot or heel tells,
heights that are not told); a jump without a height counts as not found.

A jump is found when a landing lies within 0.12 s of a true one. Errors are of its height.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.hop_sight import print_sight
from benchmarks.landmark_jumps import (
    ANKLES,
    LIFT_M,
    TOES,
    Jumps,
    by_crossings,
    by_excursion,
    by_whole_frames,
)
from benchmarks.rope_clips import Clip, clips_in
from benchmarks.spring_flight import spring_flights
from formcheck.evaluation.hopmatch import matched
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.kinematics.flights import (
    G_M_S2,
    FlightFit,
    Steps,
    fit_flights,
    trunk_apexes,
)
from formcheck.kinematics.touchdown import lift_offs, touchdowns

Floats = NDArray[np.float64]

PAUSE_S = 1.0
FEWEST = 3
REACH_S = 0.36
RATES = (30, 60, 120)
HEIGHTS_CM = (2, 3, 5, 8)
_BETWEEN_CM = (2.5, 4.0, 6.5)


@dataclass(frozen=True, slots=True, eq=False)
class Bout:
    """Jumps without a pause, as the trunk's turns tell of them.

    Attributes:
        apex_s: (n,) tops.
        px_per_m: The scale by how the trunk turns there.
        steps: Steps from before the first to after the last.
    """

    apex_s: Floats
    px_per_m: float
    steps: Steps


def bouts_of(clip: Clip) -> list[Bout]:
    """Rows of three jumps or more."""
    apex_s, falls = trunk_apexes(clip.log.between(-np.inf, np.inf), clip.torso_px)
    ends = [0, *(np.flatnonzero(np.diff(apex_s) > PAUSE_S) + 1).tolist(), len(apex_s)]
    bouts = []
    for first, last in pairwise(ends):
        if last - first >= FEWEST:
            own_s = apex_s[first:last]
            steps = clip.log.between(own_s[0] - REACH_S, own_s[-1] + REACH_S)
            bouts.append(Bout(own_s, float(np.median(falls[first:last])), steps))
    return bouts


def by_spring(clip: Clip, bout: Bout) -> Jumps:
    """The trunk alone."""
    flight_s, _ = spring_flights(bout.steps, bout.apex_s, bout.px_per_m)
    return Jumps.of_times(bout.apex_s - flight_s / 2, bout.apex_s + flight_s / 2)


def by_spring_of_truth(clip: Clip, bout: Bout) -> Jumps:
    """The trunk alone, as the hips truly moved and with the true scale."""
    steps = replace(bout.steps, trunk_px=clip.true_steps_px(bout.steps))
    flight_s, _ = spring_flights(steps, bout.apex_s, clip.px_per_m)
    return Jumps.of_times(bout.apex_s - flight_s / 2, bout.apex_s + flight_s / 2)


def by_rise(clip: Clip, bout: Bout) -> Jumps:
    """The trunk's way up between the instants of the feet."""
    fit = fit_flights(bout.steps, bout.apex_s, bout.px_per_m)
    return Jumps(fit.take_off_s, fit.landing_s, _rise_m(bout.steps, fit))


def by_edges(clip: Clip, bout: Bout) -> Jumps:
    """The toes, each instant by itself; the mean of both feet."""
    ends = []
    for edge in (lift_offs, touchdowns):
        feet = [edge(bout.steps, bout.steps.toes_px[:, foot], bout.apex_s)[0] for foot in range(2)]
        ends.append(_mean_of_told(np.stack(feet)))
    return Jumps.of_times(*ends)


def by_fit(clip: Clip, bout: Bout, mirrored: bool) -> Jumps:
    """Arcs fitted to the toes' steps."""
    fit = fit_flights(bout.steps, bout.apex_s, bout.px_per_m, mirrored=mirrored)
    return Jumps.of_times(fit.take_off_s, fit.landing_s)


def by_formcheck(clip: Clip) -> Jumps:
    """What the program reports."""
    engine = Engine(find_exercise("jump_rope", load_exercises()))
    for seen in clip.seen:
        engine.step(seen)
    rows = [
        (hop.take_off_s, hop.landing_s, hop.values.get("height_cm", np.nan) / 100.0)
        for hop in engine.close().hops
    ]
    take_off_s, landing_s, height_m = np.array(rows, np.float64).reshape(-1, 3).T
    return Jumps(take_off_s, landing_s, height_m)


def _mean_of_told(values: Floats) -> Floats:
    told = np.isfinite(values)
    total = np.where(told, values, 0.0).sum(axis=0)
    return np.where(told.any(axis=0), total / np.maximum(told.sum(axis=0), 1), np.nan)


def _rise_m(steps: Steps, fit: FlightFit) -> Floats:
    """Rise (n,) of the trunk from the mean of take-off and landing to the middle of the flight."""
    way_px = np.concatenate([[0.0], np.nancumsum(steps.trunk_px)])
    lost = np.concatenate([[0.0], np.cumsum(np.isnan(steps.trunk_px))])
    times_s = np.concatenate([steps.since_s[:1], steps.until_s])
    middle_s = (fit.take_off_s + fit.landing_s) / 2
    start, top, end = (
        np.interp(t_s, times_s, way_px) for t_s in (fit.take_off_s, middle_s, fit.landing_s)
    )
    # Between two frames the way is a parabola, and lies above the line by a twelfth on average.
    above_m = G_M_S2 * float(np.median(steps.dt_s)) ** 2 / 12.0
    rise: Floats = ((start + end) / 2 - top) / fit.shared.px_per_m + above_m
    whole = np.interp(fit.landing_s, times_s, lost) == np.interp(fit.take_off_s, times_s, lost)
    return np.where(whole, rise, np.nan)


Method = Callable[[Clip], Jumps]


def _each_bout(method: Callable[[Clip, Bout], Jumps]) -> Method:
    """The method for a whole clip."""

    def of_clip(clip: Clip) -> Jumps:
        found = [method(clip, bout) for bout in bouts_of(clip)]
        columns = [
            np.concatenate([np.zeros(0), *(getattr(jumps, name) for jumps in found)])
            for name in ("take_off_s", "landing_s", "height_m")
        ]
        return Jumps(*columns)

    return of_clip


def _with_truth(method: Method) -> Method:
    """The method on true landmarks."""
    return lambda clip: method(clip.with_true_landmarks())


def methods(lift_m: float) -> dict[str, Method]:
    """All by name.

    Args:
        lift_m: The threshold of those that have one.
    """
    frames = partial(by_whole_frames, lift_m=lift_m)
    crossings = partial(by_crossings, lift_m=lift_m)
    return {
        "landmarks: toes, whole frames": partial(frames, feet=TOES),
        "landmarks: ankles, whole frames": partial(frames, feet=ANKLES),
        "landmarks: toes, between frames": partial(crossings, feet=TOES),
        "landmarks: ankles, between frames": partial(crossings, feet=ANKLES),
        "landmarks: hip excursion": by_excursion,
        "true toes, between frames": _with_truth(partial(crossings, feet=TOES)),
        "true ankles, between frames": _with_truth(partial(crossings, feet=ANKLES)),
        "trunk: spring and flight": _each_bout(by_spring),
        "true hips: spring and flight": _each_bout(by_spring_of_truth),
        "trunk: rise": _each_bout(by_rise),
        "shoes: edges": _each_bout(by_edges),
        "shoes: flights": _each_bout(partial(by_fit, mirrored=False)),
        "shoes and trunk: flights": _each_bout(partial(by_fit, mirrored=True)),
        "**formcheck**": by_formcheck,
    }


@dataclass(slots=True)
class Tally:
    """What one method came to in one group of jumps."""

    there: int = 0
    height_error_m: list[float] = field(default_factory=list)
    landing_error_s: list[float] = field(default_factory=list)

    def cell(self) -> str:
        """Found; mean error and SD; 95 % of the errors; landing."""
        if not self.height_error_m:
            return f"0 of {self.there}"
        errors_mm = 1e3 * np.array(self.height_error_m)
        landing_ms = 1e3 * np.median(np.abs(self.landing_error_s))
        return (
            f"{100 * len(errors_mm) / self.there:.0f} % · {errors_mm.mean():+.1f} ± "
            f"{errors_mm.std():.1f} · {np.percentile(np.abs(errors_mm), 95):.1f} · {landing_ms:.0f}"
        )


@dataclass(slots=True)
class Count:
    """All groups: by method and by what a group is called."""

    tallies: dict[str, dict[str, Tally]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Tally))
    )
    extra: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, clip: Clip, method: str, jumps: Jumps) -> None:
        """Adds what a method found in a clip."""
        told = np.isfinite(jumps.height_m) & np.isfinite(jumps.landing_s)
        found = np.column_stack([jumps.landing_s, jumps.height_m])[told]
        pairs = matched(found[:, 0].tolist(), clip.hops[:, 1].tolist())
        self.extra[method] += len(found) - len(pairs)
        of_true = {true: place for place, true in pairs}
        for number, (_, landing_s, height_m) in enumerate(clip.hops):
            for group in groups_of(clip, height_m):
                tally = self.tallies[method][group]
                tally.there += 1
                if number in of_true:
                    found_s, found_m = found[of_true[number]]
                    tally.height_error_m.append(found_m - height_m)
                    tally.landing_error_s.append(found_s - landing_s)


def groups_of(clip: Clip, height_m: float) -> Iterable[str]:
    """The groups that a jump is counted in."""
    rate = min(RATES, key=lambda fps: abs(fps - clip.truth["fps"]))
    size_cm = HEIGHTS_CM[int(np.searchsorted(_BETWEEN_CM, 100.0 * height_m))]
    view = "front" if clip.from_front else "side"
    return f"{rate} frames/s", f"{size_cm} cm", view, clip.folder, clip.name, "all"


def print_table(count: Count, groups: Sequence[str], title: str) -> None:
    """One row a method."""
    there = [next(iter(count.tallies.values()))[group].there for group in groups]
    heads = [f"{group} ({n})" for group, n in zip(groups, there, strict=True) if n]
    kept = [group for group, n in zip(groups, there, strict=True) if n]
    print(f"\n| {title} | " + " | ".join(heads) + " |\n" + "|---" * (len(kept) + 1) + "|")
    for method, tallies in count.tallies.items():
        cells = [tallies[group].cell() for group in kept]
        print(f"| {method} | " + " | ".join(cells) + " |")


def print_clips(count: Count, clips: Sequence[Clip]) -> None:
    """One row a clip, of the ways that look at the picture or at the true hips."""
    kept = [name for name in count.tallies if not name.startswith(("landmarks", "true toes"))]
    print("\n| clip, mean error ± SD, mm | " + " | ".join(kept) + " |")
    print("|---" * (len(kept) + 1) + "|")
    for clip in clips:
        errors_mm = [1e3 * np.array(count.tallies[m][clip.name].height_error_m) for m in kept]
        cells = [f"{e.mean():+.1f} ± {e.std():.1f}" if len(e) else "–" for e in errors_mm]
        print(f"| {clip.name} | " + " | ".join(cells) + " |")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--traces", type=Path, nargs="+", help="one of each DIR; default: DIR")
    parser.add_argument("--lift-mm", type=float, default=1e3 * LIFT_M)
    options = parser.parse_args()
    traces = options.traces or [None] * len(options.folders)
    if len(traces) != len(options.folders):
        parser.error("as many folders of traces as of clips")
    count = Count()
    clips = [
        clip
        for folder, kept in zip(options.folders, traces, strict=True)
        for clip in clips_in(folder, kept)
    ]
    if not clips:
        parser.error("no rendered clip with jumps and a trace that has motion")
    for clip in clips:
        for name, jumps_in in methods(options.lift_mm / 1e3).items():
            count.add(clip, name, jumps_in(clip))
    print(f"{len(clips)} clips, {sum(len(clip.hops) for clip in clips)} jumps.")
    print("Cells: found · mean error ± SD, mm · 95 % of them below, mm · landing, median, ms")
    print_table(count, [f"{rate} frames/s" for rate in RATES], "by frame rate")
    print_table(count, [f"{size} cm" for size in HEIGHTS_CM], "by height")
    print_table(count, ["side", "front"], "by view")
    folders = list(dict.fromkeys(clip.folder for clip in clips))
    print_table(count, [*folders, "all"], "by set")
    print("\n| method | jumps where there was none |\n|---|---|")
    for method, extra in count.extra.items():
        print(f"| {method} | {extra} |")
    print_sight(clips)
    print_clips(count, clips)


if __name__ == "__main__":
    main()
