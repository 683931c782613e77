"""Speech level, trimming and limiting of one phrase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK_S = 0.05
_ACTIVE_DB = 25.0


def _block_rms(wave: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    size = max(1, int(_BLOCK_S * rate_hz))
    whole = wave[: wave.size // size * size].reshape(-1, size)
    return np.asarray(np.sqrt(np.mean(whole**2, axis=1)))


def speech_level_db(wave: NDArray[np.float64], rate_hz: int) -> float:
    """RMS level of the blocks in which someone speaks, in dB of full scale.

    Blocks more than 25 dB below the loudest one are pauses and don't count.
    """
    rms = _block_rms(wave, rate_hz)
    active = rms[rms > rms.max() * 10 ** (-_ACTIVE_DB / 20)]
    return float(10 * np.log10(np.mean(active**2)))


def trimmed(wave: NDArray[np.float64], rate_hz: int, keep_s: float) -> NDArray[np.float64]:
    """Without the silence at both ends, but for ``keep_s`` that is faded in and out."""
    window = max(1, int(0.01 * rate_hz))
    envelope = np.convolve(np.abs(wave), np.ones(window) / window, mode="same")
    loud = np.flatnonzero(envelope > envelope.max() * 10 ** (-40 / 20))
    keep = int(keep_s * rate_hz)
    cut = wave[max(0, loud[0] - keep) : loud[-1] + keep].copy()
    ramp = np.linspace(0.0, 1.0, keep)
    cut[:keep] *= ramp
    cut[-keep:] *= ramp[::-1]
    return cut


def levelled(
    wave: NDArray[np.float64], rate_hz: int, level_db: float, peak_db: float
) -> NDArray[np.float64]:
    """At a given speech level, its peaks bent softly under ``peak_db``.

    Limiting takes a little of the level, so both steps are repeated.
    """
    ceiling = 10 ** (peak_db / 20)
    knee = 0.7 * ceiling
    out = wave
    for _ in range(4):
        out = out * 10 ** ((level_db - speech_level_db(out, rate_hz)) / 20)
        over = np.abs(out) > knee
        bent = knee + (ceiling - knee) * np.tanh((np.abs(out) - knee) / (ceiling - knee))
        out = np.where(over, np.sign(out) * bent, out)
    return np.asarray(out)
