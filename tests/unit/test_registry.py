"""Exercises are found without being registered."""

from pathlib import Path

import pytest

from formcheck.errors import InputError, RuleError, UnknownExercise
from formcheck.judgement.registry import find_exercise, load_exercises
from formcheck.testing import observations, plank, report_of

RULE_FILE = '''
"""Low plank watch.

What:
    Hips only.

Why:
    To test that a new file is enough.

Evidence:
    None.

Camera:
    From the side.
"""

from dataclasses import replace

from formcheck.judgement.rule import Limits
from formcheck_rules.plank import PLANK, SAG

STRICT = replace(SAG, limits=Limits(-2.0, -5.0), absolute=None, cue="Up a little")
STRICT_PLANK = replace(PLANK, name="strict_plank", title="Strict", doc=__doc__, checks=(STRICT,))
'''


def test_the_shipped_rules_are_found() -> None:
    assert "plank" in load_exercises()


def test_a_new_rule_file_in_a_folder_is_used_at_once(tmp_path: Path) -> None:
    (tmp_path / "strict_plank.py").write_text(RULE_FILE, encoding="utf-8")
    exercises = load_exercises([tmp_path])
    strict = find_exercise("strict_plank", exercises)
    report = report_of(strict, observations(lambda t_s: plank(4.0 if t_s < 3 else -3.0), 6.0))
    assert [cue.text for cue in report.cues] == ["Up a little"]
    lenient = report_of(
        exercises["plank"], observations(lambda t_s: plank(4.0 if t_s < 3 else -3.0), 6.0)
    )
    assert lenient.cues == ()


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownExercise, match="did you mean 'plank'"):
        find_exercise("Planck", load_exercises())
    with pytest.raises(UnknownExercise, match="known: plank"):
        find_exercise("zzzz", {"plank": load_exercises()["plank"]})


def test_a_folder_without_rules_or_with_a_broken_one_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        load_exercises([tmp_path / "none"])
    with pytest.raises(InputError, match="no rule file"):
        load_exercises([tmp_path])
    (tmp_path / "broken.py").write_text("1 / 0", encoding="utf-8")
    with pytest.raises(RuleError, match="ZeroDivisionError"):
        load_exercises([tmp_path])
