"""``formcheck live``: what is asked before an exercise that asks for it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from recorded import SCENE, ScriptedEstimator

from formcheck.cli import main
from formcheck.errors import DeviceError
from formcheck.judgement.registry import load_exercises
from formcheck.readiness import STOP_NOTE, WARNING_SIGNS
from formcheck.testing import plank
from formcheck.types import Frame

RULE_FILE = '''
"""A stand-in for an exercise that asks first."""

from dataclasses import replace

from formcheck.judgement.rule import Readiness
from formcheck_rules.plank import PLANK

ASKING = replace(
    PLANK,
    name="{name}",
    title="Hopping",
    readiness=Readiness(
        max_pain=2,
        swap="march on the spot, or do heel raises",
        why="Every landing is a jolt.",
    ),
)
'''
NO_CAMERA = "Camera 97"
"""What the program stumbles over once it has started."""


@pytest.fixture
def hopping(tmp_path: Path) -> list[str]:
    """Options that name an exercise which asks first."""
    return options_of("hopping", tmp_path)


@pytest.fixture
def jump_rope(tmp_path: Path) -> list[str]:
    """Options that name the shipped exercise, or a stand-in while there is none."""
    if "jump_rope" in load_exercises():
        return ["--exercise", "jump_rope"]
    return options_of("jump_rope", tmp_path)


def options_of(name: str, folder: Path) -> list[str]:
    rules = folder / "own_rules"
    rules.mkdir()
    (rules / "asking.py").write_text(RULE_FILE.format(name=name), encoding="utf-8")
    return ["--exercise", name, "--rules", str(rules)]


def live(options: list[str], *more: str) -> int:
    return main(["live", "--mute", "--no-window", "--camera", "97", *options, *more])


class Terminal(io.StringIO):
    """Standard input where somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def _typing(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(request.param))


def typed(*lines: str) -> pytest.MarkDecorator:
    words = "".join(f"{line}\n" for line in lines)
    return pytest.mark.parametrize("_typing", [words], indirect=True, ids=["typed"])


def answers(pain: str = "0", leg: str = "no", flare_up: str = "no") -> list[str]:
    return ["--pain", pain, "--leg-symptoms", leg, "--flare-up", flare_up]


def test_good_answers_start_it(hopping: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert live(hopping, *answers(pain="2")) == 2
    captured = capsys.readouterr()
    assert NO_CAMERA in captured.err
    assert captured.out.splitlines() == [STOP_NOTE]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answers(pain="3"), "the pain in your back is 3 of 10"),
        (answers(leg="yes"), "you have symptoms in a leg"),
        (answers(flare_up="yes"), "your back is worse than usual"),
    ],
    ids=["pain", "leg", "flare-up"],
)
def test_it_is_not_started_and_names_the_swap(
    hopping: list[str], capsys: pytest.CaptureFixture[str], given: list[str], why: str
) -> None:
    assert live(hopping, *given) == 2
    captured = capsys.readouterr()
    first, *others = captured.err.splitlines()
    assert first.startswith("formcheck: This session is not started: ")
    assert why in first
    assert others == ([WARNING_SIGNS] if "leg" in why else [])
    assert "march on the spot, or do heel raises" in captured.out
    assert NO_CAMERA not in captured.err


@typed("1", "no", "NO")
@pytest.mark.usefixtures("_typing")
def test_it_asks_on_the_terminal(hopping: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert live(hopping) == 2
    asked = capsys.readouterr().err
    assert "Your answers are not stored." in asked
    assert asked.count("?") == 3
    assert NO_CAMERA in asked


@typed("yes")
@pytest.mark.usefixtures("_typing")
def test_only_what_was_not_given_is_asked(
    hopping: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(hopping, "--pain", "0", "--flare-up", "no") == 2
    asked = capsys.readouterr().err
    assert asked.count("?") == 1
    assert "symptoms in a leg" in asked


@typed("eleven", "11", "", "1", "no", "perhaps", "no")
@pytest.mark.usefixtures("_typing")
def test_a_bad_answer_is_asked_for_again(
    hopping: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(hopping) == 2
    asked = capsys.readouterr().err
    assert "'eleven' is not a whole number from 0 (no pain) to 10" in asked
    assert "'perhaps' is neither yes nor no." in asked
    assert asked.count("How much pain") == 4
    assert NO_CAMERA in asked


@typed("a", "b", "c", "d", "1", "no", "no")
@pytest.mark.usefixtures("_typing")
def test_after_three_more_tries_it_gives_up(
    hopping: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(hopping) == 2
    asked = capsys.readouterr().err
    assert asked.count("How much pain") == 4
    assert asked.splitlines()[-1].endswith("begin again, or give --pain 0..10")
    assert NO_CAMERA not in asked


@typed("1")
@pytest.mark.usefixtures("_typing")
def test_a_terminal_that_is_closed_starts_nothing(
    hopping: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(hopping) == 2
    assert "give --leg-symptoms yes|no" in capsys.readouterr().err


@typed("1", "no", "no")
@pytest.mark.usefixtures("_typing")
def test_a_bad_option_is_told_before_anything_is_asked(
    hopping: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(hopping, "--flare-up", "maybe") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "formcheck: --flare-up: 'maybe' is neither yes nor no"


def test_without_a_terminal_it_says_which_options_to_give(
    hopping: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\nno\nno\n"))
    assert live(hopping, "--leg-symptoms", "no") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("give --pain 0..10 --flare-up yes|no")


def test_without_any_standard_input_too(
    hopping: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert live(hopping) == 2
    assert "--pain 0..10 --leg-symptoms yes|no --flare-up yes|no" in capsys.readouterr().err


@typed()
@pytest.mark.usefixtures("_typing")
def test_no_other_exercise_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert live(["--exercise", "plank"]) == 2
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert NO_CAMERA in captured.err
    assert captured.out == ""


def test_an_answer_that_nothing_asks_for_is_not_passed_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert live(["--exercise", "plank"], "--pain", "9") == 2
    assert "plank does not ask for --pain; leave it out" in capsys.readouterr().err


def test_somebody_types_on_a_real_terminal(hopping: list[str]) -> None:
    pty = pytest.importorskip("pty", reason="terminals of this kind are Unix's")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "formcheck", "live", "--camera", "97", *hopping]
    os.write(ours, b"4\nno\nno\n")
    try:
        done = subprocess.run(
            command, stdin=theirs, capture_output=True, text=True, check=False, timeout=60
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert "the pain in your back is 4 of 10" in done.stderr
    assert "march on the spot" in done.stdout


class FakeCamera:
    """Gives the same three seconds each time and then, as a pulled cable does, an error."""

    def __init__(self, index: int) -> None:
        del index

    def __iter__(self) -> Iterator[Frame]:
        image = np.full((SCENE.height_px, SCENE.width_px, 3), 120, np.uint8)
        yield from (Frame(i / 30.0, image) for i in range(90))
        raise DeviceError("Camera 0 stopped giving pictures.")

    def __enter__(self) -> FakeCamera:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


@pytest.fixture
def _filmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.media.camera.Camera", FakeCamera)
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda *a, **kw: ScriptedEstimator(lambda t_s: plank(4.0)),
    )


@pytest.mark.usefixtures("_filmed")
def test_the_summary_ends_with_when_to_stop(
    hopping: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    live(hopping, *answers())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == STOP_NOTE
    assert lines[-1] == STOP_NOTE
    assert any("In good form" in line for line in lines)


@pytest.mark.usefixtures("_filmed")
def test_other_summaries_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    live(["--exercise", "plank"])
    out = capsys.readouterr().out
    assert "In good form" in out
    assert STOP_NOTE not in out


@pytest.mark.usefixtures("_filmed")
def test_no_answer_is_stored(hopping: list[str], tmp_path: Path) -> None:
    kept = []
    for pain in ("0", "2"):
        out = tmp_path / f"pain_{pain}"
        live(hopping, *answers(pain=pain), "--out", str(out))
        files = {path.name: path.read_bytes() for path in out.glob("*/*") if path.is_file()}
        assert {"report.json", "report.html", "trace.npz"} <= files.keys()
        files["session.json"] = re.sub(rb'"began": ".*"', b"", files["session.json"])
        del files["manifest.json"]  # It has the time, too; the rest is hashes of the others.
        kept.append(files)
    without, with_pain = kept
    assert without == with_pain


def test_rope_jumping_starts_at_two_of_ten(
    jump_rope: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert live(jump_rope, *answers(pain="2")) == 2
    assert NO_CAMERA in capsys.readouterr().err


@pytest.mark.parametrize(
    "given", [answers(pain="3"), answers(leg="yes"), answers(flare_up="yes")], ids=str
)
def test_rope_jumping_has_its_swap(
    jump_rope: list[str], capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    assert live(jump_rope, *given) == 2
    captured = capsys.readouterr()
    assert "not started" in captured.err
    assert NO_CAMERA not in captured.err
    assert "march" in captured.out
    assert "heel raises" in captured.out
