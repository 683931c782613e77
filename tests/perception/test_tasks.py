"""The adapter for .task files, on a bundle put together from the models of the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import InputError
from formcheck.media.reader import VideoReader
from formcheck.perception.estimator import perceive
from formcheck.perception.mediapipe import MediaPipeEstimator
from formcheck.perception.tasks import TaskEstimator
from formcheck.types import Frame

CLIP = Path(__file__).parents[2] / "test_videos" / "plank" / "neutral.mp4"

# In a process of its own: the metadata writer leaves files open, which is an error here.
BUNDLE = """
import sys, zipfile
from formcheck.perception.mediapipe import wheel_model_paths
from mediapipe.tasks.python.metadata.metadata_writers.metadata_writer import MetadataWriter
names = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
input_means_and_stds = ((127.5, 127.5), (0.0, 255.0))
with zipfile.ZipFile(sys.argv[1], "w") as bundle:
    for name, path, (mean, std) in zip(names, wheel_model_paths(), input_means_and_stds):
        writer = MetadataWriter.create(bytearray(path.read_bytes()))
        writer.add_image_input([mean], [std])
        bundle.writestr(name, bytes(writer.populate()[0]))
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("task") / "full.task"
    subprocess.run(
        [sys.executable, "-c", BUNDLE, str(path)], check=True, timeout=120, capture_output=True
    )
    return path


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    with VideoReader(CLIP) as reader:
        middle_s = (reader.info.duration_s or 0) / 2
        return [f for f in reader if middle_s <= f.t_s < middle_s + 0.5]


@pytest.mark.pose
def test_agrees_with_the_solutions_adapter(
    bundle: Path, frames: list[Frame], capfd: pytest.CaptureFixture[str]
) -> None:
    with TaskEstimator(bundle) as task, MediaPipeEstimator() as solution:
        assert task.name.endswith("task full.task")
        assert len(task.model_sha256) == 64
        for frame in frames:
            mine, theirs = task.estimate(frame), solution.estimate(frame)
            assert mine is not None
            assert theirs is not None
            # The same model; only the smoothing differs, and the person is at rest.
            off_px = np.linalg.norm(mine.xy_px[11:] - theirs.xy_px[11:], axis=1)
            assert np.median(off_px) < 0.02 * frame.image_rgb.shape[1]
        task.reset()
        assert task.estimate(Frame(0.0, frames[0].image_rgb)) is not None
    assert capfd.readouterr().err == ""


@pytest.mark.pose
def test_its_mask_gives_the_same_outline(bundle: Path, frames: list[Frame]) -> None:
    with (
        TaskEstimator(bundle, outline=True) as task,
        MediaPipeEstimator(outline=True) as solution,
    ):
        pairs = [
            (mine, theirs)
            for frame in frames
            if (mine := perceive(frame, task).outline)
            and (theirs := perceive(frame, solution).outline)
        ]
    assert len(pairs) >= 4
    for mine, theirs in pairs:
        seen = np.isfinite(mine.upper_px).all(axis=1) & np.isfinite(theirs.upper_px).all(axis=1)
        assert seen.mean() > 0.5
        # Stations slide along the edge with the landmarks, which are smoothed in one of them.
        rise_px = (
            np.interp(theirs.upper_px[seen, 0], *np.array(sorted(mine.upper_px[seen].tolist())).T)
            - theirs.upper_px[seen, 1]
        )
        assert np.median(np.abs(rise_px)) < 1.5


ALONE = """
import sys
from pathlib import Path
from formcheck.media.reader import VideoReader
from formcheck.perception.tasks import TaskEstimator
with TaskEstimator(Path(sys.argv[1])) as estimator, VideoReader(Path(sys.argv[2])) as reader:
    found = 0
    for k, frame in enumerate(reader):
        if k < 5:
            found += estimator.estimate(frame) is not None
print(found)
"""


@pytest.mark.pose
def test_quiet_in_a_process_of_its_own(bundle: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, str(bundle), str(CLIP)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert (int(run.stdout) > 0, run.stderr) == (True, "")


@pytest.mark.pose
def test_times_nearer_than_a_millisecond(bundle: Path, frames: list[Frame]) -> None:
    with TaskEstimator(bundle) as task:
        for k in range(5):
            assert task.estimate(Frame(k * 0.0002, frames[0].image_rgb)) is not None


@pytest.mark.pose
def test_closed_is_closed(bundle: Path, frames: list[Frame]) -> None:
    task = TaskEstimator(bundle)
    task.close()
    task.close()
    with pytest.raises(ValueError, match="closed"):
        task.estimate(frames[0])


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.task is not there"):
        TaskEstimator(tmp_path / "gone.task")


@pytest.mark.parametrize("content", [b"", b"no bundle at all", b"PK\x03\x04cut short"])
def test_not_a_bundle(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.task"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.task is not a \.task bundle"):
        TaskEstimator(path)


@pytest.mark.pose
def test_a_bundle_of_something_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.task"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")
    with pytest.raises(InputError, match=r"other\.task is not a pose model"):
        TaskEstimator(path)
    assert capfd.readouterr().err == ""
