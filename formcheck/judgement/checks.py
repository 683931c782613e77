"""One check over time: reference, smoothing, level with persistence and hysteresis, findings."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

from formcheck.judgement.course import NOT_JUDGED
from formcheck.judgement.phases import Debounced
from formcheck.judgement.rule import Check, Limits, Neutral, Reference, score_at
from formcheck.kinematics.filters import OneEuro, SlidingMedian
from formcheck.types import CheckState, Finding, Level

CLEAR_S = 0.5
"""A fault or warning clears after the measure was back for this long."""

UNSEEN_S = 0.5
"""A check whose measure isn't seen for longer is not judged; what was open is closed."""

FAULT_CLEARS_AT = 0.5
"""Share of the grey zone to which the measure must come back before a fault clears."""

WARN_CLEARS_AT = -0.3
"""The same for a warning: this far inside the good band."""

NEUTRAL_WINDOW_S = 2.0
NEUTRAL_LATEST_START_S = 3.0
"""A neutral is taken from a steady stretch of this length that begins this early in the hold."""

DRIFT_WINDOW_S = 5.0
DRIFT_FROM_S = 10.0
"""Drift compares the first with the last ``DRIFT_WINDOW_S``, from this length of hold on."""


class NeutralTaker:
    """Takes the user's own neutral of one feature from the first steady seconds of a hold.

    The first steady stretch decides: when it is implausible, there is no neutral in this hold, so
    that a fault which fades a little does not become the yardstick.
    """

    __slots__ = ("_decided", "_samples", "_spec", "_start_s", "value")

    def __init__(self, spec: Neutral, start_s: float) -> None:
        self._spec = spec
        self._start_s = start_s
        self._samples: deque[tuple[float, float]] = deque()
        self._decided = False
        self.value: float | None = None

    def update(self, t_s: float, value: float) -> None:
        """Takes one raw value; sets ``value`` once a steady, plausible stretch was seen."""
        if self._decided or math.isnan(value):
            return
        samples = self._samples
        samples.append((t_s, value))
        while samples[0][0] < t_s - NEUTRAL_WINDOW_S:
            samples.popleft()
        began_s = samples[0][0]
        if t_s - began_s < 0.9 * NEUTRAL_WINDOW_S:
            return
        if began_s > self._start_s + NEUTRAL_LATEST_START_S:
            self._decided = True
            return
        ordered = sorted(v for _, v in samples)
        tenth = len(ordered) // 10
        spread = ordered[-1 - tenth] - ordered[tenth]
        if spread > self._spec.steady:
            return
        self._decided = True
        low, high = self._spec.plausible
        centre = median(ordered)
        if low <= centre <= high:
            self.value = centre


class CheckJudge:
    """Judges one check from moment to moment within one hold."""

    __slots__ = (
        "_baseline",
        "_fault",
        "_filter",
        "_finding",
        "_first",
        "_last",
        "_last_from_s",
        "_seen_s",
        "_start_s",
        "_warn",
        "_worst",
        "check",
        "ever_judged",
        "judged_now",
    )

    def __init__(self, check: Check, start_s: float) -> None:
        self.check = check
        self.ever_judged = False
        self.judged_now = False
        self._start_s = start_s
        self._seen_s = start_s
        self._filter = OneEuro()
        self._warn = Debounced(check.persistence_s, CLEAR_S)
        self._fault = Debounced(check.persistence_s, CLEAR_S)
        self._first: list[tuple[float, float]] = []
        self._baseline: float | None = None
        self._last = SlidingMedian(DRIFT_WINDOW_S)
        self._last_from_s = start_s
        self._worst: _Worst | None = None
        self._finding: _OpenFinding | None = None

    @property
    def at_fault(self) -> bool:
        """Whether a fault is on, after persistence."""
        return self._fault.on

    @property
    def clear(self) -> bool:
        """Whether neither a fault nor a warning is on."""
        return not self._warn.on

    @property
    def fault_since_s(self) -> float:
        """When the last fault began or, once it is over, ended (back-dated); NaN before."""
        return self._fault.since_s

    @property
    def in_doubt(self) -> bool:
        """Whether a fault may be setting in that has not lasted long enough yet."""
        return not self._fault.on and not math.isnan(self._fault.pending_since_s)

    @property
    def doubt_since_s(self) -> float:
        """When that began."""
        return self._fault.pending_since_s

    def begin(self, start_s: float) -> None:
        """The hold is confirmed and began here: what was seen before does not count."""
        self._start_s = self._last_from_s = start_s
        self._first = [sample for sample in self._first if sample[0] >= start_s]

    def update(
        self, t_s: float, raw: float, neutral: float | None, silenced: bool
    ) -> tuple[CheckState, Finding | None]:
        """Takes one raw measure (NaN: not seen) and gives the state and a finding that ended.

        Args:
            t_s: Time.
            raw: The measure.
            neutral: The user's own neutral of it, or None.
            silenced: A check that explains this one is at fault.
        """
        judged = self._against_reference(t_s, raw, neutral, silenced)
        self.judged_now = judged is not None
        if judged is None:
            return NOT_JUDGED, self._unseen(t_s, silenced)
        value, limits, relative = judged
        self._seen_s = t_s
        self.ever_judged = True
        excess = limits.excess(value)
        finding = self._advance(t_s, value, excess, limits, relative)
        return CheckState(self._level(), value, score_at(excess)), finding

    def end(self, end_s: float) -> Finding | None:
        """Closes what is open when the hold ends."""
        return self._close(min(end_s, self._seen_s))

    def _unseen(self, t_s: float, silenced: bool) -> Finding | None:
        """Drops what can't be followed any more: a fault that isn't seen is no fault."""
        if not silenced and t_s - self._seen_s <= UNSEEN_S:
            return None
        since_s = self._fault.since_s if not self._fault.on else self._seen_s
        self._warn.reset()
        self._fault.reset()
        self._fault.since_s = since_s
        return self._close(self._seen_s)

    def _level(self) -> Level:
        if self._fault.on:
            return Level.FAULT
        return Level.WARN if self._warn.on else Level.GOOD

    def _against_reference(
        self, t_s: float, raw: float, neutral: float | None, silenced: bool
    ) -> tuple[float, Limits, bool] | None:
        value = self._filter.update(t_s, raw)
        if math.isnan(value):
            return None
        check = self.check
        if check.reference is Reference.DRIFT:
            return self._drift(t_s, raw, silenced)
        if silenced:
            return None
        if check.reference is Reference.ZERO:
            return value, check.limits, False
        if neutral is not None:
            low, high = check.neutral_range or (-math.inf, math.inf)
            return value - min(high, max(low, neutral)), check.limits, True
        return None if check.absolute is None else (value, check.absolute, False)

    def _drift(self, t_s: float, raw: float, silenced: bool) -> tuple[float, Limits, bool] | None:
        if silenced:
            self._last.reset()
            self._last_from_s = t_s
            return None
        last = self._last.update(t_s, raw)
        if t_s - self._start_s <= DRIFT_WINDOW_S:
            self._first.append((t_s, raw))
        too_soon = t_s - self._start_s < DRIFT_FROM_S or t_s - self._last_from_s < DRIFT_WINDOW_S
        if too_soon or not self._first:
            return None
        if self._baseline is None:
            self._baseline = median(value for _, value in self._first)
        return abs(last - self._baseline), self.check.limits, True

    def _advance(
        self, t_s: float, value: float, excess: float, limits: Limits, relative: bool
    ) -> Finding | None:
        warned = self._warn.update(t_s, excess > (WARN_CLEARS_AT if self._warn.on else 0.0))
        faulted = self._fault.update(t_s, excess > (FAULT_CLEARS_AT if self._fault.on else 1.0))
        if warned and self._warn.on:
            self._finding = _OpenFinding(self._warn.since_s)
        if faulted and self._finding is not None:
            self._finding.fault_switched(self._fault.on, self._fault.since_s)
        if warned and not self._warn.on:
            return self._close(self._warn.since_s)
        self._keep_worst(t_s, value, excess, limits, relative)
        return None

    def _keep_worst(
        self, t_s: float, value: float, excess: float, limits: Limits, relative: bool
    ) -> None:
        if not self._warn.on and math.isnan(self._warn.pending_since_s):
            self._worst = None
        elif self._worst is None or excess > self._worst.excess:
            self._worst = _Worst(t_s, value, excess, limits, relative)

    def _close(self, end_s: float) -> Finding | None:
        opened, worst = self._finding, self._worst
        self._finding = self._worst = None
        if opened is None or worst is None:
            return None
        level = Level.FAULT if opened.faulty else Level.WARN
        limit = worst.limits.fault if opened.faulty else worst.limits.good
        return Finding(
            check=self.check.code,
            level=level,
            start_s=opened.start_s,
            end_s=max(opened.start_s, min(end_s, opened.fault_end_s)),
            worst_t_s=worst.t_s,
            worst=worst.value,
            error=self.check.error_of(worst.relative),
            limit=limit,
            margin=max(0.0, (worst.value - limit) * worst.limits.sign),
            unit=self.check.unit,
            relative=worst.relative,
        )


class _Worst:
    __slots__ = ("excess", "limits", "relative", "t_s", "value")

    def __init__(
        self, t_s: float, value: float, excess: float, limits: Limits, relative: bool
    ) -> None:
        self.t_s, self.value, self.excess = t_s, value, excess
        self.limits, self.relative = limits, relative


class _OpenFinding:
    """A stretch at warn or fault; once it was a fault, its span is that of the fault."""

    __slots__ = ("fault_end_s", "faulty", "start_s")

    def __init__(self, start_s: float) -> None:
        self.start_s = start_s
        self.fault_end_s = math.inf
        self.faulty = False

    def fault_switched(self, on: bool, at_s: float) -> None:
        if on and not self.faulty:
            self.faulty = True
            self.start_s = at_s
        self.fault_end_s = math.inf if on else at_s
