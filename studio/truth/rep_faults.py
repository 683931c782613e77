"""Faults of repetitions: what is wrong in which part of which repetition.

A position that is held is wrong for as long as a curve is past its limit (``limits.py``). A
repetition is wrong in one of its parts: at the top, on the way, in the start position before it.
Repetitions that do not count are not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.arrays import BoolArray, FloatArray
from studio.motion.performance import Phase, Rep
from studio.motion.tempo import REST
from studio.truth.limits import Span
from studio.truth.measures import SIDES, Measures

# Shorter stillness is no start position that anybody could look at.
_SHORTEST_REST_S = 0.4
_HELD_WITHIN_DEG = 5.0
_OTHER = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Set:
    """The repetitions of a clip, and what is measured in it.

    Attributes:
        measures: of the frames.
        neutral: of the person's still start position.
        reps: the repetitions that end within the clip.
        phases: all phases, cut off where the clip ends.
        frame_s: length of a frame.
    """

    measures: Measures
    neutral: Measures
    reps: tuple[Rep, ...]
    phases: tuple[Phase, ...]
    frame_s: float

    def within(self, span: Span) -> BoolArray:
        """Returns which frames (T,) lie in a span; at least the one next to its middle."""
        t_s = self.measures.t_s
        inside: BoolArray = (t_s >= span[0] - 1e-9) & (t_s <= span[1] + 1e-9)
        if not inside.any():
            inside[int(np.argmin(np.abs(t_s - sum(span) / 2)))] = True
        return inside

    def typical(self, curve: FloatArray, span: Span) -> float:
        """Returns the median of a curve (T,) in a span; NaN where it has no meaning there."""
        values = curve[self.within(span)]
        return float(np.median(values[~np.isnan(values)])) if (~np.isnan(values)).any() else np.nan

    def mean_of(self, name: str) -> FloatArray:
        """Returns the mean (T,) of a curve's left and right."""
        mean: FloatArray = np.mean([self.measures.curves[f"{s}_{name}"] for s in SIDES], axis=0)
        return mean

    def rests(self) -> Iterator[tuple[int | None, Span]]:
        """The start positions, each with the repetition that sets out from it, if one does."""
        for phase in self.phases:
            if phase.name == REST and phase.end_s - phase.start_s >= _SHORTEST_REST_S:
                after = [n for n, rep in enumerate(self.reps) if rep.start_s >= phase.end_s - 1e-9]
                yield (after[0] if after else None), (phase.start_s, phase.end_s)

    def rest_before(self, rep: Rep) -> Span:
        """Returns the start position that a repetition sets out from."""
        ends = [phase for phase in self.phases if phase.name == REST and phase.end_s <= rep.start_s]
        return (ends[-1].start_s, ends[-1].end_s) if ends else (0.0, rep.start_s)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one part of one repetition shows.

    Attributes:
        rep: number of the repetition, from 0; None outside of all.
        span: the part.
        value: what is compared with the limits.
        course: the same frame by frame (T,), where the fault may be there in a stretch of the part
            only; None if the part is wrong as a whole.
    """

    rep: int | None
    span: Span
    value: float
    course: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class RepLimit:
    """When a part of a repetition is wrong.

    Attributes:
        check: code of the check.
        unit: of the value: ``deg``, ``mm``, ``ratio`` or ``s``.
        sign: +1 if high values are wrong, -1 if low ones are.
        warn: limit of a warning.
        fault: limit of a fault; None if there is no more than a warning.
        owed: from which value on a cue is owed; None where none is.
        readings: reads a set.
    """

    check: str
    unit: str
    sign: float
    warn: float
    fault: float | None
    owed: float | None
    readings: Callable[[Set], Iterator[Reading]]


def rep_fault_events(exercise: str, clip: Set) -> list[dict[str, Any]]:
    """Returns the events of all faults of a clip's repetitions, in order.

    Args:
        exercise: whose limits count; one without any has no events.
        clip: the repetitions.
    """
    found = [
        event
        for limit in _LIMITS.get(exercise, ())
        for reading in limit.readings(clip)
        if (event := _event(limit, reading, clip)) is not None
    ]
    # What two limits find wrong in the same place is one fault: the worse of the two.
    worst: dict[tuple[str, tuple[float, ...]], dict[str, Any]] = {}
    for event in found:
        place = (event["check"], tuple(event["warn_span"]))
        if place not in worst or event["span"]:
            worst[place] = event
    return sorted(worst.values(), key=lambda event: (event["warn_span"], event["check"]))


def _event(limit: RepLimit, reading: Reading, clip: Set) -> dict[str, Any] | None:
    def past(threshold: float) -> bool:
        return limit.sign * (reading.value - threshold) > 0.0

    if np.isnan(reading.value) or not past(limit.warn):
        return None
    wrong = limit.fault is not None and past(limit.fault)
    return {
        "check": limit.check,
        "rep": reading.rep,
        "span": _shown(limit, reading, clip, limit.fault) if wrong else None,
        "warn_span": _shown(limit, reading, clip, limit.warn),
        "cue_owed": limit.owed is not None and (past(limit.owed) or reading.value == limit.owed),
        f"peak_{limit.unit}": round(reading.value, 2),
    }


def _shown(limit: RepLimit, reading: Reading, clip: Set, threshold: float | None) -> list[float]:
    """When a fault is there: the whole part, or from the first frame past a limit to the last."""
    start_s, end_s = reading.span
    if reading.course is not None and threshold is not None:
        past = limit.sign * (np.nan_to_num(reading.course, nan=threshold) - threshold) > 0.0
        seen_s = clip.measures.t_s[past & clip.within(reading.span)]
        start_s, end_s = float(seen_s[0]), float(seen_s[-1]) + clip.frame_s
    return [round(start_s, 4), round(end_s, 4)]


def _counted(clip: Set) -> Iterator[tuple[int, Rep]]:
    return ((number, rep) for number, rep in enumerate(clip.reps) if rep.counts)


def _at_top(
    curve: Callable[[Set], FloatArray], *, counts: bool = True
) -> Callable[[Set], Iterator[Reading]]:
    """Reads a curve where the far end is held, of repetitions that count or of those that don't."""

    def readings(clip: Set) -> Iterator[Reading]:
        values = curve(clip)
        for number, rep in enumerate(clip.reps):
            if rep.counts is not counts:
                continue
            span = (rep.top_s, rep.back_s)
            yield Reading(number, span, clip.typical(values, span))

    return readings


def _hips(clip: Set) -> FloatArray:
    return clip.mean_of("hip_deg")


def _knees(clip: Set) -> FloatArray:
    return clip.mean_of("knee_deg")


def _heels_up(clip: Set) -> FloatArray:
    """Pitch (T,) of the feet against how they stand: + is the heels up."""
    neutral = np.mean([clip.neutral.curves[f"{side}_foot_deg"][0] for side in SIDES])
    pitch: FloatArray = neutral - clip.mean_of("foot_deg")
    return pitch


def _knee_gap(clip: Set) -> FloatArray:
    return clip.measures.curves["knee_gap_ratio"]


def _chin_up(clip: Set) -> FloatArray:
    """How far (T,) the head is pitched back against the trunk since the bottom."""
    back: FloatArray = (
        clip.measures.curves["head_pitch_deg"] - clip.neutral.curves["head_pitch_deg"][0]
    )
    return back


def _back_lift(clip: Set) -> Iterator[Reading]:
    """The opening under the back over what it was in the start position just before."""
    gap_mm = clip.measures.curves["lumbar_gap_mm"]
    for number, rep in _counted(clip):
        lift_mm = gap_mm - clip.typical(gap_mm, clip.rest_before(rep))
        span = (rep.start_s, rep.end_s)
        seen = lift_mm[clip.within(span)]
        if not np.isnan(seen).all():
            yield Reading(number, span, float(np.nanmax(seen)), lift_mm)


def _head_up(clip: Set) -> Iterator[Reading]:
    """The head over the floor, over the whole clip: it has nothing to do with repetitions."""
    if clip.phases:
        height_mm = clip.measures.curves["head_up_mm"]
        span = (clip.phases[0].start_s, clip.phases[-1].end_s)
        if not np.isnan(height_mm).all():
            yield Reading(None, span, float(np.nanmax(height_mm)), height_mm)


def _start_off(name: str) -> Callable[[Set], Iterator[Reading]]:
    """Reads how far from 90 degrees an angle is in each start position."""

    def readings(clip: Set) -> Iterator[Reading]:
        off_deg = np.abs(clip.mean_of(name) - 90.0)
        for number, span in clip.rests():
            yield Reading(number, span, clip.typical(off_deg, span))

    return readings


def _same_side(clip: Set) -> Iterator[Reading]:
    """How much further out (deg) the arm on the leg's side is than the other."""
    arms = {side: clip.measures.curves[f"{side}_arm_deg"] for side in SIDES}
    for number, rep in _counted(clip):
        span = (rep.top_s, rep.back_s)
        same, other = (clip.typical(arms[side], span) for side in (rep.side, _OTHER[rep.side]))
        yield Reading(number, (rep.start_s, rep.end_s), same - other)


def _reaching(name: str) -> Callable[[Set], Iterator[Reading]]:
    """Reads a curve of the leg that goes out, at the far end."""

    def readings(clip: Set) -> Iterator[Reading]:
        for number, rep in _counted(clip):
            span = (rep.top_s, rep.back_s)
            yield Reading(
                number, span, clip.typical(clip.measures.curves[f"{rep.side}_{name}"], span)
            )

    return readings


def _ways(clip: Set) -> Iterator[Reading]:
    """How long the way out and the way back take."""
    for number, rep in _counted(clip):
        yield Reading(number, (rep.start_s, rep.top_s), rep.top_s - rep.start_s)
        yield Reading(number, (rep.back_s, rep.end_s), rep.end_s - rep.back_s)


def _way_down(clip: Set) -> Iterator[Reading]:
    for number, rep in _counted(clip):
        yield Reading(number, (rep.back_s, rep.end_s), rep.end_s - rep.back_s)


def _held(clip: Set) -> Iterator[Reading]:
    """How long the hips stay within a few degrees of their highest."""
    hips_deg, t_s = _hips(clip), clip.measures.t_s
    for number, rep in _counted(clip):
        inside = clip.within((rep.start_s, rep.end_s))
        # Tremor at the top is no higher peak.
        peak_deg = clip.typical(hips_deg, (rep.top_s, rep.back_s))
        up_s = t_s[inside & (hips_deg >= peak_deg - _HELD_WITHIN_DEG)]
        span = (float(up_s[0]), float(up_s[-1]) + clip.frame_s)
        yield Reading(number, span, span[1] - span[0])


_DEAD_BUG = (
    RepLimit("back-lift", "mm", 1.0, 3.0, 7.0, 10.5, _back_lift),
    RepLimit("start-hips", "deg", 1.0, 15.0, 25.0, 37.5, _start_off("thigh_deg")),
    RepLimit("start-knees", "deg", 1.0, 20.0, 30.0, 45.0, _start_off("knee_deg")),
    RepLimit("same-side", "deg", 1.0, 0.0, 0.0, 0.0, _same_side),
    RepLimit("leg-short", "deg", -1.0, 150.0, None, None, _reaching("knee_deg")),
    RepLimit("leg-short", "deg", 1.0, 45.0, 55.0, None, _reaching("thigh_deg")),
    RepLimit("too-fast", "s", -1.0, 1.5, 1.0, 0.7, _ways),
    RepLimit("head-up", "mm", 1.0, 25.0, 50.0, 58.0, _head_up),
)
_LIFT = (
    RepLimit("hips-low", "deg", -1.0, 165.0, 155.0, 150.0, _at_top(_hips)),
    # Whoever goes part of the way has the hips low there: saying so is right, and so is silence.
    RepLimit("hips-low", "deg", -1.0, 165.0, None, None, _at_top(_hips, counts=False)),
    RepLimit("hips-over", "deg", 1.0, 183.0, 190.0, 195.0, _at_top(_hips)),
    RepLimit("feet-far", "deg", 1.0, 105.0, 120.0, 135.0, _at_top(_knees)),
    RepLimit("feet-near", "deg", -1.0, 75.0, 60.0, 45.0, _at_top(_knees)),
    RepLimit("hold-short", "s", -1.0, 1.5, 1.0, 0.5, _held),
    RepLimit("heels-up", "deg", 1.0, 10.0, 20.0, 30.0, _at_top(_heels_up)),
    RepLimit("lowering-fast", "s", -1.0, 1.5, 0.8, 0.5, _way_down),
)
_LIMITS: dict[str, Sequence[RepLimit]] = {
    "dead_bug": _DEAD_BUG,
    "glute_bridge": (
        *_LIFT,
        RepLimit("knees-in", "ratio", -1.0, 0.9, 0.8, 0.65, _at_top(_knee_gap)),
    ),
    "hip_thrust": (
        *_LIFT,
        RepLimit("chin-up", "deg", 1.0, 15.0, 25.0, 37.5, _at_top(_chin_up)),
    ),
}
