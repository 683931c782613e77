"""The pose model inside the MediaPipe wheel, through its Solutions API.

MediaPipe takes seconds to import, so that happens when an estimator is made, not before.
"""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.closing import Closing
from formcheck.landmarks import N_LANDMARKS
from formcheck.native_stderr import without_library_logs
from formcheck.perception.outline import OutlineTracker
from formcheck.types import Frame, Outline, Pose

_MODEL_FILES = (
    "modules/pose_detection/pose_detection.tflite",
    "modules/pose_landmark/pose_landmark_full.tflite",
)
_PROJECTION_GRAPH = """
input_stream: "landmarks"
input_stream: "rect"
output_stream: "projected"
node {
  calculator: "LandmarkProjectionCalculator"
  input_stream: "NORM_LANDMARKS:landmarks"
  input_stream: "NORM_RECT:rect"
  output_stream: "NORM_LANDMARKS:projected"
}
"""
_start_up = threading.Lock()


class MediaPipeEstimator(Closing):
    """BlazePose (full) with tracking, without smoothing: that is the engine's, and replayable.

    It never writes to the terminal. Close it: an unclosed one keeps about 120 MB.
    """

    def __init__(
        self, min_detection: float = 0.5, min_tracking: float = 0.5, *, outline: bool = False
    ) -> None:
        """Load the model (about half a second; seconds more for the first in a process).

        Args:
            min_detection: Confidence, 0 to 1, from which a person counts as found.
            min_tracking: Confidence, 0 to 1, below which the person is searched for anew.
            outline: Whether the trunk's outline is looked for. The landmarks are the same bits
                with and without.
        """
        self._tracker = OutlineTracker() if outline else None
        self._outline: Outline | None = None
        with _start_up, without_library_logs():
            from mediapipe.python.solutions.pose import Pose as Solution  # noqa: PLC0415

            log_projection_warning_now()
            self._solution: Any | None = Solution(
                static_image_mode=False,
                model_complexity=1,
                smooth_landmarks=False,
                enable_segmentation=outline,
                smooth_segmentation=False,
                min_detection_confidence=min_detection,
                min_tracking_confidence=min_tracking,
            )
            self._run_once(self._solution)

    @property
    def name(self) -> str:
        """Name and version."""
        return f"mediapipe {version('mediapipe')} pose full"

    @property
    def model_sha256(self) -> str:
        """Hash of the detector's and the landmark model's files, one after the other."""
        return wheel_model_sha256()

    def estimate(self, frame: Frame) -> Pose | None:
        """The person in the frame, or None.

        Args:
            frame: The next frame of the clip.

        Raises:
            ValueError: the picture is empty or not RGB, or the estimator is closed.
        """
        if self._solution is None:
            raise ValueError("The estimator is closed.")
        image = frame.image_rgb
        if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise ValueError(f"image_rgb: expected (height, width, 3), got {image.shape}")
        found = self._solution.process(np.ascontiguousarray(image))
        self._outline = None
        if found.pose_landmarks is None or found.pose_world_landmarks is None:
            return None
        height_px, width_px = image.shape[:2]
        pose = pose_from_landmarks(
            found.pose_landmarks.landmark,
            found.pose_world_landmarks.landmark,
            width_px,
            height_px,
        )
        if self._tracker is not None:
            self._outline = self._tracker.find(frame, pose, found.segmentation_mask)
        return pose

    def outline(self, frame: Frame) -> Outline | None:
        """The trunk's edges in the frame that was estimated last, or None."""
        del frame
        return self._outline

    def reset(self) -> None:
        """Forget the person: the next frame belongs to another clip."""
        if self._solution is None:
            raise ValueError("The estimator is closed.")
        self._outline = None
        if self._tracker is not None:
            self._tracker.reset()
        with _start_up, without_library_logs():
            self._solution.reset()
            self._run_once(self._solution)

    def close(self) -> None:
        """Free the model; closing twice is harmless."""
        solution, self._solution = self._solution, None
        if solution is not None:
            with without_library_logs():
                solution.close()

    @staticmethod
    def _run_once(solution: Any) -> None:
        # The graph's threads write their start-up lines at the first inference. Nobody is in a
        # black picture, so nothing of it stays in the tracker.
        solution.process(np.zeros((64, 64, 3), np.uint8))


def pose_from_landmarks(image: Any, world: Any, width_px: int, height_px: int) -> Pose:
    """A pose from MediaPipe's landmark lists.

    Args:
        image: 33 landmarks with x, y as shares of the picture's size, and visibility.
        world: 33 landmarks with x, y, z in metres.
        width_px: Width of the picture.
        height_px: Height of the picture.
    """
    shares = np.array([(mark.x, mark.y) for mark in image], dtype=np.float64)
    size_px = np.array([width_px, height_px], dtype=np.float64)
    world_m = np.array([(mark.x, mark.y, mark.z) for mark in world], dtype=np.float32)
    visibility = np.array([mark.visibility for mark in image], dtype=np.float32)
    return Pose(
        xy_px=(shares * size_px).astype(np.float32).reshape(N_LANDMARKS, 2),
        world_m=world_m,
        visibility=visibility,
    )


@cache
def wheel_model_sha256() -> str:
    """Hash of the two model files that the installed wheel carries."""
    digest = hashlib.sha256()
    for path in wheel_model_paths():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def wheel_model_paths() -> tuple[Path, ...]:
    """Where the installed wheel keeps its person detector and its landmark model."""
    spec = find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("mediapipe is not installed.")
    return tuple(Path(spec.origin).parent / name for name in _MODEL_FILES)


@cache
def log_projection_warning_now() -> None:
    """Make the one warning that MediaPipe keeps for the first person it sees appear now.

    "Using NORM_RECT without IMAGE_DIMENSIONS" is logged once a process, when a person is first
    found: perhaps minutes into a clip, when descriptor 2 is the user's again. A graph of that
    one calculator triggers it at a time of our choosing.
    """
    from mediapipe.calculators.util import (  # noqa: F401, PLC0415 - registers the calculator
        landmark_projection_calculator_pb2,
    )
    from mediapipe.framework.formats import landmark_pb2, rect_pb2  # noqa: PLC0415
    from mediapipe.python import packet_creator  # noqa: PLC0415
    from mediapipe.python._framework_bindings import calculator_graph  # noqa: PLC0415

    graph = calculator_graph.CalculatorGraph(graph_config=_PROJECTION_GRAPH)
    graph.start_run()
    marks = landmark_pb2.NormalizedLandmarkList()
    marks.landmark.add(x=0.5, y=0.5)
    rect = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=0.5, height=0.5)
    graph.add_packet_to_input_stream("landmarks", packet_creator.create_proto(marks).at(0))
    graph.add_packet_to_input_stream("rect", packet_creator.create_proto(rect).at(0))
    graph.close_all_packet_sources()
    graph.wait_until_done()
