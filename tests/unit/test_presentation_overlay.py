from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import presentation_samples as samples
import pytest

from formcheck.landmarks import Joint, Landmark, Side
from formcheck.presentation.canvas import Canvas
from formcheck.presentation.glance import message
from formcheck.presentation.overlay import Overlay
from formcheck.presentation.skeleton import segment_levels
from formcheck.presentation.text import fit, line_height_px, width_px
from formcheck.types import CheckState, Level, Phase, Pose

SIZES = [(256, 118), (640, 360), (1280, 720), (1080, 1920), (898, 506), (237, 419), (3840, 2160)]


def picture(width_px: int, height_px: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    small = rng.integers(60, 200, (9, 16, 3), dtype=np.uint8)
    return cv2.resize(small, (width_px, height_px))


def parts(overlay: Overlay, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    at = overlay.canvas
    left = at.picture_x_px
    below = out[at.panel_height_px :, left : left + at.picture_width_px]
    return out[: at.panel_height_px], below


@pytest.mark.parametrize(("width", "height"), [*SIZES, (1, 1), (4000, 90), (91, 3001), (501, 500)])
def test_the_canvas_is_even_legible_and_bounded(width, height):
    at = Canvas.of(width, height)
    assert at.width_px % 2 == at.height_px % 2 == 0
    assert at.picture_width_px % 2 == at.picture_height_px % 2 == 0
    assert max(at.picture_width_px, at.picture_height_px) <= 1920
    assert at.width_px >= (640 if width >= height else 480)
    assert at.picture_x_px >= 0
    assert at.height_px == at.panel_height_px + at.picture_height_px
    if min(width, height) > 50:
        shape = at.picture_width_px / at.picture_height_px
        assert shape == pytest.approx(width / height, rel=0.03)


def test_no_room_is_an_error():
    with pytest.raises(ValueError, match="no room"):
        Canvas.of(0, 100)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("level", list(Level))
def test_without_a_person_the_picture_is_left_alone(width, height, level):
    overlay = Overlay(samples.EXERCISE, width, height)
    frame = picture(width, height)
    step = samples.step(12.0, level, shown_cue=samples.LIFT)
    out = overlay.draw(frame, step, None)
    assert out.shape == (overlay.canvas_height_px, overlay.canvas_width_px, 3)
    _, below = parts(overlay, out)
    untouched = Overlay(samples.EXERCISE, width, height).draw(frame, samples.step(0.0), None)
    assert np.array_equal(below, parts(overlay, untouched)[1])
    if below.shape == frame.shape:
        assert np.array_equal(below, frame)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (1280, 720), (1080, 1920)])
def test_what_is_drawn_stays_near_the_skeleton_and_the_marker(width, height):
    overlay = Overlay(samples.EXERCISE, width, height)
    frame = picture(width, height)
    pose = samples.pose(width, height)
    step = samples.step(12.0, Level.FAULT, marker=samples.marker(pose), shown_cue=samples.LIFT)
    _, below = parts(overlay, overlay.draw(frame, step, pose))
    changed = (below != frame).any(axis=2)
    assert changed.any()
    near = np.zeros((height, width), np.uint8)
    points = np.round(pose.xy_px[11:]).astype(int)
    hull = cv2.convexHull(points.astype(np.int32))
    cv2.fillPoly(near, [hull], 1)
    hip = points[Landmark.LEFT_HIP - 11]
    reach = round(0.18 * np.sqrt(width * height))
    cv2.circle(near, tuple(map(int, hip)), reach, 1, -1)
    ear = pose.xy_px[[Landmark.LEFT_EAR, Landmark.RIGHT_EAR]]
    for x, y in ear:
        cv2.circle(near, (int(x), int(y)), reach, 1, -1)
    near = cv2.dilate(near, np.ones((25, 25), np.uint8))
    assert not (changed & (near == 0)).any()


def test_the_number_does_not_sit_on_the_body():
    width, height = 1280, 720
    pose = samples.pose(width, height)
    frame = np.full((height, width, 3), 128, np.uint8)
    step = samples.step(12.0, Level.GOOD, marker=samples.marker(pose), side=None)
    overlay = Overlay(samples.EXERCISE, width, height)
    bare = replace(step, measures={})
    _, labelled = parts(overlay, overlay.draw(frame, step, None))
    _, without = parts(overlay, Overlay(samples.EXERCISE, width, height).draw(frame, bare, None))
    ys, xs = np.nonzero((labelled != without).any(axis=2))
    assert ys.size
    for x, y in pose.xy_px[11:]:
        assert not (xs.min() <= x <= xs.max() and ys.min() <= y <= ys.max())


def test_the_frame_is_not_changed_and_the_result_is_repeatable():
    frame = picture(640, 360)
    before = frame.copy()
    pose = samples.pose(640, 360)
    steps = [replace(step, marker=samples.marker(pose)) for step in samples.steps(6.0)]

    def run() -> list[bytes]:
        overlay = Overlay(samples.EXERCISE, 640, 360)
        return [overlay.draw(frame, step, pose).tobytes() for step in steps]

    assert run() == run()
    assert np.array_equal(frame, before)


def test_a_frame_of_another_size_is_refused():
    overlay = Overlay(samples.EXERCISE, 640, 360)
    with pytest.raises(ValueError, match="expected a frame"):
        overlay.draw(picture(320, 180), samples.step(), None)


def test_landmarks_that_are_nowhere_are_survived():
    pose = samples.pose(640, 360)
    xy = pose.xy_px.copy()
    xy[Landmark.LEFT_HIP] = np.nan
    xy[Landmark.LEFT_KNEE] = 1e9
    broken = Pose(xy, pose.world_m.copy(), pose.visibility.copy())
    marker = samples.marker(broken)
    Overlay(samples.EXERCISE, 640, 360).draw(
        picture(640, 360), samples.step(12.0, marker=marker), broken
    )


@pytest.mark.parametrize(
    "change",
    [
        {"shown_cue": samples.LIFT},
        {"good_form_s": 99.0},
        {"held_s": 99.0},
        {"score": 12.0},
        {"score": None},
        {"phase": Phase.AWAY, "checks": {}},
        {"judged": False, "reason": samples.NOT_SIDE},
        {"checks": {"hips-sag": CheckState(Level.WARN, -9.0, 70.0)}},
    ],
    ids="-".join,
)
def test_the_panel_shows_every_change(change):
    frame = picture(640, 360)
    step = samples.step(12.0)
    fresh = Overlay(samples.EXERCISE, 640, 360)
    plain, _ = parts(fresh, fresh.draw(frame, step, None))
    overlay = Overlay(samples.EXERCISE, 640, 360)
    changed, _ = parts(overlay, overlay.draw(frame, replace(step, **change), None))
    assert not np.array_equal(plain, changed)
    # And after other content the same words give the same panel: nothing is left behind.
    later = Overlay(samples.EXERCISE, 640, 360)
    later.draw(frame, samples.step(12.0, Level.NOT_JUDGED), None)
    again, _ = parts(later, later.draw(frame, replace(step, **change), None))
    assert np.array_equal(changed, again)


def test_the_cue_comes_before_the_reason_and_the_verdict():
    step = samples.step(12.0, Level.FAULT)
    assert message(samples.EXERCISE, step).text == "Hips dropped"
    cued = replace(step, shown_cue=samples.LIFT)
    assert message(samples.EXERCISE, cued).text == "Lift your hips"
    assert message(samples.EXERCISE, samples.step(1.0)).text == "Good form"
    lost = samples.step(1.0, Level.NOT_JUDGED)
    assert message(samples.EXERCISE, lost).text == (
        "Not judged: the camera does not see you from the side – Turn side-on to me"
    )
    ready = samples.step(1.0, phase=Phase.GETTING_READY, checks={})
    assert message(samples.EXERCISE, ready).text == "Getting ready"


def test_only_the_segments_of_a_faulty_check_are_marked():
    step = samples.step(12.0, Level.FAULT)
    levels = segment_levels(samples.EXERCISE, step)
    assert levels[Joint.SHOULDER, Joint.HIP] is Level.FAULT
    assert levels[Joint.KNEE, Joint.ANKLE] is Level.FAULT
    assert levels[Joint.EAR, Joint.SHOULDER] is Level.GOOD
    assert (Joint.ELBOW, Joint.WRIST) not in levels
    assert not segment_levels(samples.EXERCISE, samples.step(1.0, Level.NOT_JUDGED))


def test_the_levels_differ_without_colour():
    pose = samples.pose(640, 360)
    frame = np.full((360, 640, 3), 128, np.uint8)
    grey = {}
    for level in Level:
        step = samples.step(12.0, level, side=Side.LEFT)
        overlay = Overlay(samples.EXERCISE, 640, 360)
        below = parts(overlay, overlay.draw(frame, step, pose))[1]
        grey[level] = int((below != frame).any(axis=2).sum())
    assert grey[Level.FAULT] > grey[Level.GOOD] > grey[Level.NOT_JUDGED]
    assert len(set(grey.values())) >= 3


@pytest.mark.parametrize(
    "words", ["Lift", "Only one person in view, please", "x" * 300, "a b " * 90]
)
def test_text_always_fits_its_box(words):
    block = fit(words, 200, 60, largest_px=40, smallest_px=12, bold=True)
    assert len(block.lines) * line_height_px(block.size_px) <= 60
    assert all(width_px(line, block.size_px, True) <= 200 for line in block.lines)
