"""How a camera moves in somebody's hands: a slow drift and a tremor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from studio.arrays import FloatArray

_STREAM = 11
# Right, up and forward in metres, then pan, tilt and roll in degrees.
_CHANNELS = 6


@dataclass(frozen=True, slots=True)
class _Band:
    """Sines that together make one kind of motion.

    Attributes:
        low_hz: the slowest.
        high_hz: the fastest.
        count: how many.
        shift_m: root mean square of each shift.
        turn_deg: root mean square of pan and of tilt; of roll it is half.
    """

    low_hz: float
    high_hz: float
    count: int
    shift_m: float
    turn_deg: float


_BANDS = (_Band(0.07, 0.5, 5, 0.010, 0.75), _Band(3.0, 8.0, 6, 0.0004, 0.05))


def sway(t_s: float, seed: int) -> FloatArray:
    """Returns the motion (6,) of a phone held in two hands.

    Args:
        t_s: the time.
        seed: of the hands.

    Returns:
        Shifts to the right, up and forward in metres; pan to the right, tilt up and roll
        clockwise in degrees.
    """
    frequency_hz, phase, amplitude = _sines(seed)
    moved: FloatArray = (amplitude * np.sin(2.0 * np.pi * frequency_hz * t_s + phase)).sum(axis=1)
    return moved


@lru_cache(maxsize=8)
def _sines(seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Frequencies, phases and amplitudes, each (6, N)."""
    generator = np.random.default_rng([seed, _STREAM])
    frequencies, phases, amplitudes = [], [], []
    for band in _BANDS:
        shape = (_CHANNELS, band.count)
        frequencies.append(generator.uniform(band.low_hz, band.high_hz, shape))
        phases.append(generator.uniform(0.0, 2.0 * np.pi, shape))
        size = np.array([band.shift_m] * 3 + [band.turn_deg] * 2 + [band.turn_deg / 2])
        amplitudes.append(np.repeat(size[:, None] * np.sqrt(2.0 / band.count), band.count, axis=1))
    return (
        np.concatenate(frequencies, axis=1),
        np.concatenate(phases, axis=1),
        np.concatenate(amplitudes, axis=1),
    )
