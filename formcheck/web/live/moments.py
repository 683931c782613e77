"""What the page is told of one moment: everything that it draws, shows and says, as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from formcheck.judgement.rule import Exercise
from formcheck.landmarks import EDGES
from formcheck.presentation.glance import Glance, main_label, main_level
from formcheck.presentation.palette import LEVEL_WORD
from formcheck.types import Cue, CueKind, Observation, Pose, StepOutput
from formcheck.web.live.checkup import Checkup, Point
from formcheck.web.live.phrases import say_name
from formcheck.web.live.refusals import Refusal

__all__ = ["MAX_IN_FLIGHT", "Moments", "ended", "notice", "refused", "welcome"]

MAX_IN_FLIGHT = 2
"""One picture is judged while the next one is on its way; more would only wait."""

TICK_EVERY_S = 10.0


class Moments:
    """Puts the moments of one session into messages.

    Args:
        exercise: What is judged.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._glance = Glance(exercise)
        self._checkup = Checkup(exercise)
        self._good_tens = 0
        self.started = False

    def tell(
        self,
        observation: Observation,
        step: StepOutput,
        cue: Cue | None,
        extra: Mapping[str, Any],
    ) -> str:
        """One message.

        Args:
            observation: What was seen.
            step: What the engine says of it.
            cue: What is said at this moment, by the engine or by the guide.
            extra: What only the connection knows: sequence number, times, drops.
        """
        self.started = self.started or step.phase.exercising
        seen = self._glance.update(step)
        message = seen.message
        told = {
            "type": "moment",
            **extra,
            "size": [observation.width_px, observation.height_px],
            "pose": None if observation.pose is None else _landmarks(observation.pose),
            "side": None if step.side is None else step.side.value,
            "level": LEVEL_WORD[main_level(self._exercise, step)],
            "marker": None if step.marker is None else _marker(step),
            "label": main_label(self._exercise, step),
            "message": {
                "text": message.text,
                "level": None if message.level is None else LEVEL_WORD[message.level],
                "strong": message.strong,
            },
            "clock": {
                "big": seen.clock.number,
                "title": seen.clock.title,
                "note": seen.clock.note,
            },
            "score": seen.score,
            "phase": step.phase.value,
            "ready": [_point(point) for point in self._checkup.update(observation, step)],
            "started": self.started,
            "cue": None if cue is None else _cue(cue),
            "tick": self._tick(step.good_form_s),
        }
        return _json(told)

    def _tick(self, good_form_s: float) -> bool:
        """Whether another ten seconds were held well."""
        tens = int((good_form_s + 1e-6) // TICK_EVERY_S)
        due, self._good_tens = tens > self._good_tens, tens
        return due


def welcome(resume: str, *, resumed: bool) -> str:
    """The first message of a connection.

    Args:
        resume: The key with which a cut connection goes on, once.
        resumed: Whether it goes on.
    """
    return _json(
        {
            "type": "welcome",
            "resume": resume,
            "resumed": resumed,
            "edges": [[int(a), int(b)] for a, b in EDGES],
            "max_in_flight": MAX_IN_FLIGHT,
        }
    )


def notice(seq: int, text: str) -> str:
    """A picture was taken in, and not judged."""
    return _json({"type": "notice", "seq": seq, "text": text})


def ended(result: str, why: str, text: str) -> str:
    """The last message of a session."""
    return _json({"type": "ended", "result": result, "why": why, "text": text})


def refused(refusal: Refusal) -> str:
    """The last message to somebody who is turned away."""
    return _json({"type": "refused", "code": refusal.code, "text": refusal.text})


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _landmarks(pose: Pose) -> list[float]:
    """Landmarks in pixels to a tenth, visibility in percent; what is not known is far outside."""
    table = np.column_stack([pose.xy_px.astype(np.float64), 100.0 * pose.visibility])
    known = np.nan_to_num(table, nan=-1e4, posinf=-1e4, neginf=-1e4)
    return [float(number) for number in np.clip(known, -1e5, 1e5).round(1).ravel()]


def _marker(step: StepOutput) -> list[float]:
    marker = step.marker
    points: Sequence[tuple[float, float]] = (
        () if marker is None else (marker.start_px, marker.vertex_px, marker.end_px)
    )
    return [round(float(number), 1) for point in points for number in point]


def _point(point: Point) -> dict[str, str]:
    return {
        "name": point.name,
        "title": point.title,
        "state": point.state.value,
        "advice": point.advice,
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "text": cue.text,
        "say": say_name(cue.text),
        "kind": cue.kind.value,
        "urgent": cue.kind is CueKind.CORRECT,
    }
