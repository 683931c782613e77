"""The card of an exercise in words: what the terminal and the app have in common."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from formcheck.judgement.rule import Check, Exercise, Feature, RepMeasure, View
from formcheck.presentation import words
from formcheck.readiness import note_for

__all__ = ["Card", "CheckCard", "card_of", "views"]

_VIEW_WORDS = {View.SIDE: "from the side", View.FRONT: "from the front"}
_SECTION = re.compile(r"^(\w+):\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CheckCard:
    """One thing that an exercise looks at.

    Attributes:
        code: Its code.
        title: The fault.
        measure: What is measured.
        reference: What that is compared with.
        good: The band in which nothing is wrong, with its unit.
        warn: The grey zone.
        fault: The band beyond it.
        said: The cue, or empty where nothing is said.
        why: Why it matters.
        evidence: Where the limit comes from.
        without_neutral: The bands while the user's own neutral is not known, in a sentence; or
            empty.
        when: When it is judged, in a sentence.
    """

    code: str
    title: str
    measure: str
    reference: str
    good: str
    warn: str
    fault: str
    said: str
    why: str
    evidence: str
    without_neutral: str
    when: str


@dataclass(frozen=True, slots=True)
class Card:
    """What an exercise looks at, and why.

    Attributes:
        name: What the user types.
        title: For headings.
        version: Of the rule.
        lead: What the exercise is, in one sentence.
        sections: The rest of its text by heading: what, why, evidence, camera.
        camera: Where the camera stands, and which checks are judged from one place only.
        checks: In the order of the rule.
        easier: When something easier is offered, and in which words.
        readiness: What is asked before a live session, and when to stop; empty where nothing is.
    """

    name: str
    title: str
    version: str
    lead: str
    sections: Mapping[str, str]
    camera: str
    checks: tuple[CheckCard, ...]
    easier: tuple[tuple[str, str], ...]
    readiness: str


def card_of(exercise: Exercise) -> Card:
    """The card of an exercise."""
    lead, *rest = _SECTION.split(inspect.cleandoc(exercise.doc))
    sections = zip(rest[::2], rest[1::2], strict=True)
    return Card(
        name=exercise.name,
        title=exercise.title,
        version=exercise.version,
        lead=words.sentence(_flowing(lead).removeprefix(f"{exercise.title}: ")),
        sections=MappingProxyType({name: _flowing(text) for name, text in sections}),
        camera=_camera(exercise),
        checks=tuple(_check(check) for check in exercise.checks),
        easier=tuple((_stance(name), phrase) for name, phrase in exercise.easier.items()),
        readiness=note_for(exercise),
    )


def views(exercise: Exercise) -> str:
    """Where the camera may stand, for a list: e.g. "side", "any, best side or front"."""
    asked = [view for view in (exercise.view, exercise.other_view) if view is not None]
    named = " or ".join(view.value for view in asked)
    return f"any, best {named}" if exercise.any_view else named


def _check(check: Check) -> CheckCard:
    good, warn, fault = words.band(check.limits, check.unit)
    without = ""
    if check.absolute is not None:
        good_absolute, _, fault_absolute = words.band(check.absolute, check.unit)
        without = f"Without a neutral: good {good_absolute}, fault {fault_absolute}, as measured."
    return CheckCard(
        code=check.code,
        title=check.title,
        measure=check.measure.title,
        reference=words.reference(check),
        good=good,
        warn=warn,
        fault=fault,
        said=check.cue if check.spoken else "",
        why=check.why,
        evidence=check.evidence,
        without_neutral=without,
        when=_when_judged(check),
    )


def _when_judged(check: Check) -> str:
    if not isinstance(check.measure, Feature | RepMeasure):
        return "Judged once a jump."
    if not isinstance(check.measure, RepMeasure):
        return f"Counts when it lasts {words.seconds(check.persistence_s)}."
    told = "Judged once a repetition"
    if check.early:
        told += f", and told when it lasts {words.seconds(check.persistence_s)}"
    return f"{told}; a repetition with this fault does not count." if check.voids else f"{told}."


def _camera(exercise: Exercise) -> str:
    """E.g. "from the side, the whole body in the picture"."""
    if exercise.any_view:
        told, asked = ["anywhere, the whole body in the picture"], [exercise.view]
    else:
        told, asked = [f"{_VIEW_WORDS[exercise.view]}, the whole body in the picture"], []
    for view in (*asked, exercise.other_view):
        only = [check.title.lower() for check in exercise.checks if check.view is view]
        if view is not None and only:
            told.append(f"only {_VIEW_WORDS[view]}: {', '.join(only)}")
    return "; ".join(told)


def _stance(name: str) -> str:
    way = words.sentence(name if name.startswith("on ") else f"on {name}")
    return f"{way}, when the same cue had to be said three times"


def _flowing(text: str) -> str:
    """A text without the line breaks of the file it stands in."""
    return " ".join(text.split())
