"""The engine: one step an observation, in every mode. No clock, no input or output, no pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from formcheck.judgement.checks import DRIFT_FROM_S, CheckJudge, NeutralTaker
from formcheck.judgement.cues import CuePolicy
from formcheck.judgement.measuring import Measurement, Measurer
from formcheck.judgement.phases import MAX_GAP_S, HoldPhase, Spans
from formcheck.judgement.rule import Check, Exercise, Reference
from formcheck.judgement.scoring import WeightedMedian, overall_score
from formcheck.judgement.tally import NotJudgedTally
from formcheck.kinematics.view import TOO_FEW_FRAMES
from formcheck.types import (
    CheckState,
    Cue,
    Finding,
    Hold,
    Level,
    Observation,
    Phase,
    Report,
    StepOutput,
)

__all__ = ["Engine"]

_BLIND_BRIDGE_S = 0.5
SHORTEST_BETWEEN_S = 3.0
"""A hold that ends in a repetition counts only when it lasted at least this long."""

_NO_NEUTRAL: Mapping[str, float] = MappingProxyType({})
_NOT_JUDGED = CheckState(Level.NOT_JUDGED, None, None)


class _HoldJudge:
    """Everything that lives as long as one hold (or its getting ready)."""

    def __init__(self, exercise: Exercise, start_s: float) -> None:
        self.start_s = start_s
        self.judges = tuple(CheckJudge(check, start_s) for check in exercise.checks)
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
        states = {}
        for judge in self.judges:
            name = judge.check.measure.name
            applies = not judge.check.only_in or m.stance in judge.check.only_in
            state, finding = judge.update(
                m.t_s,
                m.values[name] if applies else math.nan,
                self.neutral.get(name),
                silenced=not at_fault.isdisjoint(judge.check.yields_to),
            )
            states[judge.check.code] = state
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
        faults = [j.fault_since_s for j in self.judges if j.at_fault and j.check.stops_clock]
        if faults:
            self.good.update(t_s, False, min(faults))
        elif self._faulty and in_position:
            cleared_s = [j.fault_since_s for j in self.judges if j.check.stops_clock]
            self.good.update(t_s, True, max(s for s in cleared_s if not math.isnan(s)))
        else:
            self.good.update(t_s, in_position)
        self._faulty = bool(faults)

    def shown_good_s(self, t_s: float) -> float:
        """Seconds in good form, standing still while a fault may be setting in."""
        doubt_s = max(
            (t_s - j.doubt_since_s for j in self.judges if j.in_doubt and j.check.stops_clock),
            default=0.0,
        )
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


class Engine:
    """Judges one exercise from a stream of observations.

    The same observations give the same outputs, bit for bit, wherever they come from.

    Args:
        exercise: The rule module's value.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._measurer = Measurer(exercise)
        self._phase = HoldPhase(exercise.movement)
        self._cue_policy = CuePolicy(exercise.easier)
        self._hold: _HoldJudge | None = None
        self._stance: str | None = None
        self._tally = NotJudgedTally()
        self._holds: list[Hold] = []
        self._findings: list[Finding] = []
        self._cues: list[Cue] = []
        self._ever_judged: set[str] = set()
        self._first_s = math.nan
        self._last_s = math.nan

    def step(self, observation: Observation) -> StepOutput:
        """Takes one observation.

        Raises:
            ValueError: its time is not after that of the one before.
        """
        return self.judge(self._measurer.measure(observation))

    def judge(self, m: Measurement) -> StepOutput:
        """Takes one measurement: what :meth:`step` does once the numbers are there."""
        dt_s = self._pass_time(m.t_s)
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
        self._tally.add(m.t_s, dt_s, m.blind or m.away, self._phase.phase is Phase.HOLDING)
        return self._output(m, checks, score)

    def _pass_time(self, t_s: float) -> float:
        """Seconds since the last moment; a gap is time of which nothing is known."""
        if math.isnan(self._last_s):
            self._first_s = self._last_s = t_s
            return 0.0
        last_s, self._last_s = self._last_s, t_s
        dt_s = t_s - last_s
        if dt_s <= MAX_GAP_S:
            return dt_s
        self._tally.add(t_s, dt_s, TOO_FEW_FRAMES, False)
        if self._hold is not None:
            self._hold.keep_time(last_s, False)
        if self._phase.gap(last_s, t_s):
            self._close_hold()
        return 0.0

    def close(self) -> Report:
        """Ends what is still open and gives the report."""
        if self._phase.phase is Phase.HOLDING:
            self._phase.stop(self._last_s)
            self._close_hold()
        self._tally.settle(sum(hold.judged_s for hold in self._holds))
        return Report(
            exercise=self.exercise.name,
            rule_version=self.exercise.version,
            duration_s=0.0 if math.isnan(self._first_s) else self._last_s - self._first_s,
            judged_s=self._tally.judged_s,
            not_judged_s=self._tally.by_reason(),
            reasons=self._tally.reasons(),
            holds=tuple(self._holds),
            findings=tuple(sorted(self._findings, key=lambda f: (f.start_s, f.check))),
            cues=tuple(self._cues),
            not_judged_checks={
                check.code: _why_never(check, bool(self._holds))
                for check in self.exercise.checks
                if check.code not in self._ever_judged
            },
        )

    def _follow_phase(self, switched: bool, stance: str | None) -> None:
        phase = self._phase
        if switched and phase.phase is Phase.HOLDING:
            self._stance = stance
            self._cue_policy.start_hold()
            self._tally.commit(phase.start_s)
            if self._hold is not None:
                self._hold.begin(phase.start_s)
        elif switched:
            self._close_hold()
        if phase.phase is Phase.AWAY:
            self._hold = None
        elif self._hold is None or (
            phase.phase is Phase.GETTING_READY and self._hold.start_s != phase.start_s
        ):
            self._hold = _HoldJudge(self.exercise, phase.start_s)

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
            return {check.code: _NOT_JUDGED for check in self.exercise.checks}, None
        checks = hold.judge(m)
        hold.keep_time(m.t_s, True)
        score = overall_score(self.exercise.checks, checks)
        if score is not None:
            hold.score.add(score, dt_s)
        return checks, score

    def _output(
        self, m: Measurement, checks: Mapping[str, CheckState], score: float | None
    ) -> StepOutput:
        hold = self._hold
        holding = hold is not None and self._phase.phase is Phase.HOLDING
        judges = hold.judges if hold is not None else ()
        good_s = hold.shown_good_s(m.t_s) if hold is not None and holding else 0.0
        cue = None
        if holding and m.in_position:
            cue = self._cue_policy.update(m.t_s, judges, good_s, self._stance)
        if cue is not None:
            self._cues.append(cue)
        return StepOutput(
            t_s=m.t_s,
            phase=self._phase.phase,
            judged=score is not None,
            reason=m.blind or m.away,
            checks=checks,
            measures=m.values,
            neutral=hold.neutral if hold is not None else _NO_NEUTRAL,
            score=score,
            held_s=m.t_s - hold.start_s if hold is not None and holding else 0.0,
            good_form_s=good_s,
            cue=cue,
            shown_cue=self._cue_policy.shown(m.t_s, judges),
            side=m.side,
            marker=m.marker,
        )


def _why_never(check: Check, held: bool) -> str:
    if not held:
        return "the position was never held"
    if check.only_in:
        return f"it is judged only on {' or '.join(sorted(check.only_in))}"
    if check.reference is Reference.DRIFT:
        return f"it takes a hold of {DRIFT_FROM_S:g} s or more"
    parts = ", ".join(joint.value.replace("_", " ") for joint in check.measure.needs)
    if check.reference is Reference.NEUTRAL and check.absolute is None:
        return f"it takes two steady seconds at the start, with {parts} in view"
    return f"{parts} could not be seen well enough"
