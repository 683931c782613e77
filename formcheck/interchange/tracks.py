"""The poses of a session as arrays, on even steps of time, as most tools want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError
from formcheck.landmarks import N_LANDMARKS, Joint, Side
from formcheck.types import Observation

__all__ = ["SEEN", "Tracks", "evenly", "metres_per_px", "rate_hz", "tracks_of"]

SEEN = 0.5
"""A landmark of less visibility counts as not seen: what the model guesses there is no data."""

_EVEN = 0.25
"""Frames count as evenly spaced when none is off by more of a frame than this."""
_GAP_FRAMES = 2.5
"""Nothing is made up for a hole that is longer."""

_MET = 1e-6
"""As share of the way from one frame to the next."""

_SHARES = ((Joint.SHOULDER, Joint.HIP), (Joint.HIP, Joint.KNEE), (Joint.KNEE, Joint.ANKLE))
_CHAIN_OF_STATURE = 0.818 - 0.039
"""From the shoulders to the ankles, of a standing person's height (Drillis & Contini 1966, as in
Winter, "Biomechanics and Motor Control of Human Movement", 4th ed., fig. 4.1)."""
_LONGEST_PERCENT = 90.0
"""A segment looks shorter when it points at the camera, and longer only by noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Landmarks over time.

    Attributes:
        t_s: (T,) times, increasing.
        xy_px: (T, 33, 2) image pixels, y down; NaN where a landmark was not seen.
        visibility: (T, 33), 0 where nobody was found.
        width_px: Of the upright picture.
        height_px: Of the upright picture.
    """

    t_s: NDArray[np.float64]
    xy_px: NDArray[np.float64]
    visibility: NDArray[np.float64]
    width_px: int
    height_px: int


def tracks_of(observations: Sequence[Observation]) -> Tracks:
    """The landmarks of a session, frame by frame.

    Raises:
        InputError: nobody was ever found.
    """
    xy_px = np.full((len(observations), N_LANDMARKS, 2), np.nan)
    visibility = np.zeros((len(observations), N_LANDMARKS))
    for k, seen in enumerate(observations):
        if seen.pose is not None:
            visibility[k] = seen.pose.visibility
            shown = seen.pose.visibility >= SEEN
            xy_px[k, shown] = seen.pose.xy_px[shown]
    if not np.isfinite(xy_px).any():
        raise InputError("nobody was seen in this session, so there is no pose to write")
    t_s = np.array([seen.t_s for seen in observations])
    return Tracks(t_s, xy_px, visibility, observations[0].width_px, observations[0].height_px)


def rate_hz(t_s: NDArray[np.float64]) -> float:
    """Frames a second; 0 where there are fewer than two.

    From how often the usual distance of two frames fits into the whole: lost frames do not lower
    it, and rounded times do not add up.
    """
    if len(t_s) < 2:
        return 0.0
    span_s = float(t_s[-1] - t_s[0])
    return float(max(1, round(span_s / float(np.median(np.diff(t_s)))))) / span_s


def evenly(
    t_s: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values on even steps of time.

    Frames that come evenly stay as they are. Otherwise values between two frames are interpolated
    linearly, but none across a hole of more than two frames, nor where either end is missing.

    Args:
        t_s: (T,) increasing.
        values: (T, ...) NaN where missing.

    Returns:
        Times (N,) and values (N, ...).
    """
    rate = rate_hz(t_s)
    if not rate:
        return t_s, values
    step_s = 1.0 / rate
    ideal_s = t_s[0] + np.arange(len(t_s)) * step_s
    if np.abs(t_s - ideal_s).max() <= _EVEN * step_s:
        return t_s, values
    times = t_s[0] + np.arange(round((t_s[-1] - t_s[0]) * rate) + 1) * step_s
    after = np.clip(np.searchsorted(t_s, times), 1, len(t_s) - 1)
    before = after - 1
    share = np.clip((times - t_s[before]) / (t_s[after] - t_s[before]), 0.0, 1.0)
    share = share.reshape(-1, *([1] * (values.ndim - 1)))
    between = values[before] * (1.0 - share) + values[after] * share
    between[(t_s[after] - t_s[before]) > _GAP_FRAMES * step_s] = np.nan
    # An end that is met needs no other.
    between = np.where(share < _MET, values[before], between)
    between = np.where(share > 1.0 - _MET, values[after], between)
    return times, between


def metres_per_px(tracks: Tracks, stature_m: float) -> float:
    """How long a pixel is at the person, from their height: an estimate.

    The trunk, thigh and shank of the side that is seen better, each at its longest, are set to
    their share of the height. A picture has one such scale only for what is as far away as the
    person, moving across the picture.

    Args:
        tracks: The landmarks.
        stature_m: Height of the person.

    Raises:
        InputError: the legs or the trunk are never seen.
    """
    chains = [_chain_px(tracks, side) for side in Side]
    known = [chain for chain in chains if np.isfinite(chain)]
    if not known:
        raise InputError(
            "trunk and legs are never seen together, so pixels can't be turned into metres; leave "
            "out --stature to write pixels"
        )
    return _CHAIN_OF_STATURE * stature_m / max(known)


def _chain_px(tracks: Tracks, side: Side) -> float:
    total = 0.0
    for start, end in _SHARES:
        along = tracks.xy_px[:, end.on(side)] - tracks.xy_px[:, start.on(side)]
        lengths = np.hypot(along[:, 0], along[:, 1])
        lengths = lengths[np.isfinite(lengths)]
        if not len(lengths):
            return float("nan")
        total += float(np.percentile(lengths, _LONGEST_PERCENT))
    return total
