"""How the hips of someone who hops rise and fall: free fall between stances on a spring.

Heights are those of the hips over where they are at take-off and touch-down. Position and velocity
are continuous everywhere; within a flight nothing but gravity acts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

G_M_S2 = 9.81
_SAMPLES = 241


def flight_s(height_m: float) -> float:
    """Returns how long a hop of a height is in the air."""
    return float(np.sqrt(8.0 * height_m / G_M_S2))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the curve.

    Attributes:
        start_s: when it begins.
        end_s: when it ends.
        height_m: the height at a time since its begin.
        lowest_s: when it is lowest; of a push or a stance.
    """

    start_s: float
    end_s: float
    height_m: Callable[[float], float]
    lowest_s: float = 0.0


class Bounce:
    """The whole curve, made of pieces that follow each other."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces
        self._starts = [piece.start_s for piece in pieces]

    def height_m(self, t_s: float) -> float:
        """Returns the height of the hips at a time."""
        piece = self._pieces[max(0, bisect_right(self._starts, t_s) - 1)]
        return piece.height_m(min(t_s, piece.end_s) - piece.start_s)


def rest(start_s: float, end_s: float, height_m: float) -> Piece:
    """Standing still."""
    return Piece(start_s, end_s, lambda _: height_m)


def flight(take_off_s: float, landing_s: float) -> Piece:
    """A ballistic arc from take-off height back to it."""
    speed = G_M_S2 * (landing_s - take_off_s) / 2
    return Piece(take_off_s, landing_s, lambda s: speed * s - G_M_S2 * s * s / 2)


def push(start_s: float, take_off_s: float, from_m: float, speed_m_s: float) -> Piece:
    """From standing still, through a small dip, to a take-off."""
    duration_s = take_off_s - start_s
    curve = _quintic(duration_s, (from_m, 0.0, 0.0), (0.0, speed_m_s, -G_M_S2))
    return _piece(start_s, take_off_s, curve)


def settle(landing_s: float, end_s: float, to_m: float, speed_m_s: float) -> Piece:
    """From a landing to standing still."""
    duration_s = end_s - landing_s
    curve = _quintic(duration_s, (0.0, -speed_m_s, -G_M_S2), (to_m, 0.0, 0.0))
    return _piece(landing_s, end_s, curve)


def stance(
    landing_s: float, take_off_s: float, speeds_m_s: tuple[float, float], sharpness: float = 0.0
) -> Piece:
    """A contact with the floor between two flights.

    Args:
        landing_s: touch-down.
        take_off_s: take-off.
        speeds_m_s: downwards at touch-down, upwards at take-off.
        sharpness: 0 is a mass on a linear spring, half a period of a sine about the static sag, the
            force growing from nothing; 1 is a force that is there at once and stays even.
    """
    curve = _stance_curve(take_off_s - landing_s, speeds_m_s, sharpness)
    return _piece(landing_s, take_off_s, curve)


def stance_depth_m(duration_s: float, speed_m_s: float, sharpness: float) -> float:
    """Returns how far the hips sink in a stance whose two speeds are alike."""
    return -_stance_curve(duration_s, (speed_m_s, speed_m_s), sharpness)(duration_s / 2)


def _stance_curve(
    duration_s: float, speeds_m_s: tuple[float, float], sharpness: float
) -> Callable[[float], float]:
    down, up = speeds_m_s
    speed, half_change = (down + up) / 2, (up - down) / 2
    pull = 2.0 * speed / (G_M_S2 * duration_s)
    # The spring's half angle: velocity-matched at both ends, where the spring is just unloaded.
    half_angle = float(
        brentq(lambda a: np.sin(a) + pull * a * np.cos(a), np.pi / 2, np.pi, xtol=1e-14)
    )
    omega = 2.0 * half_angle / duration_s
    sag_m, turn = G_M_S2 / omega**2, float(np.cos(half_angle))

    def height_m(s: float) -> float:
        share = s / duration_s
        spring = -sag_m * (1.0 - float(np.cos(omega * s - half_angle)) / turn)
        even = -speed * s * (1.0 - share)
        # A landing from one height and a take-off to another differ in speed.
        uneven = half_change * s * (1.0 - share) * (1.0 - 2.0 * share)
        return (1.0 - sharpness) * spring + sharpness * even + uneven

    return height_m


def _piece(start_s: float, end_s: float, curve: Callable[[float], float]) -> Piece:
    times = np.linspace(0.0, end_s - start_s, _SAMPLES)
    lowest = int(np.argmin([curve(float(s)) for s in times]))
    return Piece(start_s, end_s, curve, start_s + float(times[lowest]))


def _quintic(
    duration_s: float, start: tuple[float, float, float], end: tuple[float, float, float]
) -> Callable[[float], float]:
    """Returns the polynomial with given value, speed and acceleration at both ends."""
    powers = np.arange(6)

    def rows(s: float) -> list[list[float]]:
        return [
            [float(s**p) for p in powers],
            [float(p * s ** (p - 1)) if p > 0 else 0.0 for p in powers],
            [float(p * (p - 1) * s ** (p - 2)) if p > 1 else 0.0 for p in powers],
        ]

    coefficients = np.linalg.solve(np.array(rows(0.0) + rows(duration_s)), np.array(start + end))
    descending = coefficients[::-1].copy()
    return lambda s: float(np.polyval(descending, s))
