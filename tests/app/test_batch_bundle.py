"""``formcheck batch --bundle``: each clip a session to be reviewed, judged as its person is."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from batch_people import SAGS, STRAIGHT, by_shade, clips_in, leftovers, table
from recorded import blank_clip

from formcheck.batch.work import Outcome, Task, work_on
from formcheck.cli import main
from formcheck.judgement.overrides import Change
from formcheck.judgement.registry import load_exercises
from formcheck.profiles import Profile, save_profile, with_changes
from formcheck.sessionfile import open_session

PLANK = load_exercises()["plank"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the app; clips are done in this process, and show people by their shade."""

    def run_here(tasks: Sequence[Task], workers: int) -> Generator[Outcome, None, None]:
        yield from map(work_on, tasks)

    monkeypatch.setattr("formcheck.perception.open.open_estimator", by_shade)
    monkeypatch.setattr("formcheck.batch.local.run_here", run_here)
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def batch(*arguments: object) -> int:
    return main(["batch", *(str(a) for a in arguments), "--exercise", "plank"])


def wider(home: Path, person: str) -> None:
    """Keeps limits for a person by which hips that sag are still good."""
    changes = [
        Change("plank", "hips-sag", "good", -30.0, False),
        Change("plank", "hips-sag", "fault", -40.0, False),
    ]
    save_profile(home, with_changes(Profile(person), PLANK, changes, why="fused", by="Eva"))


def times_of(out: Path) -> dict[str, int]:
    return {path.stem: path.stat().st_mtime_ns for path in out.rglob("*.formcheck")}


def test_every_clip_gets_a_bundle(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips, out = clips_in(tmp_path / "clips" / "deep", 2).parent, tmp_path / "out"
    assert batch(clips, "--out", out, "--bundle", "--person", "Anna  B.") == 0
    assert "no limits are kept for Anna B." in capsys.readouterr().err
    for name in ("clip00", "clip01"):
        session = open_session(out / "deep" / name / f"{name}.formcheck")
        session.bundle.verify()
        assert session.about.person == "Anna B."
        assert session.about.source == f"{name}.mp4"
        assert session.has_clip
        assert session.report_json() == (out / "deep" / name / "report.json").read_bytes()
    assert [row["bundle"] for row in table(out / "clips.csv")] == [
        "deep/clip00/clip00.formcheck",
        "deep/clip01/clip01.formcheck",
    ]
    assert leftovers(out) == []

    before = times_of(out)
    assert batch(clips, "--out", out, "--bundle", "--person", "Anna B.") == 0
    assert times_of(out) == before
    assert batch(clips, "--out", out, "--bundle", "--no-clip", "--person", "Anna B.") == 0
    assert not open_session(out / "deep" / "clip00" / "clip00.formcheck").has_clip
    assert batch(clips, "--out", out) == 0
    assert times_of(out) == {}
    assert [row["bundle"] for row in table(out / "clips.csv")] == ["", ""]


def test_each_is_judged_by_the_limits_of_its_person(tmp_path: Path, home: Path) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    for name in ("anna", "berta", "nobody"):
        blank_clip(clips / f"{name}.mp4", 6.0, shade=SAGS)
    manifest = clips / "who.csv"
    manifest.write_text("clip,person\nanna.mp4,Anna\nberta.mp4,berta\nnobody.mp4,\n", "utf-8")
    wider(home, "Anna")
    assert batch(manifest, "--out", out, "--bundle", "--person", "Clara") == 0

    def of(name: str) -> tuple[str, list[str]]:
        session = open_session(out / name / f"{name}.formcheck")
        return session.about.person, [finding.check for finding in session.report.findings]

    assert [of(name) for name in ("anna", "berta", "nobody")] == [
        ("Anna", []),
        ("berta", ["hips-sag"]),
        ("Clara", ["hips-sag"]),
    ]
    before = times_of(out)
    wider(home, "Berta")
    assert batch(manifest, "--out", out, "--bundle", "--person", "Clara") == 0
    after = times_of(out)
    assert of("berta") == ("berta", [])
    assert {name for name in after if after[name] != before[name]} == {"berta"}


def test_results_that_are_handed_over_hold_the_bundle_too(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    blank_clip(clips / "a.mp4", 2.0, shade=STRAIGHT)

    def run_on(
        tasks: Sequence[Task], scheduler: str, remark: object
    ) -> Generator[Outcome, None, None]:
        assert all(task.out is None for task in tasks)
        yield from map(work_on, tasks)

    monkeypatch.setattr("formcheck.batch.cluster.run_on", run_on)
    assert batch(clips, "--out", out, "--bundle", "--scheduler", "tcp://nobody") == 0
    open_session(out / "a" / "a.formcheck").bundle.verify()
    url = tmp_path / "elsewhere"
    assert batch(clips, "--out", f"memory://{url}", "--bundle") == 0
    from fsspec.core import url_to_fs

    system, root = url_to_fs(f"memory://{url}")
    (tmp_path / "back.formcheck").write_bytes(system.cat_file(f"{root}/a/a.formcheck"))
    open_session(tmp_path / "back.formcheck").bundle.verify()
