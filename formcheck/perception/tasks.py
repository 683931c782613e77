"""A user's own ``.task`` file (lite, full, heavy) through MediaPipe's Tasks API.

Unlike the Solutions adapter it can't turn the model's own smoothing off, so landing times are
less sharp.
"""

from __future__ import annotations

import hashlib
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.closing import Closing
from formcheck.errors import InputError
from formcheck.native_stderr import without_library_logs
from formcheck.perception.mediapipe import log_projection_warning_now, pose_from_landmarks
from formcheck.perception.outline import OutlineTracker
from formcheck.types import Frame, Outline, Pose

_WARM_UP_MS = 0


class TaskEstimator(Closing):
    """A pose landmarker bundle in VIDEO mode: one person. Close it to free the model."""

    def __init__(
        self,
        path: Path,
        min_detection: float = 0.5,
        min_tracking: float = 0.5,
        *,
        outline: bool = False,
    ) -> None:
        """Load a bundle.

        Args:
            path: The ``.task`` file.
            min_detection: Confidence, 0 to 1, from which a person counts as found.
            min_tracking: Confidence, 0 to 1, below which the person is searched for anew.
            outline: Whether the trunk's outline is looked for.

        Raises:
            InputError: the file is missing or is not a pose landmarker bundle.
        """
        _check(path)
        self._tracker = OutlineTracker() if outline else None
        self._outline: Outline | None = None
        self._path = path
        self._confidence = (min_detection, min_tracking)
        self._sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self._last_ms = _WARM_UP_MS
        self._offset_ms = 0
        self._landmarker: Any | None = self._start()

    def _start(self) -> Any:
        with without_library_logs():
            from mediapipe.tasks.python.core.base_options import BaseOptions  # noqa: PLC0415
            from mediapipe.tasks.python.vision import pose_landmarker  # noqa: PLC0415
            from mediapipe.tasks.python.vision.core.vision_task_running_mode import (  # noqa: PLC0415
                VisionTaskRunningMode,
            )

            log_projection_warning_now()
            min_detection, min_tracking = self._confidence
            options = pose_landmarker.PoseLandmarkerOptions(
                base_options=BaseOptions(
                    # As bytes: a path is looked for inside the package first.
                    model_asset_buffer=self._path.read_bytes()
                ),
                running_mode=VisionTaskRunningMode.VIDEO,
                num_poses=1,
                min_pose_detection_confidence=min_detection,
                min_pose_presence_confidence=min_tracking,
                min_tracking_confidence=min_tracking,
                output_segmentation_masks=self._tracker is not None,
            )
            try:
                landmarker = pose_landmarker.PoseLandmarker.create_from_options(options)
                # The graph's threads write their start-up lines at the first inference.
                landmarker.detect_for_video(_image(np.zeros((64, 64, 3), np.uint8)), _WARM_UP_MS)
            except (RuntimeError, ValueError) as error:
                raise InputError(
                    f"{self._path.name} is not a pose model that MediaPipe can run: "
                    "give a pose_landmarker .task file."
                ) from error
            return landmarker

    @property
    def name(self) -> str:
        """Name and version."""
        return f"mediapipe {version('mediapipe')} task {self._path.name}"

    @property
    def model_sha256(self) -> str:
        """Hash of the bundle."""
        return self._sha256

    def estimate(self, frame: Frame) -> Pose | None:
        """The person in the frame, or None.

        Args:
            frame: The next frame of the clip.

        Raises:
            ValueError: the estimator is closed.
        """
        if self._landmarker is None:
            raise ValueError("The estimator is closed.")
        # MediaPipe wants whole milliseconds that strictly increase; above 1000 frames a second
        # the rounded times run ahead of the true ones, which only its smoothing sees.
        self._last_ms = max(self._last_ms + 1, round(frame.t_s * 1000) + 1)
        found = self._landmarker.detect_for_video(_image(frame.image_rgb), self._last_ms)
        self._outline = None
        if not found.pose_landmarks or not found.pose_world_landmarks:
            return None
        height_px, width_px = frame.image_rgb.shape[:2]
        pose = pose_from_landmarks(
            found.pose_landmarks[0], found.pose_world_landmarks[0], width_px, height_px
        )
        if self._tracker is not None and found.segmentation_masks:
            mask = found.segmentation_masks[0].numpy_view()
            self._outline = self._tracker.find(frame, pose, mask)
        return pose

    def outline(self, frame: Frame) -> Outline | None:
        """The trunk's edges in the frame that was estimated last, or None."""
        del frame
        return self._outline

    def reset(self) -> None:
        """Forget the person: the next frame belongs to another clip."""
        self.close()
        self._outline = None
        if self._tracker is not None:
            self._tracker.reset()
        self._last_ms = _WARM_UP_MS
        self._landmarker = self._start()

    def close(self) -> None:
        """Free the model; closing twice is harmless."""
        landmarker, self._landmarker = self._landmarker, None
        if landmarker is not None:
            with without_library_logs():
                landmarker.close()


def _check(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path.name} is not there: check the path of the .task file.")
    if not zipfile.is_zipfile(path):
        raise InputError(
            f"{path.name} is not a .task bundle: give a pose_landmarker .task file, whole."
        )


def _image(image_rgb: np.ndarray[Any, np.dtype[np.uint8]]) -> Any:
    from mediapipe.python._framework_bindings import image, image_frame  # noqa: PLC0415

    return image.Image(
        image_format=image_frame.ImageFormat.SRGB, data=np.ascontiguousarray(image_rgb)
    )
