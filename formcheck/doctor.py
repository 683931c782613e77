"""Looks at what formcheck needs on this machine, one finding after the other."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, distributions, version
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import numpy as np

from formcheck import __version__
from formcheck.errors import DeviceError, FormcheckError
from formcheck.types import Frame

if TYPE_CHECKING:
    from formcheck.perception.estimator import Estimator

__all__ = ["Finding", "State", "findings", "opencv_variants"]

SPEED_FRAMES = 60
LIVE_RATE_HZ = 15.0
"""Below this rate live cues come late."""


class State(str, Enum):
    """How a thing is."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What.
        state: How it is.
        words: The details, and what to do when it is not well.
        needed: Whether analysing clips needs it.
    """

    name: str
    state: State
    words: str
    needed: bool = False

    @property
    def needed_but_broken(self) -> bool:
        """Whether clips can't be analysed because of it."""
        return self.needed and self.state is not State.OK


def findings() -> Iterator[Finding]:
    """Every finding; some take a second."""
    yield Finding("formcheck", State.OK, f"{__version__}, Python {platform.python_version()}", True)
    yield _opencv()
    yield from _pose()
    yield _codecs()
    yield _exercises()
    yield _camera()
    yield _sound()
    yield _display()
    yield _app()


def opencv_variants() -> list[str]:
    """The installed packages that own the ``cv2`` folder; more than one overwrite each other."""
    return sorted(
        {
            name
            for d in distributions()
            if (name := (d.metadata["Name"] or "").lower()).startswith("opencv-")
        }
    )


def _opencv() -> Finding:
    variants = opencv_variants()
    if variants == ["opencv-contrib-python"]:
        return Finding("OpenCV", State.OK, f"contrib {version('opencv-contrib-python')}", True)
    if not variants:
        return Finding("OpenCV", State.MISSING, "pip install opencv-contrib-python", True)
    if len(variants) == 1:
        return Finding(
            "OpenCV",
            State.BROKEN,
            f"{variants[0]} is installed where opencv-contrib-python belongs: uninstall it, then "
            "install opencv-contrib-python",
            True,
        )
    return Finding(
        "OpenCV",
        State.BROKEN,
        f"{', '.join(variants)} overwrite each other: uninstall all of them, then install "
        "opencv-contrib-python alone",
        True,
    )


def _pose() -> Iterator[Finding]:
    try:
        from formcheck.perception.mediapipe import MediaPipeEstimator

        with MediaPipeEstimator() as estimator:
            yield Finding(
                "pose model", State.OK, f"{estimator.name}, {estimator.model_sha256[:12]}", True
            )
            yield _speed(estimator)
    except (ImportError, PackageNotFoundError, OSError, RuntimeError) as error:
        yield Finding("pose model", State.BROKEN, f"{error}; reinstall mediapipe", True)


def _speed(estimator: Estimator) -> Finding:
    image = sample_person()
    found = False
    started = 0.0
    for i in range(SPEED_FRAMES + 5):
        if i == 5:
            started = time.perf_counter()
        found = estimator.estimate(Frame(i / 30.0, image)) is not None
    rate_hz = SPEED_FRAMES / (time.perf_counter() - started)
    words = f"{rate_hz:.0f} frames a second"
    if not found:
        return Finding("pose speed", State.BROKEN, "the sample person was not found", True)
    if rate_hz < LIVE_RATE_HZ:
        return Finding("pose speed", State.BROKEN, f"{words}: too slow for live cues")
    return Finding("pose speed", State.OK, words)


def sample_person() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """A rendered person in a plank, uint8 (height, width, 3), to time the model on."""
    import cv2

    data = np.frombuffer(
        files("formcheck.perception").joinpath("sample_person.jpg").read_bytes(), np.uint8
    )
    bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(bgr[:, :, ::-1])


def _codecs() -> Finding:
    import av
    from av.codec import Codec

    wanted: tuple[tuple[str, Literal["r", "w"]], ...] = (
        ("libx264", "w"),
        ("aac", "w"),
        ("h264", "r"),
        ("vp9", "r"),
        ("hevc", "r"),
    )
    missing = []
    for name, mode in wanted:
        try:
            Codec(name, mode)
        except ValueError:
            missing.append(name)
    if missing:
        return Finding("video", State.BROKEN, f"no {', '.join(missing)}; reinstall av", True)
    return Finding("video", State.OK, f"PyAV {av.__version__} reads and writes H.264", True)


def _exercises() -> Finding:
    from formcheck.judgement.registry import load_exercises

    try:
        return Finding("exercises", State.OK, ", ".join(sorted(load_exercises())), True)
    except FormcheckError as error:
        return Finding("exercises", State.BROKEN, str(error), True)


def _camera() -> Finding:
    from formcheck.media.camera import Camera

    try:
        with Camera(0) as camera:
            return Finding("camera", State.OK, f"{camera.width_px} x {camera.height_px}")
    except DeviceError as error:
        return Finding("camera", State.MISSING, str(error))


def _sound() -> Finding:
    from formcheck.presentation.voice import open_speaker

    speaker, problem = open_speaker()
    speaker.close()
    if problem is not None:
        return Finding("sound", State.MISSING, problem)
    return Finding("sound", State.OK, "an output device is there")


def _display() -> Finding:
    from formcheck.presentation.window import has_display

    if has_display():
        return Finding("display", State.OK, sys.platform)
    return Finding("display", State.MISSING, "no window can be opened; analyze works without")


def _app() -> Finding:
    """Whether the installed releases go together; pip leaves one that does not where it is."""
    try:
        pages, server = version("streamlit"), version("starlette")
    except PackageNotFoundError as error:
        return Finding("app", State.MISSING, f"{error.name} is not installed; reinstall formcheck")
    found = f"Streamlit {pages}, starlette {server}"
    if _release(pages) < (1, 57) or _release(pages) > (1, 60) or _release(server) >= (1, 4):
        return Finding(
            "app",
            State.BROKEN,
            f"{found}: they do not go together with the rest; install Streamlit 1.57 to 1.60 and "
            "a starlette below 1.4",
        )
    return Finding("app", State.OK, f"{found}; 'formcheck app' opens it")


def _release(words: str) -> tuple[int, int]:
    major, minor = words.split(".")[:2]
    return int(major), int(minor)
