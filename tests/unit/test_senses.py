"""What is followed besides the pose, frame by frame, live and from a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from formcheck.media.trace import TraceMeta, TraceWriter, read_trace
from formcheck.perception import onsets as sound_onsets
from formcheck.perception.senses import (
    NO_SENSES,
    PictureAndSound,
    RecordedSenses,
    open_senses,
)
from formcheck.testing import Jumper, hopping
from formcheck.types import Frame, Observation, Onset, Pose

PICTURE = np.zeros((40, 30, 3), np.uint8)
JUMPER = Jumper(heights_cm=(3.0,) * 4, start_s=0.5, after_s=0.5, landing_db=(-12.0,) * 4)


def frame(t_s: float) -> Frame:
    return Frame(t_s, PICTURE)


def onset(t_s: float) -> Onset:
    return Onset(t_s, -20.0, 0.2)


def heard(sense: PictureAndSound, times_s: list[float]) -> list[list[float] | None]:
    found = []
    for t_s in times_s:
        _, onsets = sense.sense(frame(t_s), None)
        found.append(None if onsets is None else [one.t_s for one in onsets])
    return found


def test_every_onset_comes_once_with_the_first_frame_after_it() -> None:
    times_s = [0.02, 0.10, 0.11, 0.19, 0.20, 0.35]
    sense = PictureAndSound([onset(t_s) for t_s in times_s])
    frames_s = [0.0, 0.1, 0.2, 0.3]
    assert heard(sense, frames_s) == [[], [0.02, 0.10], [0.11, 0.19, 0.20], []]
    assert heard(sense, [0.4, 0.5]) == [[0.35], []]


def test_sound_from_before_the_first_picture_comes_with_it() -> None:
    assert heard(PictureAndSound([onset(-0.2), onset(0.0)]), [0.0, 0.1]) == [[-0.2, 0.0], []]


def test_a_gap_in_the_pictures_loses_no_sound() -> None:
    sense = PictureAndSound([onset(0.1 * k) for k in range(1, 30)])
    counts = [len(found or []) for found in heard(sense, [0.0, 0.15, 2.55, 5.0])]
    assert counts == [0, 1, 24, 4]


def test_silence_is_not_the_same_as_no_sound() -> None:
    assert heard(PictureAndSound([]), [0.0, 0.1]) == [[], []]
    assert heard(PictureAndSound(None), [0.0, 0.1]) == [None, None]


def test_nobody_to_follow_has_no_motion() -> None:
    sense = PictureAndSound()
    assert [sense.sense(frame(k / 30), None)[0] for k in range(3)] == [None] * 3


def test_somebody_to_follow_has() -> None:
    pose = some_pose()
    sense = PictureAndSound()
    motions = [sense.sense(frame(k / 30), pose)[0] for k in range(3)]
    assert motions[0] is None
    assert [m.since_s for m in motions[1:] if m is not None] == [0.0, 1 / 30]


def some_pose() -> Pose:
    for seen in hopping(JUMPER):
        if seen.pose is not None:
            return seen.pose
    raise AssertionError


def test_what_is_not_needed_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(
        sound_onsets, "onsets_in", lambda clip: asked.append(clip) or (onset(0.05),)
    )
    clip = Path("clip.mp4")
    assert open_senses(clip, motion=False) is NO_SENSES
    assert NO_SENSES.sense(frame(0.0), some_pose()) == (None, None)
    assert asked == []
    camera = open_senses(None, motion=True)
    assert camera.sense(frame(0.0), None) == (None, None)
    assert asked == []
    of_clip = open_senses(clip, motion=True)
    assert asked == [clip]
    of_clip.sense(frame(0.0), None)
    assert of_clip.sense(frame(0.1), None) == (None, (onset(0.05),))


def recorded(tmp_path: Path, fps: float = 30.0) -> tuple[list[Observation], RecordedSenses]:
    seen = list(hopping(JUMPER, fps=fps))
    writer = TraceWriter(TraceMeta("a", "b", "c"))
    for observation in seen:
        writer.add(observation)
    writer.save(tmp_path / "t.npz")
    return seen, RecordedSenses(read_trace(tmp_path / "t.npz"))


def test_a_recording_gives_what_was_recorded(tmp_path: Path) -> None:
    seen, replay = recorded(tmp_path)
    assert sum(len(one.onsets or ()) for one in seen) == 4
    for one in seen:
        motion, onsets = replay.sense(frame(one.t_s + 0.004), one.pose)
        assert onsets == one.onsets
        assert (motion is None) == (one.motion is None)
        if motion is not None and one.motion is not None:
            assert motion.step_px.tobytes() == one.motion.step_px.tobytes()
            assert motion.since_s == one.motion.since_s


def test_a_quick_recording_gives_each_frame_its_own(tmp_path: Path) -> None:
    seen, replay = recorded(tmp_path, fps=240.0)
    for one in seen:
        motion, _ = replay.sense(frame(one.t_s), one.pose)
        assert (motion is None) == (one.motion is None)
        if motion is not None and one.motion is not None:
            assert motion.since_s == one.motion.since_s


def test_a_recording_gives_nothing_at_other_times(tmp_path: Path) -> None:
    seen, replay = recorded(tmp_path)
    assert replay.sense(frame(seen[5].t_s + 0.015), None) == (None, None)
    assert replay.sense(frame(seen[-1].t_s + 1.0), None) == (None, None)
    assert replay.sense(frame(-1.0), None) == (None, None)
