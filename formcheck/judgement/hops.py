"""Jumps: bouts, the judgement of each jump, what is a miss and what is another exercise."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, takewhile
from statistics import median

import numpy as np

from formcheck.judgement.course import NOT_JUDGED, CourseResult, CourseState
from formcheck.judgement.hopbout import REACH_S, HopBout
from formcheck.judgement.hopchecks import HopJudge, findings_of
from formcheck.judgement.hopmeasures import HopMeasure, standing_medians
from formcheck.judgement.hopvalues import (
    RHYTHM_OF,
    Around,
    ReadBout,
    ReadHop,
    Seen,
    bout_of,
    judged,
    read_hops,
    with_sound,
)
from formcheck.judgement.measuring import Measurement
from formcheck.judgement.phases import BLIND_S, Debounced
from formcheck.judgement.recall import ANEW, Recall
from formcheck.judgement.rule import Exercise, HopMovement, View
from formcheck.judgement.scoring import overall_score
from formcheck.judgement.steplog import StepLog
from formcheck.kinematics.features import Feature
from formcheck.kinematics.flights import LEAST_APART_S, trunk_apexes
from formcheck.kinematics.sounds import SeenJumps, match_sounds
from formcheck.types import Bout, Finding, Hop, Onset, Phase

__all__ = ["HopCourse"]

LOOK_EVERY_S = 0.1
PAUSE_S = 1.0
"""From one flight's top to the next; after a longer time it is another bout."""

MISSED_BEAT = 1.7
"""So many usual periods without a flight are a miss, once the usual period is known."""

_BEAT_FROM = 4
STANDING_S = (2.6, 0.5)
"""Before the first flight's top: the span in which someone stood still."""

SETTLED_S = 0.5
"""After the last flight's top of a bout nobody stands still sooner."""

LANDING_FLOOR_S = 0.003
UNTOLD_S = 0.04
"""Standard error of a landing whose flight could not be told, for finding it in the sound."""

_KEPT_S = 4.0
_RECENT_S = 1.0
_APART_S = 1e-7
_UNLIKE_OVER_S = 8.0


@dataclass(slots=True)
class _Settled:
    """What is kept of a bout that is over."""

    hops: tuple[Hop, ...]
    bout: Bout
    landing_error_s: tuple[float, ...]


class HopCourse:
    """Follows the jumps of a session.

    Args:
        exercise: What is judged.
        movement: Its movement.
        recall: What is known already of the measurements.
    """

    def __init__(self, exercise: Exercise, movement: HopMovement, recall: Recall = ANEW) -> None:
        self._exercise = exercise
        self._movement = movement
        self._recall = recall
        self._in_set = Debounced(movement.enter_s, movement.leave_s)
        self._blind_since_s = math.nan
        self._set_start_s = math.nan
        self._set_judged_s = 0.0
        self._judged_s = 0.0
        self._log = StepLog()
        self._samples: deque[Seen] = deque()
        self._torso_px: deque[float] = deque(maxlen=60)
        self._looked_s = -math.inf
        self._apex_s = -math.inf
        self._bout: HopBout | None = None
        self._bout_views: list[View] = []
        self._unlike = ""
        self._standing: dict[View, Mapping[str, float]] = {}
        self._jumped_s = -math.inf
        self._offsets_s: list[float] = []
        self._counted = 0
        self._landed: list[Hop] = []
        self._judges = tuple(
            HopJudge(check, check.measure)
            for check in exercise.checks
            if isinstance(check.measure, HopMeasure)
        )
        self._settled: list[_Settled] = []
        self._sets_s: list[tuple[float, float]] = []
        self._findings: list[Finding] = []
        self._views: set[View] = set()
        self._onsets: list[Onset] | None = None

    def update(self, m: Measurement, dt_s: float) -> CourseState:
        """Takes one measurement that lasted ``dt_s``."""
        self._landed.clear()
        self._hear(m.onsets)
        began_s = self._follow_set(m)
        self._log.add(m.t_s, m.motion, m.trunk_y_px)
        if m.in_position:
            self._samples.append(Seen(m.t_s, m.values, m.view))
            if math.isfinite(m.torso_px):
                self._torso_px.append(m.torso_px)
        if not self._in_set.on:
            self._tidy(m.t_s)
            return self._state(m, began_s, judged=False)
        if m.in_position:
            self._set_judged_s += m.t_s - began_s if began_s is not None else dt_s
        if m.t_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = m.t_s
            if self._bout is not None:
                self._bout_views.append(m.view)
            self._look(m)
        self._tidy(m.t_s)
        return self._state(m, began_s, judged=m.in_position)

    def gap(self, last_s: float, t_s: float) -> None:
        """Nothing was observed between these two times."""
        if self._in_set.on and t_s - last_s >= BLIND_S:
            self._end_set(last_s)
        else:
            self._end_bout()

    def close(self, last_s: float) -> CourseResult:
        """Ends what is still open."""
        if self._in_set.on:
            self._look_until(last_s)
            self._end_set(last_s)
        hops = tuple(hop for one in self._settled for hop in one.hops)
        bouts = tuple(one.bout for one in self._settled)
        if hops:
            errors = np.array([e for one in self._settled for e in one.landing_error_s])
            seen = SeenJumps(
                np.array([hop.take_off_s for hop in hops]),
                # Noise may put a landing after the next one; the ear needs them in order.
                np.maximum.accumulate([hop.landing_s + _APART_S * k for k, hop in enumerate(hops)]),
                errors,
            )
            heard = self._recall("sounds", lambda: match_sounds(seen, self._onsets))
            hops, bouts = with_sound(hops, bouts, heard)
        judged = {code for hop in hops for code in hop.levels}
        return CourseResult(
            judged_s=self._judged_s,
            holds=(),
            findings=tuple(self._findings),
            judged=frozenset(judged),
            sets_s=tuple(self._sets_s),
            views=frozenset(self._views),
            hops=hops,
            bouts=bouts,
        )

    def _hear(self, onsets: Sequence[Onset] | None) -> None:
        if onsets is None:
            return
        if self._onsets is None:
            self._onsets = []
        self._onsets += onsets

    def _follow_set(self, m: Measurement) -> float | None:
        """Begins and ends sets; gives the start of one that has just begun."""
        if m.person_changed:
            if self._in_set.on:
                self._end_set(m.t_s)
            self._samples.clear()
            self._torso_px.clear()
            self._apex_s = m.t_s
        if m.blind is not None:
            self._blind(m.t_s)
            return None
        self._blind_since_s = math.nan
        if not self._in_set.update(m.t_s, m.away is None):
            return None
        if not self._in_set.on:
            self._end_set(self._in_set.since_s)
            return None
        self._set_start_s, self._set_judged_s = self._in_set.since_s, 0.0
        return self._set_start_s

    def _blind(self, t_s: float) -> None:
        """Nothing can be told at this moment: a set outlives that for a while."""
        if math.isnan(self._blind_since_s):
            self._blind_since_s = t_s
        if not self._in_set.on:
            self._in_set.update(t_s, False)
        elif t_s - self._blind_since_s >= BLIND_S:
            self._end_set(self._blind_since_s)

    def _end_set(self, end_s: float) -> None:
        self._end_bout()
        self._standing = {}
        # By the end: who is filmed from the first flight on left the floor before anything began.
        jumped = any(one.hops and one.bout.end_s > self._set_start_s for one in self._settled)
        if jumped:
            self._sets_s.append((self._set_start_s, end_s))
            self._judged_s += self._set_judged_s
        self._in_set.reset()

    def _look(self, m: Measurement) -> None:
        """Looks for flights that are over, and for the end of a bout."""
        before = len(self._bout) if self._bout else 0
        self._look_until(m.t_s - REACH_S)
        bout = self._bout
        if bout is None:
            return
        if len(bout) > before:
            self._judge_new(bout)
        if m.t_s - REACH_S - bout.apex_s[-1] > self._pause_s(bout):
            self._end_bout()

    def _look_until(self, until_s: float) -> None:
        if not self._torso_px:
            return
        since_s = max(self._apex_s + LEAST_APART_S, until_s - 2.0)
        tops = self._recall(("tops", since_s, until_s), lambda: self._tops(since_s, until_s))
        for apex_s, fall in tops:
            if apex_s <= until_s:
                self._take(apex_s, fall)

    def _tops(self, since_s: float, until_s: float) -> list[tuple[float, float]]:
        """Where the trunk turned in a stretch of time, and how fast."""
        steps = self._log.between(since_s, until_s + REACH_S)
        if len(steps.since_s) < 3:
            return []
        apexes, falls = trunk_apexes(steps, median(self._torso_px))
        return list(zip(apexes.tolist(), falls.tolist(), strict=True))

    def _take(self, apex_s: float, fall: float) -> None:
        self._apex_s = apex_s
        bout = self._bout
        if bout is not None and apex_s - bout.apex_s[-1] > self._pause_s(bout):
            self._end_bout()
            bout = None
        if bout is None:
            bout = self._bout = HopBout(
                self._log,
                partial(self._usual, self._movement.feet),
                partial(self._usual, self._movement.heels),
                self._from_front,
                self._recall,
            )
            self._offsets_s, self._bout_views, self._unlike = [], [], ""
            self._remember_standing(apex_s)
        bout.add(apex_s, fall)

    def _remember_standing(self, apex_s: float) -> None:
        """How someone stood before the first flight of a bout.

        After a miss there is no time to stand still: what was seen of this set before then holds.
        """
        early, late = STANDING_S
        since_s = max(apex_s - early, self._jumped_s + SETTLED_S)
        stood = [seen for seen in self._samples if since_s <= seen.t_s <= apex_s - late]
        for view in dict.fromkeys(seen.view for seen in stood):
            if view not in self._standing or since_s == apex_s - early:
                own = [seen for seen in stood if seen.view is view]
                self._standing[view] = standing_medians(own)

    def _pause_s(self, bout: HopBout) -> float:
        if len(bout) < _BEAT_FROM:
            return PAUSE_S
        return min(PAUSE_S, MISSED_BEAT * bout.period_s)

    def _judge_new(self, bout: HopBout) -> None:
        """Judges the jumps whose contact is over, while the bout goes on."""
        self._unlike = self._another_movement(bout, bout.apex_s[-1] - _UNLIKE_OVER_S, math.inf)
        if self._unlike or not bout.counts:
            return
        while (number := len(self._offsets_s)) + 1 < len(bout):
            key = ("jump", bout.name, number)
            read = self._recall(key, partial(self._read_new, bout, number))
            if read is None:
                return
            self._offsets_s.append(read.offset_s)
            hop = judged(read, self._exercise)
            self._landed.append(hop)
            for judge in self._judges:
                judge.take(hop)

    def _read_new(self, bout: HopBout, number: int) -> ReadHop | None:
        """One jump of a bout that goes on, or None while it can't be told."""
        fit = bout.so_far(number, self._offsets_s)
        if fit is None:
            return None
        around = self._around(self._since(bout.apex_s[number] - _RECENT_S))
        earlier_s = bout.apex_s[max(0, number - RHYTHM_OF) : number]
        return read_hops(fit, self._exercise, self._movement, around, earlier_s)[0]

    def _since(self, start_s: float) -> list[Seen]:
        """The samples from a time on, in order."""
        recent = list(takewhile(lambda sample: sample.t_s >= start_s, reversed(self._samples)))
        return recent[::-1]

    def _around(self, samples: Sequence[Seen]) -> Around:
        torso_px = median(self._torso_px) if self._torso_px else math.nan
        return Around(samples, self._standing, self._view(), torso_px)

    def _another_movement(self, bout: HopBout, start_s: float, end_s: float) -> str:
        """The name of what is done instead in a span of a bout, or nothing."""
        if len(bout) < 2:
            return ""
        start_s = max(bout.apex_s[0] - bout.period_s / 2, start_s)
        end_s = min(bout.apex_s[-1] + bout.period_s / 2, end_s)
        key = ("unlike", bout.name, start_s, end_s)
        return self._recall(key, lambda: self._unlike_in(start_s, end_s, bout.period_s))

    def _unlike_in(self, start_s: float, end_s: float, period_s: float) -> str:
        within = [sample for sample in self._since(start_s) if sample.t_s <= end_s]
        told = (u.name for u in self._movement.unlike if u.told(within, period_s))
        return next(told, "")

    def _parts(self, bout: HopBout) -> list[tuple[HopBout, str]]:
        """A bout cut where another movement begins or ends, each part with its name, if any."""
        reach_s = _UNLIKE_OVER_S / 2
        names = [self._another_movement(bout, top - reach_s, top + reach_s) for top in bout.apex_s]
        cuts = [0, *(k for k in range(1, len(names)) if names[k] != names[k - 1]), len(names)]
        return [(bout.part(first, last), names[first]) for first, last in pairwise(cuts)]

    def _from_front(self) -> bool:
        return bool(self._bout_views) and self._view() is View.FRONT

    def _view(self) -> View:
        views = self._bout_views or [self._exercise.view]
        # In the order in which they came: a tie has the same answer every time.
        return max(dict.fromkeys(views), key=views.count)

    def _usual(self, feature: Feature, start_s: float, end_s: float) -> float:
        """The median of a feature in a span; NaN where it was not seen."""
        seen = [s.values[feature.name] for s in self._since(start_s) if s.t_s <= end_s]
        seen = [value for value in seen if not math.isnan(value)]
        return median(seen) if seen else math.nan

    def _end_bout(self) -> None:
        bout, self._bout = self._bout, None
        for judge in self._judges:
            judge.forget()
        if bout is None:
            return
        self._jumped_s = bout.apex_s[-1]
        for part, unlike in self._parts(bout):
            self._settle(part, unlike)

    def _settle(self, bout: HopBout, unlike: str) -> None:
        """Settles the numbers of a bout, or notes what was done instead."""
        key = ("bout", bout.name, unlike)
        read = self._recall(key, partial(self._read_settled, bout, unlike))
        if read is None:
            return
        hops = tuple(judged(one, self._exercise) for one in read.hops)
        self._settled.append(_Settled(hops, read.bout, read.landing_error_s))
        self._counted += len(hops)
        self._views.update(one.view for one in read.hops)
        for judge in self._judges:
            measure = judge.check.measure
            if hops and isinstance(measure, HopMeasure):
                self._findings += findings_of(judge.check, measure.name, hops)

    def _read_settled(self, bout: HopBout, unlike: str) -> ReadBout | None:
        """All jumps of a bout that is over, or None when too few are left."""
        fit = bout.settled()
        if fit is None:
            return None
        around = self._around(list(self._samples))
        hops = read_hops(fit, self._exercise, self._movement, around)
        told = bout_of([one.hop for one in hops], fit, around.torso_px)
        if unlike:
            return ReadBout((), replace(told, style=unlike, jumps=0), ())
        own = fit.flights.flight_error_s
        errors = np.hypot(np.where(np.isfinite(own), own, UNTOLD_S), LANDING_FLOOR_S)
        return ReadBout(hops, told, tuple(errors.tolist()))

    def _tidy(self, t_s: float) -> None:
        keep_s = t_s - _KEPT_S
        if self._bout is not None:
            keep_s = min(keep_s, self._bout.apex_s[0] - _KEPT_S)
        while self._samples and self._samples[0].t_s < keep_s:
            self._samples.popleft()
        self._log.forget(keep_s)

    def _state(self, m: Measurement, began_s: float | None, *, judged: bool) -> CourseState:
        on = self._in_set.on
        checks = {check.code: NOT_JUDGED for check in self._exercise.checks}
        if on:
            checks |= {judge.check.code: judge.state(m.t_s) for judge in self._judges}
        going = 0 if self._bout is None else len(self._offsets_s)
        return CourseState(
            phase=self._phase(m.t_s),
            began_s=began_s,
            judges=self._judges if on else (),
            checks=checks,
            score=overall_score(self._exercise.checks, checks) if judged else None,
            neutral={},
            judged=judged,
            hops=self._counted + going,
            landed=tuple(self._landed),
            stance=m.stance,
        )

    def _phase(self, t_s: float) -> Phase:
        if not self._in_set.on:
            pending = not math.isnan(self._in_set.pending_since_s)
            return Phase.GETTING_READY if pending else Phase.AWAY
        if self._bout is not None and self._bout.counts and not self._unlike:
            return Phase.JUMPING
        return Phase.READY
