"""The beginnings of sounds in a sound track: landings, a rope on the floor, and whatever else.

Five bands from 50 Hz to 7.5 kHz are watched in steps of 2 ms. A sound sets in where they rise
together, in decibels, against the 30 ms before and against the quiet of the last seconds. When it
set in exactly is then found in the samples: where they split best into a quiet part and a loud
one, which is how the first wave of an earthquake is picked (Maeda, 1985: the minimum of
k·log var(x[:k]) + (n−k)·log var(x[k:])).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from formcheck.media.listening import RATE_HZ, SoundPiece, SoundReader
from formcheck.types import Onset

__all__ = ["OnsetFinder", "onsets_in"]

FloatArray = NDArray[np.float64]

_BANDS_HZ = ((50, 200), (200, 600), (600, 1500), (1500, 3500), (3500, 7500))
_BRIGHT_FROM = 3
"""The bands from this one on, above 1.5 kHz, are bright."""
_RUMBLE_HZ = 40
"""Below it a microphone hears wind and its own handling."""

_STEP = RATE_HZ // 500
"""Samples in a step of 2 ms."""
_BLOCK = 50 * _STEP
"""Samples worked on at a time: 100 ms, whatever the pieces they come in."""
_AHEAD = 4
_BEFORE = 15
"""Steps of the short window that is compared, and of the one before it."""
_APART = 15
"""Steps within which there is one onset: ears take two clicks 30 ms apart for one, too."""
_LENGTH = 25
"""Steps in which a sound shows its peak and its brightness; also how long an onset waits."""
_ATTACK = 10
"""Steps that tell how bright it is: a slap is over after 20 ms, a room goes on rumbling."""
_STANDS_OUT = 1.6
"""A band counts for brightness from this rise in power on: rumble comes and goes by itself."""
_PEAK_STEPS = 5
"""Steps that a level is the mean of: 10 ms, a period of the lowest sounds that matter."""
_MEMORY = 1500
"""Steps that are remembered: what is quiet, and what is a usual rise, follow from 3 s."""
_SETTLING = 30
"""Steps at the start of a stretch in which the filters settle."""

_RISE_DB = 3.0
"""The least mean rise of the bands: one band alone by 15 dB, or all of them by 3."""
_RISE_CAP_DB = 20.0
"""No band counts for more, so that one click in one band is no landing."""
_FLOOR_SHARE = 0.3
"""Quantile of a band's energy that is taken for quiet; between sounds there is that much."""
_FLOOR_DB = -90.0
"""What is below is silence, whatever rises out of it: the noise of 16 bits."""
_RANGE = 1e-5
"""A band this far (in power) below the loudest recent moment holds only coding noise."""

_PICK_BEFORE = 20
_PICK_AFTER = 12
"""Milliseconds around the steepest rise in which the first sample is looked for."""
_GAP_S = 0.05
"""A piece that starts this far from where the last one ended begins a new stretch."""


def onsets_in(path: Path) -> tuple[Onset, ...] | None:
    """The onsets in the sound track of a clip, in order of time, or None where it has no sound.

    Args:
        path: The clip. Time 0 is its first picture; damaged sound gives what can be read.
    """
    reader = SoundReader.of(path)
    if reader is None:
        return None
    with reader:
        finder = OnsetFinder()
        found: list[Onset] = []
        heard = False
        for piece in reader:
            heard = True
            found += finder.hear(piece)
        found += finder.finish()
    return tuple(found) if heard else None


class OnsetFinder:
    """Finds onsets in sound that comes in pieces, at most 0.2 s after they were heard.

    The answer does not depend on how the sound is cut into pieces. Memory stays flat.
    """

    def __init__(self) -> None:
        self._stretch: _Stretch | None = None
        self._end_s = -math.inf
        self._last_s = -math.inf

    def hear(self, piece: SoundPiece) -> list[Onset]:
        """The onsets that are certain after one more piece.

        Args:
            piece: What follows; after a gap everything is learnt anew.
        """
        found: list[Onset] = []
        if self._stretch is None or abs(piece.t_s - self._end_s) > _GAP_S:
            found += self.finish()
            self._stretch = _Stretch()
        self._end_s = piece.t_s + len(piece.samples) / RATE_HZ
        found += self._in_order(self._stretch.hear(piece))
        return found

    def finish(self) -> list[Onset]:
        """The onsets that were still waited for, after the last piece."""
        if self._stretch is None:
            return []
        found = self._in_order(self._stretch.end())
        self._stretch = None
        return found

    def _in_order(self, onsets: Iterator[Onset]) -> list[Onset]:
        found = []
        for onset in onsets:
            if onset.t_s > self._last_s:
                self._last_s = onset.t_s
                found.append(onset)
        return found


class _Stretch:
    """Sound without a gap. Steps are numbered from its first sample."""

    def __init__(self) -> None:
        self._waiting = np.zeros(0)
        self._filters = _Filters()
        self._anchors: deque[tuple[int, float]] = deque()
        self._samples_in = 0
        self._first_step = 0
        self._samples = np.zeros(0)
        self._energy = np.zeros((0, _Filters.ROWS))
        self._novelty = np.zeros(0)
        self._judged_to = _SETTLING

    def hear(self, piece: SoundPiece) -> Iterator[Onset]:
        self._anchors.append((self._samples_in, piece.t_s))
        self._samples_in += len(piece.samples)
        self._waiting = np.concatenate([self._waiting, piece.samples])
        while len(self._waiting) >= _BLOCK:
            block, self._waiting = self._waiting[:_BLOCK], self._waiting[_BLOCK:]
            yield from self._work(block)

    def end(self) -> Iterator[Onset]:
        """What was waited for; the silence that is appended rises nowhere."""
        missing = -len(self._waiting) % _BLOCK + _BLOCK
        yield from self._work_all(np.concatenate([self._waiting, np.zeros(missing)]))
        self._waiting = np.zeros(0)

    def _work_all(self, samples: FloatArray) -> Iterator[Onset]:
        for start in range(0, len(samples), _BLOCK):
            yield from self._work(samples[start : start + _BLOCK])

    def _work(self, block: FloatArray) -> Iterator[Onset]:
        samples, energy = self._filters.run(block)
        self._samples = np.concatenate([self._samples, samples])
        self._energy = np.concatenate([self._energy, energy])
        self._update_novelty(len(energy))
        yield from self._judge()
        self._forget()

    def _update_novelty(self, n_new: int) -> None:
        """Mean rise of the bands in decibels, for every step whose short window is complete."""
        bands = self._energy[:, : len(_BANDS_HZ)]
        quiet = 2.0 * np.quantile(bands, _FLOOR_SHARE, axis=0)
        least = max(10.0 ** (_FLOOR_DB / 10.0), _RANGE * float(bands.sum(axis=1).max()))
        floor = np.maximum(quiet, least)
        recent = bands[-(n_new + _AHEAD + _BEFORE) :]
        if len(recent) < _AHEAD + _BEFORE:
            return
        total = np.concatenate([np.zeros((1, bands.shape[1])), np.cumsum(recent, axis=0)])
        at = np.arange(_BEFORE, len(recent) - _AHEAD + 1)
        after = (total[at + _AHEAD] - total[at]) / _AHEAD
        before = (total[at] - total[at - _BEFORE]) / _BEFORE
        rise_db = 10.0 * np.log10((after + floor) / (before + floor))
        novelty = np.clip(rise_db, 0.0, _RISE_CAP_DB).mean(axis=1)
        # A step is worked out once: with the floor that was known when it came.
        start = self._first_step + len(bands) - len(recent) + _BEFORE
        known_to = self._first_step + len(self._novelty)
        if not len(self._novelty):
            self._novelty = np.zeros(start - self._first_step)
            known_to = start
        self._novelty = np.concatenate([self._novelty, novelty[known_to - start :]])

    def _judge(self) -> Iterator[Onset]:
        """The onsets among the steps that can be told by now."""
        known_to = self._first_step + min(len(self._novelty), len(self._energy) - 2 * _LENGTH)
        middle, high = np.quantile(self._novelty, [0.5, 0.84]) if known_to > 0 else (0.0, 0.0)
        threshold = max(_RISE_DB, float(middle + 2.0 * (high - middle)))
        for step in range(self._judged_to, known_to):
            at = step - self._first_step
            value = self._novelty[at]
            if value < threshold:
                continue
            around = self._novelty[max(0, at - _APART) : at + _APART + 1]
            first_of_peak = at - max(0, at - _APART) == int(around.argmax())
            if first_of_peak and (onset := self._onset(at)) is not None:
                yield onset
        self._judged_to = max(self._judged_to, known_to)

    def _onset(self, at: int) -> Onset | None:
        """The onset whose steepest rise is at a step (counted from the oldest remembered).

        None where the whole is no louder than before it.
        """
        start = max(0, at * _STEP - _PICK_BEFORE * RATE_HZ // 1000)
        window = self._samples[start : at * _STEP + _PICK_AFTER * RATE_HZ // 1000]
        sample = start + _sets_in(window)
        at = sample // _STEP
        before = self._energy[max(0, at - _BEFORE) : at].mean(axis=0)
        during = self._energy[at : at + _LENGTH]
        smooth = np.convolve(during[:, -1], np.full(_PEAK_STEPS, 1.0 / _PEAK_STEPS), "valid")
        peak = float(smooth.max() - before[-1])
        if peak < 10.0 ** (_FLOOR_DB / 10.0):
            return None
        return Onset(
            t_s=self._time_s(self._first_step * _STEP + sample),
            level_db=10.0 * math.log10(peak),
            brightness=_brightness(during[:_ATTACK, :-1].mean(axis=0), before[:-1]),
        )

    def _time_s(self, sample: int) -> float:
        """The time of a sample by the stamp of the piece that it came in."""
        anchor = max((a for a in self._anchors if a[0] <= sample), default=self._anchors[0])
        return anchor[1] + (sample - anchor[0]) / RATE_HZ

    def _forget(self) -> None:
        drop = len(self._energy) - _MEMORY
        if drop > 0:
            self._energy = self._energy[drop:]
            self._novelty = self._novelty[drop:]
            self._samples = self._samples[drop * _STEP :]
            self._first_step += drop
        oldest = self._first_step * _STEP
        while len(self._anchors) > 1 and self._anchors[1][0] <= oldest:
            self._anchors.popleft()


class _Filters:
    """The bands of a sound; their state goes on from block to block."""

    ROWS = len(_BANDS_HZ) + 1

    def __init__(self) -> None:
        self._base = butter(2, _RUMBLE_HZ, "highpass", fs=RATE_HZ, output="sos")
        self._bands = [butter(2, band, "bandpass", fs=RATE_HZ, output="sos") for band in _BANDS_HZ]
        self._base_state = np.zeros((len(self._base), 2))
        self._states = [np.zeros((len(sos), 2)) for sos in self._bands]

    def run(self, block: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The block without rumble, and its mean power by step.

        Returns:
            (N,) samples, and (N / _STEP, ROWS): every band, and everything.
        """
        samples, self._base_state = sosfilt(self._base, block, zi=self._base_state)
        parts = []
        for number, sos in enumerate(self._bands):
            part, self._states[number] = sosfilt(sos, samples, zi=self._states[number])
            parts.append(part)
        power = np.square([*parts, samples]).reshape(self.ROWS, -1, _STEP).mean(axis=2)
        return samples, power.T


def _brightness(during: FloatArray, before: FloatArray) -> float:
    """Share of the energy above 1.5 kHz in what the bands rose by.

    Args:
        during: (bands,) mean power as the sound sets in.
        before: The same just before.
    """
    rise = np.where(during > _STANDS_OUT * before, during - before, 0.0)
    whole = float(rise.sum())
    return float(rise[_BRIGHT_FROM:].sum()) / whole if whole > 0 else 0.0


def _sets_in(samples: FloatArray) -> int:
    """Index of the first sample of the louder part, which ends with the loudest sample.

    Args:
        samples: (N,), a quiet part and then a loud one.
    """
    edge = RATE_HZ // 1000
    end = max(int(np.abs(samples).argmax()) + edge, 4 * edge)
    power = np.cumsum(np.square(samples[:end])) + 1e-12
    n = len(power)
    k = np.arange(edge, n - edge // 2)
    if not len(k):
        return 0
    before = power[k - 1] / k
    after = (power[-1] - power[k - 1]) / (n - k) + 1e-12
    return int(k[(k * np.log(before) + (n - k) * np.log(after)).argmin()])
