"""Exercises are found without being registered."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from formcheck.errors import InputError, RuleError, UnknownExercise
from formcheck.judgement import registry
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


SLOTTED = """
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Own:
    angle_deg: float | None = None
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_a_rule_file_may_have_dataclasses_of_its_own(tmp_path: Path) -> None:
    assert "strict_plank" in load_exercises([write(tmp_path, strict=RULE_FILE, own=SLOTTED)])


def test_two_files_of_a_folder_may_not_share_a_name(tmp_path: Path) -> None:
    write(tmp_path, one=RULE_FILE, two=RULE_FILE)
    with pytest.raises(RuleError, match=r"two rule files in .* an exercise called 'strict_plank'"):
        load_exercises([tmp_path])


def test_an_imported_exercise_is_no_second_one(tmp_path: Path) -> None:
    own_plank = "from dataclasses import replace\nfrom formcheck_rules.plank import PLANK as P\n"
    write(tmp_path, plank=own_plank + "MINE = replace(P, title='Mine')\nSAME = MINE\n")
    write(tmp_path, strict=RULE_FILE)
    exercises = load_exercises([tmp_path])
    assert exercises["plank"].title == "Mine"
    assert "strict_plank" in exercises


def test_two_folders_may_have_files_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "a", mine=RULE_FILE)
    write(tmp_path / "b", mine=RULE_FILE.replace("strict_plank", "other_plank"))
    assert {"strict_plank", "other_plank"} <= set(load_exercises([tmp_path / "a", tmp_path / "b"]))


def test_a_rule_file_cannot_end_the_program(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="SystemExit"):
        load_exercises([write(tmp_path, leaving="import sys\nsys.exit(3)\n")])


@pytest.mark.parametrize(
    "text", ["def broken(:\n", "import sys; sys.exit()", "import no_such_thing"]
)
def test_a_broken_installed_pack_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    pack = tmp_path / "broken_pack"
    pack.mkdir()
    write(pack, __init__="", wrong=text)
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("mine", "broken_pack", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    with pytest.raises(RuleError, match=r"the rule pack 'broken_pack' can't be imported"):
        load_exercises()


def test_installed_modules_may_import_each_others_exercises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "sharing_pack"
    pack.mkdir()
    write(pack, __init__="", one=RULE_FILE, two="from sharing_pack.one import STRICT_PLANK\n")
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("mine", "sharing_pack", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    assert "strict_plank" in load_exercises()
