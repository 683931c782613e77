"""Sessions in the formats of other tools, read back by their own rules."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from review_sessions import SAG, made_session

from formcheck.cli import main
from formcheck.errors import InputError
from formcheck.interchange.coco import to_coco
from formcheck.interchange.kva import to_kva
from formcheck.interchange.mot import to_mot
from formcheck.interchange.tracks import Tracks, evenly, metres_per_px, rate_hz, tracks_of
from formcheck.interchange.trc import to_trc
from formcheck.judgement.registry import load_exercises
from formcheck.landmarks import N_LANDMARKS, Joint, Landmark, Side
from formcheck.media.trace import read_trace
from formcheck.notes import Comment, Drawing, Notes, Opinion, Shape, Subject, Verdict
from formcheck.types import Level, Observation, Pose

PLANK = Path(__file__).parents[2] / "test_videos" / "plank"
TRACE = PLANK / "sag_20.trace.npz"


def observation(t_s: float, pose: Pose | None) -> Observation:
    return Observation(t_s, 640, 360, 120.0, pose)


def pose(x: float = 100.0, visibility: float = 0.9) -> Pose:
    places = np.stack([np.full(33, x), np.arange(33) * 10.0], axis=1).astype(np.float32)
    seen = np.full(33, visibility, np.float32)
    return Pose(places, np.zeros((33, 3), np.float32), seen)


def table(text: str, from_line: int) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()[from_line:]]


def test_trc_is_the_picture_with_y_up() -> None:
    seen = read_trace(TRACE).observations
    text = to_trc(tracks_of(seen), "sag_20.trc")
    lines = text.splitlines()
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\tsag_20.trc"
    told = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert told["NumFrames"] == told["OrigNumFrames"] == str(len(seen))
    assert told["NumMarkers"] == str(N_LANDMARKS)
    assert told["Units"] == "px"
    assert float(told["DataRate"]) == pytest.approx(30.0, abs=0.01)
    names = lines[3].split("\t")
    column = names.index("LHip")
    assert lines[4].split("\t")[column : column + 3] == ["X24", "Y24", "Z24"]
    assert lines[5] == ""
    rows = table(text, 6)
    assert [row[0] for row in rows] == [str(k + 1) for k in range(len(seen))]
    assert {len(row) for row in rows} == {2 + 3 * N_LANDMARKS}
    found = seen[100].pose
    assert found is not None
    x, y = found.xy_px[Landmark.LEFT_HIP]
    if found.visibility[Landmark.LEFT_HIP] >= 0.5:
        assert [float(cell) for cell in rows[100][column : column + 3]] == pytest.approx(
            [x, seen[100].height_px - y, 0.0], abs=0.006
        )


def test_what_is_not_seen_is_left_empty() -> None:
    text = to_trc(tracks_of([observation(0.0, pose()), observation(0.1, None)]), "a.trc")
    seen, unseen = table(text, 6)
    assert seen[2:5] == ["100.00", "360.00", "0.00"]
    assert set(unseen[2:]) == {""}
    hidden = tracks_of([observation(0.0, pose()), observation(0.1, pose(visibility=0.2))])
    assert set(table(to_trc(hidden, "a.trc"), 6)[1][2:]) == {""}


def test_nobody_in_the_whole_session_is_told() -> None:
    with pytest.raises(InputError, match="nobody was seen"):
        tracks_of([observation(0.0, None)])
    with pytest.raises(InputError, match="nobody was seen"):
        to_coco((observation(0.0, None),), "a.mp4", "x")


def test_even_steps_stay_as_they_are_and_lost_frames_are_filled_or_left_out() -> None:
    t_s = np.array([0.0, 0.1, 0.2, 0.4, 0.5, 1.5, 1.6])
    values = 10.0 * t_s
    times, even = evenly(t_s, values)
    assert times == pytest.approx(np.arange(17) / 10.0)
    assert even[3] == pytest.approx(3.0)
    assert np.isnan(even[6:15]).all()
    assert even[15:] == pytest.approx([15.0, 16.0])
    steady = np.array([0.0, 0.033, 0.067, 0.1])
    same_s, same = evenly(steady, steady)
    assert same_s is steady
    assert same is steady
    assert rate_hz(steady) == pytest.approx(30.0)
    assert rate_hz(np.array([1.0])) == 0.0


def test_a_missing_end_is_not_filled() -> None:
    _, even = evenly(np.array([0.0, 0.1, 0.2, 0.4, 0.5]), np.array([0.0, 1.0, np.nan, 4.0, 5.0]))
    assert np.isnan(even[[2, 3]]).all()
    assert even[[1, 4, 5]] == pytest.approx([1.0, 4.0, 5.0])


def standing(stature_px: float, side: Side) -> Tracks:
    """A person who stands, seen on one side, in shares of the height as the source has them."""
    xy_px = np.full((3, N_LANDMARKS, 2), np.nan)
    heights = ((Joint.SHOULDER, 0.818), (Joint.HIP, 0.53), (Joint.KNEE, 0.285))
    for joint, up in (*heights, (Joint.ANKLE, 0.039)):
        xy_px[:, joint.on(side)] = 300.0, 350.0 - up * stature_px
    return Tracks(np.arange(3) / 30.0, xy_px, np.ones((3, N_LANDMARKS)), 640, 360)


@pytest.mark.parametrize("side", list(Side))
def test_metres_from_the_height_of_a_person(side: Side) -> None:
    assert metres_per_px(standing(200.0, side), 1.80) == pytest.approx(1.80 / 200.0)


def test_no_metres_without_legs() -> None:
    trunk = standing(200.0, Side.LEFT)
    trunk.xy_px[:, Landmark.LEFT_KNEE] = np.nan
    with pytest.raises(InputError, match="leave out --stature"):
        to_trc(trunk, "a.trc", 1.8)


def test_mot_has_a_header_that_fits_its_rows() -> None:
    text = to_mot([0.0, 0.1, 0.2], {"hip_line_deg": [1.0, math.nan, -3.0]}, "plank")
    head, rows = text.split("endheader\n")
    told = dict(line.split("=") for line in head.splitlines()[1:])
    assert told == {"version": "1", "nRows": "3", "nColumns": "2", "inDegrees": "yes"}
    assert rows.splitlines() == [
        "time\thip_line_deg",
        "0.000000\t1.000000",
        "0.100000\tnan",
        "0.200000\t-3.000000",
    ]
    with pytest.raises(InputError, match="nothing was measured"):
        to_mot([], {}, "plank")


def test_coco_has_the_17_joints_in_every_frame_with_a_person() -> None:
    seen = (observation(0.0, pose()), observation(0.1, None), observation(0.2, pose(7.0, 0.1)))
    plain = json.loads(to_coco(seen, "me.mp4", "MediaPipe"))
    (category,) = plain["categories"]
    assert len(category["keypoints"]) == 17
    assert category["keypoints"][11] == "left_hip"
    assert max(max(edge) for edge in category["skeleton"]) == 17
    assert [image["id"] for image in plain["images"]] == [1, 2, 3]
    assert [one["image_id"] for one in plain["annotations"]] == [1, 3]
    first, last = plain["annotations"]
    assert first["keypoints"][33:36] == [100.0, 10.0 * Landmark.LEFT_HIP, 2]
    assert {last["keypoints"][k] for k in range(2, 51, 3)} == {1}
    assert first["num_keypoints"] == 17
    x, y, width, height = first["bbox"]
    assert (x, y, width, height) == (100.0, 0.0, 0.0, 280.0)


def test_kva_has_a_key_image_for_each_moment() -> None:
    seen = [observation(k / 30.0, None) for k in range(90)]
    drawings = (
        Drawing(2.0, Shape.ANGLE, ((1.0, 2.0), (3.0, 4.0), (5.0, 6.5))),
        Drawing(2.0, Shape.ARROW, ((1.0, 2.0), (3.0, 4.0))),
        Drawing(1.0, Shape.TEXT, ((9.0, 8.0),), text="<here> & \x07there"),
        Drawing(1.0, Shape.FREE, ((0.0, 0.0), (1.0, 1.0), (2.0, 2.0))),
    )
    notes = Notes(comments=(Comment(1.0, "Look\nat this"),), drawings=drawings)
    text = to_kva(seen, "my clip.mp4", [(2.0, "Hips dropped", "furthest 20°")], notes)
    root = ElementTree.fromstring(text)
    assert root.findtext("FormatVersion") == "2.0"
    assert root.findtext("OriginalFilename") == "my clip"
    assert root.findtext("ImageSize") == "640;360"
    assert float(root.findtext("CaptureFramerate") or 0) == pytest.approx(30.0, abs=1e-3)
    first, second = root.iter("Keyframe")
    assert (first.findtext("Position"), second.findtext("Position")) == ("30", "60")
    assert first.findtext("Title") == "Look at this"
    assert first.findtext("Comment") == "Look\nat this"
    assert second.findtext("Title") == "Hips dropped"
    angle = second.find("Drawings/Angle")
    assert angle is not None
    assert [angle.findtext(f"Point{name}") for name in "AOB"] == [
        "1.00;2.00",
        "3.00;4.00",
        "5.00;6.50",
    ]
    assert second.findtext("Drawings/Line/End") == "3.00;4.00"
    assert first.findtext("Drawings/Label/Text") == "<here> & there"
    assert [point.text for point in first.iter("Point")] == ["0.00;0.00", "1.00;1.00", "2.00;2.00"]


@pytest.mark.parametrize("form", ["trc", "mot", "coco"])
def test_the_command_writes_a_file_and_never_over_another(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"out.{form}"
    command = ["export", str(TRACE), "--to", form, "--exercise", "plank", "--out", str(out)]
    assert main(command) == 0
    before = out.read_bytes()
    assert before
    assert main(command) == 2
    assert "out." in capsys.readouterr().err
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--to", "kva"], "give a bundle for kva"),
        (["--to", "mot"], "add --exercise NAME"),
        (["--to", "mot", "--stature", "1.8"], "leave it out"),
        (["--to", "trc", "--stature", "180"], "no height of a person in metres"),
    ],
)
def test_what_can_not_be_written_is_told(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(TRACE), *options]) == 2
    assert words in capsys.readouterr().err
    assert not list(PLANK.glob("*.kva"))


def kva_of(session: Path, out: Path) -> str:
    assert main(["export", str(session), "--to", "kva", "--out", str(out)]) == 0
    return out.read_text("utf-8")


def test_kva_leaves_out_what_the_coach_overruled(tmp_path: Path) -> None:
    (found,) = made_session(tmp_path / "said", SAG, clip=False).report.findings
    no = Opinion(Verdict.OVERRULE, Subject.FINDING, found.start_s, found.end_s, found.check)
    made_session(tmp_path / "unsaid", SAG, clip=False, notes=Notes((no,)))
    milder = Notes((replace(no, level=Level.WARN),))  # Less than the program said, and it stands.
    made_session(tmp_path / "milder", SAG, clip=False, notes=milder)
    assert "Hips dropped" in kva_of(tmp_path / "milder", tmp_path / "milder.kva")
    assert "Hips dropped" in kva_of(tmp_path / "said", tmp_path / "said.kva")
    assert "Hips dropped" not in kva_of(tmp_path / "unsaid", tmp_path / "unsaid.kva")


def test_kva_of_a_check_that_the_rule_has_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_session(tmp_path / "old", SAG, clip=False)
    rules = load_exercises()
    left = tuple(check for check in rules["plank"].checks if check.code != "hips-sag")
    without = {"plank": replace(rules["plank"], checks=left)}
    monkeypatch.setattr("formcheck.judgement.registry.load_exercises", lambda rules=None: without)
    assert "Hips dropped" in kva_of(tmp_path / "old", tmp_path / "old.kva")
