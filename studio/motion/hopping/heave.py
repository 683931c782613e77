"""How high the hips of someone who hops are, from how they are to land and to give."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from studio.motion.figure import Figure
from studio.motion.hopping.bounce import (
    Bounce,
    Piece,
    flight,
    push,
    rest,
    settle,
    stance,
    stance_depth_m,
)
from studio.motion.hopping.rhythm import PUSH_S, SETTLE_S, Flight

HIPS_BEHIND_BALL_M = 0.062
"""From the knuckle of the big toe back to below the hips."""

_STANDING_KNEE_DEG = 4.0
# How long a first take-off and a last landing take, as shares of the usual time.
_HASTES = (1.0, 0.9, 0.8, 0.7, 0.6)


@dataclass(frozen=True, slots=True)
class Manner:
    """How someone hops.

    Attributes:
        strike: what touches first: ``ball``, ``flat`` or ``heel``.
        style: ``both`` feet together, or ``alternate``.
        knee_deg: how far the knees bend at the lowest point; what cannot be had is left out.
        touch_knee_deg: how far they are bent at touch-down and take-off.
        even_knees: whether they bend no further on the way between the two: the ankles make up for
            it. Without it stiff knees (less than some 12 degrees) give way for a moment.
        left_late_s: how much later the left foot touches; negative: the right (``both`` only).
        lift_m: how far the free foot is drawn up under the body (``alternate`` only).
        lift_back_m: how far behind it hangs there; negative is a knee drawn up in front.
        half_gaps_m: half the distance between the feet, landing by landing, over and over.

    Raises:
        ValueError: if a word is none of these.
    """

    strike: str = "ball"
    style: str = "both"
    knee_deg: float = 40.0
    touch_knee_deg: float = 14.0
    even_knees: bool = False
    left_late_s: float = 0.0
    lift_m: float = 0.15
    lift_back_m: float = 0.06
    half_gaps_m: tuple[float, ...] = (0.07,)

    def __post_init__(self) -> None:
        if self.strike not in STRIKES:
            raise ValueError(f"strike is one of {', '.join(STRIKES)}: {self.strike!r}")
        if self.style not in ("both", "alternate"):
            raise ValueError(f"style is both or alternate: {self.style!r}")


@dataclass(frozen=True, slots=True)
class Pitches:
    """The pitch of a foot on the floor; + is the heel up.

    Attributes:
        touch_deg: at touch-down.
        lowest_deg: when the hips are lowest.
        leave_deg: at take-off.
    """

    touch_deg: float
    lowest_deg: float
    leave_deg: float


STRIKES = {
    "ball": Pitches(30.0, 0.0, 30.0),
    "flat": Pitches(0.0, 0.0, 9.0),
    "heel": Pitches(-15.0, 0.0, 8.0),
}


class Heave:
    """The hips of someone who hops, up and down.

    Attributes:
        reference_m: height of the hips at take-off and touch-down.
    """

    def __init__(self, figure: Figure, manner: Manner, rows: list[list[Flight]]) -> None:
        """Plans the whole curve.

        Args:
            figure: who hops.
            manner: how.
            rows: the flights, in rows without a pause.
        """
        self._figure, self._manner = figure, manner
        self._pitches = STRIKES[manner.strike]
        self.reference_m = self._touch_height_m()
        self._pieces = self._pieces_of(rows)
        self._starts = [piece.start_s for piece in self._pieces]
        self._bounce = Bounce(self._pieces)

    def height_m(self, t_s: float) -> float:
        """Returns the height of the hips over the reference."""
        return self._bounce.height_m(t_s)

    def lowest_s(self, t_s: float) -> float:
        """Returns when the hips are lowest in the stance, push or landing around a time."""
        return self._pieces[max(0, bisect_right(self._starts, t_s) - 1)].lowest_s

    def _touch_height_m(self) -> float:
        """Height of the hips at take-off: over the widest stance with the knees as asked."""
        manner, gap_m = self._manner, max(self._manner.half_gaps_m)
        pitch_deg = max(self._pitches.touch_deg, self._pitches.leave_deg)
        if self._pitches.touch_deg <= 0.0:
            pitch_deg = self._pitches.touch_deg
        leg = self._figure.leg(1.0, np.array([gap_m, 0.0]), pitch_deg, 0.0, 6.0)
        at = np.array([0.0, -HIPS_BEHIND_BALL_M])
        return self._figure.hips_height_m(at, 1.0, leg, manner.touch_knee_deg)

    def _standing_m(self) -> float:
        """Height of the hips standing, over the reference."""
        gap_m = self._manner.half_gaps_m[0]
        leg = self._figure.leg(1.0, np.array([gap_m, 0.0]), 0.0, 0.0, 6.0)
        at = np.array([0.0, -HIPS_BEHIND_BALL_M])
        height_m = self._figure.hips_height_m(at, 1.0, leg, _STANDING_KNEE_DEG)
        return height_m - self.reference_m

    def _pieces_of(self, rows: list[list[Flight]]) -> list[Piece]:
        standing_m, pieces, free_s = self._standing_m(), [], 0.0
        for row in rows:
            first, last = row[0], row[-1]
            end_s, speed = first.take_off_s, first.speed_m_s
            pushed = self._giving(
                [push(end_s - share * PUSH_S, end_s, standing_m, speed) for share in _HASTES]
            )
            pieces += [rest(free_s, pushed.start_s, standing_m), pushed]
            for now, following in zip(row, [*row[1:], None], strict=True):
                pieces.append(flight(now.take_off_s, now.landing_s))
                if following:
                    pieces.append(self._stance(now, following))
            start_s, speed = last.landing_s, last.speed_m_s
            settled = self._giving(
                [
                    settle(start_s, start_s + share * SETTLE_S, standing_m, speed)
                    for share in _HASTES
                ]
            )
            pieces.append(settled)
            free_s = settled.end_s
        pieces.append(rest(free_s, np.inf, standing_m))
        return pieces

    def _giving(self, pieces: list[Piece]) -> Piece:
        """Returns the slowest of some pieces in which the knees give no more than asked."""
        wanted = self._depth_m(0.0, self._manner.knee_deg)

        def depth_m(piece: Piece) -> float:
            return -piece.height_m(piece.lowest_s - piece.start_s)

        return next((piece for piece in pieces if depth_m(piece) <= wanted), pieces[-1])

    def _stance(self, before: Flight, after: Flight) -> Piece:
        """A stance as springy as the knees asked for allow, and sharper if they ask for less."""
        duration_s = after.take_off_s - before.landing_s
        speeds = before.speed_m_s, after.speed_m_s
        mean = sum(speeds) / 2
        soft, sharp = (stance_depth_m(duration_s, mean, share) for share in (0.0, 1.0))
        wanted = self._depth_m(0.0, self._manner.knee_deg)
        sharpness = float(np.clip((soft - wanted) / (soft - sharp), 0.0, 1.0))
        return stance(before.landing_s, after.take_off_s, speeds, sharpness)

    def _depth_m(self, pitch_deg: float, knee_deg: float) -> float:
        """How far the hips sink to a pitch of the feet and a bend of the knees."""
        ball = np.array([min(self._manner.half_gaps_m), 0.0])
        leg = self._figure.leg(1.0, ball, pitch_deg, 0.0, 6.0)
        at = np.array([0.0, -HIPS_BEHIND_BALL_M])
        return self.reference_m - self._figure.hips_height_m(at, 1.0, leg, knee_deg)

    def lowest_pitch_deg(self, depth_m: float) -> float:
        """Returns the feet's pitch when the hips sink by a depth and the knees bend as asked."""
        return self._pitch_deg(depth_m, self._manner.knee_deg, 0.85)

    def even_pitch_deg(self, depth_m: float, lowest_m: float) -> float:
        """Returns the feet's pitch at a depth on the way to or from the lowest one."""
        manner = self._manner
        share = float(np.clip(depth_m / max(lowest_m, 1e-6), 0.0, 1.0))
        knee_deg = manner.touch_knee_deg + share * (manner.knee_deg - manner.touch_knee_deg)
        return self._pitch_deg(depth_m, knee_deg, 1.0)

    def _pitch_deg(self, depth_m: float, knee_deg: float, highest_share: float) -> float:
        touch_deg = self._pitches.touch_deg
        if touch_deg <= 0.0 or depth_m >= self._depth_m(0.0, knee_deg):
            return 0.0
        highest = highest_share * touch_deg
        if depth_m <= self._depth_m(highest, knee_deg):
            return highest
        return float(
            brentq(lambda pitch: self._depth_m(pitch, knee_deg) - depth_m, 0.0, highest, xtol=1e-6)
        )
