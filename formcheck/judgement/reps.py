"""Repetitions: sets, the judgement of each repetition, and what does not count and why."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from types import MappingProxyType

from formcheck.judgement.course import NOT_JUDGED, CourseResult, CourseState
from formcheck.judgement.measuring import Measurement
from formcheck.judgement.ownrange import RangeSetUp
from formcheck.judgement.phases import BLIND_S, Debounced
from formcheck.judgement.repchecks import FrameJudge, RepJudge
from formcheck.judgement.repetition import HALF_WAY, MOST_UNSEEN, RepTimes, RepTracker
from formcheck.judgement.repmeasures import Part, RepSamples, Sample, seconds_of
from formcheck.judgement.rule import Exercise, RepMeasure, RepMovement
from formcheck.judgement.scoring import overall_score
from formcheck.types import Cue, Finding, Level, Phase, Reason, Rep

__all__ = ["RepCourse"]

REST_S = 1.2
"""The start position before a repetition is looked at for so long at most ..."""

LEAST_REST_S = 0.35
"""... and so long at least, into the first moments of the repetition if there was no rest."""

SET_START_S = 1.0
"""So much of the beginning of a set is its start."""

EARLY_EVERY_S = 0.1
"""How often a repetition under way is judged."""

OUT_S = seconds_of(Part.OUT, "out_s", "seconds on the way out")
BACK_S = seconds_of(Part.BACK, "back_s", "seconds on the way back")
"""What is told of every repetition."""

PART_WAY = Reason("part-way", "it went only part of the way")
NOT_SEEN = Reason("not-seen", "it could not be seen well enough")
BROKEN_OFF = Reason("broken-off", "the position was left before it was over")
BOTH_SIDES = Reason("both-sides", "both legs moved at once")

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
        self._ranges: list[float] = []
        self._trackers = tuple(
            RepTracker(movement, self._ranges, track.side) for track in movement.tracks
        )
        self._judges = tuple(
            RepJudge(check, check.measure)
            if isinstance(check.measure, RepMeasure)
            else FrameJudge(check)
            for check in exercise.checks
        )
        self._counted = 0
        self._ended: list[Rep] = []
        self._samples: deque[Sample] = deque()
        self._last_end_s = -math.inf
        self._early_s = -math.inf
        self._view = exercise.view
        self._set = _Set(math.nan)
        self._sets: list[_Set] = []
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
        self._set.judged_s += dt_s
        cue = self._set_up.update(m.t_s, m.values) if self._set_up else None
        if self._set_up is None or self._set_up.over:
            self._follow_reps(m)
        return self._state(m, began_s, judged=True, cue=cue)

    def gap(self, last_s: float, t_s: float) -> None:
        """Nothing was observed between these two times."""
        if self._in_set.on and t_s - last_s >= BLIND_S:
            self._end_set(last_s)

    def close(self, last_s: float) -> CourseResult:
        """Ends what is still open."""
        if self._in_set.on:
            self._end_set(last_s)
        made = [s for s in self._sets if s.reps]
        for one in made:
            one.settle(self._ranges)
        findings = [f for s in made for f in s.findings]
        return CourseResult(
            judged_s=sum(s.judged_s for s in made),
            holds=(),
            findings=tuple(findings),
            judged=frozenset(j.check.code for j in self._judges if j.ever_judged and made),
            reps=tuple(rep for s in made for rep in s.reps),
            sets_s=tuple((s.start_s, s.end_s) for s in made),
            own_range=self._set_up.found if self._set_up else None,
        )

    def _follow_set(self, m: Measurement) -> float | None:
        """Begins and ends sets; gives the start of one that has just begun."""
        in_set = self._in_set
        if m.person_changed and in_set.on:
            self._end_set(m.t_s)
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
        self._set = _Set(in_set.since_s)
        self._set.judged_s = m.t_s - in_set.since_s
        self._last_end_s = -math.inf
        return self._set.start_s

    def _blind(self, t_s: float) -> None:
        """Nothing can be told at this moment: a set outlives that for a while."""
        if math.isnan(self._blind_since_s):
            self._blind_since_s = t_s
        if not self._in_set.on:
            self._in_set.update(t_s, False)
        elif t_s - self._blind_since_s >= BLIND_S:
            self._end_set(self._blind_since_s)

    def _end_set(self, end_s: float) -> None:
        for tracker in self._trackers:
            self._break_off(tracker, end_s)
        for judge in self._judges:
            self._set.findings += judge.end_set(end_s)
        self._set.end_s = end_s
        self._sets.append(self._set)
        self._forget()
        self._in_set.reset()

    def _forget(self) -> None:
        for tracker in self._trackers:
            tracker.drop()
        self._samples.clear()

    def _break_off(self, tracker: RepTracker, end_s: float) -> None:
        """A repetition that was well under way when the set ended is told, and does not count."""
        times = tracker.so_far()
        if times is not None and times.share >= HALF_WAY and times.leave_s < end_s:
            ended = replace(times, end_s=end_s)
            self._book(tracker, ended, BROKEN_OFF)

    def _remember(self, m: Measurement) -> None:
        samples = self._samples
        samples.append(Sample(m.t_s, m.values))
        while samples[0].t_s < m.t_s - self._movement.longest_s - REST_S:
            samples.popleft()

    def _follow_reps(self, m: Measurement) -> None:
        self._view = m.view
        for judge in self._in_view():
            self._set.findings += judge.see(m)
        for tracker, times in self._track(m):
            self._book(tracker, times, self._why_not(tracker, times))
        if m.t_s - self._early_s >= EARLY_EVERY_S:
            self._early_s = m.t_s
            self._judge_early(m.t_s)

    def _track(self, m: Measurement) -> list[tuple[RepTracker, RepTimes]]:
        """Follows the signals; gives the repetitions that are over."""
        followed = zip(self._trackers, self._movement.tracks, strict=True)
        over = [(one, one.update(m.t_s, m.values[track.signal.name])) for one, track in followed]
        return [(one, times) for one, times in over if times is not None]

    def _why_not(self, tracker: RepTracker, times: RepTimes) -> Reason | None:
        if times.unseen > MOST_UNSEEN:
            return NOT_SEEN
        if times.share < HALF_WAY:
            return PART_WAY
        return BOTH_SIDES if self._with_other_side(tracker, times) else None

    def _with_other_side(self, tracker: RepTracker, times: RepTimes) -> bool:
        """Whether the other leg is, or was, out for most of the same time."""
        spans = [
            (t.start_s, t.end_s)
            for other in self._trackers
            if other is not tracker and (t := other.so_far()) is not None
        ]
        spans += [(rep.start_s, rep.end_s) for rep in self._set.reps if rep.side != tracker.side]
        return any(
            min(end_s, times.end_s) - max(start_s, times.start_s)
            > 0.5 * (times.end_s - times.start_s)
            for start_s, end_s in spans
        )

    def _book(self, tracker: RepTracker, times: RepTimes, why_not: Reason | None) -> None:
        samples = self._samples_of(tracker, times, complete=True)
        values: dict[str, float] = {}
        for note in (OUT_S, BACK_S, *self._movement.notes):
            reading = note.read(samples)
            if reading is not None:
                values[note.name] = reading.value
        levels: dict[str, Level] = {}
        for judge in self._judges_for(why_not):
            verdict = judge.finish(samples)
            if verdict is None:
                continue
            if verdict.value is not None:
                values[judge.check.measure.name] = verdict.value
            levels[judge.check.code] = verdict.level
            if verdict.finding is not None:
                self._set.findings.append(verdict.finding)
            if why_not is None and judge.check.voids and verdict.level is Level.FAULT:
                why_not = Reason(judge.check.code, judge.check.title.lower())
        self._last_end_s = times.end_s
        rep = Rep(
            times.start_s, times.reach_s, times.leave_s, times.end_s,
            tracker.side, why_not, MappingProxyType(values), MappingProxyType(levels),
        )  # fmt: skip
        self._ended.append(rep)
        self._set.add(rep, times.high - times.low)
        self._counted += why_not is None

    def _judges_for(self, why_not: Reason | None) -> Sequence[RepJudge | FrameJudge]:
        """What judges a repetition: of one that went part of the way, how far it went."""
        if why_not not in (None, PART_WAY):
            return ()
        return [j for j in self._in_view() if why_not is None or j.check.early]

    def _in_view(self) -> list[RepJudge | FrameJudge]:
        """What can be judged from where the camera stands."""
        own = self._exercise.view
        return [j for j in self._judges if (j.check.view or own) is self._view]

    def _samples_of(self, tracker: RepTracker, times: RepTimes, *, complete: bool) -> RepSamples:
        rest_s = max(self._set.start_s, self._last_end_s, times.start_s - REST_S)
        rest_s = min(rest_s, times.start_s - LEAST_REST_S)
        return RepSamples(
            samples=[s for s in self._samples if rest_s <= s.t_s <= times.end_s],
            rest_s=rest_s,
            start_s=times.start_s,
            reach_s=times.reach_s,
            leave_s=times.leave_s,
            end_s=times.end_s,
            side=tracker.side,
            complete=complete,
            set_start=self._set_start(),
        )

    def _set_start(self) -> Mapping[str, float]:
        """The median of each feature in the first moments of the set, worked out once."""
        if not self._set.first:
            until_s = self._set.start_s + SET_START_S
            first = [s.values for s in self._samples if s.t_s <= until_s]
            self._set.first = {
                f.name: _median([values[f.name] for values in first])
                for f in self._exercise.features
            }
        return self._set.first

    def _judge_early(self, t_s: float) -> None:
        early = [j for j in self._in_view() if isinstance(j, RepJudge) and j.check.early]
        if not early:
            return
        for tracker in self._trackers:
            times = tracker.so_far()
            if times is None or times.share < HALF_WAY:
                continue
            samples = self._samples_of(tracker, times, complete=False)
            for judge in early:
                judge.judge_early(t_s, samples)

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
        moving = [t.phase for t in self._trackers if t.under_way]
        return moving[0] if moving else Phase.READY


class _Set:
    """Repetitions without leaving the position."""

    __slots__ = ("end_s", "findings", "first", "judged_s", "ranges", "reps", "start_s")

    def __init__(self, start_s: float) -> None:
        self.start_s = self.end_s = start_s
        self.judged_s = 0.0
        self.first: Mapping[str, float] = {}
        self.ranges: list[float] = []
        self.reps: list[Rep] = []
        self.findings: list[Finding] = []

    def add(self, rep: Rep, size: float) -> None:
        """Takes a repetition and the range of its signal; those of two sides may overlap."""
        place = sum(other.start_s <= rep.start_s for other in self.reps)
        self.reps.insert(place, rep)
        self.ranges.insert(place, size)

    def settle(self, ranges: Sequence[float]) -> None:
        """Looks at the first repetitions again, now that the usual range is known."""
        least = HALF_WAY * median(ranges) if ranges else 0.0
        self.reps = [
            replace(rep, why_not=PART_WAY) if rep.counted and size < least else rep
            for rep, size in zip(self.reps, self.ranges, strict=True)
        ]


def _median(values: Sequence[float]) -> float:
    seen = [value for value in values if not math.isnan(value)]
    return median(seen) if seen else math.nan
