"""What a live page asks of a back before an exercise that wants to know, and what follows.

The answers are health data. They are held only from the moment they are given to the moment they
are judged, in the memory of the visit; then what is known is that a session may start, or nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from html import escape

import streamlit as st

from formcheck.judgement.rule import Exercise
from formcheck.readiness import (
    FLARE_UP,
    LEG_SYMPTOMS,
    PAIN,
    QUESTIONS,
    WORST_PAIN,
    Answers,
    Question,
    Readiness,
    Verdict,
    decide,
)
from formcheck.web.pieces import look

__all__ = ["forget", "left_s", "passed"]

_PASSED = "paincheck-passed"
_REFUSED = "paincheck-refused"
_MISSING = "paincheck-missing"
_ROUND = "paincheck-round"

GOOD_FOR_S = 1800.0
"""A back may be another one an hour later: what was answered lets a session start for so long."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    PAIN.name: tuple(str(pain) for pain in range(WORST_PAIN + 1)),
    LEG_SYMPTOMS.name: ("no", "yes"),
    FLARE_UP.name: ("no", "yes"),
}


def passed(exercise: Exercise, limits: Readiness) -> bool:
    """Asks, and tells whether a session may start; draws what follows where it may not.

    Args:
        exercise: What is to be trained.
        limits: What it asks of a back.
    """
    if left_s(exercise) > 0.0:
        return True
    look.show(
        f"<h2>How is your back today?</h2><p>{escape(limits.why)} Your answers are not stored.</p>"
    )
    # Shown once: with the next run of the page it is gone, and the questions are back.
    refused: Verdict | None = st.session_state.pop(_REFUSED, None)
    if refused is None:
        _ask(exercise, limits)
    else:
        _draw_refusal(refused)
    return False


def left_s(exercise: Exercise) -> float:
    """How long what was answered still lets a session of the exercise start; 0: not at all."""
    name, when_s = st.session_state.get(_PASSED, ("", 0.0))
    return max(0.0, when_s + GOOD_FOR_S - time.monotonic()) if name == exercise.name else 0.0


def forget() -> None:
    """Nobody has answered: the next session asks again."""
    for name in (_PASSED, _REFUSED, _MISSING):
        st.session_state.pop(name, None)


def _ask(exercise: Exercise, limits: Readiness) -> None:
    # Other keys in each round: widgets of the same key would show the answers of the last one.
    turn = st.session_state.setdefault(_ROUND, 0)
    with st.form(f"paincheck-{turn}"):
        for question in QUESTIONS:
            st.radio(
                f"{question.text} {question.choices}" if question is PAIN else question.text,
                _CHOICES[question.name],
                index=None,
                key=_key(question, turn),
                horizontal=True,
            )
        if st.session_state.pop(_MISSING, False):
            st.error("Please answer all three questions.")
        st.form_submit_button("Continue", type="primary", on_click=_judge, args=(exercise, limits))


def _key(question: Question[object], turn: int) -> str:
    return f"paincheck-{turn}-{question.name}"


def _judge(exercise: Exercise, limits: Readiness) -> None:
    """Takes the answers, and leaves none of them behind."""
    turn = st.session_state[_ROUND]
    given = {question.name: st.session_state.get(_key(question, turn)) for question in QUESTIONS}
    if None in given.values():
        st.session_state[_MISSING] = True
        return
    for question in QUESTIONS:
        del st.session_state[_key(question, turn)]
    st.session_state[_ROUND] = turn + 1
    answers = Answers(
        pain=PAIN.parse(str(given[PAIN.name])),
        leg_symptoms=LEG_SYMPTOMS.parse(str(given[LEG_SYMPTOMS.name])),
        flare_up=FLARE_UP.parse(str(given[FLARE_UP.name])),
    )
    verdict = decide(answers, limits)
    if verdict.starts:
        st.session_state[_PASSED] = (exercise.name, time.monotonic())
    else:
        st.session_state[_REFUSED] = verdict


def _draw_refusal(verdict: Verdict) -> None:
    st.error(verdict.why_not)
    if verdict.warning:
        st.warning(verdict.warning)
    st.info(verdict.instead)
    st.button("Answer again")
