"""The outline of a drawn person whose true edges are known: on their back, on a dark mat."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from formcheck.kinematics.spine import lumbar_gap_ratio
from formcheck.landmarks import N_LANDMARKS, Landmark
from formcheck.perception.outline import EVERY_S, OutlineTracker
from formcheck.types import OUTLINE_STATIONS, Frame, Outline, OutlineDoubt, Pose

SIZE = (360, 640)
SHOULDER_PX, HIP_PX = (200.0, 200.0), (400.0, 206.0)
TORSO_PX = math.dist(SHOULDER_PX, HIP_PX)
TOP_PX, BOTTOM_PX = 160.0, 245.0
LUMBAR_PX = (HIP_PX[0] - SHOULDER_PX[0]) * 0.65 + SHOULDER_PX[0]
SHIRT, TROUSERS, MAT = (150, 60, 50), (50, 60, 120), (40, 44, 52)
WALL, FLOOR = (190, 190, 184), (120, 90, 60)


@cache
def picture(lift_px: float, trousers: tuple[int, int, int] = TROUSERS, seed: int = 0) -> np.ndarray:
    """Somebody lies with the head to the left; the flank is darker towards the floor."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    bump = lift_px * np.exp(-0.5 * ((x - LUMBAR_PX) / 40.0) ** 2)
    depth = y + bump
    shade = np.clip(1.15 - 0.9 * ((depth - TOP_PX) / (BOTTOM_PX - TOP_PX)) ** 2, 0.15, 1.0)
    cloth = np.where((x < 0.9 * HIP_PX[0] + 0.1 * SHOULDER_PX[0])[..., None], SHIRT, trousers)
    inside = edge_share(depth - TOP_PX) * edge_share(BOTTOM_PX - depth) * (x > 150) * (x < 470)
    behind = np.where((y > 225.0)[..., None], MAT, WALL)
    behind = np.where((y > 282.0)[..., None], FLOOR, behind)
    image = behind + inside[..., None] * (cloth * shade[..., None] - behind)
    image += np.random.default_rng(seed).normal(0.0, 2.0, (*SIZE, 1))
    return np.clip(image, 0, 255).astype(np.uint8)


def edge_share(distance_px: np.ndarray) -> np.ndarray:
    return np.clip(distance_px + 0.5, 0.0, 1.0)


@cache
def mask() -> np.ndarray:
    """The pose model's: soft, and nothing of it moves when the back lifts."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    inside = np.minimum(np.minimum(y - TOP_PX - 2, BOTTOM_PX - 3 - y), np.minimum(x - 150, 470 - x))
    return (1.0 / (1.0 + np.exp(-inside / 2.0))).astype(np.float32)


def pose(scale: float = 1.0, shift_px: float = 0.0) -> Pose:
    xy_px = np.zeros((N_LANDMARKS, 2), np.float32)
    xy_px[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = SHOULDER_PX
    xy_px[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]] = HIP_PX
    xy_px = (xy_px * scale + (shift_px, 0.0)).astype(np.float32)
    return Pose(xy_px, np.zeros((N_LANDMARKS, 3), np.float32), np.ones(N_LANDMARKS, np.float32))


def lying(
    tracker: OutlineTracker, lifts_px: list[float], start_s: float = 0.0, **look: object
) -> list[Outline]:
    found = [
        tracker.find(
            Frame(start_s + k * EVERY_S, picture(lift, seed=k, **look)),  # type: ignore[arg-type]
            pose(),
            mask(),
        )
        for k, lift in enumerate(lifts_px)
    ]
    assert all(outline is not None for outline in found)
    return found  # type: ignore[return-value]


def test_before_rest_and_after() -> None:
    outlines = lying(OutlineTracker(), [0.0] * 12)
    assert outlines[0].doubt is OutlineDoubt.NOT_SETTLED
    assert np.isnan(outlines[0].lower_px).all()
    assert math.isnan(lumbar_gap_ratio(outlines[0]))
    last = outlines[-1]
    assert last.doubt is OutlineDoubt.NONE
    assert 0.5 <= last.since_s <= 1.0
    seen = np.isfinite(last.lower_px).all(axis=1)
    assert seen.sum() > 0.8 * OUTLINE_STATIONS
    # Where it lies is only as good as the mask, which ends 3 px above the true edge.
    assert last.lower_px[seen, 1] == pytest.approx(BOTTOM_PX - 3, abs=2.0)


@pytest.mark.parametrize("lift_px", [1.0, 2.0, 3.3, 6.0, 9.0])
def test_a_lift_is_followed_to_a_fraction_of_a_pixel(lift_px: float) -> None:
    outlines = lying(OutlineTracker(), [0.0] * 10 + [lift_px] * 5)
    rest, lifted = (
        np.median([lumbar_gap_ratio(o) for o in part]) for part in (outlines[7:10], outlines[10:])
    )
    # The median over the lumbar part of a bump that is 0.92 to 1 of its height there.
    assert (lifted - rest) * TORSO_PX == pytest.approx(0.95 * lift_px, abs=0.08 * lift_px + 0.15)


def test_nothing_is_seen_where_nothing_moves() -> None:
    outlines = lying(OutlineTracker(), [0.0] * 20)
    gaps_px = np.array([lumbar_gap_ratio(o) * TORSO_PX for o in outlines[10:]])
    assert np.ptp(gaps_px) < 0.3


def test_the_upper_edge_is_sub_pixel() -> None:
    (outline,) = lying(OutlineTracker(), [0.0])
    seen = np.isfinite(outline.upper_px).all(axis=1)
    assert seen.mean() > 0.9
    assert outline.upper_px[seen, 1] == pytest.approx(TOP_PX, abs=0.4)


def test_an_arm_in_front_is_not_a_lift() -> None:
    tracker = OutlineTracker()
    lying(tracker, [0.0] * 10)
    covered = picture(0.0).copy()
    covered[180:260, 250:400] = (205, 160, 130)
    covered[180:260:7, 250:400] = (120, 90, 70)
    outline = tracker.find(Frame(1.0, covered), pose(), mask())
    assert outline is not None
    assert outline.doubt is OutlineDoubt.LOST
    assert math.isnan(lumbar_gap_ratio(outline))


@pytest.mark.parametrize("by_px", [-6, -2, 2, 6])
def test_a_camera_that_moves_is_not_a_lift(by_px: int) -> None:
    tracker = OutlineTracker()
    lying(tracker, [0.0] * 10)
    outline = tracker.find(Frame(1.0, np.roll(picture(0.0), by_px, axis=0)), pose(), mask())
    assert outline is not None
    assert outline.doubt is OutlineDoubt.LOST
    assert math.isnan(lumbar_gap_ratio(outline))


def test_one_cloth_past_the_hips_is_told_and_stays_told() -> None:
    outlines = lying(OutlineTracker(), [0.0] * 45, trousers=SHIRT)
    assert {o.doubt for o in outlines[10:]} == {OutlineDoubt.CLOTH}
    assert all(math.isnan(lumbar_gap_ratio(o)) for o in outlines)


def test_too_far_away() -> None:
    outline = OutlineTracker().find(Frame(0.0, picture(0.0)), pose(scale=0.4), mask())
    assert outline is not None
    assert outline.doubt is OutlineDoubt.TOO_FAR
    assert np.isnan(outline.upper_px).all()


def test_whoever_moves_away_starts_anew() -> None:
    tracker = OutlineTracker()
    lying(tracker, [0.0] * 10)
    outline = tracker.find(Frame(1.0, picture(0.0)), pose(shift_px=60.0), mask())
    assert outline is not None
    assert outline.doubt is OutlineDoubt.NOT_SETTLED
    assert math.isnan(outline.since_s)


def test_looked_for_ten_times_a_second_at_any_frame_rate() -> None:
    for fps in (10.0, 24.0, 30.0, 60.0):
        tracker = OutlineTracker()
        times_s = [k / fps for k in range(round(2 * fps))]
        found = [t for t in times_s if tracker.find(Frame(t, picture(0.0)), pose(), mask())]
        assert np.diff(found).min() > EVERY_S - 0.001
        assert np.diff(found).max() < EVERY_S + 1.0 / fps + 0.001


def test_nobody_no_mask_or_upright_gives_nothing() -> None:
    tracker = OutlineTracker()
    frame = Frame(0.0, picture(0.0))
    assert tracker.find(frame, None, mask()) is None
    assert tracker.find(frame, pose(), None) is None
    upright = pose()
    turned = Pose(upright.xy_px[:, ::-1].copy(), upright.world_m.copy(), upright.visibility.copy())
    assert tracker.find(frame, turned, mask()) is None


def test_same_frames_same_bits() -> None:
    tracker = OutlineTracker()
    lifts = [0.0] * 10 + [4.0] * 5
    first = lying(tracker, lifts)
    tracker.reset()
    for again in (lying(tracker, lifts), lying(OutlineTracker(), lifts)):
        for one, other in zip(first, again, strict=True):
            for name in ("upper_px", "lower_px", "floor_px"):
                assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
            assert np.float64(one.since_s).tobytes() == np.float64(other.since_s).tobytes()
            assert one.doubt is other.doubt
