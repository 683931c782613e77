"""Repetitions: sets, the judgement of each repetition, and what does not count and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from formcheck.judgement.course import NOT_JUDGED, CourseResult, CourseState
from formcheck.judgement.measuring import Measurement
from formcheck.judgement.ownrange import RangeSetUp
from formcheck.judgement.phases import BLIND_S, Debounced
from formcheck.judgement.repchecks import FrameJudge, RepJudge, RepVerdict
from formcheck.judgement.repetition import (
    HALF_WAY,
    MOST_UNSEEN,
    RepTimes,
    RepTracker,
)
from formcheck.judgement.repmeasures import BACK_S, OUT_S, RepSamples, Sample
from formcheck.judgement.repset import PART_WAY, RepSet
from formcheck.judgement.repside import furthest_out, side_of
from formcheck.judgement.rule import Exercise, RepMeasure, RepMovement, Side, View
from formcheck.judgement.samplelog import SampleLog
from formcheck.judgement.scoring import overall_score
from formcheck.types import Cue, Level, Phase, Reason, Rep

__all__ = ["RepCourse"]

REST_S = 1.2
"""The start position before a repetition is looked at for so long at most."""

EARLY_EVERY_S = 0.1
"""How often a repetition under way is judged."""

NOT_SEEN = Reason("not-seen", "it could not be seen well enough")
BROKEN_OFF = Reason(
    "broken-off", "it was not over when the position was left, sight was lost or the clip ended"
)

_NO_NEUTRAL: Mapping[str, float] = MappingProxyType({})


class RepCourse:
    """Follows the repetitions of a session.

    Args:
        exercise: What is judged.
        movement: Its movement.
        set_up: Whether the user is asked for their own range first.
    """

    def __init__(self, exercise: Exercise, movement: RepMovement, *, set_up: bool = False) -> None:
        self._exercise = exercise
        self._movement = movement
        self._in_set = Debounced(movement.enter_s, movement.leave_s)
        self._blind_since_s = math.nan
        self._tracker = RepTracker(movement)
        self._judges = tuple(
            RepJudge(check, check.measure)
            if isinstance(check.measure, RepMeasure)
            else FrameJudge(check)
            for check in exercise.checks
        )
        self._counted = 0
        self._ended: list[Rep] = []
        self._samples = SampleLog(movement.longest_s + REST_S)
        self._early_s = -math.inf
        self._view = exercise.view
        self._views: set[View] = set()
        self._stance: str | None = None
        self._set = RepSet(math.nan)
        self._sets: list[RepSet] = []
        self._set_up = (
            RangeSetUp(exercise.own_range) if set_up and exercise.own_range is not None else None
        )

    def update(self, m: Measurement, dt_s: float) -> CourseState:
        """Takes one measurement that lasted ``dt_s``."""
        self._ended.clear()
        began_s = self._follow_set(m)
        if not m.in_position:
            return self._state(m, began_s, judged=False)
        self._remember(m)
        if not self._in_set.on:
            self._track(m)
            return self._state(m, began_s, judged=False)
        self._set.judged_s += m.t_s - began_s if began_s is not None else dt_s
        if self._set_up is None or self._set_up.over:
            self._follow_reps(m)
            return self._state(m, began_s, judged=True)
        self._track(m)
        moving = self._tracker.phase in (Phase.OUT, Phase.BACK)
        cue = self._set_up.update(m.t_s, m.values, moving=moving)
        return self._state(m, began_s, judged=True, cue=cue)

    def gap(self, last_s: float, t_s: float) -> None:
        """Nothing was observed between these two times."""
        blind_since_s = last_s if math.isnan(self._blind_since_s) else self._blind_since_s
        if not self._in_set.on:
            self._forget()
        elif t_s - blind_since_s >= BLIND_S:
            self._end_set(blind_since_s)
        else:
            self._blind_since_s = blind_since_s

    def close(self, last_s: float) -> CourseResult:
        """Ends what is still open."""
        if self._in_set.on:
            self._end_set(last_s)
        made = [s for s in self._sets if s.reps]
        for one in made:
            one.settle(self._tracker.ranges)
        findings = [f for s in made for f in s.findings]
        return CourseResult(
            judged_s=sum(s.judged_s for s in made),
            holds=(),
            findings=tuple(findings),
            judged=frozenset(j.check.code for j in self._judges if j.ever_judged and made),
            reps=tuple(rep for s in made for rep in s.reps),
            sets_s=tuple((s.start_s, s.end_s) for s in made),
            own_range=self._set_up.found if self._set_up else None,
            views=frozenset(self._views),
        )

    def _follow_set(self, m: Measurement) -> float | None:
        """Begins and ends sets; gives the start of one that has just begun."""
        in_set = self._in_set
        if m.person_changed:
            self._another_person(m.t_s)
        if m.blind is not None:
            self._blind(m.t_s)
            return None
        self._blind_since_s = math.nan
        if not in_set.update(m.t_s, m.away is None):
            if not in_set.on and m.away is not None:
                self._forget()
            return None
        if not in_set.on:
            self._end_set(in_set.since_s)
            return None
        self._set = RepSet(in_set.since_s)
        return self._set.start_s

    def _another_person(self, t_s: float) -> None:
        if self._in_set.on:
            self._end_set(t_s)
        self._forget()
        self._tracker.ranges.clear()

    def _blind(self, t_s: float) -> None:
        """Nothing can be told at this moment: a set outlives that for a while."""
        if math.isnan(self._blind_since_s):
            self._blind_since_s = t_s
        if not self._in_set.on:
            self._in_set.update(t_s, False)
            self._forget()
        elif t_s - self._blind_since_s >= BLIND_S:
            self._end_set(self._blind_since_s)

    def _end_set(self, end_s: float) -> None:
        self._break_off(end_s)
        for judge in self._judges:
            self._set.findings += judge.end_set(end_s)
        if self._set_up is not None:
            self._set_up.interrupt()
        self._set.end_s = end_s
        self._sets.append(self._set)
        self._forget()
        self._in_set.reset()

    def _forget(self) -> None:
        self._tracker.drop()
        self._samples.clear()

    def _break_off(self, end_s: float) -> None:
        """A repetition that was well under way when the set ended is told, and does not count."""
        times = self._tracker.so_far()
        if times is not None and self._far_enough(times) and times.leave_s < end_s:
            self._book(replace(times, end_s=end_s), BROKEN_OFF)

    def _remember(self, m: Measurement) -> None:
        self._samples.add(Sample(m.t_s, m.values))

    def _follow_reps(self, m: Measurement) -> None:
        self._view, self._stance = m.view, m.stance
        self._views.add(m.view)
        silenced = {j.check.code for j in self._judges if j.at_fault}
        for judge in self._in_view():
            self._set.findings += judge.see(m, silenced)
        times = self._track(m)
        if times is not None:
            self._book(times, self._why_not(times))
        if m.t_s - self._early_s >= EARLY_EVERY_S:
            self._early_s = m.t_s
            self._judge_early(m.t_s)
        if not self._tracker.under_way:
            for judge in self._judges:
                judge.lapse()

    def _track(self, m: Measurement) -> RepTimes | None:
        """Follows the signal; gives a repetition that is over."""
        tracks = self._movement.tracks
        values = [m.values[track.signal.name] for track in tracks]
        return self._tracker.update(m.t_s, furthest_out(tracks, values))

    def _why_not(self, times: RepTimes) -> Reason | None:
        if times.unseen > MOST_UNSEEN:
            return NOT_SEEN
        return PART_WAY if times.share < HALF_WAY else None

    def _book(self, times: RepTimes, why_not: Reason | None) -> None:
        side, of_two = self._side_of(times)
        why_not = why_not or of_two
        samples = self._samples_of(times, side, complete=True)
        values: dict[str, float] = {}
        for note in (OUT_S, BACK_S, *self._movement.notes):
            reading = note.read(samples)
            if reading is not None:
                values[note.name] = reading.value
        levels: dict[str, Level] = {}
        for judge, verdict in self._verdicts(samples, why_not):
            if verdict.value is not None:
                values[judge.check.measure.name] = verdict.value
            levels[judge.check.code] = verdict.level
            if verdict.finding is not None:
                self._set.findings.append(verdict.finding)
            if why_not is None and judge.check.voids and verdict.level is Level.FAULT:
                why_not = Reason(judge.check.code, judge.check.title.lower())
        rep = Rep(
            times.start_s, times.reach_s, times.leave_s, times.end_s,
            side, why_not, MappingProxyType(values), MappingProxyType(levels),
        )  # fmt: skip
        self._ended.append(rep)
        self._set.add(rep, times.high - times.low)
        self._counted += why_not is None

    def _verdicts(
        self, samples: RepSamples, why_not: Reason | None
    ) -> list[tuple[RepJudge | FrameJudge, RepVerdict]]:
        """What every check says of a repetition; the rest has nothing more to say of it."""
        judges = self._judges_for(why_not)
        found = [(judge, judge.finish(samples)) for judge in judges]
        said = [(judge, verdict) for judge, verdict in found if verdict is not None]
        at_fault = {j.check.code for j, verdict in said if verdict.level is Level.FAULT}
        kept = [(j, v) for j, v in said if at_fault.isdisjoint(j.check.yields_to)]
        for judge in self._judges:
            if judge not in [j for j, _ in kept]:
                judge.withdraw()
        return kept

    def _judges_for(self, why_not: Reason | None) -> Sequence[RepJudge | FrameJudge]:
        """What judges a repetition: of one that went part of the way, how far it went."""
        if why_not not in (None, PART_WAY):
            return ()
        return [j for j in self._in_view() if why_not is None or j.check.early]

    def _in_view(self) -> list[RepJudge | FrameJudge]:
        """What can be judged from where the camera stands, the way the body is carried."""
        own = self._exercise.view
        return [
            j
            for j in self._judges
            if (j.check.view or own) is self._view
            and (not j.check.only_in or self._stance in j.check.only_in)
        ]

    def _samples_of(self, times: RepTimes, side: Side | None, *, complete: bool) -> RepSamples:
        rest_s = self._rest_s(times)
        return RepSamples(
            samples=self._samples.between(rest_s, times.end_s),
            rest_s=rest_s,
            start_s=times.start_s,
            reach_s=times.reach_s,
            leave_s=times.leave_s,
            end_s=times.end_s,
            side=side,
            complete=complete,
            set_start=self._set.start(self._samples.between, times.start_s),
            gaps_s=times.gaps_s,
        )

    def _side_of(self, times: RepTimes) -> tuple[Side | None, Reason | None]:
        """The leg that made a repetition, and why it is none of one."""
        tracks = self._movement.tracks
        return side_of(tracks, self._samples.between(times.start_s, times.end_s), times)

    def _rest_s(self, times: RepTimes) -> float:
        """Since when the limbs were at rest before a repetition; its start if they were not."""
        since_s = self._set.over_s(times.start_s)
        return min(times.start_s, max(since_s, times.start_s - REST_S))

    def _judge_early(self, t_s: float) -> None:
        early = [j for j in self._in_view() if isinstance(j, RepJudge) and j.check.early]
        if not early:
            return
        times = self._tracker.so_far()
        if times is None or not self._far_enough(times):
            return
        if self._tracker.phase is Phase.OUT:
            # Still on the way: there is no top yet.
            times = replace(times, reach_s=times.end_s, leave_s=times.end_s)
        side, _ = self._side_of(times)
        samples = self._samples_of(times, side, complete=False)
        for judge in early:
            # Without a usual range, too little can't be told before it is over.
            if self._tracker.ranges or judge.check.limits.sign > 0:
                judge.judge_early(t_s, samples)

    def _far_enough(self, times: RepTimes) -> bool:
        return self._tracker.stands_out(times) and times.share >= HALF_WAY

    def _state(
        self, m: Measurement, began_s: float | None, *, judged: bool, cue: Cue | None = None
    ) -> CourseState:
        judges: Sequence[RepJudge | FrameJudge] = self._judges if self._in_set.on else ()
        checks = {
            judge.check.code: judge.state(m.t_s) if self._in_set.on else NOT_JUDGED
            for judge in self._judges
        }
        return CourseState(
            phase=self._phase(),
            began_s=began_s,
            judges=judges,
            checks=checks,
            score=overall_score(self._exercise.checks, checks) if judged else None,
            neutral=_NO_NEUTRAL,
            judged=judged,
            reps=self._counted,
            ended=tuple(self._ended),
            stance=m.stance,
            cue=cue,
        )

    def _phase(self) -> Phase:
        if not self._in_set.on:
            pending = not math.isnan(self._in_set.pending_since_s)
            return Phase.GETTING_READY if pending else Phase.AWAY
        return self._tracker.phase
