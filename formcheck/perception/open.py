"""Opens the estimator that the user asked for."""

from __future__ import annotations

from pathlib import Path

from formcheck.perception.estimator import Estimator


def open_estimator(model: Path | None = None) -> Estimator:
    """MediaPipe with its packaged model, or with a ``.task`` file of the user's own.

    Raises:
        InputError: the file can't be used.
    """
    if model is None:
        from formcheck.perception.mediapipe import MediaPipeEstimator

        return MediaPipeEstimator()
    from formcheck.perception.tasks import TaskEstimator

    return TaskEstimator(model)
