from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck.errors import BundleError, InputError
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise, Limits
from formcheck.media.bundle import update_bundle, write_bundle
from formcheck.media.trace import Trace, TraceMeta, pack, read_trace, unpack
from formcheck.notes import (
    Comment,
    Drawing,
    Notes,
    Opinion,
    Shape,
    Subject,
    Verdict,
    read_notes,
)
from formcheck.sessionfile import (
    About,
    Ending,
    SessionFile,
    judge_again,
    open_session,
    save_notes,
    save_session,
)
from formcheck.testing import Jumper, hopping, lying_outline
from formcheck.types import Level, Observation, Onset

ROOT = Path(__file__).parents[2]
CLIPS = ROOT / "test_videos"
META = TraceMeta("camera 0", "scripted", "0" * 64)


def save(
    path: Path, trace: Trace, exercise: Exercise, *, set_up: bool = False, **more: Any
) -> SessionFile:
    engine = Engine(exercise, set_up=set_up)
    for observation in trace.observations:
        engine.step(observation)
    report = engine.close()
    provenance = Provenance("0.1.0", "clip.mp4", report.duration_s, "f" * 64, stature_m=1.72)
    about = About(exercise.name, "clip.mp4", "2026-01-02T03:04:05+01:00", "Ada", set_up)
    return save_session(path, about, trace, exercise, report, provenance, **more)


def sag() -> Trace:
    return read_trace(CLIPS / "plank" / "sag_20.trace.npz")


@pytest.mark.parametrize("name", ["one", "one.formcheck"])
def test_everything_is_read_as_it_was_saved(tmp_path: Path, name: str) -> None:
    plank, clip = load_exercises()["plank"], CLIPS / "plank" / "sag_20.mp4"
    saved = save(tmp_path / name, sag(), plank, clip=clip)
    opened = open_session(tmp_path / name)
    assert opened.exercise == "plank"
    assert opened.about == About(
        "plank", "clip.mp4", "2026-01-02T03:04:05+01:00", "Ada", False, Ending.FINISHED
    )
    assert opened.report == saved.report
    assert opened.report.rule_version == plank.version
    assert opened.saved.provenance.stature_m == 1.72
    assert [f.check for f in opened.report.findings] == ["hips-sag"]
    assert opened.report.findings[0].margin > 0.0
    sag_check = plank.check("hips-sag")
    assert opened.thresholds["hips-sag"]["limits"]["fault"] == sag_check.limits.fault
    assert opened.neutrals == tuple(hold.neutral for hold in opened.report.holds)
    assert "hip_line_deg" in opened.neutrals[0]
    assert pack(opened.trace.observations) == pack(sag().observations)
    assert opened.trace.meta == sag().meta
    assert opened.notes == Notes()
    assert opened.has_clip
    opened.copy_clip(tmp_path / "copy.mp4")
    assert (tmp_path / "copy.mp4").read_bytes() == clip.read_bytes()
    assert (opened.clip is not None) == (name == "one")


def test_the_clip_is_optional(tmp_path: Path) -> None:
    opened = save(tmp_path / "one", sag(), load_exercises()["plank"])
    assert not opened.has_clip
    assert opened.clip is None
    with pytest.raises(BundleError, match="holds no clip"):
        opened.copy_clip(tmp_path / "copy.mp4")


@pytest.mark.parametrize(
    ("trace", "set_up"),
    [
        ("plank/sag_20_recovers", False),
        ("dead_bug/dead_bug_lift", False),
        ("dead_bug/dead_bug_good", True),
        ("glute_bridge/glute_bridge_too_low", True),
    ],
)
def test_the_report_can_be_made_again_bit_for_bit(tmp_path: Path, trace: str, set_up: bool) -> None:
    exercises = load_exercises()
    seen = read_trace(CLIPS / f"{trace}.trace.npz")
    exercise = exercises[trace.partition("/")[0]]
    save(tmp_path / "one.formcheck", seen, exercise, set_up=set_up)
    opened = open_session(tmp_path / "one.formcheck")
    assert judge_again(opened, exercise).encode() == opened.report_json()
    if trace.endswith("dead_bug_good"):  # The set-up makes a difference, so it has to be kept.
        other = replace(opened, about=replace(opened.about, set_up=False))
        assert judge_again(other, exercise).encode() != opened.report_json()


def test_the_report_on_jumps_with_other_limits_can_be_made_again(tmp_path: Path) -> None:
    jumps = Jumper(heights_cm=(12.0,) * 14, cadence_per_min=120.0)
    trace = Trace(META, tuple(hopping(jumps, fps=60.0)))
    rope = load_exercises()["jump_rope"]
    first = rope.checks[0]
    moved = Limits(first.limits.good + 1.0, first.limits.fault + 1.0)
    changed = replace(
        rope, checks=(replace(first, limits=moved), *rope.checks[1:]), version="9+changed.x"
    )
    opened = save(tmp_path / "one", trace, changed)
    assert len(opened.report.hops) == 14
    assert opened.thresholds[first.code]["limits"] == {"good": moved.good, "fault": moved.fault}
    assert judge_again(opened, changed).encode() == opened.report_json()
    assert judge_again(opened, rope).encode() != opened.report_json()


def test_observations_survive_packing_exactly() -> None:
    jumps = Jumper(heights_cm=(12.0,) * 3, cadence_per_min=120.0)
    seen = [replace(o, onsets=(Onset(0.1, -20.0, 0.3),)) for o in hopping(jumps, fps=60.0)]
    nobody = Observation(100.0, 640, 360, 7.0, None, lying_outline(0.1))
    again = unpack(pack([*seen, nobody]), "test")
    assert pack(again) == pack([*seen, nobody])
    assert again[5].onsets == seen[5].onsets
    assert again[-1].pose is None
    assert again[-1].outline is not None
    assert nobody.outline is not None
    np.testing.assert_array_equal(again[-1].outline.lower_px, nobody.outline.lower_px)
    assert unpack(pack([]), "test") == ()
    for broken in (b"", b"{}\n", pack(seen)[:-9], b'{"schema": 3, "rows": {"x": 1}}\n'):
        with pytest.raises(InputError):
            unpack(broken, "test")


NOTES = Notes(
    opinions=(
        Opinion(Verdict.AGREE, Subject.FINDING, 3.0, 6.0, "hips-sag", by="Eva", at="2026-01-03"),
        Opinion(
            Verdict.OVERRULE, Subject.FINDING, 3.0, 6.0, "hips-sag", Level.WARN, text="not so bad"
        ),
        Opinion(Verdict.ADD, Subject.FINDING, 1.0, 1.5, "head", Level.FAULT),
        Opinion(Verdict.OVERRULE, Subject.REP, 1.0, 4.0, counts=False),
        Opinion(Verdict.ADD, Subject.JUMP, 1.0, 1.2, "stiff-knees", Level.GOOD),
    ),
    comments=(Comment(2.5, "Schau, hier – „gut“ 👍", "Eva"),),
    drawings=(
        Drawing(2.5, Shape.ANGLE, ((10.0, 0.0), (0.0, 0.0), (0.0, 7.25)), until_s=3.0),
        Drawing(2.5, Shape.TEXT, ((1.0, 2.0),), text="here", colour="#00ff00"),
        Drawing(2.5, Shape.FREE, ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0))),
    ),
)


@pytest.mark.parametrize("name", ["one", "one.formcheck"])
def test_notes_are_kept_and_the_rest_stays(tmp_path: Path, name: str) -> None:
    saved = save(tmp_path / name, sag(), load_exercises()["plank"])
    assert save_notes(tmp_path / name, NOTES).notes == NOTES
    assert save_notes(tmp_path / name, Notes()).notes == Notes()
    opened = save_notes(tmp_path / name, NOTES)
    opened.bundle.verify()
    assert opened.notes == NOTES
    assert opened.report_json() == saved.report_json()


def test_notes_that_are_replaced_while_the_session_is_open_are_found(tmp_path: Path) -> None:
    rule = load_exercises()["plank"]
    opened = save(tmp_path / "one", sag(), rule, notes=Notes(comments=(Comment(1.0, "First"),)))
    save_notes(opened.path, Notes(comments=(Comment(1.0, "Second"),)))
    assert [comment.text for comment in opened.notes.comments] == ["Second"]


def test_notes_that_are_gone_are_told(tmp_path: Path) -> None:
    rule = load_exercises()["plank"]
    opened = save(tmp_path / "one", sag(), rule, notes=Notes(comments=(Comment(1.0, "First"),)))
    (opened.path / "notes.json").unlink()
    with pytest.raises(BundleError, match=r"notes\.json is missing"):
        _ = opened.notes


def test_an_opinion_finds_what_it_is_about(tmp_path: Path) -> None:
    report = save(tmp_path / "one", sag(), load_exercises()["plank"]).report
    (finding,) = report.findings
    opinion = Opinion(
        Verdict.OVERRULE, Subject.FINDING, finding.start_s, finding.end_s, finding.check
    )
    later = replace(finding, start_s=finding.start_s + 0.3)
    assert Notes((opinion,)).opinion_of(finding) == opinion
    assert Notes((opinion,)).opinion_of(later) == opinion
    other = replace(opinion, verdict=Verdict.AGREE)
    assert Notes((opinion, other)).opinion_of(finding) == other
    assert Notes((opinion,)).opinion_of(replace(finding, check="hips-pike")) is None
    away = replace(finding, start_s=finding.end_s + 1.0, end_s=finding.end_s + 2.0)
    assert Notes((opinion,)).opinion_of(away) is None


def test_an_opinion_of_a_repetition_or_jump_is_not_of_its_neighbour(tmp_path: Path) -> None:
    exercises = load_exercises()
    trace = read_trace(CLIPS / "glute_bridge" / "glute_bridge_good.trace.npz")
    reps = save(tmp_path / "one", trace, exercises["glute_bridge"]).report.reps
    jumps = Jumper(heights_cm=(12.0,) * 6, cadence_per_min=120.0)
    rope = Trace(META, tuple(hopping(jumps, fps=60.0)))
    hops = save(tmp_path / "two", rope, exercises["jump_rope"]).report.hops
    assert len(reps) == 2
    assert len(hops) == 6
    second, third = reps[1], hops[2]
    notes = Notes(
        (
            Opinion(Verdict.AGREE, Subject.REP, second.start_s, second.end_s),
            Opinion(Verdict.AGREE, Subject.JUMP, third.take_off_s, third.end_s),
        )
    )
    assert [n for n, rep in enumerate(reps) if notes.opinion_of(rep)] == [1]
    assert [n for n, hop in enumerate(hops) if notes.opinion_of(hop)] == [2]
    assert notes.opinion_of(second, "too-low") is None


def test_an_angle_drawn_by_hand_is_measured() -> None:
    assert NOTES.drawings[0].angle_deg == pytest.approx(90.0)
    assert NOTES.drawings[1].angle_deg is None
    flat = replace(NOTES.drawings[0], points_px=((-1.0, 0.0), (0.0, 0.0), (1.0, 0.0)))
    assert flat.angle_deg == pytest.approx(180.0)
    nowhere = replace(NOTES.drawings[0], points_px=((0.0, 0.0), (0.0, 0.0), (1.0, 0.0)))
    assert nowhere.angle_deg is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Opinion(Verdict.ADD, Subject.FINDING, 1.0, 2.0),
        lambda: Opinion(Verdict.ADD, Subject.REP, 2.0, 1.0),
        lambda: Opinion(Verdict.ADD, Subject.REP, float("nan"), 1.0),
        lambda: Opinion(Verdict.ADD, Subject.REP, 1.0, 2.0, level=Level.NOT_JUDGED),
        lambda: Opinion(Verdict.ADD, Subject.FINDING, 1.0, 2.0, "head", counts=True),
        lambda: Opinion(Verdict.ADD, Subject.REP, 1.0, 2.0, text="x" * 10_001),
        lambda: Comment(1.0, " "),
        lambda: Drawing(1.0, Shape.LINE, ((1.0, 2.0),)),
        lambda: Drawing(1.0, Shape.FREE, ((1.0, 2.0),)),
        lambda: Drawing(1.0, Shape.LINE, ((1.0, 2.0), (float("inf"), 1.0))),
        lambda: Drawing(1.0, Shape.LINE, ((1.0, 2.0), (1.0, 1.0)), colour="red"),
        lambda: Drawing(1.0, Shape.TEXT, ((1.0, 2.0),)),
        lambda: Drawing(1.0, Shape.LINE, ((1.0, 2.0), (1.0, 1.0)), until_s=0.5),
    ],
)
def test_notes_that_make_no_sense(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()


def test_notes_that_are_none() -> None:
    plain = json.loads(NOTES.to_json())
    newer = json.dumps({**plain, "schema_version": 2}).encode()
    with pytest.raises(BundleError, match="update formcheck"):
        read_notes(newer, "one")
    for key, value in (
        ("opinions", [{}]),
        ("opinions", 7),
        ("comments", [{"t_s": True, "text": "a", "by": "", "at": ""}]),
        ("comments", [{"t_s": 1e999, "text": "a", "by": "", "at": ""}]),
        ("drawings", [{**plain["drawings"][0], "shape": "circle"}]),
        ("drawings", [{**plain["drawings"][0], "points_px": [[1, 2, 3]] * 3}]),
        ("schema_version", "1"),
    ):
        with pytest.raises(BundleError, match="damaged"):
            read_notes(json.dumps({**plain, key: value}).encode(), "one")
    for data in (b"", b"null", b"[" * 100_000, NOTES.to_json()[:-20]):
        with pytest.raises(BundleError, match="damaged"):
            read_notes(data, "one")


def test_unknown_keys_are_skipped() -> None:
    plain = json.loads(NOTES.to_json())
    plain["opinions"][0]["mood"] = "good"
    assert read_notes(json.dumps({**plain, "more": 1}).encode(), "one") == NOTES


def test_a_part_of_a_newer_formcheck_is_skipped(tmp_path: Path) -> None:
    save(tmp_path / "one", sag(), load_exercises()["plank"])
    update_bundle(tmp_path / "one", {"pulse": ("pulse.csv", b"60")})
    assert open_session(tmp_path / "one").report.findings


def change_part(path: Path, role: str, name: str, data: bytes) -> None:
    update_bundle(path, {role: (name, data)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema_version": 2}, "update formcheck"),
        ({"schema_version": True}, "damaged"),
        ({"set_up": 1}, "damaged"),
        ({"ended": "somehow"}, "damaged"),
        ({"exercise": "dead_bug"}, "contradicts itself"),
    ],
)
def test_a_session_that_makes_no_sense(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    opened = save(tmp_path / "one", sag(), load_exercises()["plank"])
    plain = json.loads(opened.about.to_json())
    change_part(tmp_path / "one", "session", "session.json", json.dumps(plain | change).encode())
    with pytest.raises(BundleError, match=words):
        open_session(tmp_path / "one")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a formcheck report"),
        (b"\xff", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"{}", "schema_version"),
        (b'{"schema_version": 99}', "update formcheck"),
    ],
)
def test_a_report_that_is_none(tmp_path: Path, data: bytes, words: str) -> None:
    save(tmp_path / "one", sag(), load_exercises()["plank"])
    change_part(tmp_path / "one", "report", "report.json", data)
    with pytest.raises(BundleError, match=words):
        open_session(tmp_path / "one")


def test_a_trace_that_is_a_bomb_or_none(tmp_path: Path) -> None:
    save(tmp_path / "one", sag(), load_exercises()["plank"])
    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(40):
            with archive.open(f"{n}.npy", "w", force_zip64=True) as file:
                file.write(bytes(2**20))
    data = bytearray(bomb.read_bytes())
    change_part(tmp_path / "one", "trace", "trace.npz", bytes(data))
    with pytest.raises(InputError, match=r"not a formcheck trace|damaged"):
        _ = open_session(tmp_path / "one").trace
    # What the directory claims is believed before anything is unpacked.
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = b"\xff\xff\xff\xf0"
    change_part(tmp_path / "one", "trace", "trace.npz", bytes(data))
    with pytest.raises(BundleError, match="unpack to more"):
        _ = open_session(tmp_path / "one").trace
    # An array that claims more numbers than there is memory for.
    huge = tmp_path / "huge.npz"
    with zipfile.ZipFile(huge, "w") as archive, archive.open("t_s.npy", "w") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": (2**50,)}
        np.lib.format.write_array_header_1_0(file, header)  # type: ignore[no-untyped-call]
    change_part(tmp_path / "one", "trace", "trace.npz", huge.read_bytes())
    with pytest.raises(InputError, match="damaged"):
        _ = open_session(tmp_path / "one").trace


def test_another_kind_of_bundle(tmp_path: Path) -> None:
    made = datetime(2026, 1, 2, tzinfo=timezone.utc)
    write_bundle(tmp_path / "other", "recipe", {"cake": ("cake.txt", b"eggs")}, "me", made)
    with pytest.raises(BundleError, match="not that of a session"):
        open_session(tmp_path / "other")
