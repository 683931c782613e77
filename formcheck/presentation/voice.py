"""Spoken cues: recordings that ship with the package, played without ever holding up the caller.

Every phrase is a WAV that was rendered once (``tools/render_voice.py``), because a system voice may
be missing and then fails without a word. A phrase without a recording is not spoken; the screen
still shows it.
"""

from __future__ import annotations

import re
import threading
import wave
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 22_050
"""Of every recording; mono, 16 bit."""

_NO_AUDIO = "No sound: {reason}. Cues are shown on the screen only."
_FOLDER = "voice"


def slug(text: str) -> str:
    """The file name of a phrase, without its ending.

    Args:
        text: The cue as shown, e.g. "I can't see you well".

    Returns:
        Lower-case words joined by hyphens, e.g. ``i-cant-see-you-well``.
    """
    plain = text.lower().replace("'", "").replace("’", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def recording(text: str) -> Path | None:
    """The shipped WAV of a phrase, or None when there is none."""
    name = slug(text)
    if not name:
        return None
    found = resources.files("formcheck.presentation") / _FOLDER / f"{name}.wav"
    path = Path(str(found))
    return path if path.is_file() else None


def recordings() -> tuple[str, ...]:
    """The names of all shipped recordings, without their ending, in order."""
    folder = resources.files("formcheck.presentation") / _FOLDER
    names = (item.name for item in folder.iterdir())
    return tuple(sorted(name[: -len(".wav")] for name in names if name.endswith(".wav")))


def samples(path: Path) -> NDArray[np.int16]:
    """The samples of a recording.

    Args:
        path: A mono 16-bit WAV at :data:`SAMPLE_RATE_HZ`.

    Returns:
        int16 (samples,), read-only.

    Raises:
        ValueError: the file has another format.
    """
    with wave.open(str(path), "rb") as wav:
        found = (wav.getnchannels(), wav.getsampwidth(), wav.getframerate())
        if found != (1, 2, SAMPLE_RATE_HZ):
            raise ValueError(f"{path.name}: expected mono 16-bit {SAMPLE_RATE_HZ} Hz, got {found}")
        return np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")


class Speaker(Protocol):
    """Something that can say a cue."""

    def say(self, cue_text: str, *, urgent: bool = False) -> bool:
        """Start saying a phrase and return at once; False when it was dropped.

        An urgent phrase cuts off the one that is being said.
        """
        ...

    def close(self) -> None:
        """Let go of the audio device. May be called more than once."""
        ...


class SilentSpeaker:
    """Says nothing: for muted runs and machines without sound."""

    def say(self, cue_text: str, *, urgent: bool = False) -> bool:
        """Drop the phrase."""
        del cue_text, urgent
        return False

    def close(self) -> None:
        """Do nothing."""


class RecordingSpeaker:
    """Remembers what it was asked to say.

    Attributes:
        said: The phrases, in order.
        closed: Whether it was closed.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.closed = False

    def say(self, cue_text: str, *, urgent: bool = False) -> bool:
        """Note the phrase."""
        del urgent
        self.said.append(cue_text)
        return True

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


class SoundDeviceSpeaker:
    """Plays the recordings on the default output, one at a time.

    A phrase that comes while another is being said is dropped, or, when it is urgent, cuts that one
    off: said late it would be about a moment that has passed.

    Args:
        backend: The ``sounddevice`` module.

    Raises:
        Exception: whatever the backend raises when there is no output device.
    """

    def __init__(self, backend: Any) -> None:
        # Guards the samples that are left; held only to swap or slice an array.
        self._lock = threading.Lock()
        self._left: NDArray[np.int16] = np.zeros(0, np.int16)
        self._loaded: dict[str, NDArray[np.int16]] = {}
        self._closed = False
        self._stream = backend.OutputStream(
            samplerate=SAMPLE_RATE_HZ, channels=1, dtype="int16", callback=self._fill
        )
        self._stream.start()

    def say(self, cue_text: str, *, urgent: bool = False) -> bool:
        """Start a phrase; False when it was dropped, has no recording, or after close."""
        if cue_text not in self._loaded:
            path = recording(cue_text)
            self._loaded[cue_text] = np.zeros(0, np.int16) if path is None else samples(path)
        phrase = self._loaded[cue_text]
        with self._lock:
            if self._closed or not phrase.size or (self._left.size and not urgent):
                return False
            self._left = phrase
        return True

    def close(self) -> None:
        """Stop at once and release the device."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._left = np.zeros(0, np.int16)
        self._stream.stop()
        self._stream.close()

    def _fill(self, out: NDArray[np.int16], n_frames: int, clock: object, status: object) -> None:
        """Called by the audio thread: the next ``n_frames`` of the phrase, then silence."""
        del clock, status
        with self._lock:
            block, self._left = self._left[:n_frames], self._left[n_frames:]
        out[:, 0] = 0
        out[: block.size, 0] = block


def open_speaker() -> tuple[Speaker, str | None]:
    """The best speaker that this machine has.

    Returns:
        The speaker, and a sentence for the screen when it is a silent one, otherwise None.
    """
    try:
        import sounddevice  # noqa: PLC0415 - its import fails where PortAudio is missing
    except (OSError, ImportError):
        return SilentSpeaker(), _NO_AUDIO.format(
            reason="the PortAudio library is not installed (on Debian: libportaudio2)"
        )
    try:
        return SoundDeviceSpeaker(sounddevice), None
    except (sounddevice.PortAudioError, ValueError, OSError):
        return SilentSpeaker(), _NO_AUDIO.format(reason="no audio output device was found")
