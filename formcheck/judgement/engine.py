"""The engine: one step an observation, in every mode. No clock, no input or output, no pixels."""

from __future__ import annotations

import math

from formcheck.judgement.checks import DRIFT_FROM_S
from formcheck.judgement.course import Course, CourseResult, CourseState
from formcheck.judgement.cues import CuePolicy
from formcheck.judgement.holds import HoldCourse
from formcheck.judgement.hops import HopCourse
from formcheck.judgement.measuring import Measurement, Measurer
from formcheck.judgement.phases import MAX_GAP_S
from formcheck.judgement.recall import ANEW, Recall
from formcheck.judgement.reps import RepCourse
from formcheck.judgement.rule import Check, Exercise, HoldMovement, HopMovement, Reference
from formcheck.judgement.tally import NotJudgedTally
from formcheck.kinematics.view import TOO_FEW_FRAMES
from formcheck.types import Cue, Observation, Report, StepOutput

__all__ = ["Engine"]


class Engine:
    """Judges one exercise from a stream of observations.

    The same observations give the same outputs, bit for bit, wherever they come from.

    Args:
        exercise: The rule module's value.
        set_up: Whether the user is asked to show their own range first, where the exercise has a
            set-up for it; for live sessions.
        recall: What is known already of the measurements, where they are judged again.
    """

    def __init__(self, exercise: Exercise, *, set_up: bool = False, recall: Recall = ANEW) -> None:
        self.exercise = exercise
        self._measurer = Measurer(exercise)
        self._course = _open_course(exercise, set_up, recall)
        self._cue_policy = CuePolicy(exercise.easier)
        self._tally = NotJudgedTally()
        self._cues: list[Cue] = []
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
        state = self._course.update(m, dt_s)
        if state.began_s is not None:
            self._cue_policy.start_hold()
            self._tally.commit(state.began_s)
        self._tally.add(m.t_s, dt_s, m.blind or m.away, state.phase.exercising)
        return self._output(m, state)

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
        self._course.gap(last_s, t_s)
        return 0.0

    def close(self) -> Report:
        """Ends what is still open and gives the report."""
        result = self._course.close(self._last_s)
        self._tally.settle(result.judged_s)
        return Report(
            exercise=self.exercise.name,
            rule_version=self.exercise.version,
            duration_s=0.0 if math.isnan(self._first_s) else self._last_s - self._first_s,
            judged_s=self._tally.judged_s,
            not_judged_s=self._tally.by_reason(),
            reasons=self._tally.reasons(),
            holds=result.holds,
            findings=tuple(sorted(result.findings, key=lambda f: (f.start_s, f.check))),
            cues=tuple(self._cues),
            not_judged_checks={
                check.code: _why_never(self.exercise, check, result)
                for check in self.exercise.checks
                if check.code not in result.judged
            },
            reps=result.reps,
            sets_s=result.sets_s,
            own_range=result.own_range or {},
            remarks=self.exercise.remarks(result.reps),
            hops=result.hops,
            bouts=result.bouts,
        )

    def _output(self, m: Measurement, state: CourseState) -> StepOutput:
        cue = state.cue
        if cue is None and state.phase.exercising and m.in_position:
            cue = self._cue_policy.update(m.t_s, state.judges, state.good_form_s, state.stance)
        if cue is not None:
            self._cues.append(cue)
        return StepOutput(
            t_s=m.t_s,
            phase=state.phase,
            judged=state.judged,
            reason=m.blind or m.away,
            checks=state.checks,
            measures=m.values,
            neutral=state.neutral,
            score=state.score,
            held_s=state.held_s,
            good_form_s=state.good_form_s,
            cue=cue,
            shown_cue=self._cue_policy.shown(m.t_s, state.judges),
            side=m.side,
            marker=m.marker,
            reps=state.reps,
            ended=state.ended,
            hops=state.hops,
            landed=state.landed,
        )


def _open_course(exercise: Exercise, set_up: bool, recall: Recall) -> Course:
    if isinstance(exercise.movement, HoldMovement):
        return HoldCourse(exercise, exercise.movement)
    if isinstance(exercise.movement, HopMovement):
        return HopCourse(exercise, exercise.movement, recall)
    return RepCourse(exercise, exercise.movement, set_up=set_up)


def _why_never(exercise: Exercise, check: Check, result: CourseResult) -> str:
    """Why a check was never judged, most telling first."""
    hops = isinstance(exercise.movement, HopMovement)
    view = check.view or (None if hops else exercise.view)
    parts = ", ".join(joint.value.replace("_", " ") for joint in check.measure.needs)
    held = isinstance(exercise.movement, HoldMovement)
    nothing = "no jump was seen" if hops else "no repetition was seen"
    whys = (
        (
            not (result.holds or result.reps or result.hops),
            "the position was never held" if held else nothing,
        ),
        (
            not held and view is not None and view not in result.views,
            f"it is judged only from the {view.value if view else ''}",
        ),
        (bool(check.only_in), f"it is judged only on {' or '.join(sorted(check.only_in))}"),
        (
            check.reference is Reference.DRIFT,
            f"it takes a hold of {DRIFT_FROM_S:g} s or more",
        ),
        (bool(check.measure.unseen), check.measure.unseen),
        (hops, "it could not be told of any jump"),
        (not parts, "no repetition could be followed from its beginning to its end"),
        (
            check.reference is Reference.NEUTRAL and check.absolute is None,
            f"it takes two steady seconds at the start, with {parts} in view",
        ),
    )
    return next((why for applies, why in whys if applies), f"{parts} could not be seen well enough")
