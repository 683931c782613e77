"""The live socket: what a page is told, and who gets in."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_pages import App, Page, jpeg, wait_for
from starlette.websockets import WebSocketDisconnect

from formcheck.archive.access import LOCAL
from formcheck.archive.store import library_in
from formcheck.errors import OutputError
from formcheck.journalfiles import HEADER
from formcheck.judgement.overrides import Change
from formcheck.judgement.registry import load_exercises
from formcheck.presentation.palette import LEVEL_WORD
from formcheck.profiles import Profile, save_profile, with_changes
from formcheck.sessionfile import open_session
from formcheck.takingin import take_in
from formcheck.testing import Figure, plank, standing
from formcheck.types import Level
from formcheck.web.live import socket as live_socket
from formcheck.web.live.answers import LONGEST_S
from formcheck.web.live.hall import RESULT_S
from formcheck.web.live.refusals import (
    BUSY,
    FLOOD,
    NOT_A_PICTURE,
    NOT_KEPT,
    SILENT,
    TICKET,
    TOO_LARGE,
)
from formcheck.web.live.session import LiveRequest
from formcheck.web.pieces.component import FRONTEND


def sagging(t_s: float) -> Figure:
    return plank(4.0 if t_s < 3.0 else -16.0)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    made = App(tmp_path, sagging)
    with made.client:
        yield made
        made.hall.close()
    assert made.hall.running == 0
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "formcheck-live"], 10.0)


def refusal(app: App, word: str) -> tuple[dict[str, object], int]:
    with app.connect(word) as socket:
        told = Page(socket).read()
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    return told, closed.value.code


def test_a_session_from_the_first_picture_to_its_result(app: App) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        told = page.read()
        assert (told["type"], told["resumed"], told["max_in_flight"]) == ("welcome", False, 2)
        moments = page.play(7.0)
        last = page.stop()
    cues = [(m["cue"]["text"], m["cue"]["say"], m["cue"]["urgent"]) for m in moments if m["cue"]]
    assert cues[0] == ("Hold starts now", "hold-starts-now", False)
    assert ("Lift your hips", "lift-your-hips", True) in cues
    fault = moments[-1]
    assert fault["level"] == "fault"
    assert fault["started"]
    assert fault["clock"]["title"] == "good form"
    assert fault["label"].endswith("from neutral")
    assert len(fault["pose"]) == 33 * 3
    assert len(fault["marker"]) == 6
    assert last["why"] == "stopped"
    result = app.hall.result(last["result"])
    assert result is not None
    assert [f.check for f in result.report.findings] == ["hips-sag"]
    assert result.folder is None
    assert "Hips dropped" in result.html


def test_a_warning_is_told_in_the_word_that_the_page_has_a_colour_for(tmp_path: Path) -> None:
    app = App(tmp_path, lambda t_s: plank(4.0 if t_s < 2.5 else -5.0))
    with app.client, app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        moment = page.play(4.0)[-1]
        page.stop()
    assert (moment["level"], moment["message"]["level"]) == ("warning", "warning")


@pytest.mark.parametrize("word", LEVEL_WORD.values())
def test_the_page_knows_how_to_draw_every_level(word: str) -> None:
    drawing, words = ((FRONTEND / f"live_{n}.js").read_text("utf-8") for n in ("drawing", "words"))
    named = re.compile(rf"\"?\b{word}\b\"?: ")
    assert named.search(drawing.partition("LEVEL_COLOURS = {")[2].partition("}")[0])
    assert named.search(words.partition("LEVEL_SIGNS = {")[2].partition("}")[0])


def test_pictures_are_answered_in_order_with_their_numbers(app: App) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        assert [m["seq"] for m in page.play(0.5)] == list(range(15))
        assert page.show(0.6)["t_ms"] == pytest.approx(600.0)


def test_the_camera_check(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        first, *_, last = page.play(1.5)
    states = {point["name"]: point["state"] for point in first["ready"]}
    assert states["rate"] == "unknown"
    assert {point["name"]: point["state"] for point in last["ready"]} == dict.fromkeys(
        ("light", "person", "framing", "view", "rate"), "good"
    )


def test_a_ticket_lets_in_once(app: App) -> None:
    ticket = app.ticket()
    with app.connect(f"ticket.{ticket}") as socket:
        page = Page(socket)
        page.read()
        page.show(0.0)
        page.stop()
    told, code = refusal(app, f"ticket.{ticket}")
    assert (told["code"], code) == ("ticket", TICKET.close_code)


@pytest.mark.parametrize("word", ["ticket.", "ticket.wrong", "resume.wrong", "nothing"])
def test_a_wrong_word_is_refused(app: App, word: str) -> None:
    told, code = refusal(app, word)
    assert (told["type"], told["text"], code) == ("refused", TICKET.text, 4401)


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "", "http://testserver:81"])
def test_a_page_of_another_address_is_refused_before_it_is_let_in(app: App, origin: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        app.connect(f"ticket.{app.ticket()}", origin=origin),
    ):
        pass
    assert app.hall.running == 0


def test_one_too_many_is_told_so_and_keeps_its_ticket(app: App) -> None:
    third = app.ticket()
    with (
        app.connect(f"ticket.{app.ticket()}") as one,
        app.connect(f"ticket.{app.ticket()}") as two,
    ):
        pages = Page(one), Page(two)
        for page in pages:
            page.read()
            page.show(0.0)
        told, code = refusal(app, f"ticket.{third}")
        assert (told["code"], code) == ("busy", BUSY.close_code)
        assert pages[0].show(0.1)["type"] == "moment"
        for page in pages:
            page.stop()
    wait_for(lambda: app.hall.running == 0)
    with app.connect(f"ticket.{third}") as socket:
        assert Page(socket).read()["type"] == "welcome"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", NOT_A_PICTURE),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), NOT_A_PICTURE),
        (jpeg()[:300], NOT_A_PICTURE),
        (jpeg(32, 32), NOT_A_PICTURE),
        (jpeg(1300, 200), TOO_LARGE),
        (jpeg() + bytes(1_000_001), TOO_LARGE),
    ],
)
def test_what_is_no_picture_ends_the_session(app: App, data: bytes, why: object) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        page.send(0.0, data)
        told = page.read()
        # A file that breaks off is found out when it is decoded: the session tells of it.
        assert told["text"] == getattr(why, "text", "")


def test_a_flood_is_refused(app: App) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        for _ in range(2000):
            socket.send_text('{"type":"alive"}')
        told = page.read()
    assert told["code"] == FLOOD.code


@pytest.mark.parametrize(
    "text", ["", "stop", "[]", '{"type":"start"}', '{"type":"stop"' + " " * 300]
)
def test_other_words_are_refused(app: App, text: str) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        socket.send_text(text)
        assert page.read()["code"] == NOT_A_PICTURE.code


def test_a_silent_page_has_time_to_come_back(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        key = page.read()["resume"]
        page.play(0.2)
        monkeypatch.setattr(live_socket, "SILENCE_S", 0.3)
        socket.send_text('{"type":"alive"}')
        with pytest.raises(WebSocketDisconnect) as closed:
            page.read()
    assert closed.value.code == SILENT.close_code
    assert app.hall.running == 1
    with app.connect(f"resume.{key}") as socket:
        assert Page(socket).read()["resumed"]


def test_a_silent_page_that_stays_away_is_given_up(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "SILENCE_S", 0.2)
    monkeypatch.setattr(live_socket, "GRACE_S", 0.2)
    with app.connect(f"ticket.{app.ticket()}") as socket:
        Page(socket).read()
        wait_for(lambda: app.hall.running == 0)


def test_a_key_is_good_until_the_page_was_heard(app: App) -> None:
    """The line may break again before the page is told the next key."""
    with app.connect(f"ticket.{app.ticket()}") as socket:
        key = Page(socket).read()["resume"]
        socket.close(1006)
    with app.connect(f"resume.{key}") as socket:
        socket.close(1006)  # before anything was read
    with app.connect(f"resume.{key}") as socket:
        page = Page(socket)
        assert page.read()["resumed"]
        page.show(0.0)
        assert refusal(app, f"resume.{key}")[0]["code"] == "ticket"


def test_a_page_that_was_never_told_it_is_let_in_may_come_again(app: App) -> None:
    word = f"ticket.{app.ticket()}"
    with app.connect(word) as socket:
        socket.close(1006)  # before anything was read
    with app.connect(word) as socket:
        page = Page(socket)
        assert page.read()["type"] == "welcome"
        assert app.hall.running == 1
        page.show(0.0)
        # From now on nobody comes in beside this page.
        assert refusal(app, word)[0]["code"] == "ticket"
        assert page.stop()["why"] == "stopped"


def test_what_came_of_a_session_can_be_asked_for_as_long_as_it_is_held(app: App) -> None:
    """The key is as old as the session, which may have been a long one."""
    now_s = time.monotonic()
    for held in (app.hall._keys, app.hall._results):
        held._clock = lambda: now_s
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        key = page.read()["resume"]
        page.show(0.0)
        socket.close(1006)
    now_s += LONGEST_S
    with app.connect(f"resume.{key}") as socket:
        page = Page(socket)
        told = page.read()
        page.stop()
        key = told["resume"]
    now_s += RESULT_S - 60.0
    with app.connect(f"resume.{key}") as socket:
        told = Page(socket).read()
    assert told["type"] == "ended"
    assert app.hall.result(told["result"]) is not None
    now_s += 120.0
    assert app.hall.result(told["result"]) is None
    assert refusal(app, f"resume.{key}")[0]["code"] == "ticket"


@pytest.mark.parametrize(("limit", "why"), [("STILL_S", "still"), ("LONGEST_S", "time")])
def test_a_page_that_is_alive_without_pictures_does_not_stay_for_ever(
    app: App, monkeypatch: pytest.MonkeyPatch, limit: str, why: str
) -> None:
    monkeypatch.setattr(live_socket, limit, 0.05)
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        wait_for(lambda: bool(socket.send_text('{"type":"alive"}')) or app.hall.running == 0)
        assert page.read()["why"] == why


def test_a_cut_connection_goes_on_where_it_was(app: App) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        key = page.read()["resume"]
        page.play(2.5)
        socket.close(1006)
    with app.connect(f"resume.{key}") as socket:
        again = Page(socket)
        again.seq = page.seq
        told = again.read()
        assert told["resumed"]
        assert told["resume"] != key
        held = again.play(1.0, from_s=2.6)[-1]["clock"]["note"]
        last = again.stop()
    assert held == "3 s held"
    assert app.hall.result(last["result"]) is not None
    assert refusal(app, f"resume.{key}")[0]["code"] == "ticket"


def test_a_connection_that_does_not_come_back_ends_the_session(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "GRACE_S", 0.2)
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        key = page.read()["resume"]
        page.play(2.5)
        socket.close(1006)
    wait_for(lambda: app.hall.running == 0)
    with app.connect(f"resume.{key}") as socket:
        told = Page(socket).read()  # The page that comes too late still gets its result.
    assert told["why"] == "lost"
    assert app.hall.result(told["result"]) is not None


def test_every_cut_is_waited_for_as_long(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_socket, "GRACE_S", 6.0)
    with app.connect(f"ticket.{app.ticket()}") as socket:
        key = Page(socket).read()["resume"]
        socket.close(1006)
    first_cut_s = time.monotonic()
    time.sleep(3.0)
    with app.connect(f"resume.{key}") as socket:
        Page(socket).read()
        socket.close(1006)
    time.sleep(max(0.0, first_cut_s + 7.2 - time.monotonic()))
    assert app.hall.running == 1
    wait_for(lambda: app.hall.running == 0)


def test_a_connection_that_the_server_cuts_short_ends_its_session(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "GRACE_S", 0.2)
    with app.connect(f"ticket.{app.ticket()}") as socket:
        Page(socket).read()
        monkeypatch.setattr(socket, "send", lambda message: None)  # Cancelled, no goodbye.
    wait_for(lambda: app.hall.running == 0)


def test_what_came_of_a_session_is_told_again_when_it_was_not_heard(app: App) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        key = page.read()["resume"]
        page.play(1.0)
        lost = page.stop()  # Sent, but the line was dead already.
    with app.connect(f"resume.{key}") as socket:
        told = Page(socket).read()
    assert told == lost
    assert app.hall.result(told["result"]) is not None


@pytest.mark.parametrize("code", [1000, 1001])
def test_a_page_that_is_closed_frees_its_place_at_once(app: App, code: int) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        Page(socket).read()
        socket.close(code)
        wait_for(lambda: app.hall.running == 0, 2.0)


def test_a_picture_of_another_size_is_not_judged(app: App) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        page.show(0.0)
        assert page.show(0.1, jpeg(180, 320))["type"] == "notice"
        assert page.show(0.2)["type"] == "moment"


def test_somebody_who_walks_out_ends_the_session(tmp_path: Path) -> None:
    app = App(tmp_path, lambda t_s: plank(4.0) if t_s < 4.0 else None)
    with app.client, app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        moments = page.play(4.0)
        assert not any(m["leaving_s"] for m in moments)
        moments = page.play(12.0, fps=5.0, from_s=4.0)
        assert moments[10]["leaving_s"] is None
        assert moments[-1]["leaving_s"] <= 0.5
        page.send(16.2)
        while (told := page.read())["type"] != "ended":
            pass
    assert told["why"] == "left"


def test_before_anything_was_done_there_is_time(tmp_path: Path) -> None:
    app = App(tmp_path, lambda t_s: standing() if t_s < 1.0 else None)
    with app.client, app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        assert page.play(60.0, fps=3.0)[-1]["leaving_s"] is None
        page.stop()


def test_the_clip_is_kept_only_when_asked(app: App, tmp_path: Path) -> None:
    for keep in (False, True):
        with app.connect(f"ticket.{app.ticket(keep=keep)}") as socket:
            page = Page(socket)
            page.read()
            page.play(4.5)
            last = page.stop()
        result = app.hall.result(last["result"])
        assert result is not None
        assert (result.folder is not None) is keep
        assert (tmp_path / "sessions").exists() is keep
    assert result.folder is not None
    assert (tmp_path / "sessions").stat().st_mode & 0o077 == 0
    session = open_session(result.folder)
    session.bundle.verify()
    assert session.report == result.report
    assert [finding.level for finding in session.report.findings] == [Level.FAULT]
    assert session.has_clip
    assert (session.about.source, session.about.set_up) == ("the browser's camera", True)
    assert {path.name for path in result.folder.iterdir()} == {
        "manifest.json",
        "session.json",
        "trace.npz",
        "report.json",
        "clip.mp4",
    }


def test_numbers_are_remembered_unless_asked_not_to(tmp_path: Path) -> None:
    told: list[str] = []
    app = App(
        tmp_path,
        sagging,
        remember=lambda *of: told.append(of[1].name),
    )
    with app.client:
        for remember in (False, True):
            with app.connect(f"ticket.{app.ticket(remember=remember)}") as socket:
                page = Page(socket)
                page.read()
                page.play(1.5)
                page.stop()
    assert told == ["plank"]


def test_what_can_not_be_remembered_is_said(tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OutputError("the disk is full; free some space")

    app = App(tmp_path, sagging, remember=full)
    with app.client, app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        page.play(0.5)
        last = page.stop()
    assert "the disk is full; free some space." in last["text"]
    assert app.hall.result(last["result"]) is not None


def test_whatever_goes_wrong_at_the_end_its_place_gets_free(tmp_path: Path) -> None:
    def remember(*given: object) -> None:
        raise ValueError("nobody thought of this")

    app = App(tmp_path, sagging, remember=remember)
    with app.client, app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        page.show(0.0)
        last = page.stop()
    assert last["text"] == "You stopped the session. Its numbers could not be remembered."
    assert app.hall.result(last["result"]) is not None
    assert app.hall.running == 0


def test_a_clip_that_can_not_be_kept_is_said_before_anything_starts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("in the way")
    app = App(home, sagging)
    ticket = app.ticket(keep=True)
    with app.client:
        told, code = refusal(app, f"ticket.{ticket}")
        assert (told["text"], code) == (NOT_KEPT.text, NOT_KEPT.close_code)
        home.unlink()
        with app.connect(f"ticket.{ticket}") as socket:
            assert Page(socket).read()["type"] == "welcome"
        app.hall.close()


def test_closing_the_app_ends_sessions_and_lets_nobody_in(app: App) -> None:
    with app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        page.play(1.5)
        waiting = app.ticket()
        app.hall.close()
        told = page.read()
    assert (told["type"], told["why"]) == ("ended", "closing")
    assert refusal(app, f"ticket.{waiting}")[0]["code"] == "ticket"


def test_a_session_that_breaks_says_so_and_keeps_what_came_before(tmp_path: Path) -> None:
    def breaking(t_s: float) -> Figure:
        if t_s > 2.0:
            raise RuntimeError("the model broke")
        return plank(4.0)

    app = App(tmp_path, breaking)
    with app.client, app.connect(f"ticket.{app.ticket()}") as socket:
        page = Page(socket)
        page.read()
        page.play(2.0)
        page.send(2.2)
        while (told := page.read())["type"] != "ended":
            pass
    assert told["why"] == "failed"
    result = app.hall.result(told["result"])
    assert result is not None
    assert result.report.held_s > 0.0


def own_limits(home: Path, value: float = -30.0) -> None:
    rule = load_exercises()["plank"]
    change = Change("plank", "hips-sag", "good", value)
    save_profile(home, with_changes(Profile("Ada"), rule, [change], why="a trial", by="me"))


ADA = LiveRequest("plank", keep=True, person="Ada", number=3, profile="Ada")


def test_a_session_of_somebody_is_judged_by_their_limits(tmp_path: Path) -> None:
    own_limits(tmp_path)
    added: list[tuple[object, ...]] = []

    def remember(*told: object) -> int:
        added.append(told)
        return 7

    app = App(tmp_path, sagging, remember=remember)
    with app.client, app.connect(f"ticket.{app.hall.mint(ADA)}") as socket:
        page = Page(socket)
        page.read()
        page.play(7.0)
        result = app.hall.result(page.stop()["result"])
    assert result is not None
    assert result.report.findings == ()
    assert result.limits[0].startswith("Hips dropped: warning from −30° (was ")
    assert "limits that were changed for this person" in result.html
    ((report, exercise, began, folder, viewer, person),) = added
    assert (report, exercise, folder) == (result.report, result.exercise, result.folder)
    assert (began, viewer, person) == (result.began, LOCAL, 3)
    assert result.number == 7
    assert result.folder is not None
    session = open_session(result.folder)
    assert session.about.person == "Ada"
    assert session.thresholds["hips-sag"]["limits"]["good"] == -30.0
    assert not (result.folder / HEADER).exists()


def test_somebody_without_limits_of_their_own_is_judged_by_the_rule(tmp_path: Path) -> None:
    app = App(tmp_path, sagging)
    with app.client, app.connect(f"ticket.{app.hall.mint(ADA)}") as socket:
        page = Page(socket)
        page.read()
        page.play(7.0)
        result = app.hall.result(page.stop()["result"])
    assert result is not None
    assert [finding.check for finding in result.report.findings] == ["hips-sag"]
    assert (result.person, result.limits) == ("Ada", ())


def test_limits_that_do_not_fit_any_more_begin_no_session(tmp_path: Path) -> None:
    own_limits(tmp_path)
    path = tmp_path / "profiles" / "ada.json"
    path.write_text(path.read_text("utf-8").replace("hips-sag", "hips-gone"), "utf-8")
    app = App(tmp_path, sagging)
    with app.client:
        told, code = refusal(app, f"ticket.{app.hall.mint(ADA)}")
    assert (told["code"], code) == ("limits", 4422)
    assert "the profile of Ada does not fit" in str(told["text"])
    assert not (tmp_path / "sessions").exists()


def test_a_kept_session_that_the_library_does_not_take_is_tried_again_later(
    tmp_path: Path,
) -> None:
    def full(*_: object) -> int:
        raise OutputError("the disk is full; free some space")

    app = App(tmp_path, sagging, remember=full)
    with app.client, app.connect(f"ticket.{app.ticket(keep=True)}") as socket:
        page = Page(socket)
        page.read()
        page.play(1.0)
        last = page.stop()
    assert "could not be remembered: the disk is full" in last["text"]
    result = app.hall.result(last["result"])
    assert result is not None
    assert result.folder is not None
    open_session(result.folder).bundle.verify()
    library = library_in(tmp_path)
    assert [found.problem for found in take_in(tmp_path, library, load_exercises())] == [""]
    assert [past.folder for past in library.sessions()] == [result.folder]


def test_a_session_that_can_not_be_finished_is_left_to_be_repaired(tmp_path: Path) -> None:
    told: list[object] = []
    app = App(tmp_path, sagging, remember=lambda *of: told.append(of))
    with app.client, app.connect(f"ticket.{app.ticket(keep=True)}") as socket:
        page = Page(socket)
        page.read()
        page.play(1.0)
        (folder,) = (tmp_path / "sessions").iterdir()
        (folder / "trace.npz").mkdir()
        last = page.stop()
    assert last["why"] == "failed"
    assert "trace.npz" in last["text"]
    result = app.hall.result(last["result"])
    assert result is not None
    assert result.folder is None
    assert told == [], "the next start adds it, when it is whole"
    (folder / "trace.npz").rmdir()
    library = library_in(tmp_path)
    assert [found.problem for found in take_in(tmp_path, library, load_exercises())] == [""]
    assert [past.folder for past in library.sessions()] == [folder]


def test_a_kept_session_without_a_picture_leaves_nothing(app: App, tmp_path: Path) -> None:
    with app.connect(f"ticket.{app.ticket(keep=True)}") as socket:
        page = Page(socket)
        page.read()
        page.stop()
    wait_for(lambda: app.hall.running == 0)
    assert list((tmp_path / "sessions").iterdir()) == []
