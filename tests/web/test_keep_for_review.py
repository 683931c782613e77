"""The page "Video": a clip that is kept becomes a session in the library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from clips_web import SAG, soon
from shown_pages import markup, running, show, text
from streamlit.testing.v1 import AppTest

from formcheck.archive.access import Role, Viewer
from formcheck.judgement.overrides import Change
from formcheck.judgement.registry import load_exercises
from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter
from formcheck.notes import Comment
from formcheck.profiles import Profile, save_profile, with_changes
from formcheck.sessionfile import open_session, save_notes
from formcheck.web.clips.visits import Clip
from formcheck.web.clips.work import Bench, Choice, Whose, Work, demo_clip
from formcheck.web.pages import video
from formcheck.web.services import Services

PLANK = load_exercises()["plank"]
SECONDS = 4.5
SHORT: list[Path] = []


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Services]:
    with running(tmp_path / "home") as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def _short(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The first seconds of the clip: hips that are straight, and drop."""
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    with VideoReader(SAG) as reader:
        size_px = reader.info.width_px, reader.info.height_px
        with VideoWriter(path, *size_px) as writer:
            for frame in takewhile(lambda frame: frame.t_s < SECONDS, reader):
                writer.write(frame.image_rgb, frame.t_s)
    SHORT.append(path)


def bench_of(at: AppTest) -> Bench:
    bench: Bench = at.session_state[video._BENCH]
    return bench


def put(bench: Bench) -> Clip:
    """Puts a clip into the visit as an upload does."""
    path = bench.visit.folder / "mine.mp4"
    path.write_bytes(SHORT[-1].read_bytes())
    clip = Clip("mine", "mine.mp4", path, path.stat().st_size, SECONDS)
    bench.visit.clips[clip.id] = clip
    return clip


def done(bench: Bench, clip: Clip, choice: Choice) -> Work:
    """Analyses a clip from what was seen of it before."""
    work = bench.begin(clip, choice, demo_clip()[1])
    assert soon(lambda: bench.status(work).state.over, 120.0)
    assert work.not_remembered == ""
    return work


def wider(home: Path, person: str) -> None:
    """Keeps limits for a person by which hips that sag are still good."""
    changes = [
        Change("plank", "hips-sag", "good", -30.0, False),
        Change("plank", "hips-sag", "fault", -40.0, False),
    ]
    save_profile(home, with_changes(Profile(person), PLANK, changes, why="fused", by="Eva"))


def test_nothing_is_kept_unless_it_is_wanted(shared: Services) -> None:
    at = show("video")
    box = at.checkbox(key=video._KEEP)
    assert not box.value
    assert "Kept: the clip" not in text(at)
    assert not [each for each in at.selectbox if each.key == video._WHOSE]
    box.check().run()
    assert "Kept: the clip with its sound" in text(at)
    assert str(shared.settings.home / "sessions") in text(at)
    assert at.selectbox(key=video._WHOSE).value is None


def test_what_is_kept_can_be_reviewed(shared: Services) -> None:
    at = show("video")
    bench = bench_of(at)
    at.checkbox(key=video._KEEP).check()
    at.selectbox(key=video._EXERCISE).select("plank").run()
    at.selectbox(key=video._WHOSE).select(video._SOMEBODY_NEW).run()
    at.text_input(key=video._NAME).input("Anna  B.").run()
    clip = put(bench)
    at.run()
    next(each for each in at.button if each.label == "Analyse").click()
    at.run()
    (work,) = bench.works()
    assert soon(lambda: bench.status(work).state.over, 120.0)
    at.run()
    (past,) = shared.archive.sessions()
    assert (past.person, past.source, past.number) == ("Anna B.", "video", work.session)
    assert past.faults == 1
    assert past.folder is not None
    session = open_session(past.folder)
    session.bundle.verify()
    assert session.has_clip
    assert (session.about.person, session.about.source) == ("Anna B.", "mine.mp4")
    assert f"Session {past.number} of Anna B. is kept for review." in text(at)
    assert f'href="/formcheck/review/{past.number}/"' in markup(at)
    assert bench.due(work.choice) == []
    assert next(each for each in at.button if each.label.startswith("Analyse")).disabled
    at.run()
    assert at.selectbox(key=video._WHOSE).value == past.person_number
    assert not (work.folder / "session").exists()
    assert clip.path.exists()


def test_their_limits_hold(shared: Services) -> None:
    wider(shared.settings.home, "Anna")
    number = shared.archive.add_person("Anna")
    at = show("video")
    at.checkbox(key=video._KEEP).check()
    at.selectbox(key=video._EXERCISE).select("plank").run()
    at.selectbox(key=video._WHOSE).set_value(number).run()
    assert "The limits of Anna are in force" in text(at)
    bench = bench_of(at)
    whose = Whose("Anna", number, shared.archive.person(number).profile)
    work = done(bench, put(bench), Choice("plank", keep=True, whose=whose))
    assert work.session is not None
    past = shared.archive.session(work.session)
    assert past.person == "Anna"
    assert past.faults == 0


def test_one_clip_is_one_session_but_what_a_coach_worked_at_stays(shared: Services) -> None:
    bench = bench_of(show("video"))
    clip = put(bench)
    first = done(bench, clip, Choice("plank", keep=True)).session
    second = done(bench, clip, Choice("glute_bridge", keep=True)).session
    assert second not in (None, first)
    (past,) = shared.archive.sessions()
    assert (past.number, past.exercise) == (second, "glute_bridge")
    assert past.folder is not None
    notes = open_session(past.folder).notes
    save_notes(past.folder, replace(notes, comments=(Comment(1.0, "look here", "Eva", ""),)))
    third = done(bench, clip, Choice("plank", keep=True)).session
    assert {past.number for past in shared.archive.sessions()} == {second, third}
    # Numbers alone do not take the place of what was kept.
    fourth = done(bench, clip, Choice("plank", remember=True)).session
    assert {past.number for past in shared.archive.sessions()} == {second, third, fourth}
    # What was deleted meanwhile is in nobody's way.
    assert fourth is not None
    shared.archive.delete(fourth)
    fifth = done(bench, clip, Choice("plank", remember=True)).session
    assert {past.number for past in shared.archive.sessions()} == {second, third, fifth}


def test_the_same_clip_of_another_visit_is_told_and_not_doubled(shared: Services) -> None:
    first = bench_of(show("video"))
    kept = done(first, put(first), Choice("plank", keep=True))
    at = show("video")
    again = bench_of(at)
    work = done(again, put(again), Choice("plank", keep=True))
    assert work.was_there
    assert work.session == kept.session
    at.run()
    assert f"This clip was kept before, as session {kept.session}." in text(at)
    # Judged as something else it does not take the place of what was there before.
    done(again, work.clip, Choice("glute_bridge", keep=True))
    assert len(shared.archive.sessions()) == 2


def test_who_looks_after_nobody_is_not_asked_whose_it_is(
    shared: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("formcheck.web.pages.video.viewers.viewer", lambda: Viewer(7, Role.OWNER))
    at = show("video")
    at.checkbox(key=video._KEEP).check().run()
    assert not at.exception
    assert "Kept: the clip" in text(at)
    assert not [each for each in at.selectbox if each.key == video._WHOSE]
