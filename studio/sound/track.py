"""The sound track: every noise of a performance as the camera's microphone hears it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.arrays import FloatArray
from studio.motion.performance import Noise
from studio.sound.voices import RATE_HZ, add, music, room_noise, slap, thud

SPEED_M_S = 343.0
# Peak of a normal landing; leaves room for landings eight decibels louder.
_PEAK = 0.33
_VOICES = {"landing": thud, "rope": slap}


@dataclass(frozen=True, slots=True)
class Sound:
    """How the microphone hears it.

    Attributes:
        on: whether there is a sound track, if there is anything to be heard.
        noises: whether what people do is heard; not if it is drowned.
        music_per_min: beats of the music that is played in the room; 0 is none.
        music_level_db: its loudest beat against the peak of a normal landing.
        noise_level_db: the room's noise, root mean square against the peak of a normal landing.
        offset_s: how much later the sound track is than the pictures; phones differ.
    """

    on: bool = True
    noises: bool = True
    music_per_min: float = 0.0
    music_level_db: float = 0.0
    noise_level_db: float = -46.0
    offset_s: float = 0.0

    def anything_of(self, noises: Sequence[Noise]) -> bool:
        """Returns whether there is a sound track, with these noises or without."""
        return self.on and (self.music_per_min > 0.0 or (self.noises and len(noises) > 0))


def sound_track(
    noises: Iterable[Noise], duration_s: float, sound: Sound, distance_m: float, seed: int
) -> FloatArray:
    """Returns the samples (N,), -1..1 at ``voices.RATE_HZ``.

    Args:
        noises: what is to be heard, and when at its source.
        duration_s: length of the clip.
        sound: how it is heard.
        distance_m: from the source to the microphone.
        seed: of everything random.
    """
    count = round(duration_s * RATE_HZ)
    level = _PEAK * _gain(sound.noise_level_db)
    samples = level * room_noise(np.random.default_rng([seed, 21]), count)
    if sound.music_per_min > 0.0:
        played = music(np.random.default_rng([seed, 23]), count, sound.music_per_min)
        samples += _PEAK * _gain(sound.music_level_db) * played
    generator = np.random.default_rng([seed, 22])
    for noise in noises if sound.noises else ():
        # Drawn for every noise, heard or not: one more at the end changes nothing before it.
        voice = _PEAK * _gain(noise.level_db) * _VOICES[noise.kind](generator)
        add(samples, voice, noise.t_s + heard_late_s(sound, distance_m))
    heard: FloatArray = np.clip(samples, -1.0, 1.0)
    return heard


def heard_late_s(sound: Sound, distance_m: float) -> float:
    """Returns how much later than it happened in the pictures a noise is in the track."""
    return sound.offset_s + distance_m / SPEED_M_S


def _gain(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))
