"""The outline of the trunk at the resolution of the picture, found anew every tenth of a second.

The pose model's mask alone is too coarse for a lower back: its edge wanders by several millimetres
from one frame to the next. Two things are read from the picture itself:

- the *upper* edge, frame by frame: the strongest edge near the mask's, found along normals of the
  line from shoulders to hips as one connected path (dynamic programming, sub-pixel);
- the *lower* edge, of somebody who rests: where it lay when they were still, plus how far the flank
  above it has moved since, by comparing narrow strips of the picture with those of that moment.
  Under a lying person it is dark and edges are faint; the flank's own light and folds are not.
  This needs a camera that stands still; when it or the person moves away, it starts anew.

All state follows from the frames alone: the same frames give the same outlines, bit for bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from formcheck.landmarks import Landmark
from formcheck.types import OUTLINE_STATIONS, Frame, Outline, OutlineDoubt, Pose

Floats = NDArray[np.float32]

EVERY_S = 0.1
"""The outline is looked for at most this often, in media time."""

MIN_TORSO_PX = 90.0
"""A smaller trunk shows too little: there 7 mm are less than 1.3 px."""

_MAX_INCLINE = math.sin(math.radians(50.0))
_COLUMNS_A_STATION = 3
# Still enough: the landmarks of trunk ends wander by some 3 % of the trunk while limbs move. How
# the person lies then matters little, since only change is told.
_STILL_S = 0.6
_STILL_FRAMES = 5
_STILL = 0.05
_MOVED = 0.2
_GAVE_UP_S = 3.0

# Lengths across the trunk are shares of its length (about half a metre).
_STEP_PX = 0.5
_REACH = 0.5
_COARSE_SMOOTHING = 9

# The upper edge: how far the mask may be off, and the path's stiffness.
_EDGE_BAND = 0.06
_EDGE_PRIOR = 0.02
_EDGE_BLUR = 0.004
_EDGE_STIFFNESS = 0.2
_EDGE_MIN_CONTRAST = 1.0

# The lower edge: 8 cm of flank are compared, and 1 cm under it, which sharpens the answer where the
# edge is clear. It may have moved by 27 mm. Measured with benchmarks/outline_methods.py: half as
# much flank missed twice as many lifts in dim rooms.
_FLANK = 0.16
_BELOW = 0.02
_FLANK_STEP = 1.0 / 400.0
_SEARCH = 0.055

# Where clothes are compared: stations of the waist and the seat, and how far up the flank.
_WAIST_STATIONS, _SEAT_STATIONS = slice(15, 22), slice(31, 33)
_CLOTH = (-0.14, -0.05)
# Shirts over the hips differed by up to 11 and 0.11, other clothes by 16 or more.
_SAME_BRIGHTNESS = 14.0
_SAME_HUE = 0.2

_N_FLANK, _N_BELOW, _N_SEARCH = (round(x / _FLANK_STEP) for x in (_FLANK, _BELOW, _SEARCH))
# The floor in front: from how far below the lower edge to where, and what is no movement of it.
_N_GROUND = (round(0.10 / _FLANK_STEP), round(0.28 / _FLANK_STEP))
_CAMERA_STILL = 0.004
"""About 2 mm: half of the smallest lift that is told."""
_CLOTH_ROWS = slice(*(_N_FLANK + _N_SEARCH + round(x / _FLANK_STEP) for x in _CLOTH))
_MIN_CONTRAST = 3.0
_MAX_MISMATCH = 0.25


@dataclass(frozen=True, slots=True)
class _Axis:
    """The line from the middle of the shoulders (0) to that of the hips (1), in picture pixels."""

    shoulder_px: NDArray[np.float64]
    along: NDArray[np.float64]
    down: NDArray[np.float64]
    length_px: float

    def points(self, places: NDArray[np.float64], offsets_px: NDArray[np.float64]) -> Floats:
        """Points (K, M, 2) at places (K,) along it and offsets (K, M) or (M,) below it."""
        base = self.shoulder_px + self.along * (places[:, None] * self.length_px)
        return (base[:, None] + self.down * np.atleast_2d(offsets_px)[..., None]).astype(np.float32)

    def moved_from(self, other: _Axis) -> float:
        """How far either end lies from another axis's, over the trunk's length."""
        ends = (
            self.shoulder_px - other.shoulder_px,
            self.shoulder_px
            + self.along * self.length_px
            - other.shoulder_px
            - other.along * other.length_px,
        )
        return max(float(np.hypot(*end)) for end in ends) / other.length_px


def _axis_of(pose: Pose) -> _Axis | None:
    """The trunk's axis; None when the trunk is too upright to have an underside."""
    xy = pose.xy_px.astype(np.float64)
    shoulder = (xy[Landmark.LEFT_SHOULDER] + xy[Landmark.RIGHT_SHOULDER]) / 2
    hip = (xy[Landmark.LEFT_HIP] + xy[Landmark.RIGHT_HIP]) / 2
    return _axis_between(shoulder, hip)


def _axis_between(shoulder: NDArray[np.float64], hip: NDArray[np.float64]) -> _Axis | None:
    length_px = float(np.hypot(*(hip - shoulder)))
    if not length_px > 0:
        return None
    along = (hip - shoulder) / length_px
    if abs(along[1]) > _MAX_INCLINE:
        return None
    down = np.array([-along[1], along[0]])
    return _Axis(shoulder, along, down if down[1] > 0 else -down, length_px)


_PLACES = np.arange(
    -_COLUMNS_A_STATION, OUTLINE_STATIONS * _COLUMNS_A_STATION + 1, dtype=np.float64
) / ((OUTLINE_STATIONS - 1) * _COLUMNS_A_STATION)
"""Where strips are read: three columns a station, and one station more at either end."""

_AT_STATIONS = slice(
    _COLUMNS_A_STATION, _COLUMNS_A_STATION * (OUTLINE_STATIONS + 1), _COLUMNS_A_STATION
)


class OutlineTracker:
    """Finds the trunk's outline in the frames of one clip or session, in order of time."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        """Start without a person.

        Args:
            every_s: Frames that follow sooner than this after the last outline are left out.
        """
        self._every_s = every_s
        self.reset()

    def reset(self) -> None:
        """Forget the person: the next frame belongs to another clip."""
        self._last_s = -math.inf
        self._settling: _Settling | None = None
        self._rest: _Rest | None = None

    def find(self, frame: Frame, pose: Pose | None, mask: Floats | None) -> Outline | None:
        """The outline in this frame.

        Args:
            frame: The picture.
            pose: The person in it.
            mask: float32 (height, width), 0 to 1: how likely a pixel shows the person.

        Returns:
            The outline; None when it is not this frame's turn, or there is no trunk to see.
        """
        # Half a millisecond: times of 10 fps are not exact tenths.
        if frame.t_s - self._last_s < self._every_s - 0.0005 or pose is None or mask is None:
            return None
        axis = _axis_of(pose)
        if axis is None:
            return None
        self._last_s = frame.t_s
        if axis.length_px < MIN_TORSO_PX:
            return _without_lower(_nowhere(), OutlineDoubt.TOO_FAR)
        upper_px = _upper_edge(frame.image_rgb, mask, axis)
        self._follow(frame, axis, mask)
        if self._rest is None:
            return _without_lower(upper_px, OutlineDoubt.NOT_SETTLED)
        return self._rest.outline_now(frame, upper_px)

    def _follow(self, frame: Frame, axis: _Axis, mask: Floats) -> None:
        """Keeps the moment of rest that this frame is compared with."""
        rest = self._rest
        if rest is not None and rest.has_left(frame, axis):
            self._rest = rest = None
        if rest is not None and not rest.is_lost(frame):
            return
        settling = self._settling
        if settling is None or not settling.goes_on(frame, axis):
            edge = _filled(_mask_edge(mask, axis, 1.0))
            settling = None if edge is None else _Settling(frame, axis, edge)
        if settling is not None:
            settling.add(frame, mask)
            if settling.is_rest(frame):
                # Clothes are seen best when a person has just come; legs move later.
                self._rest = _Rest(frame, settling, None if rest is None else rest.one_cloth)
                settling = None
        self._settling = settling


class _Settling:
    """A person who may be coming to rest: how their flank looks, and where its lower edge is."""

    def __init__(self, frame: Frame, axis: _Axis, edge_px: NDArray[np.float64]) -> None:
        self.axis = axis
        rows = np.arange(-_N_FLANK - _N_SEARCH, _N_BELOW + _N_SEARCH + 1)
        self.step_px = _FLANK_STEP * axis.length_px
        self.points = axis.points(_PLACES, edge_px[:, None] + self.step_px * rows)
        below = np.arange(_N_GROUND[0] - _N_SEARCH, _N_GROUND[1] + _N_SEARCH + 1)
        level = np.full((len(_PLACES), 1), edge_px.max())
        self.ground = _Ground(axis.points(_PLACES, level + self.step_px * below), self.step_px)
        self.strips: list[Floats] = []
        self._edges: list[NDArray[np.float64]] = []
        self._start_s = frame.t_s
        self.shape = frame.image_rgb.shape

    def goes_on(self, frame: Frame, axis: _Axis) -> bool:
        """Whether the person is where they were."""
        return frame.image_rgb.shape == self.shape and axis.moved_from(self.axis) < _STILL

    def add(self, frame: Frame, mask: Floats) -> None:
        """Takes one more frame."""
        self.strips.append(_strips(frame, self.points))
        self.ground.add(frame)
        self._edges.append(_mask_edge(mask, self.axis, 1.0))

    def is_rest(self, frame: Frame) -> bool:
        """Whether that was long enough."""
        return len(self.strips) >= _STILL_FRAMES and frame.t_s - self._start_s >= _STILL_S

    def edge_px(self) -> NDArray[np.float64]:
        """The lower edge (columns,) below the axis, as the masks have it in the middle."""
        edge = _filled(np.median(self._edges, axis=0))
        return np.full(len(_PLACES), np.nan) if edge is None else edge


def _strips(frame: Frame, points: Floats) -> Floats:
    """Strips (stations, M, 3) of the picture, each as wide as three stations."""
    wide = cv2.blur(_sampled(frame.image_rgb, points), (1, 3 * _COLUMNS_A_STATION))
    return _evened(wide[_AT_STATIONS])


def _evened(levels: NDArray[Any]) -> Floats:
    """Square roots of brightness, 0 to 255 still: noise is as large in the dark as in the light."""
    evened: Floats = np.sqrt(levels) * np.float32(16.0)
    return evened


def _sampled(image: NDArray[np.uint8], points: Floats) -> Floats:
    return cv2.remap(
        image, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)


class _Rest:
    """What the flank looked like when the person was still, and where its lower edge lay."""

    def __init__(self, frame: Frame, settled: _Settling, one_cloth: bool | None) -> None:
        self.t_s = frame.t_s
        self._seen_s = frame.t_s
        self._axis = settled.axis
        self._edge_px = settled.edge_px()
        self._points = settled.points
        self._step_px = settled.step_px
        self._shape = settled.shape
        whole = np.mean(settled.strips, axis=0, dtype=np.float32)
        self.one_cloth = _one_cloth(whole) if one_cloth is None else one_cloth
        self._flank = _Flank(whole)
        self._ground = settled.ground
        self._ground.settle()
        self._floor_px = _floor_line(self._axis, self._edge_px)

    def has_left(self, frame: Frame, axis: _Axis) -> bool:
        """Whether the person is no longer where they rested."""
        return frame.image_rgb.shape != self._shape or axis.moved_from(self._axis) > _MOVED

    def is_lost(self, frame: Frame) -> bool:
        """Whether the person has not been recognised for long."""
        return frame.t_s - self._seen_s > _GAVE_UP_S

    def outline_now(self, frame: Frame, upper_px: Floats) -> Outline:
        """The outline in this frame, with the lower edge as far as the flank is recognised."""
        shift_px = self._shift_px(frame)
        lost = np.count_nonzero(np.isfinite(shift_px)) <= OUTLINE_STATIONS // 2
        if not lost:
            self._seen_s = frame.t_s
        if self.one_cloth:
            return _without_lower(upper_px, OutlineDoubt.CLOTH)
        edge = self._edge_px[_AT_STATIONS] + shift_px
        return Outline(
            upper_px,
            self._axis.points(_PLACES[_AT_STATIONS], edge[:, None])[:, 0],
            self._floor_px.copy(),
            since_s=self.t_s,
            doubt=OutlineDoubt.LOST if lost else OutlineDoubt.NONE,
        )

    def _shift_px(self, frame: Frame) -> NDArray[np.float64]:
        """How far (stations,) the flank has moved down; NaN where it is not recognised."""
        if self._ground.has_moved(frame):
            return np.full(OUTLINE_STATIONS, np.nan)
        cost = _over_neighbours(self._flank.mismatch(_strips(frame, self._points)))
        power = _over_neighbours(self._flank.power[:, None])[:, 0]
        best, inside = _lowest(cost)
        mismatch = cost.min(axis=1) / np.maximum(power, 1e-6)
        trusted = inside & (mismatch < _MAX_MISMATCH) & (power > _MIN_CONTRAST**2)
        return np.where(trusted, (best - _N_SEARCH) * self._step_px, np.nan)


def _over_neighbours(table: Floats) -> Floats:
    """A table (stations, ...) averaged over five stations each."""
    averaged: Floats = cv2.blur(table, (1, 5), borderType=cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    return averaged


class _Flank:
    """Strips (K, M, 3) as they were, to be found again in longer ones."""

    def __init__(self, strips: Floats) -> None:
        part = strips[:, _N_SEARCH:-_N_SEARCH]
        self._part = part - part.mean(axis=1, keepdims=True)
        self.power = np.mean(self._part**2, axis=(1, 2))

    def mismatch(self, strips: Floats) -> Floats:
        """Mean squared difference (K, shifts) at every shift, brightness aside."""
        size = self._part.shape[1]
        # |a - b|^2 = |a|^2 - 2ab + |b|^2, both without their means (b has none).
        windows = sliding_window_view(strips, size, axis=1)
        crossed = np.einsum("ksci,kic->ks", windows, self._part)
        own = _window_sums(strips.astype(np.float64) ** 2, size)
        own -= _window_sums(strips.astype(np.float64), size) ** 2 / size
        mean = (own.sum(axis=2) - 2 * crossed) / (3 * size)
        difference: Floats = (mean + self.power[:, None]).astype(np.float32)
        return difference


class _Ground:
    """The floor in front of the person: it moves in the picture only when the camera does."""

    def __init__(self, points: Floats, step_px: float) -> None:
        self.points = points
        self._step_px = step_px
        self._limit_px = _CAMERA_STILL / _FLANK_STEP * step_px
        self._strips: list[Floats] = []
        self._flank: _Flank | None = None

    def add(self, frame: Frame) -> None:
        """Takes one more frame of the person at rest."""
        self._strips.append(_strips(frame, self.points))

    def settle(self) -> None:
        """Enough frames were taken."""
        self._flank = _Flank(np.mean(self._strips, axis=0, dtype=np.float32))
        self._strips.clear()

    def has_moved(self, frame: Frame) -> bool:
        """Whether it lies elsewhere in the picture; False on a floor without a mark."""
        if self._flank is None or float(self._flank.power.mean()) < _MIN_CONTRAST**2:
            return False
        cost = self._flank.mismatch(_strips(frame, self.points))
        together: Floats = np.mean(cost, axis=0, keepdims=True, dtype=np.float32)
        best, _ = _lowest(together)
        return bool(abs(float(best[0]) - _N_SEARCH) * self._step_px > self._limit_px)


def _one_cloth(strips: Floats) -> bool:
    """Whether the flank at the waist and the seat below the hips wear the same colour.

    Then the shirt covers the hips: it can hang free of the back. Clothes of one colour look alike.
    """
    flank = strips[:, _CLOTH_ROWS]
    waist, seat = (
        np.median(flank[stations], axis=(0, 1)).astype(np.float64)
        for stations in (_WAIST_STATIONS, _SEAT_STATIONS)
    )
    apart = np.abs(waist - seat).max()
    share_waist, share_seat = ((colour**2 + 1) / (colour**2 + 1).sum() for colour in (waist, seat))
    hue_apart = np.abs(np.log(share_waist / share_seat)).max()
    return bool(apart < _SAME_BRIGHTNESS and hue_apart < _SAME_HUE)


def _floor_line(axis: _Axis, edge_px: NDArray[np.float64]) -> Floats:
    """The line (2, 2) that the lower edge rests on: under the ribs and under the seat."""
    ribs = int(np.argmax(np.where(_PLACES < 0.45, edge_px, -np.inf)))
    seat = int(np.argmax(np.where(_PLACES > 0.8, edge_px, -np.inf)))
    slope = (edge_px[seat] - edge_px[ribs]) / (_PLACES[seat] - _PLACES[ribs])
    ends = edge_px[ribs] + slope * (np.array([0.0, 1.0]) - _PLACES[ribs])
    return axis.points(np.array([0.0, 1.0]), ends[:, None])[:, 0]


def _nowhere() -> Floats:
    return np.full((OUTLINE_STATIONS, 2), np.nan, np.float32)


def _without_lower(upper_px: Floats, doubt: OutlineDoubt) -> Outline:
    return Outline(
        upper_px, _nowhere(), np.full((2, 2), np.nan, np.float32), since_s=math.nan, doubt=doubt
    )


def _mask_edge(mask: Floats, axis: _Axis, side: float) -> NDArray[np.float64]:
    """How far (columns,) below the axis, or above for side -1, the mask ends; NaN: nowhere."""
    offsets = np.arange(0.0, _REACH * axis.length_px, 1.0)
    points = axis.points(_PLACES, side * offsets)
    levels = cv2.remap(
        mask, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    outside = levels < 0.5
    first = outside.argmax(axis=1)
    found = outside.any(axis=1) & (first > 0)
    row = np.arange(len(levels))
    before, after = levels[row, np.maximum(first - 1, 0)], levels[row, first]
    fraction = (before - 0.5) / np.maximum(before - after, 1e-6)
    return np.where(found, side * (first - 1 + fraction), np.nan)


def _filled(edge_px: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The edge with gaps bridged and smoothed; None when too little of it is there."""
    known = np.isfinite(edge_px)
    if np.count_nonzero(known) < len(edge_px) // 2:
        return None
    row = np.arange(len(edge_px))
    whole = np.interp(row, row[known], edge_px[known])
    padded = np.pad(whole, _COARSE_SMOOTHING, mode="edge")
    kernel = np.hanning(2 * _COARSE_SMOOTHING + 3)[1:-1]
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _upper_edge(image_rgb: NDArray[np.uint8], mask: Floats, axis: _Axis) -> Floats:
    """The upper edge (stations, 2) in this frame; NaN where none stands out."""
    coarse = _filled(_mask_edge(mask, axis, -1.0))
    if coarse is None:
        return _nowhere()
    n_band = round(_EDGE_BAND * axis.length_px / _STEP_PX)
    offsets = coarse[:, None] + _STEP_PX * np.arange(-n_band, n_band + 1)
    strips = _sampled(image_rgb, axis.points(_PLACES, offsets))
    strips = _evened(cv2.blur(strips, (1, _COLUMNS_A_STATION)))[_AT_STATIONS]
    blur = max(_EDGE_BLUR * axis.length_px, 1.0) / _STEP_PX
    smooth = cv2.GaussianBlur(strips, (0, 0), sigmaX=blur, sigmaY=1e-3)
    steep = np.sqrt(np.sum(np.gradient(smooth, axis=1) ** 2, axis=2)).astype(np.float32)
    typical = float(np.median(steep.max(axis=1)))
    off = np.arange(-n_band, n_band + 1) * _STEP_PX / (_EDGE_PRIOR * axis.length_px)
    cost = -steep / max(typical, 1e-6) + (0.5 * off**2).astype(np.float32)
    path = _cheapest_path(cost, _EDGE_STIFFNESS)
    row = np.arange(len(path))
    at = path + _vertex(-steep, path)
    clear = steep[row, path] > max(_EDGE_MIN_CONTRAST, 0.3 * typical)
    edge = np.where(clear, coarse[_AT_STATIONS] + (at - n_band) * _STEP_PX, np.nan)
    return axis.points(_PLACES[_AT_STATIONS], edge[:, None])[:, 0]


def _cheapest_path(cost: Floats, stiffness: float) -> NDArray[np.intp]:
    """The path (K,) through a table (K, M), one place a row, neighbours at most 3 places apart."""
    n_rows, n_places = cost.shape
    came_from = np.zeros((n_rows, n_places), np.intp)
    places = np.arange(n_places)
    total = cost[0].copy()
    steps = (0, -1, 1, -2, 2, -3, 3)
    for row in range(1, n_rows):
        options = np.full((len(steps), n_places), np.inf, np.float32)
        for option, step in zip(options, steps, strict=True):
            target = slice(max(step, 0), n_places + min(step, 0))
            source = slice(max(-step, 0), n_places + min(-step, 0))
            option[target] = total[source] + np.float32(stiffness * abs(step))
        choice = options.argmin(axis=0)
        came_from[row] = places - np.take(steps, choice)
        total = options[choice, places] + cost[row]
    path = np.zeros(n_rows, np.intp)
    path[-1] = total.argmin()
    for row in range(n_rows - 1, 0, -1):
        path[row - 1] = came_from[row, path[row]]
    return path


def _window_sums(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Sums (K, M - size + 1, C) of every run of ``size`` values (K, M, C)."""
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0), (0, 0))), axis=1)
    window_sums: NDArray[np.float64] = sums[:, size:] - sums[:, :-size]
    return window_sums


def _lowest(cost: Floats) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Where each row (K, M) is lowest, between samples, and whether that lies inside the row."""
    at = cost.argmin(axis=1)
    inside = (at > 0) & (at < cost.shape[1] - 1)
    return at + _vertex(cost, at), inside


def _vertex(cost: Floats, at: NDArray[np.intp]) -> NDArray[np.float64]:
    """How far (K,) from a sample the parabola through it and its neighbours is lowest."""
    row = np.arange(len(cost))
    middle = np.clip(at, 1, cost.shape[1] - 2)
    before, here, after = (cost[row, middle + step].astype(np.float64) for step in (-1, 0, 1))
    bend = before - 2 * here + after
    offset = 0.5 * (before - after) / np.where(bend > 1e-12, bend, 1.0)
    return np.where((bend > 1e-12) & (middle == at), np.clip(offset, -0.5, 0.5), 0.0)
