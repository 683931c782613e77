"""What a live session asks first: the answers come from options, or else from the terminal."""

from __future__ import annotations

import argparse
import sys
from typing import IO, TYPE_CHECKING, TypeVar

from formcheck.errors import InputError
from formcheck.readiness import (
    FLARE_UP,
    LEG_SYMPTOMS,
    PAIN,
    QUESTIONS,
    STOP_NOTE,
    Answers,
    Question,
    decide,
)

if TYPE_CHECKING:
    from formcheck.judgement.rule import Exercise

MOST_TRIES = 4
"""An answer that can't be used is asked for again three times."""

_VALUES = {PAIN.name: "0..10", LEG_SYMPTOMS.name: "yes|no", FLARE_UP.name: "yes|no"}

T = TypeVar("T")


def add_readiness_options(p: argparse.ArgumentParser) -> None:
    """``--pain``, ``--leg-symptoms`` and ``--flare-up``."""
    group = p.add_argument_group(
        "before exercises that ask for it (docs/safety.md)",
        "What is not given is asked on the terminal. The answers are not stored; what is typed as "
        "an option stays in your shell's history.",
    )
    for question in QUESTIONS:
        # Read by _given, so that a wrong value gets the same sentence wherever it is typed.
        group.add_argument(
            _option(question),
            metavar=_VALUES[question.name],
            help=f"{question.text.lower()} {question.choices}",
        )


def may_start(options: argparse.Namespace, exercise: Exercise) -> bool:
    """Asks what the exercise wants to know, and says so when its session is not started.

    Raises:
        InputError: an option's value can't be used or is not asked for, or something that was not
            given can't be asked.
    """
    answers = _answers(options, exercise)
    if answers is None or exercise.readiness is None:
        return True
    verdict = decide(answers, exercise.readiness)
    if verdict.starts:
        show_stop_note()
        return True
    _show(f"formcheck: {verdict.why_not}", sys.stderr)
    if verdict.warning:
        _show(verdict.warning, sys.stderr)
    _show(verdict.instead, sys.stdout)
    return False


def show_stop_note() -> None:
    """Prints when to stop."""
    _show(STOP_NOTE, sys.stdout)


def _answers(options: argparse.Namespace, exercise: Exercise) -> Answers | None:
    """The answers, or None when the exercise asks for none."""
    # All options are read before anything is asked: nobody types two answers to lose them.
    pain = _given(PAIN, options)
    leg_symptoms = _given(LEG_SYMPTOMS, options)
    flare_up = _given(FLARE_UP, options)
    missing = [q for q in QUESTIONS if getattr(options, q.name) is None]
    if exercise.readiness is None:
        if len(missing) < len(QUESTIONS):
            given = ", ".join(_option(q) for q in QUESTIONS if q not in missing)
            raise InputError(f"{exercise.name} does not ask for {given}; leave it out")
        return None
    if missing:
        _announce(missing, exercise)
    return Answers(
        pain=_ask(PAIN) if pain is None else pain,
        leg_symptoms=_ask(LEG_SYMPTOMS) if leg_symptoms is None else leg_symptoms,
        flare_up=_ask(FLARE_UP) if flare_up is None else flare_up,
    )


def _given(question: Question[T], options: argparse.Namespace) -> T | None:
    words = getattr(options, question.name)
    if words is None:
        return None
    try:
        return question.parse(words)
    except InputError as error:
        raise InputError(f"{_option(question)}: {error}") from None


def _announce(missing: list[Question[object]], exercise: Exercise) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        wanted = " ".join(f"{_option(q)} {_VALUES[q.name]}" for q in missing)
        raise InputError(
            f"{exercise.name} asks how your back is first, and there is no terminal to ask on; "
            f"give {wanted}"
        )
    _show(
        f"{exercise.title} asks how your back is before it starts. Your answers are not stored.",
        sys.stderr,
    )


def _ask(question: Question[T]) -> T:
    """Asks until the answer can be used.

    Raises:
        InputError: it never could be, or the terminal was closed.
    """
    for _ in range(MOST_TRIES):
        print(f"{question.text} [{question.choices}] ", end="", file=sys.stderr, flush=True)
        words = _typed_line()
        if not words:
            break
        try:
            return question.parse(words)
        except InputError as error:
            _show(f"{error}.", sys.stderr)
    raise InputError(
        f"without an answer the session is not started; begin again, or give {_option(question)} "
        f"{_VALUES[question.name]}"
    )


def _typed_line() -> str:
    """What was typed, with its line break; empty when the terminal was closed."""
    words = ""
    try:
        # Not input(): where readline is loaded it keeps what was typed in its history.
        words = sys.stdin.readline()
    finally:
        if not words:
            print(file=sys.stderr)  # Ctrl-C and Ctrl-D leave the cursor behind the question.
    return words


def _option(question: Question[object]) -> str:
    return f"--{question.name.replace('_', '-')}"


def _show(text: str, stream: IO[str]) -> None:
    """Prints a line, wrapped between words on a terminal and left whole elsewhere."""
    from formcheck.presentation.terminal import open_console

    console = open_console(stream)
    console.print(text, markup=False, emoji=False, soft_wrap=not stream.isatty())
    stream.flush()
