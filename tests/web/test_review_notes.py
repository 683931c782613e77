"""Notes are saved with who said them, and two coaches never write over each other."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from review_sessions import ADDRESS, Desk, desk_in

from formcheck.archive.access import Role, Viewer
from formcheck.notes import Comment, Notes, Opinion, Subject, Verdict
from formcheck.sessionfile import open_session
from formcheck.web.review import routes
from formcheck.web.review.noting import signed
from formcheck.web.review.routes import MOST_BODY_BYTES
from formcheck.web.signin.desk import SignedIn

OPINION = {
    "verdict": "overrule",
    "subject": "finding",
    "start_s": 3.6,
    "end_s": 7.6,
    "check": "hips-sag",
    "level": None,
    "counts": None,
    "text": "the shirt hangs",
    "by": "somebody else",
    "at": "yesterday",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[Desk]:
    with desk_in(home) as made:
        yield made


@pytest.fixture
def number(desk: Desk) -> int:
    return desk.add(clip=False)


def document(**more: Any) -> dict[str, Any]:
    return {"schema_version": 1, "opinions": [], "comments": [], "drawings": []} | more


def put(desk: Desk, number: int, revision: str, body: Any) -> Any:
    return desk.send("PUT", number, "notes.json", body, if_match=revision)


def test_what_is_new_gets_its_author_and_time(desk: Desk, number: int) -> None:
    answer = put(desk, number, "none", document(opinions=[OPINION]))
    assert answer.status_code == 200, answer.text
    (kept,) = answer.json()["notes"]["opinions"]
    assert kept["by"] == "coach"
    assert datetime.fromisoformat(kept["at"]).tzinfo is not None
    assert kept | {"by": "", "at": ""} == OPINION | {"by": "", "at": ""}
    saved = open_session(desk.folder(number))
    saved.bundle.verify()
    assert [opinion.text for opinion in saved.notes.opinions] == ["the shirt hangs"]
    assert desk.page(number)["revision"] == answer.json()["revision"]


def test_what_is_already_kept_keeps_its_author_and_time(desk: Desk, number: int) -> None:
    first = put(desk, number, "none", document(opinions=[OPINION])).json()
    comment = {"t_s": 1.0, "text": "and this", "by": "", "at": ""}
    second = put(desk, number, first["revision"], document(opinions=[OPINION], comments=[comment]))
    assert second.json()["notes"]["opinions"] == first["notes"]["opinions"]


def test_nobody_is_told_of_damage_while_others_write(desk: Desk, number: int) -> None:
    over = threading.Event()

    def write() -> None:
        revision = "none"
        for place in range(60):
            comment = {"t_s": 1.0, "text": f"comment {place}", "by": "", "at": ""}
            saved = put(desk, number, revision, document(comments=[comment]))
            assert saved.status_code == 200, saved.text
            revision = saved.json()["revision"]
        over.set()

    def read() -> set[int]:
        answers = set()
        while not over.is_set():
            answers.add(desk.get(number, "page.json").status_code)
            answers.add(put(desk, number, "an older one", document()).status_code)
        return answers

    desk.page(number)
    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            pool.submit(write).result()
        finally:
            over.set()
        assert set.union(*(reader.result() for reader in readers)) == {200, 409}


def test_signing_goes_by_what_is_said() -> None:
    one, other = Comment(1.0, "a", "Anna", "then"), Comment(1.0, "a", "Berta", "later")
    before = Notes(comments=(one, other), reviewed="2026-01-01")
    sent = Notes(comments=(Comment(1.0, "a", "x", "y"), Comment(1.0, "A"), Comment(1.0, "a")))
    kept = signed(sent, before, "Cleo", "now")
    assert kept.comments == (one, Comment(1.0, "A", "Cleo", "now"), other)
    # Only the button says that a session was gone through.
    assert kept.reviewed == "2026-01-01"


def test_an_older_revision_is_refused_with_what_there_is_now(desk: Desk, number: int) -> None:
    first = put(desk, number, "none", document(opinions=[OPINION])).json()
    late = put(desk, number, "none", document())
    assert late.status_code == 409
    assert late.json()["revision"] == first["revision"]
    assert late.json()["notes"] == first["notes"]
    assert len(open_session(desk.folder(number)).notes.opinions) == 1


def test_a_revision_has_to_be_named(desk: Desk, number: int) -> None:
    assert desk.send("PUT", number, "notes.json", document()).status_code == 428


def test_of_many_writers_at_once_each_is_saved_or_told(desk: Desk, number: int) -> None:
    n_writers, together = 6, threading.Barrier(6)

    def write(place: int) -> int:
        comment = {"t_s": 1.0, "text": f"writer {place}", "by": "", "at": ""}
        together.wait()
        return int(put(desk, number, "none", document(comments=[comment])).status_code)

    with ThreadPoolExecutor(n_writers) as pool:
        answers = sorted(pool.map(write, range(n_writers)))
    assert answers == [200] + [409] * (n_writers - 1)
    saved = open_session(desk.folder(number))
    saved.bundle.verify()
    assert len(saved.notes.comments) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"schema_version": 1}',
        b'{"schema_version": 99, "opinions": [], "comments": [], "drawings": []}',
        b'{"schema_version": true, "opinions": [], "comments": [], "drawings": []}',
        b"\xff\xfe\x00",
        b"[" * 50_000,
        json.dumps(document(opinions=[OPINION | {"verdict": "perhaps"}])).encode(),
        json.dumps(document(opinions=[OPINION | {"start_s": 9.0, "end_s": 1.0}])).encode(),
        json.dumps(document(comments=[{"t_s": 1.0, "text": " ", "by": "", "at": ""}])).encode(),
        json.dumps(document(comments=[{"t_s": "1", "text": "x", "by": "", "at": ""}])).encode(),
        json.dumps(
            document(comments=[{"t_s": 1.0, "text": "x" * 10_001, "by": "", "at": ""}])
        ).encode(),
        json.dumps(document(drawings=[{"shape": "line"}])).encode(),
        b'{"schema_version":1,"opinions":[],"drawings":[],"comments":[{"t_s":NaN,"text":"x","by":"","at":""}]}',
    ],
)
def test_what_is_no_notes_is_refused_with_a_sentence(desk: Desk, number: int, body: bytes) -> None:
    answer = put(desk, number, "none", body)
    assert answer.status_code == 422, answer.text
    assert "what was sent" in answer.json()["error"]
    assert open_session(desk.folder(number)).notes == Notes()


def test_too_much_is_refused_before_it_is_read(desk: Desk, number: int) -> None:
    answer = put(desk, number, "none", b" " * (MOST_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert open_session(desk.folder(number)).notes == Notes()


def test_another_site_can_not_write(desk: Desk, number: int) -> None:
    for origin in ("http://evil.example", ""):
        answer = desk.client.put(
            f"/formcheck/review/{number}/notes.json",
            json=document(),
            headers={"origin": origin, "if-match": "none"},
        )
        assert answer.status_code == 403


def test_a_session_is_gone_through_and_the_next_one_is_told(desk: Desk) -> None:
    one, other = desk.add(clip=False), desk.add(clip=False)
    assert desk.get(one, "next").json() == {"number": other}
    answer = desk.send("POST", one, "reviewed", {"reviewed": True})
    assert answer.json()["reviewed"] is not None
    assert desk.archive.session(one).reviewed is not None
    assert open_session(desk.folder(one)).notes.reviewed == answer.json()["reviewed"]
    assert desk.page(one)["reviewed"] == answer.json()["reviewed"]
    assert desk.get(other, "next").json()["number"] != one
    again = desk.send("POST", one, "reviewed", {"reviewed": False})
    assert again.json()["reviewed"] is None
    assert desk.archive.session(one).reviewed is None


@pytest.mark.parametrize("body", [{}, {"reviewed": 1}, {"reviewed": "true"}, [], "true"])
def test_nonsense_about_being_gone_through_is_refused(desk: Desk, number: int, body: Any) -> None:
    assert desk.send("POST", number, "reviewed", body).status_code == 422
    assert desk.archive.session(number).reviewed is None


def test_who_is_signed_in_is_the_author(
    desk: Desk, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = SignedIn(Viewer(7, Role.ADMIN), "login", "Cleo <b>Coach</b>")
    monkeypatch.setattr(routes, "signed_in", lambda request: who)
    answer = put(desk, number, "none", document(opinions=[OPINION]))
    assert answer.json()["notes"]["opinions"][0]["by"] == "Cleo <b>Coach</b>"


def test_whose_session_it_is_reads_and_does_not_write(
    desk: Desk, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = desk.archive.account_for("issuer|anna", email="", name="Anna").number
    owner = Viewer(account, Role.OWNER)
    mine = desk.archive.add(
        open_session(desk.folder(number)).report,
        desk.reviews.exercises["plank"],
        datetime.now().astimezone(),
        "video",
        desk.folder(number),
        viewer=owner,
    )
    monkeypatch.setattr(routes, "viewer_of", lambda request: owner)
    assert desk.page(mine)["may_write"] is False
    assert put(desk, mine, "none", document()).status_code == 404
    assert desk.send("POST", mine, "reviewed", {"reviewed": True}).status_code == 404
    # The other number is the same folder, but not theirs.
    assert desk.get(number, "page.json").status_code == 404


def test_an_opinion_that_was_saved_counts_as_one(desk: Desk, number: int) -> None:
    put(desk, number, "none", document(opinions=[OPINION]))
    session = open_session(desk.folder(number))
    (finding,) = session.report.findings
    opinion = session.notes.opinion_of(finding)
    assert isinstance(opinion, Opinion)
    assert (opinion.verdict, opinion.subject) == (Verdict.OVERRULE, Subject.FINDING)
    assert ADDRESS not in opinion.text
