"""Render every phrase of ``voice_phrases.txt`` to the recordings that ship with formcheck.

    pip install hibari-tts==0.2.1 scipy
    python tools/render_voice.py            # all phrases
    python tools/render_voice.py --missing  # only those that have no recording yet

Why this voice: ``docs/decisions/0003-voice.md``.
"""

from __future__ import annotations

import argparse
import sys
import wave
from pathlib import Path

import numpy as np
from loudness import levelled, speech_level_db, trimmed
from voices import VOICES, phrases, speak

from formcheck.presentation.voice import SAMPLE_RATE_HZ, slug

FOLDER = Path(__file__).parents[1] / "formcheck" / "presentation" / "voice"
LEVEL_DB = -18.0
PEAK_DB = -1.0
MARGIN_S = 0.015


def render(voice_name: str, text: str) -> Path:
    """Render one phrase with one voice and return its file."""
    voice = next(voice for voice in VOICES if voice.name == voice_name)
    raw = speak(voice, text, SAMPLE_RATE_HZ)
    spoken = levelled(trimmed(raw, SAMPLE_RATE_HZ, MARGIN_S), SAMPLE_RATE_HZ, LEVEL_DB, PEAK_DB)
    path = FOLDER / f"{slug(text)}.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframes(np.round(spoken * 32767).astype("<i2").tobytes())
    print(
        f"{path.name:42} {spoken.size / SAMPLE_RATE_HZ:5.2f} s "
        f"{speech_level_db(spoken, SAMPLE_RATE_HZ):6.1f} dB {path.stat().st_size / 1000:6.1f} kB"
    )
    return path


def main() -> int:
    """Render what was asked for and remove recordings of phrases that are gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", default="hibari heart, slower", choices=[v.name for v in VOICES])
    parser.add_argument("--missing", action="store_true", help="keep the recordings there are")
    options = parser.parse_args()
    wanted = {f"{slug(text)}.wav": text for text in phrases()}
    for path in FOLDER.glob("*.wav"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        if not (options.missing and (FOLDER / name).exists()):
            render(options.voice, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
