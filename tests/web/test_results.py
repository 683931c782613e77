"""A visit's results can be had by whoever has their token, and nothing else can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clips_web import visits_in
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.web.clips.analysing import ALL_ZIP, PAGE, RESULTS, STILLS
from formcheck.web.clips.results import DOWNLOADS, RESULTS_PATH, result_in, result_routes
from formcheck.web.clips.visits import Visit, Visits

TOKEN = "t" * 24
CLIP = bytes(range(256)) * 8


def fill(folder: Path) -> None:
    """A task's folder as a finished analysis leaves it."""
    for name in (RESULTS, STILLS):
        (folder / name).mkdir(parents=True)
    for name in DOWNLOADS:
        (folder / RESULTS / name).write_bytes(CLIP)
    (folder / PAGE).write_text("{}", encoding="utf-8")
    (folder / ALL_ZIP).write_bytes(b"PK")
    (folder / STILLS / "still-1.jpg").write_bytes(b"\xff\xd8")
    (folder / "looked.trace.npz").write_bytes(b"mine")


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Visits]:
    with visits_in(tmp_path) as opened:
        yield opened


@pytest.fixture
def visit(visits: Visits) -> Visit:
    visit = visits.open("tab")
    folder = visit.new_folder()
    fill(folder)
    visit.results[TOKEN] = result_in(folder, TOKEN, "mein Plank ✓.MOV")
    return visit


@pytest.fixture
def client(visits: Visits, visit: Visit) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=result_routes(lambda: visits))) as opened:
        yield opened


def test_every_file_can_be_had(client: TestClient) -> None:
    for name in [*DOWNLOADS, PAGE, ALL_ZIP, "still-1.jpg"]:
        answer = client.get(f"{RESULTS_PATH}{TOKEN}/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "content-disposition" not in answer.headers
    assert client.get(f"{RESULTS_PATH}{TOKEN}/annotated.mp4").headers["content-type"] == "video/mp4"


def test_a_player_gets_the_part_that_it_asks_for(client: TestClient) -> None:
    address = f"{RESULTS_PATH}{TOKEN}/annotated.mp4"
    part = client.get(address, headers={"range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.content == CLIP[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(CLIP)}"
    assert client.get(address, headers={"range": "bytes=2000-"}).content == CLIP[2000:]
    assert client.get(address, headers={"range": "bytes=99999-"}).status_code == 416
    head = client.head(address)
    assert head.headers["accept-ranges"] == "bytes"
    assert int(head.headers["content-length"]) == len(CLIP)


def test_downloads_are_named_after_the_clip(client: TestClient) -> None:
    named = client.get(f"{RESULTS_PATH}{TOKEN}/report.html?download=1").headers
    assert named["content-disposition"] == (
        "attachment; filename*=utf-8''mein%20Plank%20%E2%9C%93-report.html"
    )
    whole = client.get(f"{RESULTS_PATH}{TOKEN}/{ALL_ZIP}?download=1").headers
    assert whole["content-disposition"].endswith("-formcheck.zip")


@pytest.mark.parametrize(
    "path",
    [
        f"{TOKEN}/looked.trace.npz",
        f"{TOKEN}/still-2.jpg",
        f"{TOKEN}/..%2Flooked.trace.npz",
        f"{TOKEN}/../results/report.json",
        f"{TOKEN}/%2Fetc%2Fpasswd",
        f"{TOKEN}/",
        f"{TOKEN}",
        f"{'u' * 24}/report.json",
        "/report.json",
        "../../../../etc/passwd",
    ],
)
def test_nothing_else_can_be_reached(client: TestClient, path: str) -> None:
    answer = client.get(RESULTS_PATH + path)
    assert answer.status_code == 404
    assert b"root:" not in answer.content
    assert b"mine" not in answer.content


def test_only_reading_is_possible(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        address = f"{RESULTS_PATH}{TOKEN}/report.json"
        assert client.request(method, address).status_code == 405


def test_they_are_gone_with_the_visit(client: TestClient, visits: Visits, visit: Visit) -> None:
    visits.end(visit.token)
    answer = client.get(f"{RESULTS_PATH}{TOKEN}/report.json")
    assert answer.status_code == 404
    assert "analyse it again" in answer.text


def test_a_file_that_was_never_written_is_not_offered(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / RESULTS / "jumps.csv").unlink()
    assert "jumps.csv" not in result_in(tmp_path, TOKEN, "a.mp4").files
