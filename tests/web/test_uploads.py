"""Clips come in within limits, into one visit's folder; nothing half stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import test_media_reader as bad
from clips_web import SAG, visits_in
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.web.clips import uploads
from formcheck.web.clips.uploads import (
    LEAVE_PATH,
    NAME_HEADER,
    UPLOAD_PATH,
    VISIT_HEADER,
    shown_name,
    upload_routes,
)
from formcheck.web.clips.visits import Visit, Visits
from formcheck.web.settings import Settings

ORIGIN = "http://testserver"


@dataclass
class App:
    """An app with nothing but the upload, and one visit in it."""

    client: TestClient
    visits: Visits
    visit: Visit
    asgi: Starlette

    def headers(self, name: str, **more: str) -> dict[str, str]:
        plain = {"origin": ORIGIN, VISIT_HEADER: self.visit.token, NAME_HEADER: quote(name)}
        return plain | more

    def send(self, name: str, body: bytes | Iterator[bytes], **more: str) -> Any:
        headers = self.headers(name, **more)
        return self.client.post(UPLOAD_PATH, content=body, headers=headers)

    def files(self) -> list[Path]:
        return [path for path in self.visit.folder.rglob("*") if path.is_file()]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    settings = Settings(home=tmp_path, max_clip_mb=1, max_clip_minutes=1, max_clips=2)
    root = tmp_path / "temporary"
    root.mkdir()
    with visits_in(root) as visits:
        asgi = Starlette(routes=upload_routes(lambda: visits, lambda: settings))
        with TestClient(asgi, base_url=ORIGIN) as client:
            yield App(client, visits, visits.open("tab"), asgi)


def test_a_clip_arrives_as_it_was_sent(app: App) -> None:
    answer = app.send("Mein Plank ✓.MP4", SAG.read_bytes())
    assert answer.status_code == 200
    told = answer.json()
    assert told["name"] == "Mein Plank ✓.MP4"
    assert told["seconds"] == pytest.approx(11.0, abs=0.05)
    (clip,) = app.visit.clips.values()
    assert clip.id == told["id"]
    assert clip.path.read_bytes() == SAG.read_bytes()
    assert clip.path.name == f"{clip.id}.mp4"
    assert app.files() == [clip.path]


@pytest.mark.parametrize(
    "name",
    ["../../evil.mp4", "/etc/passwd", "..\\..\\evil.mp4", "a/b/c.mp4", "x.mp4\x00.sh", "con.sh"],
)
def test_a_name_is_never_a_path(app: App, name: str) -> None:
    before = set(app.visit.folder.parent.parent.rglob("*"))
    assert app.send(name, SAG.read_bytes()).status_code == 200
    (clip,) = app.visit.clips.values()
    assert clip.path.parent == app.visit.folder
    assert clip.path.stem == clip.id
    assert clip.path.suffix in (".mp4", "")
    assert set(app.visit.folder.parent.parent.rglob("*")) - before == {clip.path}
    assert "/" not in clip.name
    assert "\\" not in clip.name


def test_names_are_short_and_can_be_shown() -> None:
    assert shown_name("C:\\clips\\me.mov") == "me.mov"
    assert shown_name("") == "clip"
    assert shown_name("\u202e\n\t") == "clip"
    long = shown_name("a" * 500 + ".mp4")
    assert len(long) == 120
    assert long.endswith("….mp4")


def test_somebody_elses_page_gets_nothing_in(app: App) -> None:
    body = SAG.read_bytes()
    assert app.send("a.mp4", body, origin="http://elsewhere.example").status_code == 403
    assert app.send("a.mp4", body, origin="null").status_code == 403
    headers = app.headers("a.mp4")
    del headers["origin"]
    assert app.client.post(UPLOAD_PATH, content=body, headers=headers).status_code == 403
    for token in ("", "x", app.visit.token[:-1]):
        answer = app.send("a.mp4", body, **{VISIT_HEADER: token})
        assert answer.status_code == 403
        assert "reload it" in answer.json()["error"]
    assert app.files() == []


def test_a_clip_that_says_it_is_too_large_is_refused_before_it_is_read(app: App) -> None:
    read = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield b"x"

    answer = app.send("big.mp4", body(), **{"content-length": "1000001"})
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("big.mp4 is larger than 1 MB; cut out")
    assert app.files() == []


def test_a_clip_that_does_not_say_its_size_is_cut_off_at_the_limit(app: App) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 50_000
            yield b"x" * 50_000

    assert app.send("big.mp4", body()).status_code == 413
    assert app.files() == []
    assert app.visit.arriving == 0


def test_never_more_than_a_little_is_in_memory(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr(uploads, "_WRITE_BYTES", 100_000)
    monkeypatch.setattr(uploads, "_write", lambda file, data: written.append(len(data)))
    chunks = iter([{"type": "http.request", "body": b"x" * 30_000, "more_body": True}] * 30)

    async def receive() -> dict[str, Any]:
        return next(chunks, {"type": "http.request", "body": b"", "more_body": False})

    post_and(app, receive)
    assert sum(written) == 900_000
    assert max(written) <= 130_000


def test_only_so_many_at_a_time(app: App) -> None:
    for name in ("a.mp4", "b.mp4"):
        assert app.send(name, SAG.read_bytes()).status_code == 200
    answer = app.send("c.mp4", SAG.read_bytes())
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("c.mp4 is not taken: 2 clips at a time")
    first = next(iter(app.visit.clips))
    assert app.client.delete(f"{UPLOAD_PATH}/{first}", headers=app.headers("")).status_code == 200
    assert app.send("c.mp4", SAG.read_bytes()).status_code == 200
    assert [clip.name for clip in app.visit.clips.values()] == ["b.mp4", "c.mp4"]


def test_a_clip_that_is_too_long_is_refused(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_S_PER_MIN", 5.0)
    answer = app.send("long.mp4", SAG.read_bytes())
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("long.mp4 is longer than")
    assert app.files() == []


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("text.mp4", bad.write_text, "is a text file"),
        ("cut.mp4", bad.write_cut_moov, "is cut short or damaged"),
        ("sound.m4a", bad.write_sound, "has sound but no picture"),
        ("none.mp4", bad.write_no_frame, "has no picture"),
        ("still.png", bad.write_still, "is a still picture"),
        ("empty.mp4", bad.write_nothing, "is empty"),
        ("noise.mp4", bad.write_noise, "is not a video that can be read"),
        ("list.m3u8", bad.write_playlist, "is a text file"),
        ("one.mp4", bad.write_one_frame, "is a still picture"),
    ],
)
def test_a_file_that_is_no_clip_gets_the_sentence_of_analyze(
    app: App, tmp_path: Path, name: str, make: Callable[[Path], Path], says: str
) -> None:
    answer = app.send(name, make(tmp_path / name).read_bytes())
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"{name} {says}")
    assert app.files() == []
    assert app.visit.clips == {}


def post_and(app: App, receive: Callable[[], Any]) -> list[dict[str, Any]]:
    """Posts a clip by ASGI, the body as ``receive`` gives it."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = app.headers("a.mp4") | {"host": "testserver"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": UPLOAD_PATH,
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }
    asyncio.run(app.asgi(scope, receive, send))  # type: ignore[arg-type]
    return sent


def test_a_connection_that_is_cut_leaves_nothing(app: App) -> None:
    chunks = iter([{"type": "http.request", "body": b"x" * 2_000, "more_body": True}] * 3)
    seen: list[int] = []

    async def receive() -> dict[str, Any]:
        seen.append(len(app.files()))
        return next(chunks, {"type": "http.disconnect"})

    post_and(app, receive)
    assert max(seen) == 1  # It was on its way ...
    assert app.files() == []  # ... and is gone.
    assert app.visit.arriving == 0


def test_a_clip_that_is_taken_back_while_it_is_looked_at_leaves_nothing(app: App) -> None:
    whole = {"type": "http.request", "body": SAG.read_bytes(), "more_body": False}
    messages = iter([whole])

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    post_and(app, receive)
    assert app.files() == []
    assert not app.visit.clips
    assert app.visit.arriving == 0


def test_a_connection_that_falls_silent_is_given_up(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_SILENT_S", 0.05)
    chunks = iter([{"type": "http.request", "body": b"x" * 2_000, "more_body": True}])

    async def receive() -> dict[str, Any]:
        chunk = next(chunks, None)
        if chunk is None:
            await asyncio.sleep(60)
            raise AssertionError("waited on")
        return chunk

    (start, _) = post_and(app, receive)
    assert start["status"] == 408
    assert app.files() == []


def test_a_full_disk_is_one_sentence(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: object, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "_write", full)
    answer = app.send("a.mp4", b"x" * 100)
    assert answer.status_code == 507
    assert "free some space" in answer.json()["error"]
    assert app.files() == []


def test_a_visit_that_ends_meanwhile_keeps_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*given: object) -> float:
        app.visits.end(app.visit.token)
        return 11.0

    monkeypatch.setattr(uploads, "length_of", ended)
    assert app.send("a.mp4", SAG.read_bytes()).status_code == 403
    assert not app.visit.folder.exists()


def test_only_ones_own_clips_can_be_taken_back(app: App) -> None:
    clip_id = app.send("a.mp4", SAG.read_bytes()).json()["id"]
    other = app.visits.open("another tab")
    theirs = app.headers("", **{VISIT_HEADER: other.token})
    assert app.client.delete(f"{UPLOAD_PATH}/{clip_id}", headers=theirs).status_code == 404
    foreign = app.headers("", origin="http://elsewhere.example")
    assert app.client.delete(f"{UPLOAD_PATH}/{clip_id}", headers=foreign).status_code == 403
    assert len(app.visit.clips) == 1


def test_a_page_says_that_it_is_left(app: App) -> None:
    sent = {"origin": "http://elsewhere.example"}
    assert app.client.post(LEAVE_PATH, content=app.visit.token, headers=sent).status_code == 403
    assert not app.visit.leaving
    for body in (b"\xff" * 1000, b"nobody"):
        app.client.post(LEAVE_PATH, content=body, headers={"origin": ORIGIN})
    assert not app.visit.leaving
    app.client.post(LEAVE_PATH, content=app.visit.token, headers={"origin": ORIGIN})
    assert app.visit.leaving
