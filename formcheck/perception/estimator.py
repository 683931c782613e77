"""What a pose estimator is, and how its answer becomes an observation."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

import numpy as np

from formcheck.perception.senses import NO_SENSES, Sensed, Senses
from formcheck.types import Frame, Observation, Outline, Pose

_LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])
_LUMA_GRID = 96
"""About this many rows are sampled for the brightness: enough for a mean, and cheap."""


class Estimator(Protocol):
    """Finds one person in each frame. Frames come in order of time, never mirrored.

    An estimator belongs to one thread at a time. It is a context manager.
    """

    @property
    def name(self) -> str:
        """Name and version, as written to traces and reports."""
        ...

    @property
    def model_sha256(self) -> str:
        """Hash of the model's files, as hexadecimal digits."""
        ...

    def estimate(self, frame: Frame) -> Pose | None:
        """The person in the frame, in its pixels, or None when nobody was found."""
        ...

    def outline(self, frame: Frame) -> Outline | None:
        """The trunk's edges in the frame that was estimated last, or None.

        None where they are not looked for: without being asked to, and between two tenths of a
        second.
        """
        ...

    def reset(self) -> None:
        """Forget the person: the next frame belongs to another clip."""
        ...

    def close(self) -> None:
        """Free the model; closing twice is harmless."""
        ...

    def __enter__(self) -> Estimator: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def perceive(frame: Frame, estimator: Estimator, senses: Senses = NO_SENSES) -> Observation:
    """Estimates a frame and says everything that the engine sees and hears of it."""
    pose = estimator.estimate(frame)
    return observe(frame, pose, estimator.outline(frame), senses.sense(frame, pose))


def observe(
    frame: Frame, pose: Pose | None, outline: Outline | None = None, sensed: Sensed = (None, None)
) -> Observation:
    """Everything that the engine sees of this frame.

    Args:
        frame: The picture.
        pose: What an estimator found in it.
        outline: The trunk's edges, where they were looked for and found.
        sensed: What moved in the picture, and what was heard.

    Returns:
        The observation; its luma is rounded to float32, so that a trace keeps it exactly.
    """
    height_px, width_px = frame.image_rgb.shape[:2]
    return Observation(
        t_s=frame.t_s,
        width_px=width_px,
        height_px=height_px,
        luma=mean_luma(frame),
        pose=pose,
        outline=outline,
        motion=sensed[0],
        onsets=sensed[1],
    )


def mean_luma(frame: Frame) -> float:
    """Mean brightness (Rec. 601 weights) of a regular sample of the pixels, 0 to 255."""
    step_px = max(1, min(frame.image_rgb.shape[:2]) // _LUMA_GRID)
    sample = frame.image_rgb[::step_px, ::step_px].reshape(-1, 3)
    # Integer sums are exact, so the same picture gives the same bits on every machine.
    mean_rgb = sample.sum(axis=0, dtype=np.int64) / len(sample)
    return float(np.float32(mean_rgb @ _LUMA_WEIGHTS))
