"""``formcheck analyze --bundle``: the whole session in one file."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from recorded import SCENE, ScriptedEstimator, blank_clip

from formcheck.analysis import analyze_clip
from formcheck.cli import main
from formcheck.clipsession import Keep
from formcheck.errors import OutputError
from formcheck.judgement.overrides import Change
from formcheck.judgement.registry import load_exercises
from formcheck.media.reader import VideoReader
from formcheck.profiles import Profile, save_profile, with_changes
from formcheck.sessionfile import SessionFile, judge_again, open_session
from formcheck.testing import Figure, plank

PLANK = load_exercises()["plank"]


def sagging(t_s: float) -> Figure:
    return plank(4.0 if t_s < 3.0 else -16.0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the app of its own; people in clips follow a script."""
    home = tmp_path / "home"
    monkeypatch.setenv("FORMCHECK_HOME", str(home))
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda model=None, *, outline=False: ScriptedEstimator(sagging),
    )
    return home


def analyzed(tmp_path: Path, *options: str, seconds: float = 6.0) -> SessionFile:
    clip = blank_clip(tmp_path / "hips.mp4", seconds)
    out = tmp_path / "out"
    arguments = ["analyze", str(clip), "--exercise", "plank", "--out", str(out), "--bundle"]
    assert main([*arguments, *options]) == 0
    return open_session(out / "hips" / "hips.formcheck")


def test_a_bundle_holds_what_the_folder_does(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = analyzed(tmp_path)
    folder = session.path.parent
    assert "hips.formcheck is the session" in capsys.readouterr().out
    session.bundle.verify()
    assert session.report_json() == (folder / "report.json").read_bytes()
    assert judge_again(session, PLANK).encode() == session.report_json()
    assert (session.about.source, session.about.person) == ("hips.mp4", "")
    session.copy_clip(tmp_path / "kept.mp4")
    assert (tmp_path / "kept.mp4").read_bytes() == (tmp_path / "hips.mp4").read_bytes()
    with VideoReader(tmp_path / "kept.mp4") as reader:
        assert [f.t_s for f in reader] == [seen.t_s for seen in session.trace.observations]
    assert sorted(path.name for path in folder.iterdir()) == [
        "annotated.mp4",
        "cues.vtt",
        "hips.formcheck",
        "report.html",
        "report.json",
        "signals.csv",
        "trace.npz",
    ]


def test_the_picture_is_left_out_where_that_is_wanted(tmp_path: Path, home: Path) -> None:
    session = analyzed(tmp_path, "--no-clip")
    assert not session.has_clip
    assert len(session.trace.observations) == 180


def test_a_person_is_judged_by_their_own_limits(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = analyzed(tmp_path, "--person", "Anna")
    assert "no limits are kept for Anna" in capsys.readouterr().err
    assert usual.about.person == "Anna"
    assert [finding.check for finding in usual.report.findings] == ["hips-sag"]
    change = Change("plank", "hips-sag", "fault", -40.0, False)
    wider = Change("plank", "hips-sag", "good", -30.0, False)
    profile = with_changes(Profile("Anna"), PLANK, [change, wider], why="fused", by="Eva")
    save_profile(home, profile)
    hers = analyzed(tmp_path, "--person", "anna")
    assert capsys.readouterr().err == ""
    assert hers.report.findings == ()
    assert hers.thresholds["hips-sag"] != usual.thresholds["hips-sag"]
    assert hers.saved.report.rule_version.startswith(PLANK.version)


def test_no_clip_without_a_bundle_is_a_mistake(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "hips.mp4", 0.5)
    assert main(["analyze", str(clip), "--exercise", "plank", "--no-clip"]) == 2
    assert "add --bundle" in capsys.readouterr().err


def test_without_room_for_the_bundle_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = blank_clip(tmp_path / "hips.mp4", 2.0)

    def full(*_: object, **__: object) -> None:
        raise OutputError("The disk is full: free some space.")

    monkeypatch.setattr("formcheck.clipsession.save_session", full)
    out = tmp_path / "out" / "hips"
    with pytest.raises(OutputError, match="disk is full"):
        analyze_clip(clip, PLANK, ScriptedEstimator(sagging), out, keep=Keep())
    assert not out.exists()
    monkeypatch.undo()
    analyze_clip(clip, PLANK, ScriptedEstimator(sagging), out, keep=Keep("Anna"))
    assert open_session(out / "hips.formcheck").about.person == "Anna"
    # A second time replaces it as it does the others.
    analyze_clip(clip, PLANK, ScriptedEstimator(sagging), out, keep=Keep("Berta"))
    assert open_session(out / "hips.formcheck").about.person == "Berta"


def test_a_clip_that_lies_on_its_side_stands_upright_in_the_bundle(tmp_path: Path) -> None:
    upright = blank_clip(tmp_path / "upright.mp4", 2.0)
    clip = tmp_path / "turned.mp4"
    with av.open(str(upright)) as source, av.open(str(clip), "w") as out:
        stream = source.streams.video[0]
        copied = out.add_stream("libx264", rate=30)
        copied.width, copied.height = SCENE.height_px, SCENE.width_px
        copied.set_display_rotation(90)
        for frame in source.decode(stream):
            turned = np.rot90(frame.to_ndarray(format="rgb24"), -1)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(turned), format="rgb24")
            picture.pts, picture.time_base = frame.pts, frame.time_base
            out.mux(copied.encode(picture))
        out.mux(copied.encode(None))
    folder = tmp_path / "out" / "turned"
    analyze_clip(clip, PLANK, ScriptedEstimator(sagging), folder, keep=Keep())
    session = open_session(folder / "turned.formcheck")
    session.copy_clip(tmp_path / "kept.mp4")
    with VideoReader(tmp_path / "kept.mp4") as reader:
        info = reader.info
        times_s = [frame.t_s for frame in reader]
    assert (info.rotation_deg, info.width_px, info.height_px) == (0, 320, 180)
    assert times_s == pytest.approx([seen.t_s for seen in session.trace.observations], abs=1e-3)
