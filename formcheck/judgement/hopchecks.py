"""One check over the jumps: what each is worth, and when five of the last eight are at fault."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from formcheck.judgement.hopmeasures import HopMeasure
from formcheck.judgement.rule import Check
from formcheck.types import CheckState, Finding, Hop, Level

__all__ = ["LAST", "OF_LAST", "HopJudge", "findings_of"]

LAST, OF_LAST = 8, 5
"""A fault is one when five of the last eight jumps show it."""

FRESH_S = 1.5
"""It may be spoken of for so long after the last of them."""

_NOTHING = CheckState(Level.NOT_JUDGED, None, None)


class HopJudge:
    """Judges a measure of jumps while they go on.

    Args:
        check: The check.
        measure: Its measure.

    Attributes:
        at_fault: Whether enough of the last jumps were, the very last one among them.
    """

    def __init__(self, check: Check, measure: HopMeasure) -> None:
        self.check = check
        self.ever_judged = False
        self.judged_now = False
        self.fault_since_s = math.nan
        self.at_fault = False
        self._measure = measure
        self._last: deque[tuple[float, Level, float | None]] = deque(maxlen=LAST)
        # The same until the next jump: asked for in every frame.
        self._shown = _NOTHING

    @property
    def clear(self) -> bool:
        """Whether the last three were good."""
        last = self._levels()[-3:]
        return len(last) == 3 and all(level is Level.GOOD for level in last)

    def take(self, hop: Hop) -> None:
        """Takes a jump that is over."""
        level = hop.levels.get(self.check.code, Level.NOT_JUDGED)
        self.ever_judged = self.ever_judged or level is not Level.NOT_JUDGED
        was_at_fault = self.at_fault
        self._last.append((hop.landing_s, level, hop.values.get(self._measure.name)))
        self.at_fault = level is Level.FAULT and _enough(self._levels(), Level.FAULT)
        if self.at_fault and not was_at_fault:
            self.fault_since_s = next(t_s for t_s, level, _ in self._last if level is Level.FAULT)
        value = self._last[-1][2]
        shown = level if level < Level.FAULT or self.at_fault else Level.WARN
        score = None if value is None else self.check.limits.score(value)
        self._shown = CheckState(shown, value, score)

    def forget(self) -> None:
        """The bout is over."""
        self._last.clear()
        self.at_fault = False

    def state(self, t_s: float) -> CheckState:
        """The verdict on the last jump, as it is shown."""
        if not self._last:
            self.judged_now = False
            return _NOTHING
        landing_s, level, _ = self._last[-1]
        self.judged_now = t_s - landing_s <= FRESH_S and level is not Level.NOT_JUDGED
        return self._shown

    def _levels(self) -> list[Level]:
        return [level for _, level, _ in self._last]


def _enough(levels: Sequence[Level], least: Level) -> bool:
    return sum(level >= least for level in levels) >= OF_LAST


def findings_of(check: Check, name: str, hops: Sequence[Hop]) -> list[Finding]:
    """The stretches of a bout in which five of eight jumps were at fault, or at least warned.

    Args:
        check: The check.
        name: Of its measure.
        hops: The jumps of one bout, in order.
    """
    levels = [hop.levels.get(check.code, Level.NOT_JUDGED) for hop in hops]
    inside = [False] * len(hops)
    for end in range(1, len(hops) + 1):
        window = range(max(0, end - LAST), end)
        if _enough([levels[k] for k in window], Level.WARN):
            for k in window:
                inside[k] = inside[k] or levels[k] >= Level.WARN
    found = []
    for first, last in _runs(inside):
        within = [k for k in range(first, last + 1) if levels[k] >= Level.WARN]
        faulty = any(
            _enough(levels[max(first, end - LAST) : end], Level.FAULT)
            for end in range(first + 1, last + 2)
        )
        found.append(_finding(check, name, [hops[k] for k in within], faulty))
    return found


def _runs(inside: Sequence[bool]) -> list[tuple[int, int]]:
    """First and last of each run, holes of up to three jumps included."""
    runs: list[tuple[int, int]] = []
    for k, is_in in enumerate(inside):
        if not is_in:
            continue
        if runs and k - runs[-1][1] <= LAST - OF_LAST + 1:
            runs[-1] = (runs[-1][0], k)
        else:
            runs.append((k, k))
    return runs


def _finding(check: Check, name: str, hops: Sequence[Hop], faulty: bool) -> Finding:
    limits = check.limits
    level = Level.FAULT if faulty else Level.WARN
    limit = limits.fault if faulty else limits.good
    worst = max(hops, key=lambda hop: hop.values[name] * limits.sign)
    value = worst.values[name]
    return Finding(
        check=check.code,
        level=level,
        start_s=hops[0].landing_s,
        end_s=hops[-1].end_s,
        worst_t_s=worst.landing_s,
        worst=value,
        error=worst.errors.get(name, check.error),
        limit=limit,
        margin=max(0.0, (value - limit) * limits.sign),
        unit=check.unit,
        relative=False,
    )
