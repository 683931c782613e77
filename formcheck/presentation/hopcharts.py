"""Jumps as SVG: the height of each with its range, and when the feet were in the air."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from formcheck.judgement.rule import Exercise, Limits
from formcheck.presentation import charts, hops, palette, words
from formcheck.types import Hop, Level, Report

_HEIGHT = "height_cm"
_ROW_S = 15.0
"""Time on one row of the strip: a jump is then a few millimetres wide."""

_MOST_ROWS = 16
_MARKS = {Level.NOT_JUDGED: "o", Level.GOOD: "o", Level.WARN: "^", Level.FAULT: "X"}
_CONTACT_HEIGHT, _FLIGHT_HEIGHT = 0.3, 0.62


FIRST_JUMP_FROM = 0.4
"""Where the axis of jumps begins: jump 1 lies at 1."""


def height_limits(exercise: Exercise) -> Limits:
    """The band that heights are judged by; the ideal one where the exercise has none."""
    for check in exercise.checks:
        if check.measure.unit == "cm" and check.limits.sign > 0:
            return check.limits
    low, high = hops.IDEAL_CM
    return Limits(high, high + (high - low))


def height_chart(report: Report, exercise: Exercise) -> str:
    """The height of each jump with its 95 % range, over the band that is good.

    Args:
        report: Gives the jumps and the bouts.
        exercise: Gives the band.

    Returns:
        An ``<svg>`` element.
    """
    figure, axes = charts.empty_axes(3.2)
    limits = height_limits(exercise)
    top_cm = _top_cm(report.hops, limits)
    _draw_bands(axes, limits, top_cm)
    _draw_heights(axes, report.hops)
    _draw_breaks(axes, report)
    axes.set_ylim(0.0, top_cm)
    axes.set_xlim(FIRST_JUMP_FROM, jumps_until(len(report.hops)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: words.with_unit(v, "cm", 0)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=12, integer=True, min_n_ticks=1))
    charts.note(axes, 0.0, "jump")
    return charts.svg(figure)


def jumps_until(n_jumps: int) -> float:
    """Where the axis of jumps ends."""
    return max(n_jumps, 1) + 0.6


def _top_cm(found: Sequence[Hop], limits: Limits) -> float:
    """Upper end of the axis: all heights, and their ranges but for odd ones."""
    known = _column(found, _HEIGHT)
    known = known[np.isfinite(known)]
    if not known.size:
        return 1.3 * limits.fault
    errors = np.array([hop.errors.get(_HEIGHT, math.nan) for hop in found], np.float64)
    errors = errors[np.isfinite(errors)]
    usual = float(np.median(errors)) if errors.size else 0.0
    return max(1.3 * limits.fault, 1.08 * (float(known.max()) + usual))


def _draw_bands(axes: Axes, limits: Limits, top_cm: float) -> None:
    low_cm = hops.IDEAL_CM[0]
    charts.shade(axes, low_cm, limits.good, Level.GOOD)
    charts.shade(axes, limits.good, limits.fault, Level.WARN)
    charts.shade(axes, limits.fault, top_cm, Level.FAULT)
    axes.axhline(limits.fault, color=palette.css(palette.LEVEL_RGB[Level.FAULT]), linewidth=1.0)
    charts.note(axes, limits.fault, f"fault {words.with_unit(limits.fault, 'cm', 0)}")
    charts.note(axes, (low_cm + limits.good) / 2, "ideal")


def _draw_heights(axes: Axes, found: Sequence[Hop]) -> None:
    number = np.arange(1, len(found) + 1, dtype=np.float64)
    height = _column(found, _HEIGHT)
    error = np.array([hop.errors.get(_HEIGHT, math.nan) for hop in found], np.float64)
    barred = np.isfinite(height) & np.isfinite(error)
    many = len(found) > 120
    # One path for all bars: 400 single ones would be most of the page.
    low, high = np.maximum(height - error, 0.0), height + error
    ends = np.stack([low, high, np.full_like(low, np.nan)], axis=1)[barred].ravel()
    axes.plot(
        np.repeat(number[barred], 3),
        ends,
        color=charts.SOFT,
        linewidth=0.6 if many else 1.1,
        alpha=0.6,
        solid_capstyle="butt",
    )
    levels = [_height_level(hop) for hop in found]
    for level, mark in _MARKS.items():
        chosen = np.array([got is level for got in levels], np.bool_) & np.isfinite(height)
        if chosen.any():
            axes.plot(
                number[chosen],
                height[chosen],
                linestyle="none",
                marker=mark,
                markersize=(3.0 if many else 5.5) + (1.0 if level is not Level.GOOD else 0.0),
                markerfacecolor=charts.INK,
                markeredgewidth=0.0,
                clip_on=False,
                zorder=3,
            )


def _height_level(hop: Hop) -> Level:
    return hop.levels.get("too-high", Level.NOT_JUDGED)


def _draw_breaks(axes: Axes, report: Report) -> None:
    """A line where a bout ends, and the mean of each bout."""
    first = 0
    bouts = hops.bouts_of_jumps(report)
    for place, bout in enumerate(bouts):
        last = first + sum(bout.start_s <= hop.landing_s <= bout.end_s for hop in report.hops)
        mean = bout.values.get(_HEIGHT, math.nan)
        if math.isfinite(mean) and last > first + 1:
            axes.plot([first + 0.6, last + 0.4], [mean, mean], color=charts.INK, linewidth=1.4)
        if place + 1 < len(bouts):
            axes.axvline(last + 0.5, color=charts.SOFT, linewidth=0.9, linestyle=(0, (1, 2)))
        first = last


def _column(found: Sequence[Hop], name: str) -> NDArray[np.float64]:
    return np.array([hop.values.get(name, math.nan) for hop in found], np.float64)


def strip_chart(report: Report) -> str:
    """When the feet were in the air and when on the ground, row below row.

    Args:
        report: Gives the jumps; time that belongs to none of them is left empty.

    Returns:
        An ``<svg>`` element.
    """
    start_s, row_s, rows = _rows(report)
    figure, axes = charts.empty_axes(0.55 + 0.42 * rows)
    flights: list[tuple[float, float, float]] = []
    contacts: list[tuple[float, float, float]] = []
    heard: list[tuple[float, float]] = []
    for hop in report.hops:
        flights += _on_rows(hop.take_off_s - start_s, hop.landing_s - start_s, row_s)
        contacts += _on_rows(hop.landing_s - start_s, hop.end_s - start_s, row_s)
        sound_s = hop.values.get("sound_landing_s", math.nan)
        if math.isfinite(sound_s):
            row = math.floor((sound_s - start_s) / row_s)
            heard.append((sound_s - start_s - row * row_s, row))
    _bars(axes, contacts, _CONTACT_HEIGHT, charts.SOFT)
    _bars(axes, flights, _FLIGHT_HEIGHT, palette.css(palette.INFO))
    if heard:
        at = np.array(heard)
        axes.plot(
            at[:, 0],
            at[:, 1] + 0.2,
            linestyle="none",
            marker="o",
            markersize=2.6,
            markerfacecolor=charts.INK,
            markeredgewidth=0.0,
        )
    axes.set_ylim(rows, 0.0)
    axes.set_xlim(0.0, row_s)
    axes.grid(False)
    axes.set_yticks([row + 0.5 for row in range(rows)])
    axes.set_yticklabels([words.moment(start_s + row * row_s)[:-2] for row in range(rows)])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 3, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"+{t:g} s"))
    return charts.svg(figure)


def _rows(report: Report) -> tuple[float, float, int]:
    """When the first row begins, the time on each, and how many there are."""
    start_s = math.floor(min((hop.take_off_s for hop in report.hops), default=0.0))
    end_s = max((hop.end_s for hop in report.hops), default=start_s + 1.0)
    whole_s = max(1.0, end_s - start_s)
    if whole_s <= _ROW_S:
        return start_s, float(math.ceil(whole_s)), 1
    row_s = _ROW_S * math.ceil(whole_s / _MOST_ROWS / _ROW_S)
    return start_s, row_s, math.ceil(whole_s / row_s)


def _on_rows(start_s: float, end_s: float, row_s: float) -> list[tuple[float, float, float]]:
    """A stretch of time as (left, right, row), cut where a row ends."""
    found = []
    while end_s > start_s:
        row = math.floor(start_s / row_s)
        cut_s = min(end_s, (row + 1) * row_s)
        found.append((start_s - row * row_s, cut_s - row * row_s, float(row)))
        start_s = cut_s
    return found


def _bars(
    axes: Axes, spans: Sequence[tuple[float, float, float]], height: float, colour: str
) -> None:
    """All bars of one kind as one path; they stand on the lower edge of their rows."""
    if not spans:
        return
    corners = [
        Path([(a, y), (b, y), (b, y - height), (a, y - height), (a, y)], closed=True)
        for a, b, y in ((a, b, row + 0.94) for a, b, row in spans)
    ]
    path = Path.make_compound_path(*corners)
    axes.add_patch(PathPatch(path, facecolor=colour, edgecolor="none", linewidth=0))
