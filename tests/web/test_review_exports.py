"""What is handed to a client, made in a process of its own."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
from review_sessions import DEAD_BUG, ROPE, SAG, Desk, desk_in

from formcheck.notes import Comment, Drawing, Notes, Opinion, Shape, Subject, Verdict
from formcheck.sessionfile import save_notes
from formcheck.web.childprocess import State
from formcheck.web.review import tasks, workshop
from formcheck.web.review.tasks import Task
from formcheck.web.review.workshop import Workshop

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>"
NOTES = Notes(
    opinions=(
        Opinion(Verdict.AGREE, Subject.FINDING, 3.6, 7.6, "hips-sag", text=f"squeeze {HOSTILE}"),
    ),
    comments=(Comment(4.5, f"Much better {HOSTILE}", HOSTILE),),
    drawings=(Drawing(4.6, Shape.ANGLE, ((170, 215), (330, 260), (500, 265))),),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_in(tmp_path_factory.mktemp("home")) as made:
        for video in (SAG, DEAD_BUG, ROPE):
            made.add(video, person=HOSTILE[:60])
        save_notes(made.folder(made.numbers[0]), NOTES)
        yield made


def exported(desk: Desk, number: int, kind: str) -> Any:
    """The answer that brings the file of an export, once it is made."""
    begun = desk.send("POST", number, "exports", {"kind": kind})
    assert begun.status_code == 202, begun.text
    job = begun.json()["job"]
    shares = []
    deadline_s = time.monotonic() + 180.0
    while True:
        told = desk.get(number, f"exports/{job}").json()
        shares.append(told["share"])
        if told["state"] not in ("waiting", "working"):
            break
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    assert told["state"] == "done", told
    assert shares == sorted(shares)
    return desk.get(number, told["file"])


def test_the_clip_has_as_many_pictures_as_the_session_and_the_notes_in_them(
    desk: Desk, tmp_path: Path
) -> None:
    number = desk.numbers[0]
    answer = exported(desk, number, "clip")
    assert answer.headers["content-type"] == "video/mp4"
    assert "sag_20_recovers-with-notes.mp4" in answer.headers["content-disposition"]
    film = tmp_path / "noted.mp4"
    film.write_bytes(answer.content)
    with av.open(str(film)) as clip:
        pictures = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert len(pictures) == 330
    panel_px = pictures[0].shape[0] - 360
    # The upper leg of the angle, in the yellow that it was drawn in, only while it is shown.
    leg = [picture[panel_px + 222 : panel_px + 252, 240] for picture in pictures]
    yellow = [bool(((p[:, 0] > 180) & (p[:, 1] > 140) & (p[:, 2] < 110)).any()) for p in leg]
    assert yellow[145]
    assert not yellow[100]
    assert not yellow[300]


def test_the_sheet_is_one_file_that_runs_and_asks_for_nothing(desk: Desk) -> None:
    page = exported(desk, desk.numbers[0], "page")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    text = page.text
    assert "<script" not in text
    assert "<img src=x" not in text
    assert not re.search(r'(?:src|href)="(?!data:image/jpeg;base64,)', text)
    assert "url(" not in text
    assert "Lift your hips" in text
    assert "squeeze &lt;/style&gt;" in text
    assert text.count("<img ") == 1
    assert "not a medical measurement" in text


def test_every_kind_of_exercise_has_a_sheet(desk: Desk) -> None:
    for number, words in zip(desk.numbers, ("Held", "Repetitions", "Jumps"), strict=True):
        assert f"<dt>{words}</dt>" in exported(desk, number, "page").text


def test_limits_of_the_persons_own_are_told_on_page_and_sheet(desk: Desk) -> None:
    own = desk.add(SAG, clip=False, limits="plank.hips-sag.warn=-9")
    rule = desk.numbers[0]
    said = "limits that were changed for this person"
    for number, told in ((own, True), (rule, False)):
        assert (said in desk.page(number)["own_limits"]) is told
        assert (said in exported(desk, number, "page").text) is told


def test_whose_it_is_says_the_library_and_not_the_bundle(desk: Desk) -> None:
    number = desk.add(SAG, clip=False, person="Bartholomew")
    assert desk.page(number)["about"]["person"] == "Bartholomew"
    assert "Bartholomew" in exported(desk, number, "page").text
    desk.archive.set_person(number, None)
    assert desk.page(number)["about"]["person"] == ""
    assert "Bartholomew" not in exported(desk, number, "page").text


def test_what_was_overruled_is_no_fault_on_the_sheet(desk: Desk) -> None:
    number = desk.add(SAG, clip=False)
    assert "Seen: hips dropped" in exported(desk, number, "page").text
    said = Opinion(Verdict.OVERRULE, Subject.FINDING, 3.6, 7.6, "hips-sag", text="a loose shirt")
    save_notes(desk.folder(number), Notes(opinions=(said,)))
    text = exported(desk, number, "page").text
    assert "Seen: hips dropped" not in text
    assert "loose shirt" not in text
    assert "Hips dropped: not once" in text
    # The seconds in good form were counted with the fault.
    assert "In good form" not in text


def test_the_same_is_made_once_and_other_notes_replace_it(desk: Desk) -> None:
    number = desk.add(SAG, clip=False)
    exported(desk, number, "page")
    first = desk.send("POST", number, "exports", {"kind": "page"}).json()["job"]
    again = desk.send("POST", number, "exports", {"kind": "page"}).json()["job"]
    assert first == again
    assert desk.get(number, f"exports/{again}").json()["state"] == "done"
    save_notes(desk.folder(number), Notes(comments=(Comment(1.0, "new"),)))
    assert "new" in exported(desk, number, "page").text
    assert len(list((desk.folder(number) / ".review").glob("export-page-*"))) == 1
    assert desk.get(number, f"exports/{first}/file").status_code == 404


@pytest.mark.parametrize("body", [{}, {"kind": "pdf"}, {"kind": ["page"]}, {"kind": None}, []])
def test_there_are_two_kinds(desk: Desk, body: Any) -> None:
    assert desk.send("POST", desk.numbers[0], "exports", body).status_code == 422


def test_an_export_can_be_stopped(desk: Desk) -> None:
    number = desk.add(SAG)
    job = desk.send("POST", number, "exports", {"kind": "clip"}).json()["job"]
    told = desk.send("DELETE", number, f"exports/{job}").json()
    assert told["state"] in ("cancelled", "done")
    assert desk.get(number, f"exports/{job}/file").status_code in (200, 404)
    made = desk.reviews.workshop.known(f"{number}/{job}")
    assert made is not None
    assert made.wait(20.0)
    assert not [child for child in psutil.Process().children() if _exports(child)]


def _exports(process: psutil.Process) -> bool:
    try:
        return "formcheck.web.review.tasks" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def test_a_task_survives_being_written_down() -> None:
    task = Task(tasks.CLIP, Path("a"), Path("b"), "n", (Path("c"),), {"person": "Anna"})
    assert Task.from_json(task.to_json()) == task


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    with Workshop(tmp_path) as made:
        yield made


def program(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Has another program in the place of the one that does the tasks."""
    import sys

    monkeypatch.setattr(workshop, "_COMMAND", (sys.executable, "-c", text))


def task(tmp_path: Path, what: str = "clip") -> Task:
    return Task(what, tmp_path, tmp_path, "x")


def test_a_process_that_dies_is_told_and_can_be_tried_again(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "import os; os._exit(3)")
    made = shop.ask("a", task(tmp_path), lambda stage: None)
    assert made.wait(30.0)
    assert made.status.state is State.FAILED
    assert made.status.sentence
    shop.forget("a")
    program(monkeypatch, "print('{\"done\": true}')")
    again = shop.ask("a", task(tmp_path), lambda stage: None)
    assert again is not made
    assert again.wait(30.0)
    assert again.status.state is State.DONE


def test_a_process_that_is_stuck_is_ended(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "SILENT_S", 1.0)
    program(monkeypatch, "import time; time.sleep(600)")
    made = shop.ask("a", task(tmp_path), lambda stage: None)
    assert made.wait(30.0)
    assert made.status.state is State.FAILED


def test_what_is_asked_for_twice_is_made_once_and_kinds_do_not_wait_for_each_other(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "import time; time.sleep(600)")
    long = shop.ask("a", task(tmp_path, "export-clip"), lambda stage: None)
    deadline_s = time.monotonic() + 30.0
    while long._process is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    assert shop.ask("a", task(tmp_path, "export-clip"), lambda stage: None) is long
    waiting = shop.ask("b", task(tmp_path, "export-clip"), lambda stage: None)
    program(monkeypatch, "print('{\"done\": true}')")
    assert shop.ask("c", task(tmp_path, "facts"), lambda stage: None).wait(30.0)
    assert waiting.status.state is State.WAITING
    waiting.cancel()
    assert waiting.wait(1.0)
    long.cancel()
    assert long.wait(30.0)
    assert long.status.state is State.CANCELLED


def test_what_can_not_be_kept_is_told(
    shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, "print('{\"done\": true}')")

    def full(stage: Path) -> None:
        assert stage.is_dir()
        raise OSError(28, "No space left on device")

    made = shop.ask("a", task(tmp_path), full)
    assert made.wait(30.0)
    assert made.status.state is State.FAILED
    assert "No space left" in made.status.sentence
    assert [path.name for path in (tmp_path / "making").glob("*/*")] == ["alive"]


def test_closing_leaves_no_process_and_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with pytest.MonkeyPatch.context() as patch:
        program(patch, "import time; time.sleep(600)")
        shop = Workshop(tmp_path)
        made = [shop.ask(str(k), task(tmp_path, f"kind-{k % 2}"), lambda _: None) for k in range(4)]
        shop.close()
    assert all(one.status.state is State.CANCELLED for one in made)
    assert set(threading.enumerate()) <= before
    assert not [c for c in psutil.Process(os.getpid()).children() if "sleep" in str(c.cmdline())]
