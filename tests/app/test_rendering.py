"""What is drawn of a bundle afterwards is what would have been recorded on the way."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from recorded import SCENE, ScriptedEstimator

from formcheck.cli import main
from formcheck.errors import OutputError, UnknownExercise
from formcheck.journal import trace_meta
from formcheck.judgement.overrides import Change, changed
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.live import Keep, coach
from formcheck.media.bundle import copy_bundle
from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter
from formcheck.presentation.canvas import Canvas
from formcheck.presentation.voice import SilentSpeaker
from formcheck.recording import Recording
from formcheck.rendering import CancelledError, exercise_of, render
from formcheck.sessionfile import open_session, save_session
from formcheck.testing import Figure, plank
from formcheck.types import Frame, Observation, Report, StepOutput

PLANK = load_exercises()["plank"]
BEGAN = datetime(2026, 11, 21, 10, 15, 0, tzinfo=timezone.utc)
RESULTS = {"annotated.mp4", "report.html", "signals.csv", "cues.vtt"}
PARTS = {"manifest.json", "session.json", "trace.npz", "report.json", "clip.mp4"}


def sagging(t_s: float) -> Figure:
    return plank(4.0 if t_s < 3.0 else -16.0)


def frames(seconds: float) -> list[Frame]:
    """A bright bar moves through them, so that each can be told from the next."""
    found = []
    for i in range(round(seconds * 30)):
        image = np.full((SCENE.height_px, SCENE.width_px, 3), 120, np.uint8)
        image[:, 16 * i % SCENE.width_px :][:, :16] = 230
        found.append(Frame(0.05 + i / 30.0, image))
    return found


@dataclass
class Loop:
    """A sink that records in the loop, as the program once did."""

    recording: Recording

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        self.recording.write(frame, observation, step)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Report]:
    """A live session: its bundle, what the loop recorded of it, and its report."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "loop").mkdir()
    estimator = ScriptedEstimator(sagging)
    size_px = (SCENE.width_px, SCENE.height_px)
    recording = Recording(folder / "loop", PLANK, "camera 0", size_px, estimator)
    report, provenance = coach(
        PLANK,
        estimator,
        frames(6.0),
        "camera 0",
        SilentSpeaker(),
        keep=Keep(folder / "session", BEGAN, "Ada"),
        watching=[Loop(recording)],
    )
    recording.finish(report, provenance)
    return folder / "session", folder / "loop", report


def pictures(clip: Path) -> list[NDArray[np.uint8]]:
    with VideoReader(clip) as reader:
        return [frame.image_rgb for frame in reader]


def apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def stamps(clip: Path) -> list[int]:
    with av.open(str(clip)) as container:
        packets = container.demux(video=0)
        return [packet.pts for packet in packets if packet.pts is not None]


def test_it_is_what_the_loop_would_have_recorded(
    recorded: tuple[Path, Path, Report], tmp_path: Path
) -> None:
    bundle, loop, report = recorded
    session = open_session(bundle)
    rendered = render(session, exercise_of(session, load_exercises()), tmp_path / "out")
    assert rendered.as_saved
    assert rendered.report == report
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {path.name for path in loop.iterdir()}
    for name in ("report.json", "signals.csv", "cues.vtt", "trace.npz"):
        assert (out / name).read_bytes() == (loop / name).read_bytes(), name
    assert stamps(out / "annotated.mp4") == stamps(loop / "annotated.mp4")
    ours, theirs = pictures(out / "annotated.mp4"), pictures(loop / "annotated.mp4")
    assert len(ours) == len(theirs) == 180
    for one, (other, after) in zip(ours, pairwise(theirs), strict=False):
        assert apart(one, other) < 0.5 * apart(one, after)
    assert len((out / "report.html").read_text("utf-8")) == pytest.approx(
        len((loop / "report.html").read_text("utf-8")), rel=0.1
    )


def test_in_its_own_folder_the_parts_stay_as_they_are(
    recorded: tuple[Path, Path, Report], tmp_path: Path
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(recorded[0], folder)
    before = {name: (folder / name).read_bytes() for name in PARTS}
    told = []
    render(open_session(folder), PLANK, folder, lambda *given: told.append(given))
    assert {path.name for path in folder.iterdir()} == PARTS | RESULTS
    assert {name: (folder / name).read_bytes() for name in PARTS} == before
    open_session(folder).bundle.verify()
    assert len(told) == 180
    assert told[-1] == pytest.approx((179 / 30, 179 / 30))


def test_another_session_is_not_written_over(
    recorded: tuple[Path, Path, Report], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(recorded[0], other)
    with pytest.raises(OutputError, match="another session"):
        render(open_session(recorded[0]), PLANK, other)
    assert {path.name for path in other.iterdir()} == PARTS


def test_it_can_be_stopped_and_leaves_nothing_half_made(
    recorded: tuple[Path, Path, Report], tmp_path: Path
) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 40

    with pytest.raises(CancelledError):
        render(open_session(recorded[0]), PLANK, tmp_path / "out", cancelled=cancelled)
    assert list(tmp_path.iterdir()) == []


def test_others_can_draw_on_every_picture(
    recorded: tuple[Path, Path, Report], tmp_path: Path
) -> None:
    at = Canvas.of(SCENE.width_px, SCENE.height_px)
    times_s: list[float] = []

    def decorate(picture: NDArray[np.uint8], t_s: float) -> NDArray[np.uint8]:
        assert picture.shape == (at.picture_height_px, at.picture_width_px, 3)
        times_s.append(t_s)
        drawn = picture.copy()
        drawn[-20:, -20:] = (255, 0, 0)
        return drawn

    render(open_session(recorded[0]), PLANK, tmp_path, decorate=decorate)
    assert times_s == pytest.approx([frame.t_s for frame in frames(6.0)])
    for shown in pictures(tmp_path / "annotated.mp4"):
        red, green, blue = shown[-12:-8, -12:-8].reshape(-1, 3).mean(axis=0)
        assert red > 200
        assert max(green, blue) < 60


def test_limits_of_somebodys_own_are_in_force_again(tmp_path: Path) -> None:
    own = changed(PLANK, [Change("plank", "hips-sag", "good", -30.0)])
    coach(
        own,
        ScriptedEstimator(sagging),
        frames(5.0),
        "camera 0",
        SilentSpeaker(),
        keep=Keep(tmp_path / "session", BEGAN, "Ada"),
    )
    session = open_session(tmp_path / "session")
    assert session.report.findings == ()
    again = exercise_of(session, load_exercises())
    assert again.version == own.version
    assert render(session, again, tmp_path / "out").as_saved
    assert not render(session, PLANK, tmp_path / "rule").as_saved
    words = "limits that were changed for this person"
    assert words in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert words not in (tmp_path / "rule" / "report.html").read_text("utf-8")


@pytest.fixture
def without_clip(recorded: tuple[Path, Path, Report], tmp_path: Path) -> Path:
    session = open_session(recorded[0])
    save_session(
        tmp_path / "blind.formcheck",
        session.about,
        session.trace,
        PLANK,
        session.report,
        session.saved.provenance,
    )
    return tmp_path / "blind.formcheck"


def test_a_clip_that_is_shorter_than_the_trace(
    recorded: tuple[Path, Path, Report], tmp_path: Path
) -> None:
    """As a kill leaves it: the last picture stands for those that were lost."""
    session = open_session(recorded[0])
    clip = tmp_path / "short.mp4"
    with av.open(str(session.clip)) as source, av.open(str(clip), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.dts is not None]
        for packet in packets[:120]:
            packet.stream = stream
            target.mux(packet)
    made = save_session(
        tmp_path / "short",
        session.about,
        session.trace,
        PLANK,
        session.report,
        session.saved.provenance,
        clip=clip,
    )
    assert render(made, PLANK, tmp_path / "out").as_saved
    assert len(pictures(tmp_path / "out" / "annotated.mp4")) == 180


def run(*arguments: object) -> int:
    return main(["bundle", "render", *(str(argument) for argument in arguments)])


def test_the_command_draws_into_the_folder(
    recorded: tuple[Path, Path, Report], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(recorded[0], folder)
    assert run(folder) == 0
    assert f"{folder}: open report.html there" in capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} == PARTS | RESULTS


def test_the_command_draws_a_packed_session_beside_it(
    recorded: tuple[Path, Path, Report], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = tmp_path / "ada.formcheck"
    copy_bundle(recorded[0], packed)
    assert run(packed) == 0
    assert {path.name for path in (tmp_path / "ada").iterdir()} >= RESULTS
    assert run(packed, "--out", tmp_path / "there") == 0
    assert {path.name for path in (tmp_path / "there").iterdir()} >= RESULTS
    assert "plain ground" not in capsys.readouterr().out


def test_without_a_clip_the_figure_stands_alone(
    without_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(without_clip) == 0
    assert "stands on a plain ground" in capsys.readouterr().out
    shown = pictures(tmp_path / "blind" / "annotated.mp4")
    assert len(shown) == 180
    at = Canvas.of(SCENE.width_px, SCENE.height_px)
    assert np.ptp(shown[90][at.panel_height_px :], axis=(0, 1)).min() > 100, "no figure is drawn"


def test_what_is_no_session_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path.name) in line


def test_an_exercise_of_somebodys_own_needs_its_rules(
    recorded: tuple[Path, Path, Report], exercises_without_plank: dict[str, Exercise]
) -> None:
    with pytest.raises(UnknownExercise):
        exercise_of(open_session(recorded[0]), exercises_without_plank)


@pytest.fixture
def exercises_without_plank() -> dict[str, Exercise]:
    return {name: of for name, of in load_exercises().items() if name != "plank"}


def test_where_the_observations_come_from_is_as_the_trace_has_it(
    recorded: tuple[Path, Path, Report],
) -> None:
    meta = open_session(recorded[0]).trace.meta
    assert meta == trace_meta("camera 0", ScriptedEstimator(sagging))


def test_of_a_clip_it_is_what_analyze_wrote_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bundle holds the clip as it came: nothing was encoded in between."""
    monkeypatch.setattr(
        "formcheck.perception.open.open_estimator",
        lambda model=None, outline=False: ScriptedEstimator(sagging),
    )
    clip = tmp_path / "clip.mp4"
    with VideoWriter(clip, SCENE.width_px, SCENE.height_px) as writer:
        for frame in frames(5.0):
            writer.write(frame.image_rgb, frame.t_s)
    options = ["--exercise", "plank", "--out", str(tmp_path / "out"), "--bundle"]
    assert main(["analyze", str(clip), *options]) == 0
    analysed = tmp_path / "out" / "clip"
    assert run(analysed / "clip.formcheck", "--out", tmp_path / "again") == 0
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert again.keys() == RESULTS | {"report.json", "trace.npz"}
    assert {name: (analysed / name).read_bytes() for name in again} == again
