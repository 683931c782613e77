"""MediaPipe itself, on a rendered clip of the repository."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from formcheck.landmarks import Landmark
from formcheck.media.reader import VideoReader
from formcheck.perception.estimator import observe, perceive
from formcheck.perception.mediapipe import MediaPipeEstimator, wheel_model_sha256
from formcheck.types import Frame, Pose

CLIP = Path(__file__).parents[2] / "test_videos" / "plank" / "neutral.mp4"

pytestmark = pytest.mark.pose


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """Half a second from the middle of the clip."""
    with VideoReader(CLIP) as reader:
        middle_s = (reader.info.duration_s or 0) / 2
        return [f for f in reader if middle_s <= f.t_s < middle_s + 0.5]


def poses(estimator: MediaPipeEstimator, frames: list[Frame]) -> list[Pose | None]:
    return [estimator.estimate(frame) for frame in frames]


def same(a: Pose | None, b: Pose | None) -> bool:
    if a is None or b is None:
        return a is b
    names = ("xy_px", "world_m", "visibility")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)


def test_finds_the_person_in_pixels(frames: list[Frame]) -> None:
    with MediaPipeEstimator() as estimator:
        pose = poses(estimator, frames)[-1]
        assert estimator.name.startswith("mediapipe 0.")
        assert len(estimator.model_sha256) == 64
        assert estimator.model_sha256 == wheel_model_sha256()
    assert pose is not None
    height_px, width_px = frames[0].image_rgb.shape[:2]
    hip_px = pose.xy_px[Landmark.LEFT_HIP]
    assert 0 < hip_px[0] < width_px
    assert 0 < hip_px[1] < height_px
    assert pose.xy_px.dtype == pose.world_m.dtype == pose.visibility.dtype == np.float32
    length_px = np.linalg.norm(hip_px - pose.xy_px[Landmark.LEFT_SHOULDER])
    assert length_px > 0.05 * width_px


def test_reset_and_a_new_estimator_give_the_same_poses(frames: list[Frame]) -> None:
    """Nothing of one clip, nor of the warm-up, leaks into the next."""
    with MediaPipeEstimator() as estimator:
        first = poses(estimator, frames)
        estimator.reset()
        again = poses(estimator, frames)
    with MediaPipeEstimator() as estimator:
        fresh = poses(estimator, frames)
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert all(same(a, b) for a, b in zip(first, fresh, strict=True))


def test_looking_for_the_outline_changes_no_landmark(frames: list[Frame]) -> None:
    with MediaPipeEstimator() as estimator:
        plain = poses(estimator, frames)
        assert estimator.outline(frames[-1]) is None
    with MediaPipeEstimator(outline=True) as estimator:
        outlined = poses(estimator, frames)
    assert all(same(a, b) for a, b in zip(plain, outlined, strict=True))


def test_the_outline_of_a_plank_lies_between_shoulders_and_hips(frames: list[Frame]) -> None:
    """Every tenth of a second, in the picture's own pixels, the same after a reset."""
    with MediaPipeEstimator(outline=True) as estimator:
        runs = []
        for _ in range(2):
            seen = [perceive(frame, estimator) for frame in frames]
            runs.append([o for o in seen if o.outline is not None])
            estimator.reset()
    first, again = runs
    assert 4 <= len(first) <= 6
    for one, other in zip(first, again, strict=True):
        assert one.outline is not None
        assert other.outline is not None
        assert one.outline.upper_px.tobytes() == other.outline.upper_px.tobytes()
        back = one.outline.upper_px[np.isfinite(one.outline.upper_px).all(axis=1)]
        assert len(back) > 16
        assert one.pose is not None
        shoulder_px, hip_px = (
            one.pose.xy_px[[left, left + 1]].mean(axis=0)
            for left in (Landmark.LEFT_SHOULDER, Landmark.LEFT_HIP)
        )
        level = np.interp(back[:, 0], *np.array(sorted([shoulder_px, hip_px], key=list)).T)
        trunk_px = np.linalg.norm(shoulder_px - hip_px)
        above = (level - back[:, 1]) / trunk_px
        assert np.all((above > 0.05) & (above < 0.4))


def test_warm_up_changes_nothing(frames: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    with MediaPipeEstimator() as estimator:
        warm = poses(estimator, frames)
    monkeypatch.setattr(MediaPipeEstimator, "_run_once", staticmethod(lambda solution: None))
    with MediaPipeEstimator() as estimator:
        cold = poses(estimator, frames)
    assert all(same(a, b) for a, b in zip(warm, cold, strict=True))


def test_nobody_in_a_black_picture() -> None:
    with MediaPipeEstimator() as estimator:
        assert estimator.estimate(Frame(0.0, np.zeros((240, 320, 3), np.uint8))) is None


def test_never_mirrored(frames: list[Frame]) -> None:
    """A mirrored picture gives mirrored x and swapped sides, so the adapter didn't mirror."""
    mirrored = [Frame(f.t_s, np.ascontiguousarray(f.image_rgb[:, ::-1])) for f in frames]
    with MediaPipeEstimator() as estimator:
        plain = poses(estimator, frames)[-1]
        estimator.reset()
        turned = poses(estimator, mirrored)[-1]
    assert plain is not None
    assert turned is not None
    width_px = frames[0].image_rgb.shape[1]
    nose_px = plain.xy_px[Landmark.NOSE, 0]
    assert turned.xy_px[Landmark.NOSE, 0] == pytest.approx(width_px - nose_px, abs=0.05 * width_px)


def test_misuse_is_told() -> None:
    estimator = MediaPipeEstimator()
    with pytest.raises(ValueError, match="expected"):
        estimator.estimate(Frame(0.0, np.zeros((0, 5, 3), np.uint8)))
    with pytest.raises(ValueError, match="expected"):
        estimator.estimate(Frame(0.0, np.zeros((5, 5), np.uint8)))
    estimator.close()
    estimator.close()
    with pytest.raises(ValueError, match="closed"):
        estimator.estimate(Frame(0.0, np.zeros((5, 5, 3), np.uint8)))
    with pytest.raises(ValueError, match="closed"):
        estimator.reset()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_closing_frees_the_model(frames: list[Frame]) -> None:
    def cycle() -> None:
        with MediaPipeEstimator() as estimator:
            estimator.estimate(frames[0])
        gc.collect()

    for _ in range(2):
        cycle()
    before_mb = resident_mb()
    for _ in range(4):
        cycle()
    assert resident_mb() - before_mb < 120


def test_observation_has_an_exact_float32_luma(frames: list[Frame]) -> None:
    observation = observe(frames[0], None)
    assert float(np.float32(observation.luma)) == observation.luma
    mean = frames[0].image_rgb.reshape(-1, 3).mean(axis=0) @ (0.299, 0.587, 0.114)
    assert observation.luma == pytest.approx(mean, abs=4)
    height_px, width_px = frames[0].image_rgb.shape[:2]
    assert (observation.width_px, observation.height_px) == (width_px, height_px)


QUIET = """
import os, sys, threading, time
from pathlib import Path
import numpy as np
import sounddevice  # MediaPipe imports it, and it throws away stderr while it looks for devices
from formcheck.media.reader import VideoReader
from formcheck.perception.mediapipe import MediaPipeEstimator
from formcheck.types import Frame

stop = threading.Event()
def talk():
    k = 0
    while not stop.is_set():
        os.write(2, f"mine {k}\\n".encode())
        k += 1
        time.sleep(0.005)
    os.write(2, f"said {k}\\n".encode())
talker = threading.Thread(target=talk)
talker.start()
found = 0
for turn in range(2):
    with MediaPipeEstimator() as estimator, VideoReader(Path(sys.argv[1])) as reader:
        # Nobody for a while, then a person: some lines wait for the first one.
        for k in range(5):
            estimator.estimate(Frame(float(k), np.zeros((360, 640, 3), np.uint8)))
        estimator.reset()
        for k, frame in enumerate(reader):
            if k < 40:
                found += estimator.estimate(frame) is not None
        estimator.reset()
        found += estimator.estimate(frame) is not None
left = MediaPipeEstimator()  # never closed
left.estimate(frame)
stop.set()
talker.join()
print("found", found)
"""


def test_no_line_of_the_libraries_and_every_line_of_ours() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", QUIET, str(CLIP)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert int(run.stdout.split()[-1]) > 20
    lines = run.stderr.splitlines()
    said = int(lines[-1].split()[-1])
    # What is held back may come a little after what is written once it is passed on.
    assert sorted(lines[:-1]) == sorted(f"mine {k}" for k in range(said))


def test_importing_the_adapter_does_not_import_mediapipe() -> None:
    code = (
        "import sys, formcheck.perception.mediapipe, formcheck.perception.tasks;"
        "print('mediapipe' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "False"
