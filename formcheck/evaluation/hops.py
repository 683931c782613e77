"""Jumps found against jumps labelled: how many, which, and what was measured of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from formcheck.evaluation.hopbouts import (
    BoutReads,
    bout_reads,
    cadence_errors,
    labelled_cadence_errors,
    run_errors_mm,
    scale_errors_pct,
)
from formcheck.evaluation.hoperrors import JudgedJump, judged_jump
from formcheck.evaluation.hopmatch import matched
from formcheck.evaluation.hoptallies import hop_tallies
from formcheck.evaluation.labels import LabelledClip
from formcheck.evaluation.tally import Tally
from formcheck.evaluation.truehops import true_bouts
from formcheck.evaluation.truth import Span
from formcheck.judgement.rule import Exercise
from formcheck.types import Hop, Report, StepOutput

__all__ = ["HopOutcome", "active_spans", "hop_outcome", "reported_hops", "tells_of_jumps"]

ON_THE_SPOT = "running on the spot"
"""How a bout is called that is no skipping; nothing in it is a jump."""

AROUND_S = 0.5
"""Labels of when there was skipping are good to about this."""


@dataclass(frozen=True, slots=True, eq=False)
class HopOutcome:
    """What came of the jumps of one clip.

    Attributes:
        counted: How many were reported.
        owed: Fewest and most that are right, or None without a label.
        tolerance: So many may be missed, and so many too many.
        firm: Whether jumps that were missed are wrong: the clip must be judged.
        known: How many landings are known, true or labelled ones.
        missed_s: Those of them without a reported jump.
        extra_s: Reported landings that none of them explains.
        wrong_foot: Matched jumps that were told of the wrong foot.
        by_hand_ms: Reported landings less labelled ones, where there is no truth.
        jumps: The true jumps with what was said of each; empty without truth.
        runs_mm: Mean height errors of thirty jumps each.
        bouts: What was said of each reported bout.
        cadence_errors_per_min: By window of ten seconds, or by label.
        cadence_unread: Windows without enough reported landings.
        scale_errors_pct: Of the scale from gravity, by bout.
        fps: Frames a second that were judged, or None.
        view: Where the camera stands, as labelled, up to the first comma.
        checks: By check code.
    """

    counted: int
    owed: tuple[int, int] | None
    tolerance: int
    firm: bool
    known: int
    missed_s: tuple[float, ...]
    extra_s: tuple[float, ...]
    wrong_foot: int
    by_hand_ms: tuple[float, ...]
    jumps: tuple[JudgedJump, ...]
    runs_mm: tuple[float, ...]
    bouts: tuple[BoutReads, ...]
    cadence_errors_per_min: tuple[float, ...]
    cadence_unread: int
    scale_errors_pct: tuple[float, ...]
    fps: int | None
    view: str
    checks: Mapping[str, Tally]

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong with the jumps as such, in words."""
        return tuple(self._wrong())

    @property
    def count_error(self) -> str | None:
        """What is wrong with their number, in words, or None."""
        if self.owed is None:
            return None
        fewest, most = self.owed
        if self.counted <= most and (self.counted >= fewest or not self.firm):
            return None
        return f"{self.counted}, not {fewest if fewest == most else f'{fewest} to {most}'}"

    def _wrong(self) -> Iterator[str]:
        if self.count_error is not None:
            yield f"jumps: {self.count_error}"
        if self.firm and len(self.missed_s) > self.tolerance:
            yield f"missed {_jumps(self.missed_s)}"
        if len(self.extra_s) > self.tolerance:
            yield f"made up {_jumps(self.extra_s)}"


def _jumps(landings_s: Sequence[float]) -> str:
    words = f"{len(landings_s)} jump{'s' if len(landings_s) > 1 else ''}"
    return f"{words}, the first at {landings_s[0]:.1f} s"


def reported_hops(report: Report) -> tuple[Hop, ...]:
    """The jumps that were reported, but those of somebody who is said to run on the spot."""
    running = [bout for bout in report.bouts if bout.style == ON_THE_SPOT]
    return tuple(
        hop
        for hop in sorted(report.hops, key=lambda hop: hop.landing_s)
        if not any(bout.start_s <= hop.landing_s <= bout.end_s for bout in running)
    )


def tells_of_jumps(clip: LabelledClip) -> bool:
    """Whether a label or truth of a clip tells of jumps."""
    return clip.jumps.any or bool(clip.truth and clip.truth.hops)


def active_spans(clip: LabelledClip) -> tuple[Span, ...]:
    """When there is skipping: by truth, else by its own label, else between the landings."""
    if clip.truth is not None and clip.truth.hops:
        bouts = true_bouts(clip.truth.hops)
        return tuple((bout[0].take_off_s, bout[-1].landing_s) for bout in bouts)
    if clip.jumps.active_s:
        return clip.jumps.active_s
    landings_s = clip.jumps.landings_s
    return ((landings_s[0], landings_s[-1]),) if len(landings_s) > 1 else ()


def hop_outcome(
    clip: LabelledClip, exercise: Exercise, steps: Sequence[StepOutput], report: Report
) -> HopOutcome:
    """Compares the jumps of a clip of this exercise with its label and its truth."""
    hops = reported_hops(report)
    bouts = [bout for bout in report.bouts if bout.style != ON_THE_SPOT]
    truth, label = clip.truth, clip.jumps
    true_hops = truth.hops or () if truth else ()
    known_s = [hop.landing_s for hop in true_hops] or list(label.landings_s)
    pairs = matched([hop.landing_s for hop in hops], known_s)
    of_true = {j: hops[i] for i, j in pairs}
    jumps = tuple(judged_jump(true, of_true.get(j)) for j, true in enumerate(true_hops))
    by_hand_ms = [1000.0 * (of_true[j].landing_s - known_s[j]) for j in sorted(of_true)]
    cadence, unread = (
        cadence_errors(true_hops, hops)
        if true_hops
        else labelled_cadence_errors(label.cadence, hops)
    )
    return HopOutcome(
        counted=len(hops),
        owed=_owed(clip),
        tolerance=label.tolerance,
        firm=clip.judge is True,
        known=len(known_s),
        missed_s=tuple(t_s for j, t_s in enumerate(known_s) if j not in of_true),
        extra_s=_extra_s(clip, hops, {i for i, _ in pairs}),
        wrong_foot=sum(j.hop is not None and j.hop.foot is not j.true.foot for j in jumps),
        by_hand_ms=() if true_hops else tuple(by_hand_ms),
        jumps=jumps,
        runs_mm=run_errors_mm(jumps, bouts),
        bouts=bout_reads(true_hops, bouts) if true_hops else (),
        cadence_errors_per_min=cadence,
        cadence_unread=unread,
        scale_errors_pct=scale_errors_pct(truth, bouts) if truth else (),
        fps=_fps(steps),
        view=clip.view.partition(",")[0].strip() or "unknown",
        checks=hop_tallies(clip, exercise, hops, jumps),
    )


def _owed(clip: LabelledClip) -> tuple[int, int] | None:
    """Fewest and most jumps that are right: by label, else by truth."""
    label, truth = clip.jumps, clip.truth
    count = label.count
    if count is None and truth is not None and truth.hops is not None:
        count = len(truth.hops)
    if count is None:
        return None
    return max(0, count - label.tolerance), count + label.tolerance


def _extra_s(clip: LabelledClip, hops: Sequence[Hop], paired: set[int]) -> tuple[float, ...]:
    """Landings that were made up, as far as the label can tell.

    Where not every landing is known, only those outside the spans of skipping.
    """
    if (clip.truth is not None and clip.truth.hops is not None) or clip.jumps.every_landing:
        return tuple(hop.landing_s for i, hop in enumerate(hops) if i not in paired)
    if not clip.jumps.active_s:
        return ()
    return tuple(
        hop.landing_s
        for hop in hops
        if not any(
            start_s - AROUND_S <= hop.landing_s <= end_s + AROUND_S
            for start_s, end_s in clip.jumps.active_s
        )
    )


def _fps(steps: Sequence[StepOutput]) -> int | None:
    """Frames a second as they were judged: a clip may have been thinned out."""
    gaps_s = np.diff([step.t_s for step in steps])
    typical_s = float(np.median(gaps_s)) if len(gaps_s) else math.nan
    return round(1.0 / typical_s) if typical_s > 0.0 else None
