"""``formcheck live``: a clip plays as if it were a camera."""

from __future__ import annotations

import errno
import math
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from recorded import SCENE, ScriptedEstimator, blank_clip

from formcheck.cli import main
from formcheck.errors import DeviceError, OutputError
from formcheck.judgement.overrides import Change
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import OwnRange, RepMovement, Track
from formcheck.live import Keep, coach, session_folder
from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter
from formcheck.perception.estimator import observe
from formcheck.presentation.voice import RecordingSpeaker, SilentSpeaker
from formcheck.profiles import Profile, save_profile, with_changes
from formcheck.rendering import render
from formcheck.repairing import repair
from formcheck.sessionfile import About, Ending, judge_again, open_session
from formcheck.testing import Figure, plank, report_of
from formcheck.types import Frame
from formcheck_rules.plank import PLANK


def sagging(t_s: float) -> Figure:
    return plank(4.0 if t_s < 3.0 else -16.0)


BEGAN = datetime(2026, 11, 21, 10, 15, 0, tzinfo=timezone.utc)


def keep(folder: Path) -> Keep:
    return Keep(folder, BEGAN)


def frames(seconds: float, fps: float = 30.0) -> list[Frame]:
    image = np.full((SCENE.height_px, SCENE.width_px, 3), 120, np.uint8)
    return [Frame(i / fps, image) for i in range(round(seconds * fps))]


class Screen:
    def __init__(self, stop_after: int = 10**9) -> None:
        self.shown: list[tuple[int, ...]] = []
        self._stop_after = stop_after

    def show(self, image_rgb: NDArray[np.uint8]) -> bool:
        self.shown.append(image_rgb.shape)
        return len(self.shown) >= self._stop_after


def test_it_speaks_draws_and_keeps(tmp_path: Path) -> None:
    speaker, screen = RecordingSpeaker(), Screen()
    report, provenance = coach(
        PLANK,
        ScriptedEstimator(sagging),
        frames(7.0),
        "camera 0",
        speaker,
        screen,
        keep(tmp_path / "kept"),
    )
    assert speaker.said[:1] == ["Hold starts now"]
    assert "Lift your hips" in speaker.said
    assert len(screen.shown) == 210
    assert [finding.check for finding in report.findings] == ["hips-sag"]
    assert provenance.source == "camera 0"
    session = open_session(tmp_path / "kept")
    session.bundle.verify()
    assert session.about == About("plank", "camera 0", BEGAN.isoformat(), set_up=True)
    assert session.report == report
    assert judge_again(session, PLANK).encode() == session.report_json()
    assert names(tmp_path / "kept") == PARTS
    assert session.clip is not None
    with VideoReader(session.clip) as reader:
        times_s = [frame.t_s for frame in reader]
    assert times_s == pytest.approx([f.t_s for f in frames(7.0)], abs=1e-4)


PARTS = {"manifest.json", "session.json", "trace.npz", "report.json", "clip.mp4"}
DRAWN = {"annotated.mp4", "report.html", "signals.csv", "cues.vtt"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_same_frames_give_the_same_report_as_a_clip() -> None:
    estimator = ScriptedEstimator(sagging)
    report, _ = coach(PLANK, estimator, frames(7.0), "camera 0", SilentSpeaker())
    seen = [observe(f, estimator.estimate(f)) for f in frames(7.0)]
    assert report == report_of(PLANK, seen)


HIP_LINE = PLANK.main
PIKES = replace(
    PLANK,
    movement=RepMovement(
        position=lambda body: None,
        stance=lambda body: None,
        tracks=(Track(HIP_LINE),),
        least=15.0,
    ),
    checks=(),
    own_range=OwnRange(
        HIP_LINE, "Flatten your back into the floor", "Now let it arch", "And rest", least=5.0
    ),
)
"""An exercise that is repeated: hips up and down, after a set-up that asks for both ends."""


def set_up_and_two_pikes(t_s: float) -> Figure:
    if 7.0 <= t_s < 11.6:
        return plank(14.0)  # The far end of the own range, asked for at about 6.5 s.
    on_the_way = [(t_s - start_s) / 4.0 for start_s in (15.0, 20.0) if 0 <= t_s - start_s < 4.0]
    up = math.sin(math.pi * on_the_way[0]) ** 2 if on_the_way else 0.0
    return plank(4.0 + 30.0 * up)


def test_repetitions_are_set_up_counted_aloud_and_kept(tmp_path: Path) -> None:
    speaker, screen = RecordingSpeaker(), Screen()
    report, _ = coach(
        PIKES,
        ScriptedEstimator(set_up_and_two_pikes),
        frames(26.0, fps=15.0),
        "camera 0",
        speaker,
        screen,
        keep(tmp_path / "kept"),
    )
    assert speaker.said == [
        "Flatten your back into the floor",
        "Now let it arch",
        "And rest",
        "Begin when you are ready",
        "One",
        "Two",
    ]
    assert report.reps_counted == 2
    low, high = report.own_range[HIP_LINE.name]
    assert high - low == pytest.approx(10.0, abs=1.0)
    session = open_session(tmp_path / "kept")
    assert session.report == report
    render(session, PIKES, tmp_path / "kept")
    rows = (tmp_path / "kept" / "reps.csv").read_text("utf-8").splitlines()
    assert len(rows) == 3
    assert "2 repetitions, 2 in good form" in (tmp_path / "kept" / "report.html").read_text("utf-8")


def test_the_user_can_stop_it() -> None:
    screen = Screen(stop_after=45)
    report, _ = coach(
        PLANK, ScriptedEstimator(sagging), frames(7.0), "camera 0", SilentSpeaker(), screen
    )
    assert len(screen.shown) == 45
    assert report.duration_s == pytest.approx(44 / 30)


def test_ctrl_c_gives_the_summary_and_keeps_what_was_recorded(tmp_path: Path) -> None:
    def interrupted(t_s: float) -> Figure:
        if t_s > 4.9:
            raise KeyboardInterrupt
        return sagging(t_s)

    report, _ = coach(
        PLANK,
        ScriptedEstimator(interrupted),
        frames(7.0),
        "camera 0",
        SilentSpeaker(),
        keep=keep(tmp_path / "kept"),
    )
    assert report.held_s > 4.0
    assert open_session(tmp_path / "kept").about.ended is Ending.FINISHED


@pytest.mark.parametrize("error", [DeviceError("the camera stopped"), RuntimeError("it broke")])
def test_a_failure_on_the_way_keeps_what_came_before_it(tmp_path: Path, error: Exception) -> None:
    def failing(t_s: float) -> Figure:
        if t_s > 4.9:
            raise error
        return sagging(t_s)

    ended = []
    with pytest.raises(type(error), match=str(error)):
        coach(
            PLANK,
            ScriptedEstimator(failing),
            frames(7.0),
            "camera 0",
            SilentSpeaker(),
            keep=keep(tmp_path / "kept"),
            ended=lambda report, provenance: ended.append(report),
        )
    (report,) = ended
    assert report.held_s > 4.0
    session = open_session(tmp_path / "kept")
    assert len(session.trace.observations) == 148
    assert session.about.ended is Ending.FAILED


def in_the_way(folder: Path) -> Callable[[float], Figure]:
    """Meanwhile somebody puts a folder where the trace is to be written."""

    def figure(t_s: float) -> Figure:
        (folder / "trace.npz").mkdir(exist_ok=True)
        return sagging(t_s)

    return figure


def test_what_cannot_be_finished_is_told_after_the_summary_and_left(tmp_path: Path) -> None:
    ended = []
    with pytest.raises(OutputError, match=r"trace\.npz"):
        coach(
            PLANK,
            ScriptedEstimator(in_the_way(tmp_path / "kept")),
            frames(4.0),
            "camera 0",
            SilentSpeaker(),
            keep=keep(tmp_path / "kept"),
            ended=lambda report, provenance: ended.append(report),
        )
    assert len(ended) == 1
    (tmp_path / "kept" / "trace.npz").rmdir()
    session = repair(tmp_path / "kept", load_exercises()).session
    assert session.report == ended[0]
    session.bundle.verify()


def test_without_a_frame_nothing_is_kept_not_even_a_folder(tmp_path: Path) -> None:
    coach(
        PLANK,
        ScriptedEstimator(sagging),
        [],
        "camera 0",
        SilentSpeaker(),
        keep=keep(tmp_path / "all" / "kept"),
    )
    assert list(tmp_path.iterdir()) == []


class FakeCamera:
    """Gives some frames and then, as a camera whose cable was pulled, an error."""

    def __init__(self, n_frames: int) -> None:
        self._n_frames = n_frames

    def __iter__(self) -> Iterator[Frame]:
        yield from frames(7.0)[: self._n_frames]
        raise DeviceError("Camera 0 stopped giving pictures: check its cable and start again.")

    def __enter__(self) -> FakeCamera:
        return self

    def __exit__(self, *exc: object) -> None:
        pass


@pytest.fixture
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda model=None, outline=False: ScriptedEstimator(sagging),
    )


def live(*arguments: object) -> int:
    quiet = ["--exercise", "plank", "--mute", "--no-window"]
    return main(["live", *quiet, *(str(a) for a in arguments)])


@pytest.mark.usefixtures("_scripted")
def test_when_the_camera_stops_the_summary_comes_before_the_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("formcheck.media.camera.Camera", lambda index: FakeCamera(180))
    assert live("--out", tmp_path / "out") == 2
    captured = capsys.readouterr()
    assert "Hips dropped" in captured.out
    (line,) = captured.err.splitlines()
    assert "stopped giving pictures" in line
    (session,) = (tmp_path / "out").iterdir()
    assert (session / "report.html").is_file()
    assert f"Results in {session}" in captured.out


@pytest.mark.usefixtures("_scripted")
def test_a_camera_that_never_gives_a_picture_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("formcheck.media.camera.Camera", lambda index: FakeCamera(0))
    assert live("--out", tmp_path / "out") == 2
    assert "Nothing was recorded." in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_scripted")
def test_every_session_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 1.0)
    for _ in range(2):
        assert live("--source", clip, "--out", tmp_path / "out") == 0
    sessions = list((tmp_path / "out").iterdir())
    assert len(sessions) == 2
    assert all((session / "report.html").is_file() for session in sessions)
    assert all(re.match(r"\d{4}-\d\d-\d\d_\d{6}", session.name) for session in sessions)


def test_two_sessions_of_one_second_get_two_folders(tmp_path: Path) -> None:
    began = datetime(2026, 11, 21, 10, 15, 0)
    first = session_folder(tmp_path, began)
    assert first.name == "2026-11-21_101500"
    first.mkdir()
    assert session_folder(tmp_path, began).name == "2026-11-21_101500-2"


def test_a_session_that_the_system_ends_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def terminated(t_s: float) -> Figure:
        if t_s > 4.9:
            signal.raise_signal(signal.SIGTERM)
        return sagging(t_s)

    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda model=None, outline=False: ScriptedEstimator(terminated),
    )
    monkeypatch.setattr("formcheck.media.camera.Camera", lambda index: FakeCamera(180))
    before = signal.getsignal(signal.SIGTERM)
    assert live("--out", tmp_path / "out") == 0
    assert "Hips dropped" in capsys.readouterr().out
    assert len(list((tmp_path / "out").glob("*/report.html"))) == 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_without_display_and_sound_it_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(
        "formcheck.presentation.voice.open_speaker",
        lambda: (SilentSpeaker(), "No sound: no audio output device was found."),
    )
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda model=None, outline=False: ScriptedEstimator(sagging),
    )
    clip = blank_clip(tmp_path / "a.mp4", 5.0)
    assert main(["live", "--exercise", "plank", "--source", str(clip)]) == 0
    captured = capsys.readouterr()
    assert "there is no display" in captured.err
    assert "No sound" in captured.err
    assert "Lift your hips" in captured.out
    assert "Hips dropped" in captured.out


def test_without_a_camera_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "--exercise", "plank", "--camera", "97"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "Camera 97" in line


@pytest.mark.usefixtures("_scripted")
def test_what_was_kept_is_drawn_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 2.0)
    assert live("--source", clip, "--out", tmp_path / "out") == 0
    (session,) = (tmp_path / "out").iterdir()
    assert names(session) == PARTS | DRAWN
    opened = open_session(session)
    opened.bundle.verify()
    assert (opened.about.source, opened.about.person, opened.about.set_up) == ("a.mp4", "", True)
    assert datetime.fromisoformat(opened.about.began).tzinfo is not None
    assert f"Results in {session}: open report.html there." in capsys.readouterr().out


@pytest.mark.usefixtures("_scripted")
@pytest.mark.parametrize("what", [KeyboardInterrupt(), OutputError("the disk is full")])
def test_stopped_while_it_is_drawn_the_session_is_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    what: BaseException,
) -> None:
    def stopped(self: object, *moment: object) -> None:
        raise what

    clip = blank_clip(tmp_path / "a.mp4", 2.0)
    with monkeypatch.context() as patch:
        patch.setattr("formcheck.recording.Recording.write", stopped)
        assert live("--source", clip, "--out", tmp_path / "out") == 0
    (session,) = (tmp_path / "out").iterdir()
    assert names(session) == PARTS
    open_session(session).bundle.verify()
    told = capsys.readouterr().out
    assert f"'formcheck bundle render {session}'" in told
    assert ("the disk is full" in told) is isinstance(what, OutputError)
    assert main(["bundle", "render", str(session)]) == 0
    assert names(session) == PARTS | DRAWN


@pytest.mark.usefixtures("_scripted")
def test_ctrl_c_while_it_is_saved_leaves_it_to_be_repaired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*given: object) -> None:
        raise KeyboardInterrupt

    clip = blank_clip(tmp_path / "a.mp4", 2.0)
    with monkeypatch.context() as patch:
        patch.setattr("formcheck.journal.seal_journal", stopped)
        assert live("--source", clip, "--out", tmp_path / "out") == 130
    (session,) = (tmp_path / "out").iterdir()
    assert f"'formcheck bundle repair {session}'" in capsys.readouterr().out
    # The next session here makes it whole.
    assert live("--source", clip, "--out", tmp_path / "out") == 0
    assert f"{session} was cut off, and is whole again." in capsys.readouterr().err
    open_session(session).bundle.verify()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORMCHECK_HOME", str(tmp_path / "home"))
    change = Change("plank", "hips-sag", "good", -30.0)
    own = with_changes(Profile("Ada"), PLANK, [change], why="a trial", by="me")
    save_profile(tmp_path / "home", own)
    return tmp_path / "home"


@pytest.mark.usefixtures("_scripted", "home")
def test_somebody_is_judged_by_their_limits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 6.0)
    kept = ("--source", clip, "--out", tmp_path / "out")
    assert live(*kept, "--person", " ada ") == 0
    told = capsys.readouterr()
    assert "The limits of ada are in force:\n  Hips dropped: warning from −30°" in told.out
    assert "Judged by limits that were changed for this person" in told.out
    assert "Lift your hips" not in told.out
    (session,) = (tmp_path / "out").iterdir()
    opened = open_session(session)
    assert opened.about.person == "ada"
    assert opened.thresholds["hips-sag"]["limits"]["good"] == -30.0
    assert "changed for this person" in (session / "report.html").read_text("utf-8")


@pytest.mark.usefixtures("_scripted", "home")
def test_somebody_without_limits_is_judged_by_the_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 6.0)
    assert live("--source", clip, "--out", tmp_path / "out", "--person", "Ben") == 0
    told = capsys.readouterr()
    assert "no limits are kept for Ben" in told.err
    assert "Lift your hips" in told.out
    assert "changed for this person" not in told.out
    (session,) = (tmp_path / "out").iterdir()
    assert open_session(session).about.person == "Ben"


@pytest.mark.usefixtures("_scripted")
def test_limits_that_do_not_fit_any_more_begin_no_session(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "profiles" / "ada.json"
    path.write_text(path.read_text("utf-8").replace("hips-sag", "hips-gone"), "utf-8")
    clip = blank_clip(tmp_path / "a.mp4", 1.0)
    assert live("--source", clip, "--out", tmp_path / "out", "--person", "Ada") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "the profile of Ada does not fit any more" in line
    assert not (tmp_path / "out").exists()


def full_log(log: object, observations: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def full_clip(self: VideoWriter, image_rgb: object, t_s: float) -> None:
    raise OutputError("The clip clip-live.mp4 can't be written: the disk is full: free some space.")


@pytest.mark.parametrize("what", ["log", "clip"])
def test_a_disk_that_gets_full_ends_the_session_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def filling(t_s: float) -> Figure:
        if t_s > 4.0 and what == "log":
            monkeypatch.setattr("formcheck.journal.append_chunk", full_log)
        elif t_s > 4.0:
            monkeypatch.setattr(VideoWriter, "write", full_clip)
        return sagging(t_s)

    ended = []
    with pytest.raises(OutputError, match="the disk is full: free some space"):
        coach(
            PLANK,
            ScriptedEstimator(filling),
            frames(7.0),
            "camera 0",
            SilentSpeaker(),
            keep=keep(tmp_path / "kept"),
            ended=lambda report, provenance: ended.append(report),
        )
    assert len(ended) == 1
    monkeypatch.undo()
    session = repair(tmp_path / "kept", load_exercises()).session
    session.bundle.verify()
    assert 3.5 < session.trace.observations[-1].t_s < 5.0
    assert session.clip is not None
    with VideoReader(session.clip) as reader:
        assert 2.5 < list(reader)[-1].t_s < 5.0


def test_a_folder_that_can_not_be_written_begins_no_session(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = RecordingSpeaker()
    with pytest.raises(OutputError, match="can't be kept"):
        coach(
            PLANK,
            ScriptedEstimator(sagging),
            frames(3.0),
            "camera 0",
            said,
            keep=keep(tmp_path / "file" / "kept"),
        )
    assert said.said == []
