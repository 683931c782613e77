"""What the review page is told of a session."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from review_sessions import DEAD_BUG, ROPE, SAG, VIDEOS, Desk, desk_in, made_session

from formcheck.judgement.registry import load_exercises
from formcheck.landmarks import N_LANDMARKS
from formcheck.media.trace import Trace, read_trace
from formcheck.presentation import review
from formcheck.presentation.review import MOST_POINTS, pose_json
from formcheck.types import Pose
from formcheck.web.review import page_json, reviews
from formcheck.web.review.page_json import gzipped, plain, write_facts

LEVELS = {"good", "warn", "fault", "not_judged", "idle"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_in(tmp_path_factory.mktemp("home")) as made:
        for video in (SAG, DEAD_BUG, ROPE):
            made.add(video)
        yield made


@pytest.fixture(scope="module")
def pages(desk: Desk) -> list[Any]:
    return [desk.page(number) for number in desk.numbers]


def test_each_kind_of_exercise_says_what_it_is(pages: list[Any]) -> None:
    assert [page["exercise"]["kind"] for page in pages] == ["hold", "reps", "hops"]
    for page in pages:
        exercise = load_exercises()[page["exercise"]["name"]]
        assert [c["code"] for c in page["exercise"]["checks"]] == [c.code for c in exercise.checks]
        assert page["title"] == exercise.title


def test_times_rise_and_stretches_cover_the_session(pages: list[Any]) -> None:
    for page in pages:
        stretches = page["verdicts"]
        assert {stretch["level"] for stretch in stretches} <= LEVELS
        assert stretches[0]["start_s"] == pytest.approx(0.0, abs=0.001)
        assert stretches[-1]["end_s"] == pytest.approx(page["duration_s"], abs=0.04)
        for one, other in itertools.pairwise(stretches):
            assert one["start_s"] < one["end_s"] == other["start_s"]


def test_a_fault_is_on_the_timeline_from_its_beginning_to_its_end(
    desk: Desk, pages: list[Any]
) -> None:
    (finding,) = pages[0]["findings"]
    (fault,) = [stretch for stretch in pages[0]["verdicts"] if stretch["level"] == "fault"]
    assert (fault["start_s"], fault["end_s"]) == (finding["start_s"], finding["end_s"])
    assert fault["why"] == finding["title"] == "Hips dropped"
    assert finding["start_s"] < finding["worst_s"] < finding["end_s"]
    assert "from your neutral" in finding["worst_text"]


def test_curves_come_with_the_limits_that_were_in_force(pages: list[Any]) -> None:
    limits = load_exercises()["plank"].check("hips-sag").limits
    (sag,) = [one for one in pages[0]["signals"] if one["check"] == "hips-sag"]
    assert sag["limits"] == [{"warn": limits.good, "fault": limits.fault, "side": "low"}]
    assert min(v for v in sag["values"] if v is not None) == pytest.approx(
        pages[0]["findings"][0]["worst"], abs=0.05
    )
    for page in pages:
        for signal in page["signals"]:
            assert len(signal["t_s"]) == len(signal["values"]) <= MOST_POINTS
            assert signal["t_s"] == sorted(signal["t_s"])


def test_repetitions_and_jumps_have_points_of_their_measures(pages: list[Any]) -> None:
    reps, hops = pages[1]["reps"], pages[2]["jumps"]
    assert reps
    assert hops
    (short,) = [one for one in pages[1]["signals"] if one["check"] == "leg-short"]
    assert short["points"]
    assert len(short["t_s"]) <= len(reps)
    high = [one for one in pages[2]["signals"] if one["check"] == "too-high"]
    assert high[0]["values"] == [pytest.approx(hop["height_cm"], abs=0.01) for hop in hops]
    found = {finding["rep"] for finding in pages[1]["findings"]}
    assert found <= {None, *(rep["index"] for rep in reps)}


def test_poses_are_one_for_each_moment_and_lie_where_they_were_seen(pages: list[Any]) -> None:
    trace = read_trace(VIDEOS / f"{SAG}.trace.npz")
    poses = pages[0]["poses"]
    assert len(poses["names"]) == N_LANDMARKS
    assert len(poses["frames"]) == len(poses["t_s"]) == len(trace.observations)
    for row, observation in zip(poses["frames"], trace.observations, strict=True):
        if observation.pose is None:
            assert row is None
            continue
        places = np.array(row, float).reshape(-1, 3)
        assert np.abs(places[:, :2] - observation.pose.xy_px).max() <= 0.0501
        assert np.abs(places[:, 2] - observation.pose.visibility).max() <= 0.0501


def test_the_judged_line_is_told_for_every_moment(pages: list[Any]) -> None:
    page = pages[0]
    assert len(page["markers"]) == len(page["poses"]["t_s"])
    (found,) = page["findings"]
    at = page["poses"]["t_s"].index(pytest.approx(found["worst_s"], abs=0.01))
    *places, number, level = page["markers"][at]
    assert len(places) == 6
    assert number.startswith("−20")
    assert level == "fault"
    corner = np.array(places).reshape(3, 2)
    assert (corner > 0).all()
    assert (corner < [page["poses"]["width_px"], page["poses"]["height_px"]]).all()
    assert {marker[-1] for marker in page["markers"] if marker} >= {"good", "fault"}


def test_what_it_can_be_compared_with_is_the_same_exercise(desk: Desk) -> None:
    first, again = desk.numbers[0], desk.add(SAG, clip=False)
    assert again in [one["number"] for one in desk.page(first)["others"]]
    assert first not in [one["number"] for one in desk.page(first)["others"]]
    assert desk.page(desk.numbers[2])["others"] == []


def test_every_picture_of_the_clip_has_its_moment(pages: list[Any]) -> None:
    for page in pages:
        clip = page["clip"]
        assert clip["remark"] == ""
        assert clip["times_s"] == page["poses"]["t_s"]
        assert len(clip["video_s"]) == len(clip["times_s"])
        assert clip["video_s"] == sorted(set(clip["video_s"]))


def test_with_and_without_gzip_it_is_the_same(desk: Desk) -> None:
    number = desk.numbers[0]
    packed = desk.get(number, "page.json", **{"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    bare = desk.get(number, "page.json", **{"accept-encoding": "identity"})
    assert "content-encoding" not in bare.headers
    assert packed.json() == bare.json()


def test_what_never_changes_is_worked_out_once(desk: Desk) -> None:
    number = desk.numbers[0]
    desk.page(number)
    (kept,) = (desk.folder(number) / ".review").glob("page-*.bin")
    kept.chmod(0o600)
    before = kept.stat().st_ino
    desk.send("POST", number, "reviewed", {"reviewed": True})
    desk.page(number)
    assert [path.stat().st_ino for path in kept.parent.glob("page-*.bin")] == [before]


def test_the_page_of_a_long_session_is_made_in_a_process_of_its_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = desk.add(SAG, clip=False)
    monkeypatch.setattr(reviews, "SOON_S", 0.0)
    first = desk.get(number, "page.json")
    assert first.status_code == 202
    assert 0.0 <= first.json()["preparing"] <= 1.0
    assert desk.page(number)["findings"]


def test_a_session_without_a_clip_can_be_reviewed(desk: Desk) -> None:
    page = desk.page(desk.add(SAG, clip=False))
    assert page["clip"] is None
    assert (page["poses"]["width_px"], page["poses"]["height_px"]) == (640, 360)
    assert len(page["poses"]["frames"]) == 330
    answer = desk.get(desk.numbers[-1], "clip.mp4")
    assert answer.status_code == 404
    assert "no clip" in answer.json()["error"]


def test_moments_without_anybody_and_nonsense_places_are_told_as_json() -> None:
    assert pose_json(None) == "null"
    pose = Pose(
        np.full((N_LANDMARKS, 2), np.nan, np.float32),
        np.zeros((N_LANDMARKS, 3), np.float32),
        np.ones(N_LANDMARKS, np.float32),
    )
    assert json.loads(pose_json(pose))[:3] == [None, None, 1.0]
    far = replace(pose, xy_px=np.full((N_LANDMARKS, 2), 1234567.0, np.float32))
    assert json.loads(pose_json(far))[:3] == [1234567.0, 1234567.0, 1.0]


def test_a_long_session_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_json, "EVERY_PLACE", 3000)
    monkeypatch.setattr(review, "MOST_POINTS", 1000)
    trace = _longer(read_trace(VIDEOS / f"{SAG}.trace.npz"), 4_000)
    session = made_session(tmp_path / "long", SAG, clip=False, trace=trace)
    shares: list[float] = []
    kept = tmp_path / "page.bin"
    write_facts(session, load_exercises()["plank"], kept, shares.append)
    page = json.loads(plain(kept.read_bytes(), {"number": 1}))
    assert shares == sorted(shares)
    assert len(page["poses"]["frames"]) == len(trace.observations)
    # Whole pixels: half a pixel off at most.
    row, pose = np.array(page["poses"]["frames"][0]).reshape(-1, 3), trace.observations[0].pose
    assert pose is not None
    assert np.abs(row[:, :2] - pose.xy_px).max() <= 0.5001
    assert kept.stat().st_size < 60 * len(trace.observations)
    for signal in page["signals"]:
        assert len(signal["t_s"]) <= 1000
    # The lowest value of all is still there.
    (sag,) = [one for one in page["signals"] if one["check"] == "hips-sag"]
    assert sag["thinned"]
    worst = min(finding["worst"] for finding in page["findings"])
    assert min(v for v in sag["values"] if v is not None) == pytest.approx(worst, abs=0.05)


def test_what_is_put_behind_makes_one_gzip_of_it(tmp_path: Path) -> None:
    session = made_session(tmp_path / "one", SAG, clip=False)
    kept = tmp_path / "page.bin"
    write_facts(session, load_exercises()["plank"], kept)
    more = {"notes": {"text": "</script> “✓”"}, "number": 7}
    packed = gzipped(kept.read_bytes(), more)
    assert gzip.decompress(packed) == plain(kept.read_bytes(), more)
    assert json.loads(gzip.decompress(packed))["notes"] == more["notes"]


def _longer(trace: Trace, n_moments: int) -> Trace:
    """The same session over and over."""
    seen, start_s = [], 0.0
    while len(seen) < n_moments:
        for one in trace.observations:
            outline, motion = one.outline, one.motion
            if outline is not None:
                outline = replace(outline, since_s=start_s + outline.since_s)
            if motion is not None:
                motion = replace(motion, since_s=start_s + motion.since_s)
            seen.append(replace(one, t_s=start_s + one.t_s, outline=outline, motion=motion))
        start_s = seen[-1].t_s + 1 / 30
    return Trace(trace.meta, tuple(seen))


def test_a_session_in_which_nothing_was_measured_can_be_opened(desk: Desk) -> None:
    meta = read_trace(VIDEOS / f"{SAG}.trace.npz").meta
    number = desk.add(SAG, clip=False, trace=Trace(meta, ()))
    page = desk.page(number)
    assert page["poses"]["frames"] == []
    assert page["verdicts"] == []
    job = desk.send("POST", number, "exports", {"kind": "clip"}).json()["job"]
    made = desk.reviews.workshop.known(f"{number}/{job}")
    assert made is not None
    assert made.wait(120.0)
    assert "nothing was measured" in desk.get(number, f"exports/{job}").json()["error"]
    assert desk.send("POST", number, "exports", {"kind": "page"}).status_code == 202
    desk.when_done(number)
    assert not list((desk.folder(number) / ".review").glob("export-clip-*"))
    assert len(list((desk.folder(number) / ".review").glob("export-page-*"))) == 1
