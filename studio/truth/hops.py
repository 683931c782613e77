"""What is true of each hop: when the feet touch, how the legs give, how the arms are held.

Read from the person at the very instants, not from the frames: a touch-down falls between two of
them, and at 30 frames a second a knee has given by ten degrees until the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from studio.arrays import FloatArray
from studio.body.actor import Actor
from studio.body.rig import SolvedPose
from studio.motion.performance import Hop, Phase
from studio.truth.measures import (
    SIDES,
    elbow_gap_ratio,
    hand_height_ratio,
    knee_deg,
    trunk_lean_deg,
)
from studio.truth.skin import skin_measures

STANDING = "standing"
"""Phase between two bouts."""

# Legs give most within this long after a touch-down; less of a contact than the second of these
# does not show how far they do.
_GIVING_S, _SHORTEST_CONTACT_S = 0.45, 0.15
_CONTACT_SAMPLES, _FLIGHT_SAMPLES, _CYCLE_SAMPLES = 19, 7, 9


@dataclass(frozen=True, slots=True)
class Instant:
    """A person at one instant.

    Attributes:
        landmarks_m: (1, K, 3) landmarks in the world.
        pose: the solved skeleton.
        breath: how full the chest is, -1..1.
    """

    landmarks_m: FloatArray
    pose: SolvedPose
    breath: float


@dataclass(frozen=True, slots=True)
class TrueHop:
    """A flight and the contact that follows it; None is not known or has no meaning.

    Attributes:
        take_off_s: the last foot leaves the floor.
        landing_s: the first foot touches it again.
        height_m: rise of the body's centre from take-off to apex, g t² / 8.
        left_landing_s: the left foot touches; None if it does not before the next flight.
        right_landing_s: the right foot touches; likewise.
        strike: what touches first: ``ball``, ``flat`` or ``heel``.
        turns: how often the rope passes under the feet in this flight.
        bout: which unbroken row of hops it belongs to, from 0.
        contact_s: from the landing to the next take-off; None of a bout's last, or if the clip
            ends before.
        offset_ms: left landing minus right.
        clearance_mm: how high the lower of both soles gets over the floor.
        left_knee_touch_deg: bend of that knee when its foot touches, 0 is straight.
        right_knee_touch_deg: the same of the right.
        left_knee_deg: the most it bends in the contact.
        right_knee_deg: the same of the right.
        left_strike_deg: pitch of that foot's sole when it touches, + is the heel above the toes.
        right_strike_deg: the same of the right.
        lean_deg: median of the trunk out of the vertical, from take-off to the end of the contact.
        elbow_gap_ratio: median of hip to elbow, outwards, per shoulder width; mean of both sides.
        hand_height_ratio: median of the wrist above the hip per length of the trunk; likewise.
    """

    take_off_s: float
    landing_s: float
    height_m: float
    left_landing_s: float | None
    right_landing_s: float | None
    strike: str
    turns: int
    bout: int
    contact_s: float | None
    offset_ms: float | None
    clearance_mm: float
    left_knee_touch_deg: float | None
    right_knee_touch_deg: float | None
    left_knee_deg: float | None
    right_knee_deg: float | None
    left_strike_deg: float | None
    right_strike_deg: float | None
    lean_deg: float
    elbow_gap_ratio: float
    hand_height_ratio: float


def true_hops(
    actor: Actor,
    at: Callable[[float], Instant],
    hops: tuple[Hop, ...],
    phases: tuple[Phase, ...],
    duration_s: float,
) -> tuple[TrueHop, ...]:
    """Returns the hops that end within a clip, with all that is true of them.

    Args:
        actor: who hops.
        at: gives them at a time.
        hops: the flights, in order; there may be some after the end of the clip.
        phases: of the performance: between two bouts they stand.
        duration_s: length of the clip.
    """
    pauses_s = [phase.start_s for phase in phases if phase.name == STANDING]
    found: list[TrueHop] = []
    bout = 0
    for hop, following in pairwise([*hops, None]):
        if hop is None or hop.landing_s > duration_s:
            break
        last = following is None or any(
            hop.landing_s - 1e-6 <= pause_s < following.take_off_s for pause_s in pauses_s
        )
        next_s = None if last or following is None else following.take_off_s
        found.append(_TrueHopMaker(actor, at, hop, next_s, duration_s).made(bout))
        bout += last
    return tuple(found)


class _TrueHopMaker:
    """Reads one hop."""

    def __init__(
        self,
        actor: Actor,
        at: Callable[[float], Instant],
        hop: Hop,
        next_s: float | None,
        duration_s: float,
    ) -> None:
        self._actor, self._at, self._hop = actor, at, hop
        self._contact_s = None if next_s is None else round(next_s - hop.landing_s, 4)
        if next_s is not None and next_s > duration_s:
            self._contact_s = None
        self._end_s = min(hop.landing_s + _GIVING_S, duration_s, next_s or np.inf)

    def made(self, bout: int) -> TrueHop:
        """Returns what is true of the hop."""
        hop = self._hop
        touches = {"left": hop.left_landing_s, "right": hop.right_landing_s}
        touch_deg, most_deg, strike_deg = (
            {side: self._of_leg(side, touch_s, read) for side, touch_s in touches.items()}
            for read in (self._knee_at, self._most_knee, self._pitch_at)
        )
        offset_ms = None
        if hop.left_landing_s is not None and hop.right_landing_s is not None:
            offset_ms = round(1000.0 * (hop.left_landing_s - hop.right_landing_s), 1)
        cycle = [self._at(t_s) for t_s in self._times(hop.take_off_s, self._end_s, _CYCLE_SAMPLES)]
        points_m = np.concatenate([instant.landmarks_m for instant in cycle])
        return TrueHop(
            take_off_s=hop.take_off_s,
            landing_s=hop.landing_s,
            height_m=hop.height_m,
            left_landing_s=hop.left_landing_s,
            right_landing_s=hop.right_landing_s,
            strike=hop.strike,
            turns=hop.turns,
            bout=bout,
            contact_s=self._contact_s,
            offset_ms=offset_ms,
            clearance_mm=self._clearance_mm(),
            left_knee_touch_deg=touch_deg["left"],
            right_knee_touch_deg=touch_deg["right"],
            left_knee_deg=most_deg["left"],
            right_knee_deg=most_deg["right"],
            left_strike_deg=strike_deg["left"],
            right_strike_deg=strike_deg["right"],
            lean_deg=_median(trunk_lean_deg(points_m), 2),
            elbow_gap_ratio=_median(elbow_gap_ratio(points_m), 3),
            hand_height_ratio=_median(hand_height_ratio(points_m), 3),
        )

    def _of_leg(
        self, side: str, touch_s: float | None, read: Callable[[str, float], float | None]
    ) -> float | None:
        value = None if touch_s is None else read(side, touch_s)
        return None if value is None else round(value, 2)

    def _knee_at(self, side: str, t_s: float) -> float:
        return 180.0 - float(knee_deg(self._at(t_s).landmarks_m, side)[0])

    def _most_knee(self, side: str, touch_s: float) -> float | None:
        if self._end_s - touch_s < _SHORTEST_CONTACT_S:
            return None
        times = self._times(touch_s, self._end_s, _CONTACT_SAMPLES)
        return max(self._knee_at(side, t_s) for t_s in times)

    def _pitch_at(self, side: str, t_s: float) -> float:
        foot = self._actor.body.index[f"foot.{side[0].upper()}"]
        # At rest the foot stands flat and points along z.
        forward = self._at(t_s).pose.rotations[foot][:, 2]
        return float(np.degrees(np.arcsin(np.clip(-forward[1], -1.0, 1.0))))

    def _clearance_mm(self) -> float:
        heights = []
        for t_s in self._times(self._hop.take_off_s, self._hop.landing_s, _FLIGHT_SAMPLES):
            now = self._at(t_s)
            skin = skin_measures(self._actor, now.pose, now.breath)
            heights.append(min(skin[f"{side}_sole_mm"] for side in SIDES))
        return round(max(heights), 1)

    def _times(self, start_s: float, end_s: float, count: int) -> list[float]:
        return [float(t_s) for t_s in np.linspace(start_s, end_s, count)]


def _median(values: FloatArray, digits: int) -> float:
    return round(float(np.median(values)), digits) + 0.0
