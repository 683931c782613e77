"""One check over the repetitions: what each reading means, when it is at fault, what is kept."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Set
from dataclasses import dataclass

from formcheck.judgement.checks import CheckJudge
from formcheck.judgement.measuring import Measurement
from formcheck.judgement.phases import Debounced
from formcheck.judgement.repmeasures import Reading, RepMeasure, RepSamples
from formcheck.judgement.rule import Check
from formcheck.types import CheckState, Finding, Level

__all__ = ["FrameJudge", "RepJudge", "RepVerdict"]

FRESH_S = 1.5
"""A verdict on a repetition may be spoken for so long; later it is no longer news."""

RECENT = 3
"""So many repetitions are looked back on for what must be seen more than once."""

_MEMORY_S = 40.0


@dataclass(frozen=True, slots=True)
class RepVerdict:
    """What one check says of one repetition.

    Attributes:
        level: The level.
        value: What was read; None for a check that is judged from frame to frame.
        finding: The fault or warning, or None.
    """

    level: Level
    value: float | None
    finding: Finding | None


class RepJudge:
    """Judges a measure of repetitions.

    Args:
        check: The check.
        measure: Its measure.
    """

    def __init__(self, check: Check, measure: RepMeasure) -> None:
        self.check = check
        self.ever_judged = False
        self.judged_now = False
        self.fault_since_s = math.nan
        self._measure = measure
        self._level = Level.NOT_JUDGED
        self._value: float | None = None
        self._told_s = -math.inf
        # The same until something is told: asked for in every frame.
        self._shown = CheckState(self._level, None, None)
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self._early = Debounced(check.persistence_s, 0.0)
        self._early_rep_s = math.nan
        self._spoken_early = False

    @property
    def at_fault(self) -> bool:
        """Whether the last repetition was, and enough of those before it."""
        if self._level is not Level.FAULT:
            return False
        return sum(self._recent) >= self.check.reps_to_speak

    @property
    def clear(self) -> bool:
        """Whether the last repetition was good."""
        return self._level <= Level.GOOD

    def state(self, t_s: float) -> CheckState:
        """The verdict on the last repetition, as it is shown."""
        self.judged_now = t_s - self._told_s <= FRESH_S
        return self._shown

    def see(self, m: Measurement, silenced: Set[str]) -> list[Finding]:
        """Nothing is judged before a repetition is over, or nearly."""
        return []

    def lapse(self) -> None:
        """Nothing is under way: an early verdict on what was no repetition is void."""
        if self._spoken_early:
            self._recent.pop()
            self.withdraw()

    def withdraw(self) -> None:
        """There is no verdict on the last repetition."""
        self._level, self._value = Level.NOT_JUDGED, None
        self._shown = CheckState(Level.NOT_JUDGED, None, None)
        self._early.reset()
        self._spoken_early = False

    def judge_early(self, t_s: float, rep: RepSamples) -> None:
        """Takes a repetition that is under way; a fault that lasts is told at once."""
        if rep.start_s != self._early_rep_s:
            if math.isnan(self._early_rep_s) or rep.start_s - self._early_rep_s > 0.5:
                self._early.reset()
                self._spoken_early = False
            self._early_rep_s = rep.start_s
        reading = self._measure.read(rep)
        faulty = reading is not None and self.check.limits.excess(reading.value) > 1.0
        self._early.update(t_s, faulty)
        if reading is None or not self._early.on or self._spoken_early:
            return
        self._spoken_early = True
        self._tell(t_s, reading, Level.FAULT)

    def finish(self, rep: RepSamples) -> RepVerdict | None:
        """The verdict on a repetition that is over, or None where nothing can be told."""
        reading = self._measure.read(rep)
        if reading is None:
            return None
        level = self.check.limits.level(reading.value)
        if self._spoken_early:
            self._recent.pop()
        self._tell(rep.end_s, reading, level)
        self._spoken_early = False
        self._early.reset()
        finding = self._finding(reading, level) if level >= Level.WARN else None
        return RepVerdict(level, reading.value, finding)

    def end_set(self, end_s: float) -> list[Finding]:
        """The set is over."""
        self.withdraw()
        self._recent.clear()
        return []

    def _tell(self, t_s: float, reading: Reading, level: Level) -> None:
        self.ever_judged = True
        self._level, self._value, self._told_s = level, reading.value, t_s
        self._shown = CheckState(level, reading.value, self.check.limits.score(reading.value))
        self._recent.append(level is Level.FAULT)
        self.fault_since_s = reading.start_s

    def _finding(self, reading: Reading, level: Level) -> Finding:
        limits = self.check.limits
        limit = limits.fault if level is Level.FAULT else limits.good
        return Finding(
            check=self.check.code,
            level=level,
            start_s=reading.start_s,
            end_s=reading.end_s,
            worst_t_s=reading.worst_t_s,
            worst=reading.value,
            error=self.check.error,
            limit=limit,
            margin=max(0.0, (reading.value - limit) * limits.sign),
            unit=self.check.unit,
            relative=False,
        )


class FrameJudge:
    """Judges a feature from frame to frame within a set, and tells how each repetition fared.

    Args:
        check: The check; its measure is a feature.
    """

    def __init__(self, check: Check) -> None:
        self.check = check
        self.ever_judged = False
        self._judge: CheckJudge | None = None
        self._state = CheckState(Level.NOT_JUDGED, None, None)
        self._levels: deque[tuple[float, Level]] = deque()

    @property
    def at_fault(self) -> bool:
        """Whether a fault is on."""
        return self._judge is not None and self._judge.at_fault

    @property
    def clear(self) -> bool:
        """Whether neither a fault nor a warning is on."""
        return self._judge is None or self._judge.clear

    @property
    def judged_now(self) -> bool:
        """Whether the measure is seen in this frame."""
        return self._judge is not None and self._judge.judged_now

    @property
    def fault_since_s(self) -> float:
        """When the fault began."""
        return math.nan if self._judge is None else self._judge.fault_since_s

    def state(self, t_s: float) -> CheckState:
        """The state of this frame."""
        return self._state

    def lapse(self) -> None:
        """Nothing is under way."""

    def withdraw(self) -> None:
        """There is no verdict on the last repetition; that of the frame stands."""

    def see(self, m: Measurement, silenced: Set[str]) -> list[Finding]:
        """Takes one frame; gives a finding that has ended."""
        if self._judge is None:
            self._judge = CheckJudge(self.check, m.t_s)
        value = m.values[self.check.measure.name]
        yields = not silenced.isdisjoint(self.check.yields_to)
        self._state, finding = self._judge.update(m.t_s, value, None, silenced=yields)
        self.ever_judged = self.ever_judged or self._judge.ever_judged
        self._levels.append((m.t_s, self._state.level))
        while self._levels[0][0] < m.t_s - _MEMORY_S:
            self._levels.popleft()
        return [] if finding is None else [finding]

    def finish(self, rep: RepSamples) -> RepVerdict | None:
        """The worst level within a repetition that is over."""
        within = [level for t_s, level in self._levels if rep.start_s <= t_s <= rep.end_s]
        worst = max(within, default=Level.NOT_JUDGED)
        return None if worst is Level.NOT_JUDGED else RepVerdict(worst, None, None)

    def end_set(self, end_s: float) -> list[Finding]:
        """The set is over; gives the finding that was open."""
        finding = None if self._judge is None else self._judge.end(end_s)
        self._judge = None
        self._state = CheckState(Level.NOT_JUDGED, None, None)
        self._levels.clear()
        return [] if finding is None else [finding]
