"""Positions that are held: clocks, neutral, checks and findings of each hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from formcheck.judgement.checks import CheckJudge, NeutralTaker
from formcheck.judgement.course import NOT_JUDGED, CourseResult, CourseState
from formcheck.judgement.measuring import Measurement
from formcheck.judgement.phases import HoldPhase, Spans
from formcheck.judgement.rule import Exercise, HoldMovement
from formcheck.judgement.scoring import WeightedMedian, overall_score
from formcheck.types import CheckState, Finding, Hold, Phase

__all__ = ["HoldCourse"]

_BLIND_BRIDGE_S = 0.5
SHORTEST_BETWEEN_S = 3.0
"""A hold that ends in a repetition counts only when it lasted at least this long."""

_NO_NEUTRAL: Mapping[str, float] = MappingProxyType({})


class _HoldJudge:
    """Everything that lives as long as one hold (or its getting ready)."""

    def __init__(self, exercise: Exercise, start_s: float) -> None:
        self.start_s = start_s
        self.judges = tuple(CheckJudge(check, start_s) for check in exercise.checks)
        self._stoppers = tuple(judge for judge in self.judges if judge.check.stops_clock)
        self.neutral: Mapping[str, float] = _NO_NEUTRAL
        self._takers = {spec.feature.name: NeutralTaker(spec, start_s) for spec in exercise.neutral}
        self.good = Spans()
        self.judged = Spans()
        self.score = WeightedMedian()
        self.findings: list[Finding] = []
        self._faulty = False

    def judge(self, m: Measurement) -> Mapping[str, CheckState]:
        """Judges one measurement in position; gives the state of every check."""
        self._take_neutral(m)
        at_fault = {j.check.code for j in self.judges if j.at_fault}
        warned = {j.check.code for j in self.judges if not j.clear}
        states = {}
        for judge in self.judges:
            check = judge.check
            name = check.measure.name
            applies = not check.only_in or m.stance in check.only_in
            explained = warned if check.yields_early else at_fault
            state, finding = judge.update(
                m.t_s,
                m.values[name] if applies else math.nan,
                self.neutral.get(name),
                silenced=bool(explained) and not explained.isdisjoint(check.yields_to),
            )
            states[check.code] = state
            if finding is not None:
                self.findings.append(finding)
        return states

    def _take_neutral(self, m: Measurement) -> None:
        for name, taker in self._takers.items():
            taker.update(m.t_s, m.values[name])
            if taker.value is not None and name not in self.neutral:
                self.neutral = MappingProxyType({**self.neutral, name: taker.value})

    def keep_time(self, t_s: float, in_position: bool) -> None:
        """Brings the clocks up to date after the checks were judged."""
        self.judged.update(t_s, in_position)
        faults = [j.fault_since_s for j in self._stoppers if j.at_fault]
        if faults:
            self.good.update(t_s, False, min(faults))
        elif self._faulty and in_position:
            cleared_s = [j.fault_since_s for j in self._stoppers]
            self.good.update(t_s, True, max(s for s in cleared_s if not math.isnan(s)))
        else:
            self.good.update(t_s, in_position)
        self._faulty = bool(faults)

    def shown_good_s(self, t_s: float) -> float:
        """Seconds in good form, standing still while a fault may be setting in."""
        doubts_s = [t_s - j.doubt_since_s for j in self._stoppers if j.in_doubt]
        doubt_s = max(doubts_s, default=0.0)
        return max(0.0, self.good.total_s() - doubt_s)

    def begin(self, start_s: float) -> None:
        """The hold is confirmed: it began here; what came before was moving into place."""
        self.start_s = start_s
        self.good.begin(start_s)
        self.judged.begin(start_s)
        self.score = WeightedMedian()
        for judge in self.judges:
            judge.begin(start_s)

    def close(self, end_s: float) -> tuple[Hold, list[Finding]]:
        """The finished hold and its findings."""
        for judge in self.judges:
            finding = judge.end(end_s)
            if finding is not None:
                self.findings.append(finding)
        self.good.trim(end_s)
        self.judged.trim(end_s)
        hold = Hold(
            start_s=self.start_s,
            end_s=end_s,
            good_form_s=self.good.total_s(),
            best_streak_s=self.good.longest_s(_BLIND_BRIDGE_S),
            judged_s=self.judged.total_s(),
            good_spans_s=self.good.all(),
            neutral=self.neutral,
            score=self.score.value(),
        )
        return hold, [
            replace(f, start_s=max(f.start_s, self.start_s), end_s=min(f.end_s, end_s))
            for f in self.findings
            if f.start_s < end_s and f.end_s > self.start_s
        ]


class HoldCourse:
    """Follows the holds of a session."""

    def __init__(self, exercise: Exercise, movement: HoldMovement) -> None:
        self._exercise = exercise
        self._phase = HoldPhase(movement)
        self._hold: _HoldJudge | None = None
        self._stance: str | None = None
        self._holds: list[Hold] = []
        self._findings: list[Finding] = []
        self._ever_judged: set[str] = set()

    def update(self, m: Measurement, dt_s: float) -> CourseState:
        """Takes one measurement that lasted ``dt_s``."""
        if self._phase.phase is Phase.HOLDING and (
            m.person_changed or m.stance not in (None, self._stance)
        ):
            self._phase.stop(m.t_s)
            self._close_hold()
        position = None if m.blind is not None else m.away is None
        away_code = m.away.code if m.away else None
        switched = self._phase.update(m.t_s, position, m.settled, away_code, m.speed_per_s)
        self._follow_phase(switched, m.stance)
        checks, score = self._judge_form(m, dt_s)
        began = switched and self._phase.phase is Phase.HOLDING
        return self._state(m, checks, score, self._phase.start_s if began else None)

    def gap(self, last_s: float, t_s: float) -> None:
        """Nothing was observed between these two times."""
        if self._hold is not None:
            self._hold.keep_time(last_s, False)
        if self._phase.gap(last_s, t_s):
            self._close_hold()

    def close(self, last_s: float) -> CourseResult:
        """Ends what is still open."""
        if self._phase.phase is Phase.HOLDING:
            self._phase.stop(last_s)
            self._close_hold()
        return CourseResult(
            judged_s=sum(hold.judged_s for hold in self._holds),
            holds=tuple(self._holds),
            findings=tuple(self._findings),
            judged=frozenset(self._ever_judged),
        )

    def _follow_phase(self, switched: bool, stance: str | None) -> None:
        phase = self._phase
        if switched and phase.phase is Phase.HOLDING:
            self._stance = stance
            if self._hold is not None:
                self._hold.begin(phase.start_s)
        elif switched:
            self._close_hold()
        if phase.phase is Phase.AWAY:
            self._hold = None
        elif self._hold is None or (
            phase.phase is Phase.GETTING_READY and self._hold.start_s != phase.start_s
        ):
            self._hold = _HoldJudge(self._exercise, phase.start_s)

    def _close_hold(self) -> None:
        """Books the hold that the phase has just ended; a moment between repetitions is none."""
        if self._hold is None:
            return
        hold, findings = self._hold.close(self._phase.end_s)
        judged = {j.check.code for j in self._hold.judges if j.ever_judged}
        self._hold = None
        if self._phase.ended_by_repetition and hold.end_s - hold.start_s < SHORTEST_BETWEEN_S:
            return
        self._ever_judged |= judged
        self._holds.append(hold)
        self._findings.extend(findings)

    def _judge_form(
        self, m: Measurement, dt_s: float
    ) -> tuple[Mapping[str, CheckState], float | None]:
        hold = self._hold
        if hold is None or not m.in_position:
            if hold is not None:
                hold.keep_time(m.t_s, False)
            return {check.code: NOT_JUDGED for check in self._exercise.checks}, None
        checks = hold.judge(m)
        hold.keep_time(m.t_s, True)
        score = overall_score(self._exercise.checks, checks)
        if score is not None:
            hold.score.add(score, dt_s)
        return checks, score

    def _state(
        self,
        m: Measurement,
        checks: Mapping[str, CheckState],
        score: float | None,
        began_s: float | None,
    ) -> CourseState:
        hold = self._hold
        holding = hold is not None and self._phase.phase is Phase.HOLDING
        return CourseState(
            phase=self._phase.phase,
            began_s=began_s,
            judges=hold.judges if hold is not None else (),
            checks=checks,
            score=score,
            judged=score is not None,
            neutral=hold.neutral if hold is not None else _NO_NEUTRAL,
            held_s=m.t_s - hold.start_s if hold is not None and holding else 0.0,
            good_form_s=hold.shown_good_s(m.t_s) if hold is not None and holding else 0.0,
            stance=self._stance,
        )
