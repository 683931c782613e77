"""The single sounds: a thud, the slap of a rope, music, and a room in which nothing happens."""

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


def music(generator: np.random.Generator, count: int, beats_per_min: float) -> FloatArray:
    """Returns samples (N,) of dance music, of peak one: drum, clap, hi-hat and a bass line.

    The first beat falls anywhere within a beat's time; every second one has a clap, and the hi-hat
    and the bass play between them. Its beats are as regular as those of a sequencer.
    """
    beat_s = 60.0 / beats_per_min
    samples = np.zeros(count)
    start_s = float(generator.uniform(0.0, beat_s)) - beat_s
    tones_hz = generator.choice([41.2, 49.0, 55.0, 61.7], size=8)
    for number in range(round(count / RATE_HZ / beat_s) + 2):
        at_s = start_s + number * beat_s
        add(samples, _drum(), at_s, 1.0)
        if number % 2 == 1:
            add(samples, _clap(generator), at_s, 0.55)
        for half in (0.0, 0.5):
            hat = _burst(generator, _times_s(0.06), (6000.0, 12000.0), 0.012)
            add(samples, hat, at_s + half * beat_s, 0.15 + 0.15 * half)
        bass = _bass(float(tones_hz[number % len(tones_hz)]), 0.4 * beat_s)
        add(samples, bass, at_s + 0.5 * beat_s, 0.45)
    return _of_peak_one(samples)


def _drum() -> FloatArray:
    t_s = _times_s(0.25)
    # The pitch of a bass drum falls.
    turns = 48.0 * t_s + 70.0 * 0.03 * (1.0 - np.exp(-t_s / 0.03))
    return _of_peak_one(np.sin(2.0 * np.pi * turns) * np.exp(-t_s / 0.08))


def _clap(generator: np.random.Generator) -> FloatArray:
    return _burst(generator, _times_s(0.15), (900.0, 4000.0), 0.03)


def _bass(tone_hz: float, duration_s: float) -> FloatArray:
    t_s = _times_s(duration_s)
    tone = sum(np.sin(2.0 * np.pi * tone_hz * part * t_s) / part for part in (1, 2, 3))
    faded: FloatArray = tone * np.sin(np.pi * t_s / duration_s) ** 0.5
    return _of_peak_one(faded)


def add(samples: FloatArray, voice: FloatArray, at_s: float, gain: float = 1.0) -> None:
    """Adds a voice to a track from a time on, as much of it as there is room for."""
    first = round(at_s * RATE_HZ)
    start, end = max(first, 0), min(first + len(voice), len(samples))
    if start < end:
        samples[start:end] += gain * voice[start - first : end - first]


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
