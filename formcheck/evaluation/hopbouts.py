"""Bouts of jumps against truth: what is said of many jumps together, and the scale."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.evaluation.hoperrors import JudgedJump, Read
from formcheck.evaluation.hopmatch import LANDING_TOLERANCE_S
from formcheck.evaluation.jumplabels import Cadence
from formcheck.evaluation.truehops import TrueHop, true_bouts
from formcheck.evaluation.truth import Span, Truth
from formcheck.types import Bout, Hop

__all__ = [
    "BoutReads",
    "bout_reads",
    "cadence_errors",
    "labelled_cadence_errors",
    "run_errors_mm",
    "scale_errors_pct",
    "true_px_per_m",
]

RUN = 30
"""Jumps of which the mean height is compared."""

WINDOW_S = 10.0
"""The cadence is compared over so long a time; a bout that is shorter is one window."""

LEAST_LANDINGS = 3
"""No cadence is taken from fewer."""

LEAST_STEPS = 10
"""No scale is taken from fewer steps from frame to frame."""


@dataclass(frozen=True, slots=True)
class BoutReads:
    """What the program says of a bout as a whole, against truth.

    Attributes:
        height_mm: Its mean height.
        cadence_per_min: Its cadence.
    """

    height_mm: Read | None
    cadence_per_min: Read | None


def run_errors_mm(jumps: Sequence[JudgedJump], bouts: Sequence[Bout]) -> tuple[float, ...]:
    """Mean height error of each thirty jumps that follow each other in a bout.

    Jumps without a height are left out; what is left of a bout after its last thirty counts for
    nothing.
    """
    runs = []
    for bout in bouts:
        errors = [
            jump.reads["height_mm"].error
            for jump in jumps
            if jump.hop is not None
            and "height_mm" in jump.reads
            and _within(jump.hop.landing_s, (bout.start_s, bout.end_s))
        ]
        full = len(errors) // RUN * RUN
        runs += [float(np.mean(errors[i : i + RUN])) for i in range(0, full, RUN)]
    return tuple(runs)


def cadence_errors(
    true_hops: Sequence[TrueHop], hops: Sequence[Hop]
) -> tuple[tuple[float, ...], int]:
    """Landings a minute as reported less the true ones, by window.

    Both are taken from the first to the last landing in the window, so that it does not matter
    what its ends cut off.

    Returns:
        The errors, and the number of windows in which too few landings were reported.
    """
    landings_s = [hop.landing_s for hop in hops]
    errors, unread = [], 0
    for bout in true_bouts(true_hops):
        true_s = [hop.landing_s for hop in bout]
        for window_s in _windows((true_s[0], true_s[-1])):
            true = _per_min(true_s, window_s)
            read = _per_min(landings_s, window_s)
            if true is not None and read is not None:
                errors.append(read - true)
            unread += true is not None and read is None
    return tuple(errors), unread


def labelled_cadence_errors(
    labels: Sequence[Cadence], hops: Sequence[Hop]
) -> tuple[tuple[float, ...], int]:
    """The same against what people labelled, each span a window."""
    landings_s = [hop.landing_s for hop in hops]
    reads = [(_per_min(landings_s, label.span_s), label.per_min) for label in labels]
    errors = tuple(read - true for read, true in reads if read is not None)
    return errors, len(reads) - len(errors)


def _windows(span_s: Span) -> Iterator[Span]:
    """Equal parts of a span, each as short as a window may be."""
    parts = max(1, int((span_s[1] - span_s[0]) / WINDOW_S))
    edges_s = np.linspace(*span_s, parts + 1)
    return ((float(start), float(end)) for start, end in itertools.pairwise(edges_s))


def _per_min(landings_s: Sequence[float], window_s: Span) -> float | None:
    inside = sorted(t_s for t_s in landings_s if _within(t_s, window_s))
    if len(inside) < LEAST_LANDINGS or inside[-1] <= inside[0]:
        return None
    return 60.0 * (len(inside) - 1) / (inside[-1] - inside[0])


def _within(t_s: float, span_s: Span) -> bool:
    """Whether a landing lies in a span, or so near that it is one of its own."""
    return span_s[0] - LANDING_TOLERANCE_S <= t_s <= span_s[1] + LANDING_TOLERANCE_S


def bout_reads(true_hops: Sequence[TrueHop], bouts: Sequence[Bout]) -> tuple[BoutReads, ...]:
    """What is said of each bout against the true jumps that land in it."""
    reads = []
    for bout in bouts:
        span_s = (bout.start_s, bout.end_s)
        true = [hop for hop in true_hops if _within(hop.landing_s, span_s)]
        height_mm = 1000.0 * float(np.mean([hop.height_m for hop in true])) if true else None
        cadence = _per_min([hop.landing_s for hop in true], span_s)
        reads.append(
            BoutReads(
                _read(bout, "height_cm", height_mm, 10.0),
                _read(bout, "cadence_per_min", cadence),
            )
        )
    return tuple(reads)


def _read(bout: Bout, name: str, true: float | None, factor: float = 1.0) -> Read | None:
    if true is None or name not in bout.values:
        return None
    half = bout.errors.get(name)
    return Read(bout.values[name] * factor - true, None if half is None else half * factor)


def scale_errors_pct(truth: Truth, bouts: Sequence[Bout]) -> tuple[float, ...]:
    """Error of the scale that was found from gravity, per cent, of each bout that has one."""
    errors = []
    for bout in bouts:
        true = true_px_per_m(truth, (bout.start_s, bout.end_s))
        if true is not None and "px_per_m" in bout.values:
            errors.append(100.0 * (bout.values["px_per_m"] / true - 1.0))
    return tuple(errors)


def true_px_per_m(truth: Truth, span_s: Span) -> float | None:
    """Pixels to a metre, up and down, where the hips are; None where the hips hardly move.

    The slope of the hips' steps in the picture on those in the room, from frame to frame: unlike
    their places, steps do not tell of a person who drifts towards the camera.
    """
    if truth.hips is None:
        return None
    inside = (truth.t_s >= span_s[0]) & (truth.t_s <= span_s[1])
    up_px, up_m = -np.diff(truth.hips.down_px[inside]), np.diff(truth.hips.up_m[inside])
    known = np.isfinite(up_px) & np.isfinite(up_m)
    moved = float(np.sum(up_m[known] ** 2))
    if known.sum() < LEAST_STEPS or moved == 0.0:
        return None
    return float(np.sum(up_px[known] * up_m[known])) / moved
