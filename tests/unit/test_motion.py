"""Steps of trunk, toes and heels in drawn pictures whose motion is known exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from formcheck.landmarks import Landmark
from formcheck.perception.motion import MotionTracker
from formcheck.types import Frame, ImageMotion, MovedPart, Pose

SIZE = (480, 640)
FEET = {"left": ((272.0, 540.0), (330.0, 546.0)), "right": ((208.0, 540.0), (150.0, 546.0))}
"""Heel and toe of each foot, which point outwards."""

PLACES = {
    "SHOULDER": (35, 200), "ELBOW": (60, 260), "WRIST": (75, 310), "HIP": (22, 330),
    "KNEE": (22, 430), "ANKLE": (26, 525), "EAR": (12, 140), "EYE": (6, 135),
    "PINKY": (80, 325), "INDEX": (80, 325), "THUMB": (80, 325),
}  # fmt: skip
TORSO_PX = 130.0
OUTLINES = {
    "trunk": [(180, 110), (300, 110), (300, 345), (180, 345)],
    "left": [(258, 515), (290, 512), (345, 540), (345, 556), (258, 556)],
    "right": [(222, 515), (190, 512), (135, 540), (135, 556), (222, 556)],
}


def texture(seed: int, level: float, contrast: float) -> np.ndarray:
    """Cloth with details of some three pixels."""
    rng = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(rng.standard_normal((SIZE[1], SIZE[0])), (0, 0), 1.6)
    return (level + contrast * fine / fine.std()).astype(np.float32)


@dataclass(frozen=True)
class Moment:
    """How far everything is from where it was, pixels down."""

    trunk: float = 0.0
    left: tuple[float, float] = (0.0, 0.0)
    """Of heel and toe."""
    right: tuple[float, float] = (0.0, 0.0)
    camera: float = 0.0


class Stage:
    """Draws moments: a trunk and two shoes before a room."""

    def __init__(
        self,
        room_contrast: float = 8.0,
        cloth_contrast: float = 25.0,
        outlines: Mapping[str, list[tuple[int, int]]] = OUTLINES,
    ) -> None:
        self.room = texture(1, 120.0, room_contrast)
        self.cloth = {
            name: texture(k, 100.0 + 20 * k, cloth_contrast)
            for k, name in enumerate(OUTLINES, start=2)
        }
        self.masks = {name: self._mask(corners) for name, corners in outlines.items()}
        self.noise = np.random.default_rng(9)
        self.grain = self.noise.normal(0.0, 1.0, (2 * SIZE[1], SIZE[0])).astype(np.float32)

    @staticmethod
    def _mask(corners: Sequence[tuple[int, int]]) -> np.ndarray:
        mask = np.zeros((SIZE[1], SIZE[0]), np.float32)
        cv2.fillConvexPoly(mask, np.array(corners, np.int32), (1.0,))
        return cv2.GaussianBlur(mask, (0, 0), 0.7)

    def frame(self, t_s: float, now: Moment, scale: float = 1.0) -> Frame:
        picture = shifted(self.room, 0.0, now.camera) if now.camera else self.room
        for name in OUTLINES:
            slope, offset = plane(name, now)
            cloth = shifted(self.cloth[name], slope, offset)
            mask = shifted(self.masks[name], slope, offset)
            picture = picture * (1.0 - mask) + cloth * mask
        first = int(self.noise.integers(SIZE[1]))
        picture = picture + self.grain[first : first + SIZE[1]]
        if scale != 1.0:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        grey = np.clip(np.round(picture), 0, 255).astype(np.uint8)
        return Frame(t_s, np.repeat(grey[..., None], 3, axis=2))

    def pose(self, now: Moment, scale: float = 1.0, across: float = 0.0) -> Pose:
        """Landmarks, half a pixel off, as a good model gives them."""
        xy = np.zeros((len(Landmark), 2))
        for landmark in Landmark:
            side, _, part = landmark.name.partition("_")
            if side not in ("LEFT", "RIGHT"):
                xy[landmark] = 240.0, 145.0 + now.trunk
                continue
            out, y = PLACES.get(part.split("_")[0], (5, 150))
            xy[landmark] = 240.0 + (out if side == "LEFT" else -out), y + now.trunk
        for side, ends in FEET.items():
            slope, offset = plane(side, now)
            for mark, (x, y) in zip(("HEEL", "FOOT_INDEX"), ends, strict=True):
                xy[Landmark[f"{side.upper()}_{mark}"]] = x, y + slope * x + offset
        xy += self.noise.normal(0.0, 0.5, xy.shape)
        xy += np.array([across, now.camera])
        return Pose(
            (xy * scale).astype(np.float32),
            np.zeros((len(Landmark), 3), np.float32),
            np.ones(len(Landmark), np.float32),
        )


def plane(name: str, now: Moment) -> tuple[float, float]:
    """Slope across and offset of how far a thing is moved down."""
    if name == "trunk":
        return 0.0, now.trunk + now.camera
    (heel_x, _), (toe_x, _) = FEET[name]
    heel, toe = now.left if name == "left" else now.right
    slope = (toe - heel) / (toe_x - heel_x)
    return slope, heel - slope * heel_x + now.camera


def shifted(picture: np.ndarray, slope: float, offset: float) -> np.ndarray:
    """Moved down by ``offset + slope · x``."""
    back = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, -offset]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, back, SIZE, flags=flags, borderMode=cv2.BORDER_REFLECT)


def truth(before: Moment, now: Moment) -> np.ndarray:
    """Steps by ``MovedPart``, at the ball and the heel of the shoe as the tracker has them."""
    steps = np.full(len(MovedPart), now.camera - before.camera)
    steps[MovedPart.TRUNK] += now.trunk - before.trunk
    for side, toe_part, heel_part in (
        ("left", MovedPart.LEFT_TOE, MovedPart.LEFT_HEEL),
        ("right", MovedPart.RIGHT_TOE, MovedPart.RIGHT_HEEL),
    ):
        (heel_x, _), (toe_x, _) = FEET[side]
        for part, x in (
            (toe_part, toe_x + 0.25 * (toe_x - heel_x)),
            (heel_part, heel_x - 0.1 * (toe_x - heel_x)),
        ):
            old, new = (plane(side, moment) for moment in (before, now))
            steps[part] = (new[0] - old[0]) * x + new[1] - old[1]
    return steps


def bounce(t_s: float, **changes: float) -> Moment:
    """A trunk that bobs; feet that stand for half of it and fly along for the other half."""
    phase = 2.0 * np.pi * 2.0 * t_s
    trunk = -14.0 * np.sin(phase)
    toe = min(0.0, trunk)
    heel = toe - 5.0 * max(0.0, float(np.sin(phase + 0.6)))
    return replace(Moment(trunk, (heel, toe), (heel, toe)), **changes)  # type: ignore[arg-type]


def tracked(
    stage: Stage, moments: Sequence[Moment], fps: float = 30.0, scale: float = 1.0
) -> list[ImageMotion | None]:
    tracker = MotionTracker()
    return [
        tracker.track(stage.frame(k / fps, now, scale), stage.pose(now, scale))
        for k, now in enumerate(moments)
    ]


def errors(moments: Sequence[Moment], motions: Sequence[ImageMotion | None]) -> np.ndarray:
    """(m, 6) of every step after the first."""
    assert motions[0] is None
    rows = []
    for k in range(1, len(moments)):
        motion = motions[k]
        assert motion is not None
        rows.append(motion.step_px - truth(moments[k - 1], moments[k]))
    return np.array(rows)


MOMENTS = [bounce(k / 30.0) for k in range(45)]
TRUNK_AND_FEET = [part for part in MovedPart if part is not MovedPart.BACKGROUND]


@cache
def usual() -> list[ImageMotion | None]:
    return tracked(Stage(), MOMENTS)


def test_every_part_is_followed_to_a_tenth_of_a_pixel() -> None:
    motions = usual()
    off = errors(MOMENTS, motions)
    # In the first moments nobody can tell the room in a shoe's region from the shoe.
    settled = off[15:]
    assert np.isfinite(settled).all()
    assert np.sqrt(np.mean(settled**2, axis=0)).max() < 0.1
    assert np.abs(np.mean(settled, axis=0)).max() < 0.03
    assert np.abs(settled).max() < 0.35


def test_the_steps_come_with_their_time_and_their_error() -> None:
    motions = usual()
    off = errors(MOMENTS, motions)[15:]
    told = np.array([m.error_px for m in motions[16:] if m is not None])
    assert [m.since_s for m in motions[1:] if m is not None] == [k / 30.0 for k in range(44)]
    assert np.all((told > 0.0) & (told < 0.3))
    assert np.mean(np.abs(off) < 3.0 * told + 0.05) > 0.95


def test_a_floor_in_the_region_of_a_shoe_is_let_go() -> None:
    """It lies there as long as the shoe flies, with texture as strong as that of the shoe."""
    moments = [replace(now, left=(now.left[1],) * 2, right=(now.left[1],) * 2) for now in MOMENTS]
    off = errors(moments, tracked(Stage(room_contrast=25.0), moments))[15:]
    steps = np.array([truth(*pair)[MovedPart.LEFT_TOE] for pair in pairwise(moments)])[15:]
    flies = np.abs(steps) > 1.0
    assert flies.sum() >= 10
    assert np.abs(steps).max() > 5.0
    assert np.sqrt(np.mean(off[flies] ** 2, axis=0)).max() < 0.25
    assert np.abs(off).max() < 0.6


def test_a_room_around_a_narrow_trunk_is_learnt() -> None:
    """Landmarks that shake can't tell the trunk's points from those of the room behind it."""
    narrow = [(215, 110), (265, 110), (265, 345), (215, 345)]
    stage = Stage(room_contrast=25.0, outlines={**OUTLINES, "trunk": narrow})
    moments = [bounce(k / 30.0) for k in range(60)]
    tracker, rng, motions = MotionTracker(), np.random.default_rng(3), []
    for k, now in enumerate(moments):
        pose = stage.pose(now)
        shaken = (pose.xy_px + rng.normal(0.0, 1.5, (1, 2))).astype(np.float32)
        motions.append(tracker.track(stage.frame(k / 30.0, now), replace(pose, xy_px=shaken)))
    off = errors(moments, motions)[20:, MovedPart.TRUNK]
    assert np.mean(np.abs(off) > 0.3) < 0.1


def test_a_shoe_that_stands_stands() -> None:
    moments = [bounce(k / 30.0, left=(0.0, 0.0), right=(0.0, 0.0)) for k in range(30)]
    off = errors(moments, tracked(Stage(), moments))
    # After a while they may be taken for the room: what never moves while the body does.
    stood = off[:, MovedPart.LEFT_TOE : MovedPart.RIGHT_HEEL + 1]
    assert np.isfinite(stood[:10]).all()
    assert np.nanmax(np.abs(stood)) < 0.15


def test_feet_move_each_on_its_own() -> None:
    moments = [
        replace(now, right=(0.0, 0.0)) if k % 30 < 15 else replace(now, left=(0.0, 0.0))
        for k, now in enumerate(MOMENTS)
    ]
    # Without the frame in which one foot is put down at once.
    off = np.delete(errors(moments, tracked(Stage(), moments)), [14, 29], axis=0)[15:]
    assert np.sqrt(np.mean(off[:, TRUNK_AND_FEET] ** 2, axis=0)).max() < 0.2


def test_a_heel_that_lifts_while_the_toes_stand() -> None:
    moments = []
    for k in range(30):
        heel = -6.0 + 6.0 * np.cos(2.0 * np.pi * k / 15.0)
        moments.append(replace(bounce(k / 30.0), left=(heel, 0.0), right=(heel, 0.0)))
    off = errors(moments, tracked(Stage(), moments))[10:]
    assert max(abs(truth(a, b)[MovedPart.LEFT_HEEL]) for a, b in pairwise(moments)) > 2.5
    assert np.sqrt(np.mean(off[:, [MovedPart.LEFT_HEEL, MovedPart.RIGHT_HEEL]] ** 2)) < 0.2
    # A turn is told a little too small, and the ball lies at its end.
    assert np.sqrt(np.mean(off[:, [MovedPart.LEFT_TOE, MovedPart.RIGHT_TOE]] ** 2)) < 0.6


def test_what_the_camera_does_is_in_the_background_and_in_all() -> None:
    rng = np.random.default_rng(4)
    shifts = rng.normal(0.0, 2.0, len(MOMENTS)).tolist()
    moments = [replace(now, camera=by) for now, by in zip(MOMENTS, shifts, strict=True)]
    motions = tracked(Stage(), moments)
    off = errors(moments, motions)[15:]
    assert np.sqrt(np.mean(off[:, MovedPart.BACKGROUND] ** 2)) < 0.05
    assert np.sqrt(np.mean(off[:, MovedPart.TRUNK] ** 2)) < 0.15


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_a_large_picture_gives_its_own_pixels(scale: float) -> None:
    """It is looked at smaller, and told in the pixels that it has."""
    stage = Stage()
    motions = tracked(stage, MOMENTS, scale=scale)
    off = []
    for k in range(16, 45):
        motion = motions[k]
        assert motion is not None
        off.append(motion.step_px - scale * truth(MOMENTS[k - 1], MOMENTS[k]))
        assert motion.step_px[MovedPart.TRUNK] == pytest.approx(
            scale * (MOMENTS[k].trunk - MOMENTS[k - 1].trunk), abs=0.3 * scale
        )
    assert np.sqrt(np.mean(np.square(off), axis=0)).max() < 0.12 * scale


def test_slow_pictures_with_long_steps() -> None:
    """Twenty a second: the trunk goes by a tenth of its length at once."""
    moments = [bounce(k / 20.0) for k in range(40)]
    assert max(abs(b.trunk - a.trunk) for a, b in pairwise(moments)) > 8.0
    off = errors(moments, tracked(Stage(), moments, fps=20.0))[12:]
    assert np.sqrt(np.mean(off[:, MovedPart.TRUNK] ** 2)) < 0.1


def test_a_gap_a_missing_pose_or_another_size_starts_anew() -> None:
    stage, still = Stage(), Moment()
    tracker = MotionTracker()

    def track(t_s: float, *, seen: bool = True, scale: float = 1.0) -> ImageMotion | None:
        pose = stage.pose(still, scale) if seen else None
        return tracker.track(stage.frame(t_s, still, scale), pose)

    assert track(0.0) is None
    assert track(0.03) is not None
    assert track(0.5) is None  # A gap.
    assert track(0.53) is not None
    assert track(0.56, seen=False) is None
    assert track(0.59) is None  # The frame before had nobody.
    assert track(0.62) is not None
    assert track(0.65, scale=1.5) is None  # Another size.
    assert track(0.68, scale=1.5) is not None
    assert track(0.68, scale=1.5) is None  # Time stands still.
    tracker.reset()
    assert track(0.71, scale=1.5) is None


def test_after_a_gap_the_steps_are_right_at_once() -> None:
    stage, tracker = Stage(), MotionTracker()
    for k in range(20):
        tracker.track(stage.frame(k / 30.0, bounce(k / 30.0)), stage.pose(bounce(k / 30.0)))
    later = [bounce(k / 30.0) for k in range(40, 43)]
    motions = [
        tracker.track(stage.frame(k / 30.0, now), stage.pose(now))
        for k, now in zip(range(40, 43), later, strict=True)
    ]
    assert motions[0] is None
    off = errors(later, motions)
    assert np.abs(off[:, MovedPart.TRUNK]).max() < 0.2


def test_someone_who_walks_out_of_the_window_is_followed_in_another() -> None:
    stage = Stage()
    tracker = MotionTracker()
    steps = []
    for k in range(40):
        now = bounce(k / 30.0)
        across = 4.0 * k
        frame = stage.frame(k / 30.0, now)
        moved = np.roll(frame.image_rgb, round(across), axis=1)
        pose = stage.pose(now, across=across)
        steps.append(tracker.track(Frame(frame.t_s, moved), pose))
    off = [
        motion.step_px[MovedPart.TRUNK] - (bounce(k / 30.0).trunk - bounce((k - 1) / 30.0).trunk)
        for k, motion in enumerate(steps)
        if motion is not None
    ]
    assert len(off) == 39
    assert np.sqrt(np.mean(np.square(off))) < 0.15


def test_where_nothing_can_be_followed_nothing_is_told() -> None:
    tracker, stage = MotionTracker(), Stage()
    blank = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    assert tracker.track(Frame(0.0, blank), stage.pose(Moment())) is None
    motion = tracker.track(Frame(0.03, blank.copy()), stage.pose(Moment()))
    assert motion is not None
    assert np.isnan(motion.step_px).all()
    assert np.isnan(motion.error_px).all()


def test_shoes_without_texture_are_not_guessed() -> None:
    """The trunk is told all the same."""
    stage = Stage(room_contrast=0.0)
    flat = {name: texture(5, 120.0, 0.0) for name in ("left", "right")}
    stage.cloth.update(flat)
    motions = tracked(stage, MOMENTS[:12])
    off = np.array([m.step_px for m in motions[1:] if m is not None])
    assert np.isfinite(off[:, MovedPart.TRUNK]).all()
    assert np.isnan(off[:, [MovedPart.LEFT_TOE, MovedPart.RIGHT_HEEL]]).mean() > 0.8


def test_the_same_pictures_give_the_same_steps() -> None:
    one, other = (tracked(Stage(), MOMENTS[:15]) for _ in range(2))
    for a, b in zip(one[1:], other[1:], strict=True):
        assert a is not None
        assert b is not None
        assert a.step_px.tobytes() == b.step_px.tobytes()
