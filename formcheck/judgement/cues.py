"""Which cue is said, and when: one voice, by priority, with pauses, and not for ever.

Silent in the good band, drawn in the warning band, spoken in the fault band.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from formcheck.judgement.course import Judge
from formcheck.judgement.rule import Check
from formcheck.types import Cue, CueKind, Priority

PAUSE_S = 4.0
"""Least time between two cues."""

REPEAT_S = 8.0
"""Least time before the same cue comes again."""

MAX_REPEATS = 3
"""After so many of the same in one hold there is silence; for the spine an easier variant first."""

REST = "Rest now"
"""Offered where there is no easier variant."""

PRAISE_WITHIN_S = 5.0
"""A correction is praised when it comes this soon after its cue ..."""

PRAISE_PAUSE_S = 1.5
"""... and not on the heels of it."""

SHOWN_S = 3.0
"""How long a cue stays on the screen, at least."""

CLOCK_EVERY_S = 10.0
CLOCK_TEXTS = (
    "Good, ten seconds",
    "Twenty seconds",
    "Thirty seconds",
    "Forty seconds",
    "Fifty seconds",
    "One minute",
)


@dataclass(slots=True)
class _Said:
    last_s: float = -math.inf
    times: int = 0
    praised: bool = True


class CuePolicy:
    """Decides what is said in one session; counts start afresh with each hold."""

    def __init__(self, easier: Mapping[str, str]) -> None:
        self._easier = easier
        self._last_s = -math.inf
        self._said: dict[str, _Said] = {}
        self._shown: Cue | None = None
        self._clock_said = 0

    def start_hold(self) -> None:
        """Forget the counts of the last hold."""
        self._said.clear()
        self._clock_said = 0

    def shown(self, t_s: float, judges: Sequence[Judge]) -> Cue | None:
        """The cue on the screen: until its fault is gone, and long enough to be read."""
        cue = self._shown
        if cue is None:
            return None
        lasting = cue.kind is CueKind.CORRECT and any(
            judge.check.code == cue.check and judge.at_fault for judge in judges
        )
        if not lasting and t_s - cue.t_s > SHOWN_S:
            self._shown = None
        return self._shown

    def update(
        self,
        t_s: float,
        judges: Sequence[Judge],
        good_form_s: float,
        stance: str | None = None,
    ) -> Cue | None:
        """The cue that starts at this moment, or None.

        Args:
            t_s: Time.
            judges: The checks of the hold; only what is seen in this frame is spoken of.
            good_form_s: Seconds in good form so far.
            stance: How the body is supported.
        """
        cue = (
            self._correction(t_s, judges, stance)
            or self._praise(t_s, judges)
            or self._clock(t_s, judges, good_form_s)
        )
        if cue is not None:
            self._last_s = t_s
            self._shown = cue
        return cue

    def _correction(self, t_s: float, judges: Sequence[Judge], stance: str | None) -> Cue | None:
        if t_s - self._last_s < PAUSE_S and self._last_was_advice():
            return None
        due = [j for j in judges if j.at_fault and j.judged_now and self._may_speak(t_s, j.check)]
        if not due:
            return None
        check = min(due, key=lambda j: (j.check.priority, j.fault_since_s)).check
        said = self._said.setdefault(check.code, _Said())
        said.last_s = t_s
        said.praised = False
        said.times += 1
        if said.times > MAX_REPEATS:
            return Cue(t_s, CueKind.EASIER, self._easier.get(stance or "", REST), check.code)
        text = check.cue_again if said.times > 1 and check.cue_again else check.cue
        return Cue(t_s, CueKind.CORRECT, text, check.code)

    def _last_was_advice(self) -> bool:
        """A fault may cut in right after praise or the clock, not after another cue."""
        return self._shown is None or self._shown.kind in (CueKind.CORRECT, CueKind.EASIER)

    def _may_speak(self, t_s: float, check: Check) -> bool:
        if not check.spoken:
            return False
        said = self._said.get(check.code)
        if said is None:
            return True
        most = MAX_REPEATS + (check.priority <= Priority.SPINE)
        return said.times < most and t_s - said.last_s >= REPEAT_S

    def _praise(self, t_s: float, judges: Sequence[Judge]) -> Cue | None:
        unpraised = any(not said.praised for said in self._said.values())
        if not unpraised or t_s - self._last_s < PRAISE_PAUSE_S or _any_at_fault(judges):
            return None
        for judge in judges:
            said = self._said.get(judge.check.code)
            if said is None or said.praised or not judge.clear or not judge.judged_now:
                continue
            said.praised = True
            if t_s - said.last_s <= PRAISE_WITHIN_S + PRAISE_PAUSE_S:
                return Cue(t_s, CueKind.PRAISE, judge.check.praise, judge.check.code)
        return None

    def _clock(self, t_s: float, judges: Sequence[Judge], good_form_s: float) -> Cue | None:
        reached = int(good_form_s // CLOCK_EVERY_S)
        if reached <= self._clock_said or reached > len(CLOCK_TEXTS):
            return None
        if t_s - self._last_s < PRAISE_PAUSE_S or _any_at_fault(judges):
            return None
        self._clock_said = reached
        return Cue(t_s, CueKind.CLOCK, CLOCK_TEXTS[reached - 1])


def _any_at_fault(judges: Sequence[Judge]) -> bool:
    return any(judge.at_fault for judge in judges)
