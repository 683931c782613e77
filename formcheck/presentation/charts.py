"""Curves over time as SVG: the main measure with its bands, and the form score."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from formcheck.judgement.report import rep_numbers
from formcheck.judgement.rule import Check, Exercise, Limits, Reference
from formcheck.presentation import palette
from formcheck.presentation.series import Series, thinned
from formcheck.presentation.words import main_value, signed
from formcheck.types import Finding, Level, Report

_MOST_POINTS = 1200
# The page gives these their colours, light or dark: see the template.
INK, SOFT, LINE = "#123450", "#123451", "#123452"
_CSS = {INK: "var(--ink)", SOFT: "var(--soft)", LINE: "var(--line)"}
LEFT, RIGHT = 0.075, 0.87
"""Where the axes of every chart begin and end, as shares of its width."""
_BAND_SHADE = 0.16
_REP_SHADE = 0.18
# Any, as the stubs of matplotlib differ in how they type the keys.
_STYLE: Any = {
    "svg.fonttype": "none",
    # The names of clip paths come from this, so the same report gives the same bytes.
    "svg.hashsalt": "formcheck",
    "font.family": "sans-serif",
    "font.size": 11.0,
    "hatch.linewidth": 0.6,
    "path.simplify": True,
}


def measure_chart(
    exercise: Exercise,
    report: Report,
    series: Series,
    neutral: float | None,
    other_side: Series | None = None,
) -> str:
    """The main measure over time.

    Args:
        exercise: Gives the measure, its checks and their bands.
        report: Gives faults and cues.
        series: The measure as seen.
        neutral: The user's own neutral, or None when there is none.
        other_side: The same measure of the other side, or None.

    Returns:
        An ``<svg>`` element.
    """
    figure, axes = empty_axes(3.2)
    checks = [check for check in exercise.checks if check.measure.name == exercise.main.name]
    bands = [band for check in checks if (band := limits_in_use(check, neutral)) is not None]
    shown = [series] if other_side is None else [series, other_side]
    low, high = _range(report, shown, bands)
    _draw_reps(axes, report)
    _draw_bands(axes, bands, (low, high), exercise.main.unit)
    if neutral is not None:
        axes.axhline(neutral, color=SOFT, linewidth=1.2, linestyle=(0, (6, 3)))
        note(axes, neutral, f"neutral {signed(neutral, exercise.main.unit)}")
    # Repetitions are judged by more than the curve that tells them apart.
    codes = {check.code for check in checks}
    _draw_findings(axes, [f for f in report.findings if report.reps or f.check in codes])
    _draw_time(axes, report, series)
    if other_side is not None:
        _draw_curve(axes, other_side, dashed=True)
    _draw_curve(axes, series)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: main_value(exercise, v)))
    return svg(figure)


def score_chart(report: Report, series: Series) -> str:
    """The form score over time, 0 to 100, as an ``<svg>`` element."""
    figure, axes = empty_axes(2.0)
    _draw_reps(axes, report)
    _draw_findings(axes, report.findings)
    _draw_time(axes, report, series)
    _draw_curve(axes, series)
    axes.set_ylim(0, 104)
    axes.set_yticks([0, 50, 100])
    return svg(figure)


def limits_in_use(check: Check, neutral: float | None) -> Limits | None:
    """The band of a check on the measure itself."""
    if check.reference is Reference.ZERO:
        return check.limits
    if check.reference is not Reference.NEUTRAL:
        return None
    if neutral is None:
        return check.absolute
    if check.neutral_range is not None:
        neutral = min(max(neutral, check.neutral_range[0]), check.neutral_range[1])
    return check.limits.shifted(neutral)


def empty_axes(height_in: float) -> tuple[Figure, Axes]:
    """A chart that is as wide as the page, without a frame and without a ground."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(8.0, height_in))
        axes = figure.add_subplot()
    # The same margins on every chart, so that one moment lies at one place on all of them.
    figure.subplots_adjust(left=LEFT, right=RIGHT, bottom=0.36 / height_in, top=1 - 0.2 / height_in)
    figure.patch.set_alpha(0.0)
    axes.patch.set_alpha(0.0)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(LINE)
    axes.tick_params(colors=SOFT, labelsize=11, length=3)
    axes.grid(True, axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _range(report: Report, curves: list[Series], bands: list[Limits]) -> tuple[float, float]:
    """Limits of the y axis: all bands, and the values of holds and sets but for odd outliers."""
    edges = [edge for band in bands for edge in (band.good, band.fault)]
    for series in curves:
        inside = np.zeros(series.t_s.size, np.bool_)
        for start_s, end_s in (*((h.start_s, h.end_s) for h in report.holds), *report.sets_s):
            inside |= (series.t_s >= start_s) & (series.t_s <= end_s)
        chosen = series.judged & (inside if inside.any() else True)
        known = series.value[np.isfinite(series.value) & chosen]
        if known.size:
            edges += [float(edge) for edge in np.percentile(known, [0.5, 99.5])]
    low, high = min(edges, default=0.0), max(edges, default=0.0)
    room = 0.12 * max(high - low, 1.0)
    return low - room, high + room


def _draw_bands(axes: Axes, bands: list[Limits], span: tuple[float, float], unit: str) -> None:
    low, high = span
    good_low, good_high = low, high
    for band in bands:
        bad = high if band.sign > 0 else low
        shade(axes, band.good, band.fault, Level.WARN)
        shade(axes, band.fault, bad, Level.FAULT)
        axes.axhline(band.fault, color=palette.css(palette.LEVEL_RGB[Level.FAULT]), linewidth=1.0)
        if band.sign > 0:
            good_high = min(good_high, band.good)
        else:
            good_low = max(good_low, band.good)
        note(axes, band.fault, f"fault {signed(band.fault, unit)}")
    if bands:
        shade(axes, good_low, good_high, Level.GOOD)


def shade(axes: Axes, first: float, last: float, level: Level) -> None:
    """A band across the chart in the colour of a verdict."""
    colour = palette.css(palette.LEVEL_RGB[level])
    axes.axhspan(min(first, last), max(first, last), color=colour, alpha=_BAND_SHADE, linewidth=0)


def note(axes: Axes, y: float, words: str) -> None:
    """A word on a line, right of the axes where no curve can run through it."""
    axes.annotate(
        words,
        (1.0, y),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=9.5,
        color=SOFT,
        annotation_clip=False,
    )


def _draw_findings(axes: Axes, findings: list[Finding] | tuple[Finding, ...]) -> None:
    """A bar along the lower edge for each finding; faults are shaded over the full height."""
    for finding in findings:
        colour = palette.css(palette.LEVEL_RGB[finding.level])
        axes.axvspan(finding.start_s, finding.end_s, 0.0, 0.035, color=colour, linewidth=0)
        if finding.level is Level.FAULT:
            axes.axvspan(finding.start_s, finding.end_s, color=colour, alpha=0.2, linewidth=0)


def _draw_reps(axes: Axes, report: Report) -> None:
    """Repetitions shaded and numbered; those that do not count hatched."""
    for rep, number in zip(report.reps, rep_numbers(report.reps), strict=True):
        if number is None:
            axes.axvspan(
                rep.start_s,
                rep.end_s,
                facecolor="none",
                edgecolor=SOFT,
                hatch="xx",
                linewidth=0,
                alpha=0.4,
            )
            continue
        colour = palette.css(palette.INFO)
        axes.axvspan(rep.start_s, rep.end_s, color=colour, alpha=_REP_SHADE, linewidth=0)
        axes.text(
            (rep.start_s + rep.end_s) / 2,
            0.985,
            str(number),
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=9.5,
            color=SOFT,
        )


def _draw_curve(axes: Axes, series: Series, *, dashed: bool = False) -> None:
    """The judged part strong; what was seen but not judged faint."""
    shown = thinned(series, _MOST_POINTS)
    faint = np.where(shown.judged, np.nan, shown.value)
    strong = np.where(shown.judged, shown.value, np.nan)
    axes.plot(shown.t_s, faint, color=SOFT, linewidth=0.8, alpha=0.6)
    style = (0, (4, 2)) if dashed else "solid"
    axes.plot(shown.t_s, strong, color=INK, linewidth=1.5, linestyle=style, solid_joinstyle="round")


def _draw_time(axes: Axes, report: Report, series: Series) -> None:
    """Not-judged time hatched, cues as triangles on the time axis."""
    for start_s, end_s in _spans(series.t_s, ~series.judged):
        axes.axvspan(
            start_s, end_s, facecolor="none", edgecolor=SOFT, hatch="////", linewidth=0, alpha=0.5
        )
    for cue in report.cues:
        axes.axvline(cue.t_s, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.plot(
            [cue.t_s],
            [1.0],
            marker="v",
            markersize=8,
            color=INK,
            clip_on=False,
            transform=axes.get_xaxis_transform(),
        )
    axes.set_xlim(0.0, last_s(report, series))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 1.5, 2, 3, 5, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: _clock(t)))


def last_s(report: Report, series: Series) -> float:
    """Where the time axis of a chart ends; it begins at 0."""
    end_s = float(series.t_s[-1]) if series.t_s.size else report.duration_s
    return max(1.0, report.duration_s, end_s)


def _clock(t_s: float) -> str:
    whole = math.floor(t_s + 1e-9)
    rest = "" if abs(t_s - whole) < 1e-6 else f"{t_s - whole:.1f}"[1:]
    return f"{whole // 60}:{whole % 60:02d}{rest}"


def _spans(t_s: NDArray[np.float64], on: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Stretches of time in which ``on`` holds, from its first frame to the next that does not."""
    if not t_s.size:
        return []
    change = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    ends = np.append(t_s, t_s[-1])
    return [
        (float(ends[first]), float(ends[last]))
        for first, last in zip(change[::2], change[1::2], strict=True)
    ]


def svg(figure: Figure) -> str:
    """The figure as an ``<svg>`` element that scales with the page and takes its colours."""
    out = io.StringIO()
    with matplotlib.rc_context(_STYLE):
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(out, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' (width|height)="[\d.]+pt"', "", text, count=2)
    text = text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    for colour, variable in _CSS.items():
        text = text.replace(colour, variable)
    return text.strip()
