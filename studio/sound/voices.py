"""The single sounds: a thud, the slap of a rope, and a room in which nothing happens."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from studio.arrays import FloatArray

RATE_HZ = 48_000


def thud(generator: np.random.Generator) -> FloatArray:
    """Returns shoes landing on a floor: a burst of noise over a low thump, of peak one."""
    t_s = _times_s(0.22)
    thump_hz = float(generator.uniform(62.0, 88.0))
    # The floor is struck at once: no slow attack, so that the onset is where the truth has it.
    thump = np.cos(2.0 * np.pi * thump_hz * t_s) * np.exp(-t_s / 0.045)
    scuff = _burst(generator, t_s, (150.0, 1600.0), float(generator.uniform(0.012, 0.022)))
    tap = _burst(generator, t_s, (1200.0, 6000.0), 0.004)
    return _of_peak_one(0.55 * thump + 0.8 * scuff + float(generator.uniform(0.3, 0.5)) * tap)


def slap(generator: np.random.Generator) -> FloatArray:
    """Returns a rope hitting the floor: shorter and brighter than a thud, of peak one."""
    t_s = _times_s(0.05)
    bite = _burst(generator, t_s, (1800.0, 8000.0), float(generator.uniform(0.003, 0.006)))
    body = _burst(generator, t_s, (500.0, 2500.0), 0.008)
    return _of_peak_one(bite + 0.3 * body)


def room_noise(generator: np.random.Generator, count: int) -> FloatArray:
    """Returns samples (N,) of a quiet room, of root mean square one: air, traffic, mains hum."""
    white = generator.standard_normal(count)
    air = _filtered(white, (60.0, 4000.0), order=1)
    rumble = _filtered(white[::-1].copy(), (20.0, 120.0), order=1)
    hum = np.sin(2.0 * np.pi * 50.0 * np.arange(count) / RATE_HZ)
    mixed = air / _rms(air) + 0.8 * rumble / _rms(rumble) + 0.15 * hum
    quiet: FloatArray = mixed / _rms(mixed)
    return quiet


def _times_s(duration_s: float) -> FloatArray:
    times: FloatArray = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return times


def _burst(
    generator: np.random.Generator, t_s: FloatArray, band_hz: tuple[float, float], decay_s: float
) -> FloatArray:
    noise = _filtered(generator.standard_normal(len(t_s)), band_hz, order=2)
    return _of_peak_one(noise * np.exp(-t_s / decay_s))


def _filtered(samples: FloatArray, band_hz: tuple[float, float], order: int) -> FloatArray:
    sections = butter(order, band_hz, "bandpass", fs=RATE_HZ, output="sos")
    filtered: FloatArray = sosfilt(sections, samples)
    return filtered


def _of_peak_one(samples: FloatArray) -> FloatArray:
    scaled: FloatArray = samples / np.abs(samples).max()
    return scaled


def _rms(samples: FloatArray) -> float:
    return float(np.sqrt(np.mean(samples**2)))
