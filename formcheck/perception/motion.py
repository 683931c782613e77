"""How far trunk, shoes and room moved from one frame to the next, in the picture itself.

Landmarks say where the body is, to a few pixels; how it moves can be seen to a tenth of one. Points
with vertical texture are followed from frame to frame (Lucas and Kanade 1981, in pyramids, forwards
and back). Regions drawn around landmarks hold some of the room as well: what has never moved while
the body did is the room, and is let go. What a part did is a robust answer of its points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import Landmark
from formcheck.perception.partmotion import Step, affine_steps, common_step
from formcheck.types import Frame, ImageMotion, MovedPart, Pose

_TORSO_PX = 150.0
"""Larger pictures are made smaller until the torso is this long: finer is only slower."""

_WINDOW_PER_TORSO = 0.11
_SMALLEST_WINDOW_PX = 9
_MAX_RETURN_PX = 0.3
"""A point that does not come back to where it was, forwards and back, was lost."""

_MEMORY_S = 0.6
_PROVEN_S = 0.4
"""For so long a point must have been followed before it is said to belong to the room."""

_ROOM_ENERGY = 0.04
"""What moves with less than this share of the trunk's mean squared step is the room."""

_LEAST_TRUNK_STEP_PX = 0.5
"""Root mean square step of the trunk below which nobody can tell the body from the room."""

_TRUNK_GAIN = 0.05
_MAX_GAP_S = 0.12
_MARGIN_PER_TORSO = 0.6

TRUNK, LEFT_FOOT, RIGHT_FOOT, ROOM = range(4)
_WANTED = (70, 40, 40, 24)
_FULL_ENOUGH = 0.7
_SPACING_PX = (5, 2, 2, 12)
_TEXTURE_REACH_PX = 5
"""The texture of a place depends on its surroundings, so far and no further."""

_FEET = (
    (LEFT_FOOT, Landmark.LEFT_ANKLE, Landmark.LEFT_HEEL, Landmark.LEFT_FOOT_INDEX),
    (RIGHT_FOOT, Landmark.RIGHT_ANKLE, Landmark.RIGHT_HEEL, Landmark.RIGHT_FOOT_INDEX),
)
_ENDS = (
    (MovedPart.LEFT_TOE, MovedPart.LEFT_HEEL),
    (MovedPart.RIGHT_TOE, MovedPart.RIGHT_HEEL),
)
_FOREARMS = (
    (Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
    (Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
)
_ARM_PER_TORSO = 0.14
_TORSO = (
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_HIP,
    Landmark.RIGHT_HIP,
)

Array = NDArray[np.float64]
Gray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the picture that is looked at, and how much smaller it is made."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    def gray(self, frame: Frame) -> Gray:
        part = frame.image_rgb[self.top : self.bottom, self.left : self.right]
        small = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
        if self.scale < 1.0:
            size = (round(small.shape[1] * self.scale), round(small.shape[0] * self.scale))
            if self.scale <= 0.5:
                # To halve is quick, and leaves a quarter of the slow work by an odd factor.
                small = _halved(small)
            small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)

    def inside(self, xy_px: Array) -> Array:
        """Picture pixels as those of the window."""
        moved: Array = (xy_px - (self.left, self.top)) * self.scale
        return moved

    def holds(self, low: Array, high: Array) -> bool:
        return bool(
            low[0] >= self.left
            and low[1] >= self.top
            and high[0] <= self.right
            and high[1] <= self.bottom
        )


def _halved(gray: cv2.typing.MatLike) -> cv2.typing.MatLike:
    rows, columns = gray.shape[0] // 2, gray.shape[1] // 2
    even = gray[: 2 * rows, : 2 * columns]
    return cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA)


@dataclass(slots=True)
class _Points:
    """What is followed: where (window pixels), of which region, since when, how lively."""

    xy: Array
    region: NDArray[np.int_]
    age_s: Array
    energy: Array

    @staticmethod
    def none() -> _Points:
        return _Points(np.zeros((0, 2)), np.zeros(0, np.int_), np.zeros(0), np.zeros(0))

    def keep(self, which: NDArray[np.bool_]) -> None:
        self.xy, self.region = self.xy[which], self.region[which]
        self.age_s, self.energy = self.age_s[which], self.energy[which]

    def add(self, xy: Array, region: int) -> None:
        n = len(xy)
        self.xy = np.concatenate([self.xy, xy])
        self.region = np.concatenate([self.region, np.full(n, region)])
        self.age_s = np.concatenate([self.age_s, np.zeros(n)])
        self.energy = np.concatenate([self.energy, np.zeros(n)])

    def follow(self, before: Gray, now: Gray, size_px: int, dt_s: float) -> Array:
        """Follows every point; gives the steps (N, 2) of those that are kept."""
        if len(self.xy) == 0:
            return np.zeros((0, 2))
        there, ok = _lucas_kanade(before, now, self.xy, size_px)
        back, ok_back = _lucas_kanade(now, before, there, size_px)
        ok &= ok_back & (np.abs(back - self.xy)[:, 1] < _MAX_RETURN_PX)
        steps = (there - self.xy)[ok]
        self.keep(ok)
        self.xy = there[ok]
        self.age_s += dt_s
        # Young points average over their own age: an old mean would make them look still.
        gain = np.maximum(dt_s / _MEMORY_S, dt_s / np.maximum(self.age_s, dt_s))
        self.energy += np.minimum(gain, 1.0) * (steps[:, 1] ** 2 - self.energy)
        return steps


class MotionTracker:
    """Follows the person of one clip; a frame without a pose, or a gap, starts it anew."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets the clip."""
        self._frame: Frame | None = None
        self._pose: Pose | None = None
        self._gray: Gray | None = None
        self._window: _Window | None = None
        self._points = _Points.none()
        self._trunk_energy = 0.0

    def track(self, frame: Frame, pose: Pose | None) -> ImageMotion | None:
        """What moved since the frame before.

        Args:
            frame: The next frame, of the same size as the one before.
            pose: The person in it, or None.
        """
        before, pose_before = self._frame, self._pose
        self._frame, self._pose = frame, pose
        if pose is None:
            self.reset()
            return None
        if before is None or pose_before is None or not _follows(before, frame):
            self._start(frame, pose)
            return None
        if self._window is None or not self._window.holds(*_extent(pose_before)):
            self._start(before, pose_before)
        window, gray_before = self._window, self._gray
        if window is None or gray_before is None:
            return None
        gray = window.gray(frame)
        self._replenish(window, gray_before, pose_before)
        size_px = _window_px(window, pose)
        steps = self._points.follow(gray_before, gray, size_px, frame.t_s - before.t_s)
        motion = self._answer(window, steps, pose_before, pose, before.t_s)
        self._gray = gray
        return motion

    def _start(self, frame: Frame, pose: Pose) -> None:
        self._window = _window_for(frame, pose)
        self._gray = self._window.gray(frame)
        self._points = _Points.none()

    def _replenish(self, window: _Window, gray: Gray, pose: Pose) -> None:
        """Lets go of points that left their region, and finds new ones where there are few."""
        regions = _regions(pose, window)
        masks = [region.mask(gray.shape) for region in regions]
        self._points.keep(_still_in(self._points, masks))
        for number, (region, mask) in enumerate(zip(regions, masks, strict=True)):
            have = self._points.xy[self._points.region == number]
            if len(have) >= _FULL_ENOUGH * _WANTED[number]:
                continue
            for x, y in have:
                cv2.circle(mask, (round(x), round(y)), _SPACING_PX[number], (0,), -1)
            low, high = region.box(gray.shape)
            part = np.s_[low[1] : high[1], low[0] : high[0]]
            texture = _vertical_texture(gray[part])
            count = _WANTED[number] - len(have)
            found = _best_points(texture, mask[part], count, _SPACING_PX[number])
            self._points.add(found + low, number)

    def _answer(
        self, window: _Window, steps: Array, before: Pose, now: Pose, since_s: float
    ) -> ImageMotion:
        """The steps of the parts from those (N, 2) of the points."""
        scale = window.scale
        answers = [Step.unknown()] * len(MovedPart)
        down = steps[:, 1]
        answers[MovedPart.BACKGROUND] = common_step(down[self._points.region == ROOM], 0.0)
        guess = (_trunk_y(now) - _trunk_y(before)) * scale
        lively = self._lively()
        trunk = common_step(down[(self._points.region == TRUNK) & lively], guess)
        answers[MovedPart.TRUNK] = trunk
        if np.isfinite(trunk.px):
            self._trunk_energy += _TRUNK_GAIN * (trunk.px**2 - self._trunk_energy)
        for (region, _, heel, toe), parts in zip(_FEET, _ENDS, strict=True):
            own = (self._points.region == region) & lively
            ends = _foot_ends(*(window.inside(before.xy_px[mark]) for mark in (heel, toe)))
            came_from = self._points.xy[own] - steps[own]
            length = _torso_px(before) * scale
            for part, step in zip(
                parts, affine_steps(came_from, down[own], ends, length), strict=True
            ):
                answers[part] = step
        return ImageMotion(
            np.array([step.px / scale for step in answers], np.float32),
            np.array([step.error_px / scale for step in answers], np.float32),
            since_s,
        )

    def _lively(self) -> NDArray[np.bool_]:
        """Which points are not known to belong to the room."""
        points = self._points
        if self._trunk_energy < _LEAST_TRUNK_STEP_PX**2:
            return np.ones(len(points.xy), np.bool_)
        still = (points.age_s >= _PROVEN_S) & (points.energy < _ROOM_ENERGY * self._trunk_energy)
        return ~still


def _follows(before: Frame, frame: Frame) -> bool:
    return (
        before.image_rgb.shape == frame.image_rgb.shape
        and 0.0 < frame.t_s - before.t_s <= _MAX_GAP_S
    )


def _trunk_y(pose: Pose) -> float:
    return float(pose.xy_px[list(_TORSO), 1].mean())


def _torso_px(pose: Pose) -> float:
    left_shoulder, right_shoulder, left_hip, right_hip = pose.xy_px[list(_TORSO)]
    trunk = (left_shoulder + right_shoulder - left_hip - right_hip) / 2
    return max(8.0, float(np.hypot(*trunk)))


def _window_px(window: _Window, pose: Pose) -> int:
    """Side of the window around a point, odd."""
    return max(_SMALLEST_WINDOW_PX, int(_WINDOW_PER_TORSO * _torso_px(pose) * window.scale) | 1)


def _extent(pose: Pose) -> tuple[Array, Array]:
    """Corners of the box around the person."""
    xy = pose.xy_px.astype(np.float64)
    low: Array = xy.min(axis=0)
    high: Array = xy.max(axis=0)
    return low, high


def _window_for(frame: Frame, pose: Pose) -> _Window:
    height_px, width_px = frame.image_rgb.shape[:2]
    torso = _torso_px(pose)
    low, high = _extent(pose)
    margin = _MARGIN_PER_TORSO * torso
    return _Window(
        left=int(np.clip(low[0] - margin, 0, width_px - 2)),
        top=int(np.clip(low[1] - margin, 0, height_px - 2)),
        right=int(np.clip(high[0] + margin, 2, width_px)),
        bottom=int(np.clip(high[1] + margin, 2, height_px)),
        scale=min(1.0, _TORSO_PX / torso),
    )


def _foot_ends(heel: Array, toe: Array) -> Array:
    """Ball and heel (2, 2): MediaPipe puts both landmarks well inside the shoe."""
    along = toe - heel
    return np.array([toe + 0.25 * along, heel - 0.1 * along])


@dataclass(frozen=True, slots=True)
class _Region:
    """Where points of one kind are looked for: hulls (window pixels), less other hulls.

    Without hulls of its own a region is everything but those.
    """

    hulls: list[Array]
    without: list[Array] = field(default_factory=list)

    def mask(self, shape: tuple[int, ...]) -> Gray:
        mask = np.full(shape, 0 if self.hulls else 255, np.uint8)
        for hulls, inside in ((self.hulls, 255), (self.without, 0)):
            for hull in hulls:
                cv2.fillConvexPoly(mask, np.round(hull).astype(np.int32), (inside,))
        return mask

    def box(self, shape: tuple[int, ...]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Corners (x, y) of the part of the picture in which the region's texture is told."""
        size = np.array([shape[1], shape[0]])
        if not self.hulls:
            return np.zeros(2, int), size
        corners = np.round(np.concatenate(self.hulls)).astype(int)
        low = np.clip(corners.min(axis=0) - _TEXTURE_REACH_PX, 0, size - 1)
        return low, np.clip(corners.max(axis=0) + _TEXTURE_REACH_PX + 1, low + 1, size)


def _regions(pose: Pose, window: _Window) -> tuple[_Region, ...]:
    """The regions of the trunk, the feet and the room, in the order of their numbers."""
    xy = window.inside(pose.xy_px.astype(np.float64))
    torso = _torso_px(pose) * window.scale
    head = _grown(xy[: Landmark.MOUTH_RIGHT + 1], 0.15 * torso)
    trunk = _grown(xy[list(_TORSO)], 0.12 * torso)
    feet = []
    for _, ankle, heel, toe in _FEET:
        along, down = xy[toe] - xy[heel], np.array([0.0, 0.10 * torso])
        tip, back = xy[toe] + 0.35 * along, xy[heel] - 0.15 * along
        top = (xy[ankle] + xy[heel]) / 2
        sole = np.array([top, tip, back, tip + down, back + down])
        feet.append(_grown(sole, 0.04 * torso))
    low, high = xy.min(axis=0) - 0.25 * torso, xy.max(axis=0) + 0.25 * torso
    person = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    # Forearms that turn a rope are held before the trunk: nearer to the camera, so their steps are
    # larger, by a tenth where the trunk fills the picture.
    arms = [_grown(xy[[elbow, wrist]], _ARM_PER_TORSO * torso) for elbow, wrist in _FOREARMS]
    return (
        _Region([head, trunk], arms),
        _Region([feet[0]]),
        _Region([feet[1]]),
        _Region([], [person]),
    )


def _grown(points: Array, by_px: float) -> Array:
    """A hull around points with some room: each is replaced by a small diamond."""
    steps = by_px * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=np.float64)
    around = (points[:, None] + steps[None]).reshape(-1, 2).astype(np.float32)
    hull: Array = cv2.convexHull(around).reshape(-1, 2).astype(np.float64)
    return hull


def _still_in(points: _Points, masks: Sequence[Gray]) -> NDArray[np.bool_]:
    """Which points still lie in their region."""
    rows_n, columns_n = masks[0].shape
    columns = np.clip(np.round(points.xy[:, 0]).astype(int), 0, columns_n - 1)
    rows = np.clip(np.round(points.xy[:, 1]).astype(int), 0, rows_n - 1)
    keep = np.zeros(len(points.xy), np.bool_)
    for number, mask in enumerate(masks):
        own = points.region == number
        keep[own] = mask[rows[own], columns[own]] > 0
    return keep


def _vertical_texture(gray: Gray) -> Array:
    """What each place tells of vertical motion when its horizontal motion is not known.

    The Schur complement of the structure tensor: a horizontal edge tells everything, a slanted
    one nothing.
    """
    across = cv2.Sobel(gray, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=3)
    size = (7, 7)
    xx, yy, xy = (cv2.boxFilter(m, -1, size) for m in (across**2, down**2, across * down))
    told: Array = yy - xy**2 / (xx + 50.0)
    return told


def _best_points(texture: Array, mask: Gray, count: int, spacing_px: int) -> Array:
    """Up to so many places (N, 2) that tell most, apart from each other."""
    told = np.where(mask > 0, texture, 0.0).astype(np.float32)
    best = float(told.max(initial=0.0))
    kernel = np.ones((2 * spacing_px + 1, 2 * spacing_px + 1), np.uint8)
    peaks = (told >= cv2.dilate(told, kernel)) & (told > 0.01 * best + 60.0)
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-told[rows, columns], kind="stable")[:count]
    found: Array = np.stack([columns[order], rows[order]], axis=1).astype(np.float64)
    return found


def _lucas_kanade(
    before: Gray, now: Gray, xy: Array, size_px: int
) -> tuple[Array, NDArray[np.bool_]]:
    start = xy.astype(np.float32).reshape(-1, 1, 2)
    there, status, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        start,
        np.empty_like(start),
        winSize=(size_px, size_px),
        maxLevel=3,
        criteria=(cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01),
        minEigThreshold=1e-5,
    )
    return there.reshape(-1, 2).astype(np.float64), status.reshape(-1) == 1
