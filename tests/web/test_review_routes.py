"""Who may have what of a session under review, and that nothing else can be had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from review_sessions import ADDRESS, BEGAN, Desk, desk_in, judged

from formcheck.archive.access import Role, Viewer
from formcheck.judgement.registry import load_exercises
from formcheck.presentation.palette import DARK_PAGE, LIGHT_PAGE
from formcheck.sessionfile import open_session
from formcheck.web.pieces.component import FRONTEND
from formcheck.web.review import routes
from formcheck.web.security import POLICY

NOBODY = Viewer(0, Role.OWNER)
EVERY_GET = ("", "page.json", "clip.json", "clip.mp4", "next", "exports/page-" + "0" * 32)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_in(tmp_path_factory.mktemp("home")) as made:
        made.add(clip=False)
        yield made


@pytest.fixture
def number(desk: Desk) -> int:
    return desk.numbers[0]


def as_viewer(monkeypatch: pytest.MonkeyPatch, viewer: Viewer) -> None:
    monkeypatch.setattr(routes, "viewer_of", lambda request: viewer)


@pytest.mark.parametrize("what", EVERY_GET)
def test_what_is_not_theirs_looks_as_if_it_were_not_there(
    desk: Desk, number: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_there = desk.get(10_000, what)
    assert not_there.status_code == 404
    as_viewer(monkeypatch, NOBODY)
    not_theirs = desk.get(number, what)
    assert not_theirs.status_code == 404
    assert not_theirs.content == not_there.content
    assert dict(not_theirs.headers) == dict(not_there.headers)


def test_who_is_kept_out_is_written_down(
    desk: Desk, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_out: list[str] = []
    monkeypatch.setattr(routes, "refuse", lambda request: kept_out.append(request.url.path))
    desk.get(number, "page.json")
    assert not kept_out
    as_viewer(monkeypatch, NOBODY)
    desk.get(number, "page.json")
    assert kept_out == [f"/formcheck/review/{number}/page.json"]


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [
        ("PUT", "notes.json", {"schema_version": 1}),
        ("POST", "reviewed", {"reviewed": True}),
        ("POST", "exports", {"kind": "page"}),
        ("DELETE", "exports/page-" + "0" * 32, None),
    ],
)
def test_nothing_of_theirs_can_be_changed(
    desk: Desk, number: int, method: str, what: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = (desk.folder(number) / "manifest.json").read_bytes()
    not_there = desk.send(method, 10_000, what, body, if_match="none")
    as_viewer(monkeypatch, NOBODY)
    not_theirs = desk.send(method, number, what, body, if_match="none")
    assert (not_theirs.status_code, not_theirs.content) == (404, not_there.content)
    monkeypatch.undo()
    assert (desk.folder(number) / "manifest.json").read_bytes() == manifest


def test_two_are_compared_only_by_who_may_see_both(
    desk: Desk, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = Viewer(desk.archive.account_for("issuer|o", email="", name="O").number, Role.OWNER)
    folder = desk.folder(number)
    report = open_session(folder).report
    exercise = load_exercises()["plank"]
    began = datetime(2026, 5, 5, tzinfo=timezone.utc)
    mine = desk.archive.add(report, exercise, began, "video", folder, viewer=owner)
    address = "/formcheck/compare/{}/{}/"
    assert desk.client.get(address.format(mine, number)).status_code == 200
    as_viewer(monkeypatch, owner)
    assert desk.client.get(address.format(mine, mine)).status_code == 200
    assert desk.client.get(address.format(mine, number)).status_code == 404
    assert desk.client.get(address.format(number, mine)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/formcheck/review/-1/page.json",
        "/formcheck/review/1.0/page.json",
        "/formcheck/review/1%00/page.json",
        "/formcheck/review/x/page.json",
        "/formcheck/review/99999999999999999999999999/page.json",
        "/formcheck/review/1/manifest.json",
        "/formcheck/review/1/trace.npz",
        "/formcheck/review/1/.review/x",
        "/formcheck/review/1/exports/..%2f..%2fmanifest.json",
        "/formcheck/review/1/exports/%2e%2e/file",
        "/formcheck/review/1/exports/page-" + "0" * 31 + "g/file",
        "/formcheck/review/1/exports/clip-" + "0" * 32 + "%0a/file",
        "/formcheck/front/review/..%2fnothing.js",
        "/formcheck/front/review/%2e%2e%2flook.css",
        "/formcheck/front/review/review.html",
        "/formcheck/front/review/nothing.js",
        "/formcheck/front/review/",
    ],
)
def test_only_what_is_named_can_be_had(desk: Desk, number: int, path: str) -> None:
    answer = desk.client.get(path, follow_redirects=False)
    assert answer.status_code == 404, answer.text
    assert "Traceback" not in answer.text


def test_the_page_is_there_with_and_without_its_slash(desk: Desk, number: int) -> None:
    answer = desk.client.get(f"/formcheck/review/{number}?t=4.5", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"/formcheck/review/{number}/?t=4.5"
    page = desk.get(number, "")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["cache-control"] == "no-store"


def test_the_files_of_the_page_are_there_and_ask_nobody_else(desk: Desk, number: int) -> None:
    class Linked(HTMLParser):
        found: list[str] = []  # noqa: RUF012 - one parser, one list

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found += [v for name, v in attrs if name in ("src", "href") and v]

    for address in (f"/formcheck/review/{number}/", f"/formcheck/compare/{number}/{number}/"):
        Linked.found = []
        Linked().feed(desk.client.get(address).text)
        for link in Linked.found:
            assert link.startswith(("/formcheck/", "../", "#", "/", "data:")), link
            if "/front/" in link:
                assert desk.client.get(f"{ADDRESS}{link}").status_code == 200, link


def test_front_end_files_come_with_their_type(desk: Desk) -> None:
    for path in (FRONTEND / "review").iterdir():
        if path.suffix in (".js", ".css"):
            answer = desk.client.get(f"/formcheck/front/review/{path.name}")
            assert answer.status_code == 200
            kind = "javascript" if path.suffix == ".js" else "css"
            assert kind in answer.headers["content-type"]
            assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_colours_are_those_of_the_app(desk: Desk) -> None:
    colours = desk.client.get("/formcheck/front/review/colours.css").text
    assert f"--fc-fault: {LIGHT_PAGE.fault};" in colours
    assert f"--fc-fault: {DARK_PAGE.fault};" in colours


def test_a_session_of_which_only_numbers_were_kept_says_so(desk: Desk) -> None:
    exercise = load_exercises()["plank"]
    report = judged(exercise, open_session(desk.folder(desk.numbers[0])).trace)
    bare = desk.archive.add(report, exercise, BEGAN, "live")
    answer = desk.get(bare, "page.json")
    assert answer.status_code == 404
    assert "only numbers were kept" in answer.json()["error"]


def test_a_bundle_that_is_damaged_says_so(desk: Desk) -> None:
    number = desk.add(clip=False)
    report = desk.folder(number) / "report.json"
    report.write_bytes(report.read_bytes().replace(b"7", b"8", 1))
    answer = desk.get(number, "page.json")
    assert answer.status_code == 422
    assert "damaged" in answer.json()["error"]
    assert str(desk.home) not in answer.text


def test_a_session_of_a_rule_that_is_gone_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = desk.add(clip=False)
    monkeypatch.setitem(desk.reviews.__dict__, "exercises", {})
    answer = desk.get(number, "page.json")
    assert answer.status_code == 422
    assert "plank" in answer.json()["error"]


def test_a_link_in_place_of_what_is_made_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    number = desk.add(clip=False)
    (desk.folder(number) / ".review").symlink_to(tmp_path)
    answer = desk.get(number, "page.json")
    assert answer.status_code == 507
    assert not list(tmp_path.iterdir())
