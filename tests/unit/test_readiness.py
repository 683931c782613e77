"""What somebody says of their back, and whether a session is started."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.errors import InputError
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.readiness import (
    FLARE_UP,
    LEG_SYMPTOMS,
    PAIN,
    QUESTIONS,
    STOP_NOTE,
    WARNING_SIGNS,
    Answers,
    Readiness,
    Verdict,
    decide,
    note_for,
)
from formcheck_rules.plank import PLANK

LIMITS = Readiness(max_pain=2, swap="march on the spot", why="Every landing is a jolt.")
ALL_ANSWERS = [
    Answers(pain, leg, flare_up)
    for pain, leg, flare_up in itertools.product(range(11), (False, True), (False, True))
]
SAFETY_PAGE = Path(__file__).parents[2] / "docs" / "safety.md"
NEVER_SAID = r"treat|prevent|reliev|heal(s|ing)|\bsafe|rehab|diagnos|\bcure"


def shown(verdict: Verdict) -> str:
    return " ".join((verdict.why_not, verdict.warning, verdict.instead))


def sentences(text: str) -> list[str]:
    return re.findall(r"[^.]+\.(?= |$)", text)


@pytest.mark.parametrize("pain", [0, 1, 2])
def test_little_pain_and_nothing_else_starts(pain: int) -> None:
    assert decide(Answers(pain, leg_symptoms=False, flare_up=False), LIMITS) == Verdict(True)


def test_nothing_else_starts() -> None:
    starting = [answers for answers in ALL_ANSWERS if decide(answers, LIMITS).starts]
    assert starting == [Answers(pain, False, False) for pain in (0, 1, 2)]


def test_the_limit_is_the_exercise_s_own() -> None:
    strict = replace(LIMITS, max_pain=0)
    assert decide(Answers(0, False, False), strict).starts
    assert not decide(Answers(1, False, False), strict).starts


@pytest.mark.parametrize("answers", ALL_ANSWERS, ids=str)
def test_a_refusal_says_why_names_the_swap_and_claims_nothing(answers: Answers) -> None:
    verdict = decide(answers, LIMITS)
    if verdict.starts:
        assert shown(verdict).strip() == ""
        return
    assert len(sentences(verdict.why_not)) == 2
    assert verdict.why_not.endswith(LIMITS.why)
    assert LIMITS.swap in verdict.instead
    assert "not a medical judgement" in verdict.instead
    assert not re.search(NEVER_SAID, shown(verdict), flags=re.IGNORECASE)


@pytest.mark.parametrize("answers", ALL_ANSWERS, ids=str)
def test_only_what_speaks_against_it_is_named(answers: Answers) -> None:
    why_not = decide(answers, LIMITS).why_not
    assert (f"pain in your back is {answers.pain} of 10" in why_not) == (answers.pain > 2)
    assert ("symptoms in a leg" in why_not) == answers.leg_symptoms
    assert ("worse than usual" in why_not) == answers.flare_up


def test_three_reasons_are_one_sentence() -> None:
    assert decide(Answers(6, leg_symptoms=True, flare_up=True), LIMITS).why_not == (
        "This session is not started: the pain in your back is 6 of 10 (it starts at 2 or less), "
        "you have symptoms in a leg and your back is worse than usual. Every landing is a jolt."
    )


@pytest.mark.parametrize("answers", ALL_ANSWERS, ids=str)
def test_leg_symptoms_bring_the_warning_signs_and_nothing_else_does(answers: Answers) -> None:
    assert decide(answers, LIMITS).warning == (WARNING_SIGNS if answers.leg_symptoms else "")


def test_the_warning_names_every_sign() -> None:
    for sign in ("bladder", "bowel", "numb between the legs", "weaker", "chest pain", "faint"):
        assert sign in WARNING_SIGNS


@pytest.mark.parametrize(
    ("answers", "begins"),
    [
        (Answers(3, False, False), "Low-impact swap for now"),
        (Answers(5, False, True), "Low-impact swap for now"),
        (Answers(0, False, True), "Low-impact swap for now"),
        (Answers(6, False, False), "No session at all"),
        (Answers(0, True, False), "Ask a doctor or physiotherapist"),
        (Answers(9, True, True), "Ask a doctor or physiotherapist"),
    ],
    ids=str,
)
def test_the_swap_waits_where_an_easy_session_is_too_much(answers: Answers, begins: str) -> None:
    assert decide(answers, LIMITS).instead.startswith(begins)


@pytest.mark.parametrize(("words", "pain"), [("0", 0), (" 2\n", 2), ("10", 10)])
def test_a_pain_is_read(words: str, pain: int) -> None:
    assert PAIN.parse(words) == pain


@pytest.mark.parametrize("words", ["eleven", "11", "-1", "2.5", "1_0", "", "\n", "3/10", "nan"])
def test_no_other_pain_is_read(words: str) -> None:
    with pytest.raises(InputError, match="not a whole number from 0") as caught:
        PAIN.parse(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("question", [LEG_SYMPTOMS, FLARE_UP], ids=lambda q: q.name)
def test_yes_and_no_are_read_and_nothing_else(question: type(LEG_SYMPTOMS)) -> None:
    assert [question.parse(words) for words in ("yes", "Y", " YES \n")] == [True] * 3
    assert [question.parse(words) for words in ("no", "N", "No\n")] == [False] * 3
    for words in ("", "maybe", "1", "yes no", "nope"):
        with pytest.raises(InputError, match="neither yes nor no"):
            question.parse(words)


def test_the_questions_fill_the_answers() -> None:
    assert tuple(question.name for question in QUESTIONS) == Answers.__slots__


@pytest.mark.parametrize("pain", [-1, 11])
def test_no_answer_is_off_the_scale(pain: int) -> None:
    with pytest.raises(ValueError, match="not between 0 and 10"):
        Answers(pain, leg_symptoms=False, flare_up=False)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"max_pain": -1}, "max_pain"),
        ({"max_pain": 6}, "max_pain"),
        ({"swap": " "}, "swap"),
        ({"why": ""}, "why"),
    ],
)
def test_a_readiness_that_means_nothing_is_refused(wrong: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        replace(LIMITS, **wrong)


def test_an_exercise_that_asks_for_nothing_has_no_note() -> None:
    assert note_for(PLANK) == ""


def test_the_note_says_limits_swap_and_when_to_stop_and_claims_nothing() -> None:
    note = note_for(replace(PLANK, readiness=LIMITS))
    for words in (LIMITS.why, "2 of 10 or less", LIMITS.swap, STOP_NOTE, "not a medical"):
        assert words in note
    assert not re.search(NEVER_SAID, note, flags=re.IGNORECASE)


def test_when_to_stop_names_a_rise_and_the_legs() -> None:
    assert "rises by 2 or more" in STOP_NOTE
    assert "if a leg hurts, tingles or goes numb or weak" in STOP_NOTE


def test_no_question_claims_anything() -> None:
    texts = [question.text for question in QUESTIONS]
    assert not re.search(NEVER_SAID, " ".join([*texts, WARNING_SIGNS]), flags=re.IGNORECASE)


def test_the_safety_page_has_every_question_and_sign() -> None:
    page = SAFETY_PAGE.read_text(encoding="utf-8")
    for question in QUESTIONS:
        assert question.text in page
        assert f"`--{question.name.replace('_', '-')}`" in page
    for sign in ("bladder", "bowel", "numb", "getting weaker", "chest pain", "faintness"):
        assert sign in page


def test_it_needs_no_terminal_and_no_picture() -> None:
    # A web page uses the same module, in a process of its own.
    heavy = "{'argparse', 'rich', 'numpy', 'cv2', 'mediapipe', 'formcheck.judgement'}"
    code = f"import sys, formcheck.readiness; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def jump_rope() -> Exercise:
    """The shipped exercise; while there is none, a stand-in that asks what it has to ask."""
    stand_in = replace(
        PLANK,
        name="jump_rope",
        readiness=replace(LIMITS, swap="march on the spot, or do heel raises"),
    )
    return load_exercises().get("jump_rope", stand_in)


def test_rope_jumping_asks_first(jump_rope: Exercise) -> None:
    assert jump_rope.readiness is not None
    starting = [answers for answers in ALL_ANSWERS if decide(answers, jump_rope.readiness).starts]
    assert starting == [Answers(pain, False, False) for pain in (0, 1, 2)]


def test_rope_jumping_has_a_swap_that_stays_on_the_floor(jump_rope: Exercise) -> None:
    assert jump_rope.readiness is not None
    assert "march" in jump_rope.readiness.swap
    assert "heel raises" in jump_rope.readiness.swap
    assert len(sentences(jump_rope.readiness.why)) == 1
    assert not re.search(NEVER_SAID, note_for(jump_rope), flags=re.IGNORECASE)


def test_nothing_on_the_floor_asks() -> None:
    asking = {name for name, exercise in load_exercises().items() if exercise.readiness is not None}
    assert asking <= {"jump_rope"}
