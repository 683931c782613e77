"""When hops take off and land."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.motion.course import Course
from studio.motion.hopping.bounce import G_M_S2, flight_s

PUSH_S, SETTLE_S = 0.40, 0.60
"""How long the first take-off takes, and coming to rest after the last landing."""

_SHORTEST_STANCE_S = 0.12
_USUAL_CADENCE = Course(130.0)
_USUAL_HEIGHT = Course(0.035)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop between two bouts, such as a caught rope.

    Attributes:
        at_s: the landing after this is the last for now.
        for_s: from that landing to the next take-off.
    """

    at_s: float
    for_s: float = 1.5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the hops are and how high.

    Attributes:
        lead_in_s: the first take-off.
        active_s: no hop takes off later than this after the first take-off; None to the end.
        cadence_per_min: landings a minute.
        height_m: rise of the body in a hop.
        heights_m: heights of single hops in order, the last one repeated; instead of ``height_m``.
        height_jitter: how far heights vary from hop to hop, a share.
        cadence_jitter: how far the time between landings varies, a share.
        doubles: numbers of the hops, from 1, in which the rope passes twice.
        double_height_m: rise of the body in those.
        stops: pauses.
    """

    lead_in_s: float = 0.8
    active_s: float | None = None
    cadence_per_min: Course = _USUAL_CADENCE
    height_m: Course = _USUAL_HEIGHT
    heights_m: tuple[float, ...] = ()
    height_jitter: float = 0.06
    cadence_jitter: float = 0.015
    doubles: tuple[int, ...] = ()
    double_height_m: float = 0.14
    stops: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight.

    Attributes:
        take_off_s: the last foot leaves.
        landing_s: the first foot touches.
        height_m: rise of the hips.
        turns: how often the rope is to pass.
        caught: whether it does not, because it is caught.
    """

    take_off_s: float
    landing_s: float
    height_m: float
    turns: int = 1
    caught: bool = False

    @property
    def speed_m_s(self) -> float:
        """Speed at take-off and at touch-down."""
        return G_M_S2 * (self.landing_s - self.take_off_s) / 2


def planned(
    rhythm: Rhythm, generator: np.random.Generator, duration_s: float
) -> list[list[Flight]]:
    """Returns the flights, in rows without a pause.

    Args:
        rhythm: what is wanted.
        generator: of what varies from hop to hop.
        duration_s: length of the clip; hops go on beyond its end.

    Raises:
        ValueError: if the hops leave no time for contacts between them.
    """
    end_s = duration_s + 1.0
    if rhythm.active_s is not None:
        end_s = min(end_s, rhythm.lead_in_s + rhythm.active_s)
    stops = list(rhythm.stops)
    rows: list[list[Flight]] = [[]]
    take_off_s, number = rhythm.lead_in_s, 0
    while take_off_s < end_s:
        usual_m = _height_m(rhythm, number, take_off_s, generator)
        number += 1
        double = number in rhythm.doubles
        height_m = rhythm.double_height_m if double else usual_m
        landing_s = take_off_s + flight_s(height_m)
        caught = bool(stops) and landing_s >= stops[0].at_s
        rows[-1].append(Flight(take_off_s, landing_s, height_m, 2 if double else 1, caught))
        if caught:
            take_off_s = landing_s + max(stops.pop(0).for_s, PUSH_S + SETTLE_S)
            rows.append([])
            continue
        period_s = 60.0 / rhythm.cadence_per_min.at(landing_s)
        period_s *= 1.0 + rhythm.cadence_jitter * float(generator.normal())
        # The next flight is not known yet: take it to be like this one. A double-under takes
        # longer by what it is longer in the air.
        take_off_s = landing_s + period_s - flight_s(usual_m)
        if take_off_s - landing_s < _SHORTEST_STANCE_S:
            raise ValueError(f"hops of {height_m:.3f} m leave no time on the floor at this cadence")
    return [row for row in rows if row]


def _height_m(rhythm: Rhythm, number: int, t_s: float, generator: np.random.Generator) -> float:
    vary = 1.0 + rhythm.height_jitter * float(np.clip(generator.normal(), -2.0, 2.0))
    if rhythm.heights_m:
        return rhythm.heights_m[min(number, len(rhythm.heights_m) - 1)]
    return rhythm.height_m.at(t_s) * vary
