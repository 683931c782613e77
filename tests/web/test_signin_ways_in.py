"""Every way in, with signing in switched on: what is A's is refused to B, and written down."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import presentation_samples as samples
import pytest
from live_pages import Page, wait_for
from recorded import ScriptedEstimator
from shown_pages import running
from signed_cookies import ADDRESS, claims, cookies, setup, subject
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from formcheck.archive.access import LOCAL, Role, Viewer
from formcheck.archive.store import Library, library_in
from formcheck.testing import plank
from formcheck.web import app
from formcheck.web.clips.results import RESULTS_PATH, result_routes
from formcheck.web.clips.uploads import (
    LEAVE_PATH,
    NAME_HEADER,
    UPLOAD_PATH,
    VISIT_HEADER,
    upload_routes,
)
from formcheck.web.clips.visits import Result, Visit, Visits
from formcheck.web.live.hall import Hall
from formcheck.web.live.phrases import VOICE_PATH
from formcheck.web.live.session import LiveRequest
from formcheck.web.live.socket import PROTOCOL, SOCKET_PATH, socket_routes
from formcheck.web.review.limits import review_limit_routes
from formcheck.web.review.reviews import Reviews
from formcheck.web.review.routes import review_routes
from formcheck.web.settings import Settings
from formcheck.web.signin.desk import Desk
from formcheck.web.signin.door import layers
from formcheck.web.signin.identity import identity_of
from formcheck.web.signin.viewers import open_desk

SOCKET = ADDRESS.replace("http", "ws") + SOCKET_PATH
NAMES = ("anna", "ben", "cora", "adam")
"""Somebody, somebody else, a coach and an admin."""


class World:
    """The app without its pages: our own routes behind the door, and four people."""

    def __init__(self, folder: Path) -> None:
        self.archive: Library = library_in(folder / "home")
        self.visits = Visits(lambda tab: True, folder)
        self.hall = Hall(
            4,
            folder / "home",
            open_pose=lambda exercise: ScriptedEstimator(lambda t_s: plank(4.0)),
        )
        self.desk = Desk(setup(), self.archive, self._signed_out)
        open_desk(self.desk)
        self.reviews = Reviews(lambda: self.archive, folder / "home")
        settings = Settings(home=folder / "home")
        self.routes = [
            *socket_routes(lambda: self.hall),
            *upload_routes(lambda: self.visits, lambda: settings),
            *result_routes(lambda: self.visits),
            *review_routes(self.reviews),
            *review_limit_routes(self.reviews, lambda: self.archive, folder / "home"),
        ]
        self.app = Starlette(routes=self.routes, middleware=layers(self.desk))
        accounts = {name: self.archive.account_for(subject(name), name=name) for name in NAMES}
        self.archive.set_role(accounts["cora"].number, Role.COACH)
        self.archive.set_role(accounts["adam"].number, Role.ADMIN)
        self.viewers = {
            name: Viewer(accounts[name].number, role)
            for name, role in zip(
                NAMES, (Role.OWNER, Role.OWNER, Role.COACH, Role.ADMIN), strict=True
            )
        }

    def as_(self, name: str, **changes: Any) -> TestClient:
        """Somebody's browser; an empty name: nobody's."""
        jar = cookies(claims(name, **changes)) if name else {}
        return TestClient(self.app, base_url=ADDRESS, cookies=jar, headers={"origin": ADDRESS})

    def login(self, name: str) -> str:
        identity = identity_of(claims(name))
        assert identity is not None
        return identity.login

    def visit(self, name: str) -> Visit:
        """A visit of somebody, with a result in it."""
        visit = self.visits.open(f"tab of {name}", self.viewers[name], self.login(name))
        report = visit.new_folder() / "report.html"
        report.write_text(f"the report of {name}")
        token = f"token-of-{name}-that-is-long-enough"
        visit.results[token] = Result(token, "clip", {"report.html": report})
        return visit

    def ticket(self, name: str) -> str:
        return self.hall.mint(
            LiveRequest("plank", viewer=self.viewers[name], login=self.login(name))
        )

    def session(self, name: str) -> int:
        began = datetime(2026, 3, 2, tzinfo=timezone.utc)
        return self.archive.add(
            samples.REPORT, samples.EXERCISE, began, "live", viewer=self.viewers[name]
        )

    def close(self) -> None:
        open_desk(None)
        self.hall.close()
        self.visits.close()
        self.reviews.close()

    def _signed_out(self, login: str) -> None:
        self.hall.sign_out(login)
        self.visits.sign_out(login)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="formcheck.access")
    return caplog


def connect(client: TestClient, word: str) -> WebSocketTestSession:
    return client.websocket_connect(SOCKET, subprotocols=[PROTOCOL, word])


def turned_away(client: TestClient, word: str) -> tuple[str, int]:
    """What a page is told whose word is no good: its code, and that of the close."""
    with connect(client, word) as socket:
        told = Page(socket).read()
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    return str(told["code"]), closed.value.code


# -- by the word of a live session ---------------------------------------------------------------


def test_a_ticket_is_good_for_whoever_it_was_minted_for(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    ticket = world.ticket("anna")
    ben, nobody = world.as_("ben"), world.as_("")
    assert turned_away(ben, f"ticket.{ticket}") == ("ticket", 4401)
    with pytest.raises(WebSocketDisconnect), connect(nobody, f"ticket.{ticket}"):
        pass
    assert world.hall.running == 0
    account = world.viewers["ben"].account
    assert (
        f"refused: account {account} (owner); asked for a live session of somebody else" in log.text
    )
    assert "refused: nobody; asked for socket /formcheck/live" in log.text
    assert ticket[:8] not in log.text
    # Whoever tried it did not use it up.
    with connect(world.as_("anna"), f"ticket.{ticket}") as socket:
        assert Page(socket).read()["type"] == "welcome"


def test_an_unknown_ticket_says_the_same_as_somebody_elses(world: World) -> None:
    ben = world.as_("ben")
    assert turned_away(ben, f"ticket.{world.ticket('anna')}") == turned_away(ben, "ticket.none")


def test_a_session_goes_on_and_its_result_is_seen_for_whoever_began_it(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    anna, ben = world.as_("anna"), world.as_("ben")
    with connect(anna, f"ticket.{world.ticket('anna')}") as socket:
        page = Page(socket)
        key = page.read()["resume"]
        page.play(0.5)
        assert turned_away(ben, f"resume.{key}") == ("ticket", 4401)
        assert page.show(1.0)["type"] == "moment"  # It was not even disturbed.
        last = page.stop()
    assert world.hall.result(last["result"], world.viewers["ben"]) is None
    assert world.hall.result(last["result"], world.viewers["adam"]) is None
    assert world.hall.result(last["result"], LOCAL) is None
    assert world.hall.result(last["result"], world.viewers["anna"]) is not None
    assert "live session of somebody else" in log.text


def test_signing_out_ends_the_session_with_a_sentence(world: World) -> None:
    anna = world.as_("anna")
    with connect(anna, f"ticket.{world.ticket('anna')}") as socket:
        page = Page(socket)
        key = page.read()["resume"]
        page.play(0.5)
        waiting = world.ticket("anna")
        world.desk.sign_out(world.login("anna"))
        while (told := page.read())["type"] != "ended":
            pass
    assert told["text"] == "You signed out, so the session was ended."
    assert world.hall.result(told["result"], world.viewers["anna"]) is None
    wait_for(lambda: world.hall.running == 0)
    again = world.as_("anna", nonce="of another time")
    for word in (f"ticket.{waiting}", f"resume.{key}"):
        assert turned_away(again, word) == ("ticket", 4401)


def test_signing_out_here_leaves_the_session_elsewhere(world: World) -> None:
    elsewhere = identity_of(claims("anna", nonce="phone"))
    assert elsewhere is not None
    request = LiveRequest("plank", viewer=world.viewers["anna"], login=elsewhere.login)
    with connect(world.as_("anna", nonce="phone"), f"ticket.{world.hall.mint(request)}") as socket:
        page = Page(socket)
        page.read()
        world.desk.sign_out(world.login("anna"))
        assert page.show(0.1)["type"] == "moment"


# -- by the address of a file --------------------------------------------------------------------


def test_the_files_of_a_result_are_for_whoever_made_it(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    token = next(iter(world.visit("anna").results))
    address = f"{RESULTS_PATH}{token}/report.html"
    assert world.as_("anna").get(address).text == "the report of anna"
    for other in ("ben", "cora", "adam"):
        answer = world.as_(other).get(address)
        assert (answer.status_code, "the report of" in answer.text) == (404, False)
    assert world.as_("").get(address).status_code == 401
    unknown = world.as_("ben").get(f"{RESULTS_PATH}none/report.html")
    assert unknown.text == world.as_("ben").get(address).text
    lines = [r.getMessage() for r in log.records if RESULTS_PATH in r.getMessage()]
    assert len(lines) == 5
    assert all(line.startswith("refused: ") and "toke…/report.html" in line for line in lines)
    assert token not in log.text


def test_clips_go_into_ones_own_visit_alone(world: World, log: pytest.LogCaptureFixture) -> None:
    visit = world.visit("anna")
    headers = {VISIT_HEADER: visit.token, NAME_HEADER: "clip.mp4"}
    ben = world.as_("ben")
    assert ben.post(UPLOAD_PATH, content=b"x", headers=headers).status_code == 403
    assert ben.delete(f"{UPLOAD_PATH}/any", headers=headers).status_code == 403
    assert ben.post(LEAVE_PATH, content=visit.token.encode()).status_code == 204
    assert not visit.leaving
    assert world.as_("").post(UPLOAD_PATH, content=b"x", headers=headers).status_code == 401
    assert world.as_("anna").post(UPLOAD_PATH, content=b"x", headers=headers).status_code == 422
    world.as_("anna").post(LEAVE_PATH, content=visit.token.encode())
    assert visit.leaving
    assert log.text.count("asked for a visit of somebody else") == 3
    assert visit.token not in log.text


def test_signing_out_takes_the_temporary_files_along(world: World) -> None:
    annas, bens = world.visit("anna"), world.visit("ben")
    world.desk.sign_out(world.login("anna"))
    assert annas.ended
    assert not annas.folder.exists()
    assert bens.folder.exists()


# -- by the number of a session ------------------------------------------------------------------


def numbered(world: World, number: int) -> list[tuple[str, str]]:
    """Method and address of every route that leads to a session."""
    found = []
    for route in world.routes:
        if isinstance(route, Route) and re.search(r"\{(number|a|b)[:}]", route.path):
            path = re.sub(r"\{(number|a|b)(:\w+)?\}", str(number), route.path)
            path = re.sub(r"\{\w+(:\w+)?\}", "any", path)
            found += [(m, path) for m in sorted(route.methods or ()) if m != "HEAD"]
    return found


def test_a_session_is_asked_for_in_vain_by_its_number(
    world: World, log: pytest.LogCaptureFixture
) -> None:
    number = world.session("anna")
    asked = [each for each in numbered(world, number) if not each[1].endswith(f"/{number}")]
    assert len(asked) > 8
    for method, path in asked:
        for name in ("ben", "cora"):
            answer = world.as_(name).request(method, path, content=b"{}")
            unknown = path.replace(f"/{number}/", f"/{number + 1000}/")
            same = world.as_(name).request(method, unknown, content=b"{}")
            assert answer.status_code in (404, 422), (method, path, answer.text)
            assert (answer.status_code, answer.text) == (same.status_code, same.text)
            assert answer.status_code == 404 or method != "GET"
        assert world.as_("").request(method, path, content=b"{}").status_code == 401, path
    refused = [r.getMessage() for r in log.records if r.name == "formcheck.access"]
    where = f"GET /formcheck/review/{number}/page.json; from testclient"
    assert f"refused: account {world.viewers['ben'].account} (owner); asked for {where}" in refused
    assert f"refused: nobody; asked for {where}" in refused


def test_a_session_is_seen_by_its_owner_their_coach_and_admins(world: World) -> None:
    number = world.session("anna")
    page = f"/formcheck/review/{number}/page.json"
    # Of this session only numbers were kept, which whoever may see it is told.
    told = {name: world.as_(name).get(page).json()["error"] for name in NAMES}
    assert "only numbers were kept" in told["anna"]
    assert "only numbers were kept" in told["adam"]
    assert "only numbers were kept" not in told["ben"] + told["cora"]
    person = world.archive.add_person("Anna", world.viewers["adam"])
    world.archive.link_account(person, world.viewers["anna"].account, world.viewers["adam"])
    world.archive.assign_coach(person, world.viewers["cora"].account, world.viewers["adam"])
    assert "only numbers were kept" in world.as_("cora").get(page).json()["error"]
    assert "only numbers were kept" not in world.as_("ben").get(page).json()["error"]


# -- by a cookie that is no good -----------------------------------------------------------------


def status(world: World, jar: dict[str, str]) -> int:
    """How somebody with these cookies is answered; 404 is for people who are signed in."""
    client = TestClient(world.app, base_url=ADDRESS, cookies=jar)
    return client.get(f"{RESULTS_PATH}none/report.html").status_code


def test_a_good_cookie_is_good_also_in_pieces(world: World) -> None:
    assert status(world, cookies(claims("anna"))) == 404
    # It is packed before it is signed: words that are all alike would make it short.
    groups = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(150)]
    jar = cookies(claims("anna", groups=groups))
    assert len(jar) > 2
    assert status(world, jar) == 404
    assert status(world, {k: v for k, v in jar.items() if not k.endswith("_2")}) == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": ""},
        {"is_logged_in": False},
        {"is_logged_in": "yes"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"sub": "sub-stranger"},
        {"sub": ""},
        {"sub": None},
        {"sub": "sub-anna\n"},
        {"iss": "https://another.example"},
    ],
)
def test_a_cookie_of_another_origin_or_person_is_nobodys(
    world: World, changes: dict[str, Any]
) -> None:
    assert status(world, cookies(claims("anna", **changes))) == 401


def test_a_forged_cookie_is_nobodys(world: World) -> None:
    good = cookies(claims("anna"))
    name, value = next(iter(good.items()))
    assert status(world, cookies(claims("anna"), secret="b" * 40)) == 401
    assert status(world, {name: value[:-2]}) == 401
    assert status(world, {name: "x" + value[1:]}) == 401
    assert status(world, {name: "chunks-3"}) == 401
    assert status(world, {name: ""}) == 401
    # Signed in the name of another cookie.
    assert status(world, {"_streamlit_user_tokens": value}) == 401
    assert status(world, {name: value.rpartition(".")[0]}) == 401


def test_an_expired_cookie_is_nobodys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import itsdangerous.timed

    now_s = itsdangerous.timed.time.time()
    for days, answer in ((29, 404), (31, 401)):
        with monkeypatch.context() as patch:
            patch.setattr(itsdangerous.timed.time, "time", lambda d=days: now_s - d * 86400.0)
            jar = cookies(claims("anna"))
        assert status(world, jar) == answer, days


def test_the_cookie_of_a_deleted_account_is_nobodys_and_makes_no_new_one(world: World) -> None:
    jar = cookies(claims("anna"))
    assert status(world, jar) == 404
    number = world.viewers["anna"].account
    assert number is not None
    world.archive.delete_account(number)
    assert status(world, jar) == 401
    assert subject("anna") not in {each.subject for each in world.archive.accounts()}


def test_the_cookie_of_somebody_who_signed_out_is_nobodys(world: World) -> None:
    jar = cookies(claims("anna"))
    world.desk.sign_out(world.login("anna"))
    assert status(world, jar) == 401  # Also in the hands of somebody who had copied it.
    assert status(world, cookies(claims("anna", nonce="of another time"))) == 404
    assert status(world, cookies(claims("ben"))) == 404


def test_a_role_counts_from_the_next_request_on(world: World) -> None:
    page = f"/formcheck/review/{world.session('anna')}/page.json"
    assert "only numbers were kept" in world.as_("adam").get(page).text
    world.archive.set_role(world.viewers["adam"].account or 0, Role.OWNER)
    assert "only numbers were kept" not in world.as_("adam").get(page).text


# -- by another page -----------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:8501", "null", ""])
def test_a_page_of_somebody_else_changes_nothing_in_ones_name(world: World, origin: str) -> None:
    visit = world.visit("anna")
    anna = world.as_("anna")
    headers = {"origin": origin, VISIT_HEADER: visit.token}
    assert anna.post(LEAVE_PATH, content=visit.token, headers=headers).status_code == 403
    assert anna.post(UPLOAD_PATH, content=b"x", headers=headers).status_code == 403
    assert not visit.leaving
    for method, path in numbered(world, world.session("anna")):
        if method != "GET":
            assert anna.request(method, path, headers=headers).status_code == 403, path
    with (
        pytest.raises(WebSocketDisconnect),
        anna.websocket_connect(
            SOCKET,
            subprotocols=[PROTOCOL, f"ticket.{world.ticket('anna')}"],
            headers=headers,
        ),
    ):
        pass


def test_every_route_of_ours_is_closed_to_nobody(world: World) -> None:
    nobody = world.as_("")
    for route in world.routes:
        if isinstance(route, Route):
            path = re.sub(r"\{\w+(:\w+)?\}", "1", route.path)
            for method in route.methods or ():
                assert nobody.request(method, path).status_code == 401, (method, path)


def test_no_route_of_the_app_is_left_out_here(world: World, tmp_path: Path) -> None:
    with running(tmp_path / "app"):
        of_the_app = {getattr(route, "path", "") for route in app._routes(world.reviews)}
    assert of_the_app - {getattr(route, "path", "") for route in world.routes} == {
        f"{VOICE_PATH}{{name}}.wav"
    }
