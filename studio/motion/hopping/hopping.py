"""Hopping on the spot: with a rope, running, or as jumping jacks.

The hips follow ``bounce``: free fall between stances on a spring. The feet are planted from the
instant they touch to the instant they leave; knees and ankles give as far as the hips sink.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from studio.arrays import FloatArray
from studio.motion.course import ease
from studio.motion.figure import SIDES, Figure
from studio.motion.hopping.glide import Glide
from studio.motion.hopping.heave import HIPS_BEHIND_BALL_M, STRIKES, Heave, Manner, Pitches
from studio.motion.hopping.rhythm import PUSH_S, SETTLE_S, Flight, Rhythm, planned
from studio.motion.life import Wander
from studio.motion.performance import Hop, Phase
from studio.motion.posture import Leg

# The second foot of an alternating hopper comes down this long after the last landing.
_CLOSING_S = 0.26


@dataclass(frozen=True, slots=True)
class Plant:
    """One foot on the floor.

    Attributes:
        touch_s: it touches; minus infinity if it stands there from the beginning.
        lift_s: it leaves; infinity if it stays to the end.
        ball_m: (2,) where the knuckle of the big toe is.
        pitches: of the foot.
        bottom_s: the hips are lowest after the touch, and before the lift.
    """

    touch_s: float
    lift_s: float
    ball_m: FloatArray
    pitches: Pitches
    bottom_s: tuple[float, float]


class Hopper:
    """The hips and the legs of someone who hops, at any time.

    Attributes:
        hops: the flights.
        flights: the same as they were planned.
        bouts: first take-off and last landing of each unbroken row of hops.
        figure: the person.
    """

    def __init__(
        self, figure: Figure, rhythm: Rhythm, manner: Manner, seed: int, duration_s: float
    ) -> None:
        """Plans every hop.

        Args:
            figure: who hops.
            rhythm: when and how high.
            manner: how.
            seed: of what varies from hop to hop.
            duration_s: length of the clip.

        Raises:
            ValueError: if the hops leave no time for contacts between them.
        """
        self.figure, self._manner = figure, manner
        self._seed = seed
        self._pitches = STRIKES[manner.strike]
        self._wander = [Wander(seed, name, 0.012, (0.05, 0.3)) for name in ("across", "along")]
        self._rows = planned(rhythm, np.random.default_rng([seed, 11]), duration_s)
        self.flights = [flight for row in self._rows for flight in row]
        self.bouts = [(row[0].take_off_s, row[-1].landing_s) for row in self._rows]
        self._heave = Heave(figure, manner, self._rows)
        self._plants = self._planted()
        self.hops = self._noted()
        ends = (self._over_feet_m(0, True), self._over_feet_m(len(self.hops), True))
        self._glide = Glide(self._level_nodes(), ends, (PUSH_S, SETTLE_S))

    def hips_m(self, t_s: float) -> FloatArray:
        """Returns the middle of the hips (3,)."""
        x_m, z_m = self._glide.place_m(t_s)
        return np.array([x_m, self._heave.reference_m + self._heave.height_m(t_s), z_m])

    def rise_m(self, t_s: float) -> float:
        """Returns the height of the hips over touch-down and take-off."""
        return self._heave.height_m(t_s)

    def leg(self, t_s: float, sign: float) -> Leg:
        """Returns the left (1) or right (-1) leg."""
        plants = self._plants[sign]
        number = max(0, bisect_right([plant.touch_s for plant in plants], t_s) - 1)
        plant = plants[number]
        if t_s <= plant.lift_s:
            pitch_deg = self._planted_pitch_deg(plant, t_s)
            return self.figure.leg(sign, plant.ball_m, pitch_deg, 0.0, 6.0 * sign)
        return self._swung(plant, plants[number + 1], t_s, sign)

    def lifted(self, t_s: float, sign: float) -> float:
        """Returns how far (0..1) a foot is through being drawn up and put down."""
        plants = self._plants[sign]
        number = max(0, bisect_right([plant.touch_s for plant in plants], t_s) - 1)
        plant = plants[number]
        if t_s <= plant.lift_s:
            return 0.0
        share = (t_s - plant.lift_s) / (plants[number + 1].touch_s - plant.lift_s)
        return float(np.sin(np.pi * share) ** 2)

    def _planted(self) -> dict[float, list[Plant]]:
        """Every contact of each foot with the floor."""
        plants: dict[float, list[Plant]] = {sign: [] for sign in SIDES}
        landing = 0
        since = dict.fromkeys(SIDES, -np.inf)
        bottoms = dict.fromkeys(SIDES, -np.inf)
        for row in self._rows:
            for sign in SIDES:
                before_lift_s = self._heave.lowest_s(row[0].take_off_s - 1e-6)
                plants[sign].append(
                    self._plant(
                        (since[sign], row[0].take_off_s),
                        (bottoms[sign], before_lift_s),
                        sign,
                        landing,
                        standing=True,
                    )
                )
            for now, following in zip(row, [*row[1:], None], strict=True):
                landing += 1
                lowest_s = self._heave.lowest_s(now.landing_s + 1e-6)
                for sign in SIDES:
                    touch_s = self._touch_s(now, sign, landing, following is None)
                    if touch_s is None:
                        continue
                    if following is None:
                        since[sign], bottoms[sign] = touch_s, max(lowest_s, touch_s)
                        continue
                    plants[sign].append(
                        self._plant(
                            (touch_s, following.take_off_s), (lowest_s, lowest_s), sign, landing
                        )
                    )
        for sign in SIDES:
            plants[sign].append(
                self._plant((since[sign], np.inf), (bottoms[sign], np.inf), sign, landing, True)
            )
        return plants

    def _plant(
        self,
        span_s: tuple[float, float],
        bottom_s: tuple[float, float],
        sign: float,
        landing: int,
        standing: bool = False,
    ) -> Plant:
        pitches = self._pitches
        if bottom_s[0] <= span_s[0]:
            # Put down beside the other foot when the hips are low already: flat.
            pitches = replace(pitches, touch_deg=0.0)
        if not standing:
            depth_m = -self._heave.height_m(bottom_s[0])
            pitches = replace(pitches, lowest_deg=self._heave.lowest_pitch_deg(depth_m))
        return Plant(*span_s, self._ball_m(sign, landing), pitches, bottom_s)

    def _touch_s(self, hop: Flight, sign: float, landing: int, last: bool) -> float | None:
        """When a foot touches after a flight; None if it is the other one's turn."""
        if self._manner.style == "alternate" and not _supports(sign, landing):
            return hop.landing_s + _CLOSING_S if last else None
        late_s = self._manner.left_late_s * sign if self._manner.style == "both" else 0.0
        return hop.landing_s + max(0.0, late_s)

    def _ball_m(self, sign: float, landing: int) -> FloatArray:
        """Where a foot lands."""
        gaps_m = self._manner.half_gaps_m
        stray = np.random.default_rng([self._seed, 12, landing, int(sign > 0)]).normal(
            0.0, 0.004, 2
        )
        place: FloatArray = self._drift_m(self._time_of(landing)) + stray
        place[0] += sign * gaps_m[landing % len(gaps_m)]
        return place

    def _time_of(self, landing: int) -> float:
        return self.flights[landing - 1].landing_s if landing else 0.0

    def _drift_m(self, t_s: float) -> FloatArray:
        return np.array([wander.at(t_s) - wander.at(0.0) for wander in self._wander])

    def _noted(self) -> tuple[Hop, ...]:
        hops, landing = [], 0
        for row in self._rows:
            for one in row:
                landing += 1
                last = one is row[-1]
                touches = [self._touch_s(one, sign, landing, last) for sign in SIDES]
                if self._manner.style == "alternate":
                    touches = [
                        touch if _supports(sign, landing) else None
                        for touch, sign in zip(touches, SIDES, strict=True)
                    ]
                hops.append(
                    Hop(
                        one.take_off_s,
                        one.landing_s,
                        one.height_m,
                        touches[0],
                        touches[1],
                        self._manner.strike,
                    )
                )
        return tuple(hops)

    def _level_nodes(self) -> list[tuple[float, FloatArray]]:
        """Take-offs and touch-downs with the place (2,) of the hips over the floor."""
        nodes, landing = [], 0
        for row in self._rows:
            for one in row:
                nodes.append((one.take_off_s, self._over_feet_m(landing, one is row[0])))
                landing += 1
                nodes.append((one.landing_s, self._over_feet_m(landing, False)))
        return nodes

    def _over_feet_m(self, landing: int, standing: bool) -> FloatArray:
        over: FloatArray = self._drift_m(self._time_of(landing))
        over[1] -= HIPS_BEHIND_BALL_M
        if self._manner.style == "alternate" and not standing and landing:
            sign = next(side for side in SIDES if _supports(side, landing))
            over[0] += 0.35 * sign * self._manner.half_gaps_m[0]
        return over

    def _planted_pitch_deg(self, plant: Plant, t_s: float) -> float:
        pitches = plant.pitches
        falling, rising = plant.bottom_s
        if self._manner.even_knees and falling == rising:
            return self._heave.even_pitch_deg(-self.rise_m(t_s), -self.rise_m(falling))
        if t_s < falling:
            touch_m, bottom_m = self.rise_m(plant.touch_s), self.rise_m(falling)
            left = _share_left(self.rise_m(t_s), touch_m, bottom_m, pitches.touch_deg <= 0.0)
            return pitches.lowest_deg + (pitches.touch_deg - pitches.lowest_deg) * left
        if t_s > rising:
            left = _share_left(self.rise_m(t_s), 0.0, self.rise_m(rising), False)
            return pitches.lowest_deg + (pitches.leave_deg - pitches.lowest_deg) * left
        return pitches.lowest_deg

    def _swung(self, before: Plant, after: Plant, t_s: float, sign: float) -> Leg:
        """A foot in the air. At both ends it moves with the hips, as a leg held still does."""
        share = (t_s - before.lift_s) / (after.touch_s - before.lift_s)
        bump = float(np.sin(np.pi * share) ** 2)
        first_m, last_m = self.rise_m(before.lift_s), self.rise_m(after.touch_s)
        clearance_m = self.rise_m(t_s) - (first_m + (last_m - first_m) * share)
        start_deg, end_deg = before.pitches.leave_deg, after.pitches.touch_deg
        pitch_deg = start_deg + (end_deg - start_deg) * ease(share)
        ball_m = before.ball_m + (after.ball_m - before.ball_m) * ease(share)
        if self._manner.style == "alternate":
            # A shorter way through the air, as the first step's, is lower at the same effort.
            bump *= min(1.0, ((after.touch_s - before.lift_s) / self._usual_swing_s(sign)) ** 2)
            clearance_m += self._manner.lift_m * bump
            ball_m = ball_m - np.array([0.0, self._manner.lift_back_m * bump])
            pitch_deg += (60.0 * max(0.0, self._manner.lift_back_m)) * bump
        return self.figure.leg(sign, ball_m, pitch_deg, max(0.0, clearance_m), 6.0 * sign)

    def _usual_swing_s(self, sign: float) -> float:
        plants = self._plants[sign]
        swings = [after.touch_s - before.lift_s for before, after in pairwise(plants)]
        return float(np.median(swings))


def phases_of(bouts: list[tuple[float, float]], name: str, duration_s: float) -> tuple[Phase, ...]:
    """Returns the phases of a clip with bouts of hops and standing between them."""
    phases: list[Phase] = []
    free_s = 0.0
    for start_s, end_s in bouts:
        if start_s > free_s:
            phases.append(Phase("standing", free_s, start_s))
        phases.append(Phase(name, start_s, end_s))
        free_s = end_s
    if duration_s > free_s:
        phases.append(Phase("standing", free_s, duration_s))
    return tuple(phases)


def _supports(sign: float, landing: int) -> bool:
    """Whether a foot takes a landing of an alternating hopper; the right one starts."""
    return (landing % 2 == 1) == (sign < 0)


def _share_left(height_m: float, end_m: float, bottom_m: float, soft: bool) -> float:
    """How much (1..0) of a change of pitch is left on the way between touch and lowest point."""
    done = float(np.clip((end_m - height_m) / max(end_m - bottom_m, 1e-6), 0.0, 1.0))
    if soft:
        # A heel that touches first is soon followed by the rest of the foot.
        return max(0.0, 1.0 - done / 0.5) ** 2
    return 1.0 - done
