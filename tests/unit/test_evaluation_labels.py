"""Labels say what is wrong with them in one sentence."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from formcheck.errors import InputError
from formcheck.evaluation.jumplabels import Cadence, JumpLabel
from formcheck.evaluation.labels import check_faults, labelled_clips
from formcheck.evaluation.truth import TrueRep, Truth
from formcheck.landmarks import Side
from formcheck_rules.plank import PLANK

GOOD = 'does = "plank"\njudge = true\nholds = [[1, 9]]\n'


def label(folder: Path, text: str, name: str = "a") -> Path:
    (folder / f"{name}.mp4").touch()
    (folder / f"{name}.labels.toml").write_text(text, encoding="utf-8")
    return folder


def manifest(folder: Path, text: str) -> Path:
    (folder / "labels.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_label_beside_its_clip_is_read(tmp_path: Path) -> None:
    fault = 'faults = [{ check = "hips-sag", span = [3, 5], strength = "mild", spoken = true }]'
    (clip,) = labelled_clips(label(tmp_path, GOOD + fault))
    assert (clip.name, clip.trace_name, clip.judge) == ("a.mp4", "a", True)
    assert clip.holds_s == ((1.0, 9.0),)
    assert clip.faults[0].span_s == (3.0, 5.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("judge = true", "has no 'does'"),
        ('does = "plank"', "has no 'judge'"),
        ('does = "plank"\njudge = "yes"', 'judge must be true or false or "may", not "yes"'),
        ('does = "plank"\njudge = 1', "judge must be true or false"),
        (GOOD + "clean = [[5, 2]]", r"the span \[5, 2\] must begin before it ends"),
        (GOOD + "clean = [[5, 5]]", "must begin before it ends"),
        (GOOD + "clean = [[nan, 5]]", "must begin before it ends"),
        (GOOD + "clean = [5, 6]", "5 is no span"),
        (GOOD + 'clean = [["a", 2]]', "is no span"),
        (GOOD + "faults = [3]", "the fault 3 must be a table"),
        (GOOD + 'faults = [{ check = "hips-sag" }]', "has no 'span'"),
        (
            GOOD + 'faults = [{ check = "hips-sag", span = [1, 2], strength = "hard" }]',
            'strength must be "mild" or "clear"',
        ),
        (
            GOOD + 'faults = [{ check = "hips-sag", span = [1, 2], spoken = "no" }]',
            "spoken must be true or false",
        ),
        (GOOD + "reps = [3]", r"reps must be a whole number or \[fewest, most\], not \[3\]"),
        (GOOD + "reps = true", "reps must be a whole number"),
        (GOOD + "reps = 2.5", "reps must be a whole number"),
        (GOOD + 'reps = ["2", 3]', "reps must be a whole number"),
        (GOOD + "reps = [4, 3]", r"reps = \[4, 3\] must be \[fewest, most\]"),
        (GOOD + "reps = -1", "none of them below 0"),
        (GOOD + "tops = 3", "tops must be a list of times in seconds, not 3"),
        (GOOD + "tops = [[1, 2]]", "tops must be a list of times"),
        (GOOD + "tops = [3, 2]", r"the tops \[3, 2\] must be times in order, each once"),
        (GOOD + "tops = [2, 2]", "must be times in order, each once"),
        (GOOD + "tops = [nan]", "must be times in order"),
        (GOOD + "jumps = 3.5", "jumps must be a whole number, 0 or more, not 3.5"),
        (GOOD + "jumps = true", "jumps must be a whole number"),
        (GOOD + "jumps = -1", "jumps must be a whole number, 0 or more"),
        (GOOD + "jumps = [3, 4]", "jumps must be a whole number"),
        (GOOD + "jumps = 3\njumps_tol = 0.5", "jumps_tol must be a whole number"),
        (GOOD + "landings = 3", "landings must be a list of times in seconds, not 3"),
        (GOOD + "landings = [3, 2]", r"the landings \[3, 2\] must be times in order, each once"),
        (GOOD + "active = [[5, 2]]", r"the span \[5, 2\] must begin before it ends"),
        (GOOD + "active = 5", "must be a list"),
        (GOOD + "cadence = [1, 5]", r"the cadence \[1, 5\] must be \[from, to, per minute\]"),
        (GOOD + "cadence = [1, 5, 0]", "must be above 0 a minute"),
        (GOOD + "cadence = [5, 1, 120]", "must begin before it ends"),
        (GOOD + "extended = [[5, 2]]", r"the span \[5, 2\] must begin before it ends"),
        ("does = ", "can't be read as TOML"),
    ],
)
def test_a_wrong_label_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        labelled_clips(label(tmp_path, text))
    assert "a." in str(caught.value)


def test_repetitions_are_read(tmp_path: Path) -> None:
    text = "reps = [2, 3]\ntops = [1.5, 4]\nextended = [[1, 2], [3.5, 4]]\njumps = 4"
    (clip,) = labelled_clips(label(tmp_path, GOOD + text))
    assert clip.reps == (2, 3)
    assert clip.tops_s == (1.5, 4.0)
    assert clip.extended_s == ((1.0, 2.0), (3.5, 4.0))
    (clip,) = labelled_clips(label(tmp_path, GOOD + "reps = 4"))
    assert clip.reps == (4, 4)
    (clip,) = labelled_clips(label(tmp_path, GOOD))
    assert (clip.reps, clip.tops_s, clip.extended_s) == (None, (), ())


def test_jumps_are_read(tmp_path: Path) -> None:
    text = "jumps = 20\njumps_tol = 2\nlandings = [1.5, 2]\nview = 'front, far'\n"
    spans = "active = [[1, 9], [11, 12]]\ncadence = [[1, 9, 120], [11, 12, 90.5]]"
    (clip,) = labelled_clips(label(tmp_path, GOOD + text + spans))
    assert clip.view == "front, far"
    assert clip.jumps == JumpLabel(
        count=20,
        tolerance=2,
        landings_s=(1.5, 2.0),
        active_s=((1.0, 9.0), (11.0, 12.0)),
        cadence=(Cadence((1.0, 9.0), 120.0), Cadence((11.0, 12.0), 90.5)),
    )
    # One span, or one cadence, may stand without its outer brackets.
    (clip,) = labelled_clips(label(tmp_path, GOOD + "active = [1, 9]\ncadence = [1, 9, 120]"))
    assert clip.jumps == JumpLabel(
        active_s=((1.0, 9.0),), cadence=(Cadence((1.0, 9.0), 120.0),)
    )  # fmt: skip
    (clip,) = labelled_clips(label(tmp_path, GOOD))
    assert clip.jumps == JumpLabel()
    assert not clip.jumps.any


def true_truth(folder: Path, *hops: dict[str, object], **frames: object) -> Truth:
    plain = {
        "landmarks": ["nose", "left_hip", "right_hip"],
        "frames": {"t_s": [0.0, 0.1], **frames},
        "events": {"good_form": [], "hops": list(hops)},
    }
    label(folder, GOOD)
    (folder / "a.truth.json").write_text(json.dumps(plain), encoding="utf-8")
    (clip,) = labelled_clips(folder)
    assert clip.truth is not None
    return clip.truth


TRUE_HOP: dict[str, object] = {
    "take_off_s": 1.0,
    "landing_s": 1.16,
    "height_m": 0.03,
    "left_landing_s": 1.2,
    "right_landing_s": 1.16,
    "strike": "ball",
}


def test_true_jumps_are_read(tmp_path: Path) -> None:
    right = TRUE_HOP | {"take_off_s": 1.5, "landing_s": 1.66, "right_landing_s": 1.66}
    right |= {"left_landing_s": None, "left_knee_deg": None, "right_knee_deg": 31.0, "turns": 2}
    late = TRUE_HOP | {"take_off_s": 4.0, "landing_s": 4.16}
    late |= {"left_landing_s": 4.16, "right_landing_s": 4.2, "left_knee_deg": 30.0}
    late |= {"right_knee_deg": 32.0}
    hops = true_truth(tmp_path, TRUE_HOP, right, late).hops
    assert hops is not None
    assert [hop.foot for hop in hops] == [None, Side.RIGHT, None]
    assert [hop.offset_s for hop in hops] == pytest.approx([0.04, None, -0.04])
    assert [hop.contact_s for hop in hops] == pytest.approx([0.34, None, None])
    assert [hop.bout for hop in hops] == [0, 0, 1]
    assert [hop.value("knee_deg") for hop in hops] == [None, 31.0, 31.0]
    assert hops[1].value("turns") == 2.0
    assert hops[0].flight_s == pytest.approx(0.16)


def test_what_truth_says_of_bouts_and_contacts_holds(tmp_path: Path) -> None:
    first = TRUE_HOP | {"contact_s": None, "bout": 0}
    second = TRUE_HOP | {"take_off_s": 1.5, "landing_s": 1.66, "right_landing_s": 1.66}
    second |= {"left_landing_s": 1.66, "contact_s": 0.3, "bout": 5}
    hops = true_truth(tmp_path, first, second).hops
    assert hops is not None
    assert [(hop.contact_s, hop.bout) for hop in hops] == [(None, 0), (0.3, 5)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"landing_s": 0.9},
        {"height_m": 0.0},
        {"height_m": None},
        {"left_landing_s": None, "right_landing_s": None},
        {"landing_s": 1.1},
        {"landing_s": "late"},
    ],
)
def test_a_true_jump_that_is_none(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"a\.truth\.json is no truth of the renderer"):
        true_truth(tmp_path, TRUE_HOP | wrong)


def test_true_jumps_out_of_order_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="begins before the last one ended"):
        true_truth(tmp_path, TRUE_HOP, TRUE_HOP)


def test_the_way_of_the_hips_is_read(tmp_path: Path) -> None:
    points_px = [[0.0, 0.0], [10.0, 100.0], [20.0, 104.0]]
    points_m = [[0.0, 2.0, 0.0], [0.0, 0.9, 0.0], [0.0, 1.0, 0.0]]
    both = {"landmarks_px": [points_px, None], "landmarks_m": [points_m, None]}
    hips = true_truth(tmp_path, **both).hips
    assert hips is not None
    assert hips.down_px[0] == pytest.approx(102.0)
    assert hips.up_m[0] == pytest.approx(0.95)
    assert math.isnan(hips.down_px[1])
    assert math.isnan(hips.up_m[1])
    assert true_truth(tmp_path, landmarks_px=None, landmarks_m=None).hips is None


def true_reps(folder: Path, *reps: dict[str, object]) -> tuple[TrueRep, ...] | None:
    plain = {
        "frames": {"t_s": [0.0, 0.1], "lumbar_gap_mm": [1.0, None], "left_foot_down": [True, None]},
        "events": {"good_form": [], "reps": list(reps)},
    }
    label(folder, GOOD)
    (folder / "a.truth.json").write_text(json.dumps(plain), encoding="utf-8")
    (clip,) = labelled_clips(folder)
    assert clip.truth is not None
    assert list(clip.truth.measures) == ["lumbar_gap_mm"]
    return clip.truth.reps


TRUE_REP = {"start_s": 1.0, "top_s": 2.0, "back_s": 3.0, "end_s": 4.0, "side": "left"}


def test_true_repetitions_are_read(tmp_path: Path) -> None:
    part_way = TRUE_REP | {"side": "", "counts": False}
    assert true_reps(tmp_path, TRUE_REP, part_way) == (
        TrueRep(1.0, 2.0, 3.0, 4.0, Side.LEFT, True),
        TrueRep(1.0, 2.0, 3.0, 4.0, None, False),
    )


@pytest.mark.parametrize("wrong", [{"side": "both"}, {"top_s": 3.5}, {"end_s": None}])
def test_a_true_repetition_that_is_none(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"a\.truth\.json is no truth of the renderer"):
        true_reps(tmp_path, TRUE_REP | wrong)


def test_a_label_that_is_not_utf8(tmp_path: Path) -> None:
    label(tmp_path, "")
    (tmp_path / "a.labels.toml").write_bytes('note = "Füße"'.encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8 text; save it as UTF-8"):
        labelled_clips(tmp_path)


def test_a_truth_that_is_none(tmp_path: Path) -> None:
    label(tmp_path, GOOD)
    (tmp_path / "a.truth.json").write_text('{"frames": 3}', encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.truth\.json is no truth of the renderer"):
        labelled_clips(tmp_path)


@pytest.mark.parametrize("name", ["/tmp/a.mp4", "../a.mp4", "", "."])
def test_a_manifest_names_only_clips_below_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="give the path of a clip below"):
        labelled_clips(manifest(tmp_path, f'["{name}"]\n{GOOD}'))


def test_a_manifest_holds_tables(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"says version = 3; give every clip a table"):
        labelled_clips(manifest(tmp_path, f'version = 3\n["a.mp4"]\n{GOOD}'))


def test_a_clip_that_is_labelled_twice(tmp_path: Path) -> None:
    label(tmp_path, GOOD)
    with pytest.raises(InputError, match=r"a\.mp4 is labelled twice"):
        labelled_clips(manifest(tmp_path, f'["a.mp4"]\n{GOOD}'))


def test_clips_that_differ_by_their_suffix_have_traces_of_their_own(tmp_path: Path) -> None:
    text = "".join(f'["{name}"]\n{GOOD}' for name in ("a.mp4", "a.mov", "b.mp4", "d/a.mp4"))
    names = {clip.name: clip.trace_name for clip in labelled_clips(manifest(tmp_path, text))}
    assert names == {"a.mp4": "a.mp4", "a.mov": "a.mov", "b.mp4": "b", "d/a.mp4": "d/a"}


def test_a_fault_must_be_a_check_of_its_exercise(tmp_path: Path) -> None:
    clips = labelled_clips(
        label(tmp_path, GOOD + 'faults = [{ check = "hip-sag", span = [3, 5] }]')
    )
    with pytest.raises(InputError, match=r"names 'hip-sag', .* did you mean 'hips-sag'\?"):
        check_faults(clips, {"plank": PLANK})
    check_faults(clips, {})  # Of an exercise that isn't there nothing is known.
