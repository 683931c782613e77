"""What the documents show works."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from formcheck.cli import COMMANDS, parser
from formcheck.judgement.registry import load_exercises
from formcheck.testing import Jumper, hopping, observations, report_of, standing
from formcheck.types import Level

ROOT = Path(__file__).parents[2]


def code_blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_rule_of_the_guide_is_a_rule(tmp_path: Path) -> None:
    (tmp_path / "wall_sit.py").write_text(code_blocks("docs/writing-a-rule.md", "python")[0])
    exercise = load_exercises([tmp_path])["wall_sit"]
    report = report_of(exercise, observations(lambda t_s: standing(), 3.0))
    assert report.holds == ()


def test_the_jumps_of_the_guide_are_counted_and_judged() -> None:
    (block,) = (b for b in code_blocks("docs/writing-a-rule.md", "python") if "HopMovement(" in b)
    told: dict[str, Any] = {}
    exec(block, told)
    checks = (told["TOO_HIGH"], told["STIFF_KNEES"])
    exercise = replace(load_exercises()["jump_rope"], movement=told["MOVEMENT"], checks=checks)
    jumper = Jumper(heights_cm=(12.0,) * 12, cadence_per_min=100.0, knee_deg=(10.0, 30.0))
    report = report_of(exercise, hopping(jumper, fps=60.0))
    assert len(report.hops) == 12
    assert {hop.levels.get("too-high") for hop in report.hops} == {Level.WARN}
    assert {hop.levels.get("stiff-knees") for hop in report.hops} == {Level.GOOD}
    assert all({"knee_touch_deg", "lean_deg"} <= hop.values.keys() for hop in report.hops)


def test_the_readme_opens_with_two_commands_that_exist() -> None:
    (block,) = code_blocks("README.md", "bash")
    first, second = block.strip().splitlines()
    prefix = "pip install uv && uv run "
    assert first.startswith(prefix + "formcheck ")
    assert second == prefix + "--group studio pytest"
    options = parser().parse_args(first.removeprefix(prefix + "formcheck ").split())
    assert all((ROOT / clip).is_file() for clip in options.clips)


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2].replace("evaluate", "eval")
        assert f"`formcheck {name}" in text


def test_every_exercise_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in load_exercises() if f"| `{name}` |" not in text] == []


def test_every_file_that_is_named_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+\.py)`", readme))
    assert named
    known = {path.name for path in (ROOT / "formcheck").rglob("*.py")}
    assert named <= known


def test_links_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
