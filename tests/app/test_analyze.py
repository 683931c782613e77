"""``formcheck analyze`` as its user runs it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import media_clips
import pytest
import test_media_reader as bad
from recorded import ScriptedEstimator, blank_clip

from formcheck.cli import main
from formcheck.commands.analyze import result_folders
from formcheck.judgement.report import from_json
from formcheck.media.trace import read_trace
from formcheck.testing import Figure, plank, report_of
from formcheck_rules.plank import PLANK

RESULTS = {
    "annotated.mp4",
    "report.html",
    "report.json",
    "signals.csv",
    "cues.vtt",
    "trace.npz",
}


def sagging(t_s: float) -> Figure:
    return plank(4.0 if t_s < 3.0 else -16.0)


@pytest.fixture
def sees(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[float], Figure | None]], None]:
    """Replaces pose estimation by a script."""

    def script(figure_at: Callable[[float], Figure | None]) -> None:
        monkeypatch.setattr(
            "formcheck.perception.open.open_estimator",
            lambda model=None, outline=False: ScriptedEstimator(figure_at),
        )

    script(sagging)
    return script


Sees = Callable[[Callable[[float], Figure | None]], None]


def analyze(*arguments: object) -> int:
    return main(["analyze", *(str(a) for a in arguments), "--exercise", "plank"])


def test_every_result_is_written_and_says_the_same(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "me.mp4", 7.0)
    assert analyze(clip, "--out", tmp_path / "out", "--height-cm", "170") == 0
    folder = tmp_path / "out" / "me"
    assert {path.name for path in folder.iterdir()} == RESULTS
    printed = capsys.readouterr().out
    assert "Hips dropped" in printed
    assert "report.html" in printed

    saved = from_json((folder / "report.json").read_text(encoding="utf-8"))
    assert [finding.check for finding in saved.report.findings] == ["hips-sag"]
    assert saved.provenance.stature_m == 1.7
    trace = read_trace(folder / "trace.npz")
    assert report_of(PLANK, trace.observations) == saved.report

    with (folder / "signals.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(trace.observations) == 210
    with av.open(str(folder / "annotated.mp4")) as annotated:
        times = [float(frame.time or 0.0) for frame in annotated.decode(video=0)]
    assert times == pytest.approx([o.t_s for o in trace.observations], abs=1e-3)
    assert "Lift your hips" in (folder / "cues.vtt").read_text(encoding="utf-8")
    assert "Lift your hips" in (folder / "report.html").read_text(encoding="utf-8")


def test_json_is_one_line_of_json_and_nothing_else(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "me.mp4", 5.0)
    assert analyze(clip, "--out", tmp_path / "out", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["exercise"] == "plank"


def test_several_clips_of_one_name_do_not_overwrite_each_other(tmp_path: Path, sees: Sees) -> None:
    (tmp_path / "a").mkdir()
    first = blank_clip(tmp_path / "me.mp4", 2.0)
    second = blank_clip(tmp_path / "a" / "me.mp4", 2.0)
    assert analyze(first, second, "--out", tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"me", "me-2"}


def test_a_numbered_folder_is_never_that_of_another_clip() -> None:
    clips = [Path("a.mp4"), Path("d/a.mp4"), Path("a-2.mp4"), Path("A.mov")]
    names = [folder.name for folder in result_folders(Path("out"), clips)]
    assert names == ["a", "a-2", "a-2-2", "A-3"]


def test_one_bad_clip_does_not_stop_the_rest(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    good = blank_clip(tmp_path / "good.mp4", 2.0)
    assert analyze(tmp_path / "gone.mp4", good, "--out", tmp_path / "out") == 2
    assert "gone.mp4" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"good"}


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("gone.mp4", lambda path: path, "is not there"),
        ("folder.mp4", bad.make_folder, "is a folder"),
        ("text.mp4", bad.write_text, "is a text file"),
        ("cut.mp4", bad.write_cut_moov, "is cut short or damaged"),
        ("sound.m4a", bad.write_sound, "has sound but no picture"),
        ("none.mp4", bad.write_no_frame, "has no picture"),
        ("still.png", bad.write_still, "is a still picture"),
    ],
)
def test_a_file_that_is_no_clip_gives_one_sentence(
    tmp_path: Path,
    sees: Sees,
    capsys: pytest.CaptureFixture[str],
    name: str,
    make: Callable[[Path], Path],
    says: str,
) -> None:
    assert analyze(make(tmp_path / name), "--out", tmp_path / "out") == 2
    _one_sentence(capsys, says)
    assert not (tmp_path / "out").exists()


def _one_sentence(capsys: pytest.CaptureFixture[str], says: str) -> None:
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("formcheck: ")
    assert says in line


def test_a_clip_in_which_nobody_is_ever_seen(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    sees(lambda t_s: None)
    assert analyze(blank_clip(tmp_path / "a.mp4", 2.0), "--out", tmp_path / "out") == 2
    _one_sentence(capsys, "nobody is seen")
    assert not (tmp_path / "out").exists()


def test_a_truncated_clip_is_judged_as_far_as_it_goes(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    sees(lambda t_s: plank(4.0))
    whole = media_clips.make_clip(
        tmp_path / "whole.mp4", n=300, container_options={"movflags": "faststart"}
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    assert analyze(cut, "--out", tmp_path / "out") == 0
    assert "breaks off" in capsys.readouterr().out
    saved = from_json((tmp_path / "out" / "cut" / "report.json").read_text(encoding="utf-8"))
    assert saved.provenance.broke_off_s is not None
    assert 1.0 < saved.provenance.broke_off_s < 9.0
    page = (tmp_path / "out" / "cut" / "report.html").read_text(encoding="utf-8")
    assert "breaks off" in page or "broke off" in page


@pytest.mark.parametrize("height", ["nan", "inf", "-3", "0", "17", "1700"])
def test_an_absurd_height_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], height: str
) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 1.0)
    assert analyze(clip, "--out", tmp_path / "out", f"--height-cm={height}") == 2
    _one_sentence(capsys, "no height of a person")


def test_an_unknown_exercise_suggests_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 1.0)
    assert main(["analyze", str(clip), "--exercise", "plonk"]) == 2
    _one_sentence(capsys, "did you mean 'plank'?")


def test_an_output_folder_that_cannot_be_written(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 1.0)
    (tmp_path / "file").write_text("here first", encoding="utf-8")
    assert analyze(clip, "--out", tmp_path / "file") == 2
    _one_sentence(capsys, "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "here first"


FULL_DISK = """
import resource, sys
sys.path[:0] = [sys.argv[3], sys.argv[4]]
from recorded import ScriptedEstimator
from formcheck.testing import plank
import formcheck.perception.open as opener
from formcheck.cli import main
from formcheck.commands.analyze import result_folders
opener.open_estimator = lambda model=None, outline=False: ScriptedEstimator(lambda t_s: plank(4.0))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.exit(main(["analyze", sys.argv[1], "--exercise", "plank", "--out", sys.argv[2]]))
"""


def test_a_full_disk_gives_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 6.0)
    here = Path(__file__).parent
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, clip, tmp_path / "out", here, here.parent / "unit"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 2, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("formcheck: ")
    assert not (tmp_path / "out").exists()


def test_ctrl_c_leaves_nothing_half_written(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(t_s: float) -> Figure:
        if t_s > 1.0:
            raise KeyboardInterrupt
        return plank(4.0)

    sees(interrupted)
    assert analyze(blank_clip(tmp_path / "a.mp4", 3.0), "--out", tmp_path / "out") == 130
    assert "cancelled" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_results_of_an_earlier_run_survive_a_failing_one(tmp_path: Path, sees: Sees) -> None:
    clip = blank_clip(tmp_path / "a.mp4", 2.0)
    assert analyze(clip, "--out", tmp_path / "out") == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "out" / "a").iterdir()}
    sees(lambda t_s: None)
    assert analyze(clip, "--out", tmp_path / "out") == 2
    assert {p.name: p.read_bytes() for p in (tmp_path / "out" / "a").iterdir()} == before


def test_slow_motion_without_landings_is_one_sentence_and_no_file(
    tmp_path: Path, sees: Sees, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = blank_clip(tmp_path / "me.mp4", 3.0)
    assert analyze(clip, "--out", tmp_path / "out", "--slow-motion", "--json") == 0
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "formcheck: me.mp4: --slow-motion has nothing to slow down, as there are no landings in "
        "the exercise 'plank'."
    ]
    assert json.loads(captured.out)["jumps"] == 0
    assert {path.name for path in (tmp_path / "out" / "me").iterdir()} == RESULTS


def test_help_answers_at_once() -> None:
    code = (
        "import sys; from formcheck.cli import parser; parser().format_help(); "
        "print(*[m for m in ('cv2', 'numpy', 'av', 'mediapipe', 'rich') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ},
        timeout=60,
    )
    assert result.stdout.strip() == ""
