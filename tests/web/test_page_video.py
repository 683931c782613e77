"""The page "Video", without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clips_web import CLIPS, SAG, soon
from shown_pages import running, show, text
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from formcheck.judgement.registry import load_exercises
from formcheck.web.childprocess import State
from formcheck.web.clips.visits import Clip
from formcheck.web.clips.work import Bench, Choice, demo_clip
from formcheck.web.pages import video
from formcheck.web.services import Services

SQUAT = CLIPS / "squat" / "squat_good.mp4"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Services]:
    with running(tmp_path / "home") as opened:
        yield opened


def bench_of(at: AppTest) -> Bench:
    bench: Bench = at.session_state[video._BENCH]
    return bench


def put(bench: Bench, source: Path, name: str) -> Clip:
    """Puts a clip into the visit as an upload does."""
    path = bench.visit.folder / f"{name}.mp4"
    path.write_bytes(source.read_bytes())
    clip = Clip(name, f"{name}.mp4", path, path.stat().st_size, 11.0)
    bench.visit.clips[clip.id] = clip
    return clip


def over(bench: Bench, clip: Clip) -> bool:
    return soon(
        lambda: all(bench.status(work).state.over for work in bench.works() if work.clip == clip),
        120.0,
    )


def button(at: AppTest, label: str) -> object:
    return next(each for each in at.button if each.label == label)


def labels(at: AppTest) -> list[str]:
    return [each.label for each in at.button]


def test_the_first_visit_says_what_can_be_done(shared: Services) -> None:
    at = show("video")
    assert not at.exception
    assert "They stay on the computer that runs formcheck" in text(at)
    assert button(at, "Analyse").disabled  # type: ignore[attr-defined]
    (exercise,) = at.selectbox
    assert exercise.options[0] == "Not sure: let formcheck guess"
    assert exercise.options[1:] == [each.title for each in load_exercises().values()]
    assert not any(box.value for box in at.checkbox)
    assert at.number_input[0].value is None


def test_limits_stand_on_the_page(shared: Services) -> None:
    at = show("video")
    data = video._upload_data(bench_of(at))
    settings = shared.settings
    for limit in (settings.max_clips, settings.max_clip_mb, settings.max_clip_minutes):
        assert str(limit) in data["limits"]
    assert data["visit"] == bench_of(at).visit.token
    assert data["clips"] == []


def test_a_clip_is_analysed_and_shown_and_remembered_only_when_wanted(shared: Services) -> None:
    at = show("video")
    bench = bench_of(at)
    clip, trace = demo_clip()
    mine = put(bench, SAG, "mine")
    bench.begin(mine, Choice("plank"), trace)
    assert bench.busy()
    at.run()
    assert "Under way" in text(at)
    assert "Cancel" in labels(at)
    assert over(bench, mine)
    at.run()
    assert "Plank: mine.mp4" in text(at)
    assert "To work on: hips dropped" in text(at)
    assert shared.archive.sessions() == ()
    (work,) = bench.works()
    assert work.result is not None
    data = video._player_data(work.result)
    assert [file["name"] for file in data["files"]] == [
        "annotated.mp4",
        "report.html",
        "report.json",
        "signals.csv",
        "cues.vtt",
        "trace.npz",
        "all.zip",
    ]
    assert shared.visits.result(work.result.token) is work.result
    assert clip.path != mine.path


def test_what_is_remembered_is_one_session_a_clip(shared: Services) -> None:
    at = show("video")
    bench = bench_of(at)
    _, trace = demo_clip()
    mine = put(bench, SAG, "mine")
    for _ in range(2):
        bench.begin(mine, Choice("plank", remember=True), trace)
        assert over(bench, mine)
    (session,) = shared.archive.sessions()
    assert session.exercise == "plank"
    assert session.source == "video"
    at.run()
    assert "Added to Progress." in text(at)


def test_a_guess_that_cannot_be_made_asks_and_goes_on_from_what_was_seen(
    shared: Services,
) -> None:
    at = show("video")
    bench = bench_of(at)
    clip = put(bench, SQUAT, "squat")
    bench.begin(clip, Choice(), SQUAT.with_suffix(".trace.npz"))
    assert over(bench, clip)
    at.run()
    assert "None of the exercises that formcheck knows" in text(at)
    (work,) = bench.works()
    assert bench.status(work).state is State.UNSURE
    at.selectbox(key="video-as-squat").select("plank")
    at.button(key="video-judge-squat").click()
    at.run()
    (again,) = bench.works()
    assert again.choice.exercise == "plank"
    assert again.trace is not None  # Nobody is looked for a second time.
    assert not work.folder.exists()
    assert over(bench, clip)
    at.run()
    assert "Plank: squat.mp4" in text(at)
    assert "Form was not judged at any time" in text(at)


def test_one_bad_clip_is_listed_and_the_rest_are_shown(shared: Services) -> None:
    at = show("video")
    bench = bench_of(at)
    empty = put(bench, CLIPS / "plank" / "empty_room.mp4", "empty_room*")
    mine = put(bench, SAG, "mine")
    bench.begin(empty, Choice("plank"), CLIPS / "plank" / "empty_room.trace.npz")
    bench.begin(mine, Choice("plank"), demo_clip()[1])
    assert over(bench, empty)
    assert over(bench, mine)
    at.run()
    (error,) = at.error
    assert error.value.startswith(r"empty\_room\*.mp4\: nobody is seen in it; film")
    assert "Plank: mine.mp4" in text(at)
    # What failed is offered again, what is done is not.
    assert [clip.id for clip in bench.due(Choice("plank"))] == [empty.id]
    assert [clip.id for clip in bench.due(Choice("plank", 1.7))] == [empty.id, mine.id]


def test_the_button_begins_what_is_due(shared: Services) -> None:
    at = show("video")
    bench = bench_of(at)
    put(bench, SAG, "one")
    put(bench, SAG, "two")
    at.run()
    at.selectbox(key="video-exercise").select("plank")
    at.number_input(key="video-height").set_value(170)
    at.checkbox(key="video-remember").check()
    at.run()
    at.button(key="video-analyse").click().run()
    works = bench.works()
    assert [work.clip.name for work in works] == ["one.mp4", "two.mp4"]
    assert {work.choice for work in works} == {Choice("plank", 1.7, remember=True)}
    assert at.button(key="video-analyse").disabled
    # Cancelled from the page, and nothing of it stays.
    for work in works:
        at.button(key=f"video-cancel-{work.folder.name}").click().run()
        assert bench.status(work).state is State.CANCELLED
        assert not work.folder.exists()
    assert shared.archive.sessions() == ()


def test_a_clip_that_was_taken_back_takes_its_result_along(shared: Services) -> None:
    at = show("video")
    bench = bench_of(at)
    mine = put(bench, SAG, "mine")
    work = bench.begin(mine, Choice("plank"), demo_clip()[1])
    assert over(bench, mine)
    assert work.result is not None
    bench.visit.remove_clip("mine")
    at.run()
    assert bench.works() == []
    assert shared.visits.result(work.result.token) is None
    assert not work.folder.exists()


def test_the_demonstration_says_what_it_is(shared: Services) -> None:
    at = show("video", demo="1")
    assert "The person in this clip is not real" in text(at)
    bench = bench_of(at)
    (work,) = bench.works()
    assert over(bench, work.clip)
    at.run()
    assert "Plank: sag_20_recovers.mp4" in text(at)
    at.run()
    assert bench.works() == [work]  # It is made once a visit.
    assert shared.archive.sessions() == ()


def test_the_end_of_a_visit_ends_its_work_and_a_new_one_begins(shared: Services) -> None:
    at = show("video", demo="1")
    bench = bench_of(at)
    (work,) = bench.works()
    shared.visits.end(bench.visit.token)
    assert bench.status(work).state is State.CANCELLED
    assert not bench.visit.folder.exists()
    at.run()
    assert bench_of(at) is not bench
    assert not at.exception


def test_a_clip_may_be_called_anything(shared: Services) -> None:
    at = show("video")
    bench = bench_of(at)
    clip = put(bench, SAG, "mine")
    odd = Clip("odd", "<b>![x](http://a.example/)$y$.mp4", clip.path, clip.size_bytes)
    bench.visit.clips = {"odd": odd}
    bench.begin(odd, Choice("plank"), demo_clip()[1])
    assert over(bench, odd)
    at.run()
    assert not at.exception
    assert "Plank: <b>![x](http://a.example/)$y$.mp4" in text(at)
    shown = "".join(e.proto.body for e in at.main if e.type == "html")
    assert "<b>!" not in shown
    assert video._plain("![x](y)") == r"\!\[x\]\(y\)"


def test_what_was_chosen_is_still_chosen_after_another_page(shared: Services) -> None:
    at = show("video")
    at.selectbox(key="video-exercise").select("plank")
    at.number_input(key="video-height").set_value(170)
    at.run()
    for path in ("privacy", "video"):
        at._page_hash = calc_hash(path)
        at.run()
    assert at.selectbox(key="video-exercise").value == "plank"
    assert at.number_input(key="video-height").value == 170
