"""When the repetitions of an exercise happen: out, a stop at the far end, back, rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.motion.course import ease
from studio.motion.performance import Phase, Rep

REST, OUT, TOP, BACK = "rest", "out", "top", "back"

_COUNTED_FROM = 0.75
# To the shirt, there, and back again; a moment of stillness before and after.
_FIDGET_PARTS_S, _STILL_S = (0.8, 0.6, 0.8), 0.2


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long the parts of a repetition take.

    Attributes:
        start_s: stillness before the first repetition.
        out_s: from the start position to the far end.
        hold_s: at the far end.
        back_s: from the far end to the start position.
        rest_s: in the start position, between two repetitions.
        uneven: by which share the parts differ from one repetition to the next.
    """

    start_s: float
    out_s: float
    hold_s: float
    back_s: float
    rest_s: float
    uneven: float = 0.04


@dataclass(frozen=True, slots=True)
class Departure:
    """How one repetition departs from the others.

    Attributes:
        reach: how far out it goes, 1 is the far end; less than three quarters does not count.
        pause_s: how long it stops half way out.
        fidget: whether a hand goes to the shirt in the rest that follows, which is longer for it.
    """

    reach: float = 1.0
    pause_s: float = 0.0
    fidget: bool = False


@dataclass(frozen=True, slots=True)
class Beat:
    """Where in the exercise a moment is.

    Attributes:
        rep: number of the repetition, from 0: the running one, or the one before; 0 at the start.
        share: 0 in the start position, 1 at the far end.
    """

    rep: int
    share: float


class Beats:
    """The repetitions of a clip.

    Attributes:
        reps: the repetitions, in order.
        phases: the whole clip as ``rest``, ``out``, ``top`` and ``back``.
    """

    def __init__(
        self,
        tempo: Tempo,
        sides: Sequence[str],
        duration_s: float,
        seed: int,
        departures: Sequence[Departure] = (),
    ) -> None:
        """Lays the repetitions out.

        Args:
            tempo: how long everything takes.
            sides: the side of each repetition, empty for both.
            duration_s: length of the clip.
            seed: of the unevenness.
            departures: of each repetition; empty if there are none.

        Raises:
            ValueError: if the clip ends before the last repetition does.
        """
        generator = np.random.default_rng([seed, *b"tempo"])
        self._departures = tuple(departures) or (Departure(),) * len(sides)
        reps, start_s = [], tempo.start_s
        for side, departure in zip(sides, self._departures, strict=True):
            out_s, hold_s, back_s, rest_s = (
                part_s * (1.0 + tempo.uneven * float(np.clip(generator.normal(), -2.0, 2.0)))
                for part_s in (tempo.out_s, tempo.hold_s, tempo.back_s, tempo.rest_s)
            )
            top_s = start_s + out_s + departure.pause_s
            back_from_s = top_s + hold_s
            end_s = back_from_s + back_s
            counts = departure.reach >= _COUNTED_FROM
            reps.append(Rep(start_s, top_s, back_from_s, end_s, side, counts))
            start_s = end_s + rest_s
            if departure.fidget:
                start_s += sum(_FIDGET_PARTS_S) + 2.0 * _STILL_S
        if reps and reps[-1].end_s > duration_s:
            raise ValueError(f"the repetitions take {reps[-1].end_s:.1f} s of {duration_s:.1f} s")
        self.reps = tuple(reps)
        self.phases = _phases(self.reps, duration_s)

    def at(self, t_s: float, early_s: float = 0.0) -> Beat:
        """Returns where in the exercise a moment is.

        Args:
            t_s: the moment.
            early_s: by how much a part of the body goes ahead of the repetition, out and back.
        """
        t_s += early_s
        started = [number for number, rep in enumerate(self.reps) if rep.start_s <= t_s]
        if not started:
            return Beat(0, 0.0)
        rep = self.reps[started[-1]]
        departure = self._departures[started[-1]]
        out = _way_out(t_s - rep.start_s, rep.top_s - rep.start_s, departure.pause_s)
        back = swift((t_s - rep.back_s) / (rep.end_s - rep.back_s))
        return Beat(started[-1], departure.reach * (out - back))

    def fidget_at(self, t_s: float) -> float:
        """Returns how far (0..1) a hand is on its way to the shirt."""
        there_s, stay_s, back_s = _FIDGET_PARTS_S
        for rep, departure in zip(self.reps, self._departures, strict=True):
            since_s = t_s - rep.end_s - _STILL_S
            if departure.fidget and 0.0 <= since_s <= there_s + stay_s + back_s:
                return swift(since_s / there_s) - swift((since_s - there_s - stay_s) / back_s)
        return 0.0


def departures_of(
    count: int, reach: tuple[float, ...], pause_s: tuple[float, ...], fidgets: tuple[int, ...]
) -> tuple[Departure, ...]:
    """Returns the departures of so many repetitions.

    Args:
        count: how many.
        reach: how far each goes, the last one for all that follow.
        pause_s: how long each stops half way out, likewise.
        fidgets: numbers, from 1, of those after which a hand goes to the shirt.
    """
    return tuple(
        Departure(per_rep(reach, rep), per_rep(pause_s, rep), rep + 1 in fidgets)
        for rep in range(count)
    )


def _way_out(since_s: float, out_s: float, pause_s: float) -> float:
    """How far out (0..1) someone is who may stop half way; the pause is part of ``out_s``."""
    if pause_s == 0.0:
        return swift(since_s / out_s)
    half_s = (out_s - pause_s) / 2
    return 0.5 * (swift(since_s / half_s) + swift((since_s - half_s - pause_s) / half_s))


def swift(share: float) -> float:
    """Returns 0..1 for 0..1 as people reach: the least jerk, at rest on both ends."""
    x = float(np.clip(share, 0.0, 1.0))
    return x**3 * (10.0 - 15.0 * x + 6.0 * x * x)


def even_reps(
    count: int, lead_in_s: float, parts_s: tuple[float, float, float], rest_s: float
) -> tuple[Rep, ...]:
    """Returns repetitions that are all alike.

    Args:
        count: how many.
        lead_in_s: before the first.
        parts_s: out, at the far end, and back.
        rest_s: between two.
    """
    out_s, hold_s, back_s = parts_s
    one_s = out_s + hold_s + back_s
    starts = [lead_in_s + number * (one_s + rest_s) for number in range(count)]
    return tuple(Rep(s, s + out_s, s + out_s + hold_s, s + one_s) for s in starts)


def eased_share(reps: Sequence[Rep], t_s: float) -> float:
    """Returns how far out (0..1) someone is, with a soft start and stop."""
    for rep in reps:
        if rep.start_s <= t_s <= rep.end_s:
            out = ease((t_s - rep.start_s) / (rep.top_s - rep.start_s))
            return out - ease((t_s - rep.back_s) / (rep.end_s - rep.back_s))
    return 0.0


def alternating(first: str, count: int) -> tuple[str, ...]:
    """Returns the sides of so many repetitions, left and right by turns."""
    other = {"left": "right", "right": "left"}[first]
    return tuple((first, other)[number % 2] for number in range(count))


def per_rep(values: tuple[float, ...], rep: int) -> float:
    """Returns the value of a repetition: one each, or the last for all that follow."""
    return values[min(rep, len(values) - 1)]


def _phases(reps: tuple[Rep, ...], duration_s: float) -> tuple[Phase, ...]:
    phases = [Phase(REST, 0.0, duration_s)]
    for rep in reps:
        phases[-1] = replace(phases[-1], end_s=rep.start_s)
        phases += [
            Phase(OUT, rep.start_s, rep.top_s),
            Phase(TOP, rep.top_s, rep.back_s),
            Phase(BACK, rep.back_s, rep.end_s),
            Phase(REST, rep.end_s, duration_s),
        ]
    return tuple(phase for phase in phases if phase.end_s > phase.start_s)
