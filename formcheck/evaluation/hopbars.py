"""What the jumps have to reach: each bar, what was measured, and of how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.evaluation.hoperrors import JudgedJump, Read
from formcheck.evaluation.hops import HopOutcome
from formcheck.evaluation.stats import percentile, share

__all__ = ["NOMINAL_CM", "Bar", "bars", "nominal_cm"]

NOMINAL_CM = (2, 3, 5, 8)
"""Heights of the tables; each jump goes to the nearest by ratio."""

_RANGE_SHARE = (0.92, 0.98)
_FEWEST_RANGES = 50
"""Of fewer jumps a share tells nothing: two per cent are less than one of them."""
_GIVEN_SHARE = 0.9
_SCALE_PCT = 5.0
_PICTURE_MS, _SOUND_MS = 12.0, 5.0
_CADENCE_PER_MIN = 1.0


@dataclass(frozen=True, slots=True)
class _Rate:
    """The bars of one kind of camera.

    Attributes:
        name: How it is called.
        fps: From so many frames a second on, to below the second number.
        run_mm: For the mean height of thirty jumps.
        jump_mm: For 95 % of single jumps.
    """

    name: str
    fps: tuple[int, int]
    run_mm: float
    jump_mm: float


_RATES = (_Rate("60 fps", (50, 1000), 6.0, 10.0), _Rate("30 fps", (24, 50), 8.0, 12.0))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        name: What has to reach it.
        least: The smallest value that does, or None.
        most: The largest, or None.
        measured: The value, or None where there is nothing to measure.
        of: Of how many jumps, runs, windows or bouts.
        met: Whether it is reached; None where nothing was measured, or too little to tell.
    """

    name: str
    least: float | None
    most: float | None
    measured: float | None
    of: int
    met: bool | None


def nominal_cm(height_m: float) -> int:
    """The height of the tables that a true height is nearest to, by ratio."""
    return min(NOMINAL_CM, key=lambda cm: abs(np.log(100.0 * height_m / cm)))


def bars(every: Sequence[HopOutcome]) -> tuple[Bar, ...]:
    """Every bar over the clips that must be judged; heights and instants where truth is."""
    return tuple(_bars(every))


def _bars(every: Sequence[HopOutcome]) -> Iterator[Bar]:
    jumps = [jump for hops in every for jump in hops.jumps]
    for rate in _RATES:
        low, high = rate.fps
        group = [hops for hops in every if hops.fps is not None and low <= hops.fps < high]
        runs = [error for hops in group for error in hops.runs_mm]
        heights = _reads([jump for hops in group for jump in hops.jumps], "height_mm")
        name = f"mean height of 30 jumps, largest error, mm, {rate.name}"
        yield _most(name, rate.run_mm, percentile(np.abs(runs), 100), len(runs))
        name = f"height of one jump, 95 % of errors, mm, {rate.name}"
        yield _most(name, rate.jump_mm, _size(heights, 95), len(heights))
    yield _range_bar("true height within the stated range", jumps)
    for cm in NOMINAL_CM:
        alike = [jump for jump in jumps if nominal_cm(jump.true.height_m) == cm]
        yield _range_bar(f"true height within the stated range, {cm} cm", alike)
    given = len(_reads(jumps, "height_mm"))
    yield _least("jumps given a height", _GIVEN_SHARE, share(given, len(jumps)), len(jumps))
    scale = [error for hops in every for error in hops.scale_errors_pct]
    name = "scale from gravity, largest error, %"
    yield _most(name, _SCALE_PCT, percentile(np.abs(scale), 100), len(scale))
    yield from _instants(every)
    yield _cadence(every)


def _instants(every: Sequence[HopOutcome]) -> Iterator[Bar]:
    fast = [hops for hops in every if hops.fps is not None and hops.fps >= _RATES[0].fps[0]]
    picture = _reads([jump for hops in fast for jump in hops.jumps], "landing_ms")
    name = f"landing by picture, median error, ms, {_RATES[0].name}"
    yield _most(name, _PICTURE_MS, _size(picture, 50), len(picture))
    sound = _reads([jump for hops in every for jump in hops.jumps], "sound_landing_ms")
    yield _most("landing by sound, median error, ms", _SOUND_MS, _size(sound, 50), len(sound))


def _cadence(every: Sequence[HopOutcome]) -> Bar:
    errors = [abs(error) for hops in every for error in hops.cadence_errors_per_min]
    # A window without a cadence is none that was read well.
    unread = sum(hops.cadence_unread for hops in every)
    bar = _most(
        "cadence over 10 s, largest error, a minute",
        _CADENCE_PER_MIN,
        percentile(errors, 100),
        len(errors) + unread,
    )
    return Bar(bar.name, bar.least, bar.most, bar.measured, bar.of, False) if unread else bar


def _reads(jumps: Sequence[JudgedJump], name: str) -> list[Read]:
    return [jump.reads[name] for jump in jumps if name in jump.reads]


def _size(reads: Sequence[Read], percent: float) -> float | None:
    return percentile([abs(read.error) for read in reads], percent)


def _most(name: str, most: float, measured: float | None, of: int) -> Bar:
    return Bar(name, None, most, measured, of, None if measured is None else measured <= most)


def _least(name: str, least: float, measured: float | None, of: int) -> Bar:
    return Bar(name, least, None, measured, of, None if measured is None else measured >= least)


def _range_bar(name: str, jumps: Sequence[JudgedJump]) -> Bar:
    reads = _reads(jumps, "height_mm")
    measured = share(sum(read.holds for read in reads), len(reads))
    least, most = _RANGE_SHARE
    met = None
    if measured is not None and len(reads) >= _FEWEST_RANGES:
        met = least <= measured <= most
    return Bar(name, least, most, measured, len(reads), met)
