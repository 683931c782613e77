"""Opens the estimator that the user asked for."""

from __future__ import annotations

from pathlib import Path

from formcheck.perception.estimator import Estimator


def open_estimator(model: Path | None = None, *, outline: bool = False) -> Estimator:
    """MediaPipe with its packaged model, or with a ``.task`` file of the user's own.

    Args:
        model: The ``.task`` file, or None.
        outline: Whether the trunk's outline is looked for as well.

    Raises:
        InputError: the file can't be used.
    """
    if model is None:
        from formcheck.perception.mediapipe import MediaPipeEstimator

        return MediaPipeEstimator(outline=outline)
    from formcheck.perception.tasks import TaskEstimator

    return TaskEstimator(model, outline=outline)
