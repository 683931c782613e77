"""What somebody says of their back before an exercise that asks for it, and what follows.

Pure: no terminal, no screen, no clock. Whoever asks (the command line, a web page) shows
:data:`QUESTIONS`, has the words of each answer parsed by its question, and shows what
:func:`decide` gives. Answers are health data: nothing here or there writes them down.

The limits and their sources are in ``docs/safety.md``. None of them is a medical judgement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from formcheck.errors import InputError

__all__ = [
    "FLARE_UP",
    "LEG_SYMPTOMS",
    "PAIN",
    "QUESTIONS",
    "STOP_NOTE",
    "WARNING_SIGNS",
    "Answers",
    "Question",
    "Readiness",
    "Verdict",
    "decide",
    "note_for",
]

WORST_PAIN = 10
SWAP_MAX_PAIN = 5
"""Above it no session at all is proposed, however easy."""
PAIN_RISE = 2

WARNING_SIGNS = (
    "Get medical help at once if bladder, bowel or sexual function has changed, if you are numb "
    "between the legs, if a leg is getting weaker, or if you have chest pain or feel faint."
)
STOP_NOTE = (
    f"Stop if the pain in your back rises by {PAIN_RISE} or more, if a leg hurts, tingles or goes "
    "numb or weak, or for chest pain or faintness."
)
RULE_OF_THUMB = "This is a cautious rule of thumb, not a medical judgement."


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an exercise asks of somebody's back before a live session of it is started.

    Any symptom in a leg and any flare-up keep it from starting as well.

    Attributes:
        max_pain: Most pain in the back now, 0 to 10, with which it is started.
        swap: What can be done instead, as it stands in a sentence, e.g. "march on the spot".
        why: Why the exercise asks, in one whole sentence.

    Raises:
        ValueError: the limit lets nobody or everybody through, or a text is missing.
    """

    max_pain: int
    swap: str
    why: str

    def __post_init__(self) -> None:
        if not 0 <= self.max_pain <= SWAP_MAX_PAIN:
            raise ValueError(f"max_pain is {self.max_pain}, not between 0 and {SWAP_MAX_PAIN}")
        if not (self.swap.strip() and self.why.strip()):
            raise ValueError("a readiness needs its swap and its why")


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody said of their back. Held in memory only.

    Attributes:
        pain: In the back, now: 0 (none) to 10 (the worst they can imagine).
        leg_symptoms: Whether there is pain, numbness, tingling or weakness in a leg.
        flare_up: Whether the back is worse than usual, today or in the last days.

    Raises:
        ValueError: the pain is not between 0 and 10.
    """

    pain: int
    leg_symptoms: bool
    flare_up: bool

    def __post_init__(self) -> None:
        if not 0 <= self.pain <= WORST_PAIN:
            raise ValueError(f"pain is {self.pain}, not between 0 and {WORST_PAIN}")


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Question(Generic[T_co]):
    """One thing that is asked.

    Attributes:
        name: The field of :class:`Answers` that it fills.
        text: The question, without how to answer it.
        choices: How to answer it, e.g. "yes or no".
        parse: Reads an answer in words. Raises InputError, one sentence for the user.
    """

    name: str
    text: str
    choices: str
    parse: Callable[[str], T_co]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a session is started, and if not, what is shown instead.

    Attributes:
        starts: Whether it is.
        why_not: In one or two plain sentences; empty when it is started.
        warning: Signs that need help at once; shown when symptoms in a leg were told, else empty.
        instead: What to do instead, in one or two sentences; empty when it is started.
    """

    starts: bool
    why_not: str = ""
    warning: str = ""
    instead: str = ""


class _Asks(Protocol):
    """An exercise, as far as this module knows one: judgement is built on this module."""

    @property
    def readiness(self) -> Readiness | None: ...


_PAINS = {str(pain): pain for pain in range(WORST_PAIN + 1)}
_YES_NO = {"yes": True, "y": True, "no": False, "n": False}


def _parse_pain(answer: str) -> int:
    try:
        return _PAINS[answer.strip()]
    except KeyError:
        raise InputError(
            f"{answer.strip()!r} is not a whole number from 0 (no pain) to {WORST_PAIN} (worst you "
            "can imagine)"
        ) from None


def _parse_yes_no(answer: str) -> bool:
    try:
        return _YES_NO[answer.strip().lower()]
    except KeyError:
        raise InputError(f"{answer.strip()!r} is neither yes nor no") from None


PAIN = Question(
    "pain",
    "How much pain is in your back now?",
    f"0 (none) to {WORST_PAIN} (worst you can imagine)",
    _parse_pain,
)
LEG_SYMPTOMS = Question(
    "leg_symptoms",
    "Is there pain, numbness, tingling or weakness in a leg?",
    "yes or no",
    _parse_yes_no,
)
FLARE_UP = Question(
    "flare_up",
    "Is your back worse than usual, today or in the last days?",
    "yes or no",
    _parse_yes_no,
)
QUESTIONS: tuple[Question[object], ...] = (PAIN, LEG_SYMPTOMS, FLARE_UP)


def decide(answers: Answers, limits: Readiness) -> Verdict:
    """Whether a session with these limits is started for somebody with these answers."""
    reasons = _reasons(answers, limits)
    if not reasons:
        return Verdict(starts=True)
    return Verdict(
        starts=False,
        why_not=f"This session is not started: {_listed(reasons)}. {limits.why}",
        warning=WARNING_SIGNS if answers.leg_symptoms else "",
        instead=_instead(answers, limits.swap),
    )


def note_for(exercise: _Asks) -> str:
    """What a report or a card says of an exercise that asks first; empty for any other."""
    limits = exercise.readiness
    if limits is None:
        return ""
    return (
        f"{limits.why} A live session starts only with back pain of {limits.max_pain} of "
        f"{WORST_PAIN} or less, no symptoms in a leg and no flare-up; otherwise there is a swap: "
        f"{limits.swap}. {STOP_NOTE} {RULE_OF_THUMB}"
    )


def _reasons(answers: Answers, limits: Readiness) -> list[str]:
    reasons = []
    if answers.pain > limits.max_pain:
        reasons.append(
            f"the pain in your back is {answers.pain} of {WORST_PAIN} (it starts at "
            f"{limits.max_pain} or less)"
        )
    if answers.leg_symptoms:
        reasons.append("you have symptoms in a leg")
    if answers.flare_up:
        reasons.append("your back is worse than usual")
    return reasons


def _instead(answers: Answers, swap: str) -> str:
    """The swap: for now, or for later where an easy session is too much as well."""
    if answers.leg_symptoms:
        then = f"Ask a doctor or physiotherapist before you train on; then begin with: {swap}."
    elif answers.pain > SWAP_MAX_PAIN:
        then = (
            f"No session at all is proposed above {SWAP_MAX_PAIN} of {WORST_PAIN}; once the pain "
            f"is less, begin with: {swap}."
        )
    else:
        then = f"Low-impact swap for now: {swap}. Leave it out if it brings pain on."
    return f"{then} {RULE_OF_THUMB}"


def _listed(items: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))
