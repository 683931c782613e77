"""Sessions to review: bundles of the studio's clips and traces, in a library of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from formcheck.archive.store import Library, library_in
from formcheck.judgement.engine import Engine
from formcheck.judgement.overrides import changed, parse_change
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.media.trace import Trace, read_trace
from formcheck.notes import Notes
from formcheck.sessionfile import About, SessionFile, save_session
from formcheck.types import Report
from formcheck.web.review.reviews import Reviews
from formcheck.web.review.routes import review_routes
from formcheck.web.security import Guard

VIDEOS = Path(__file__).parents[2] / "test_videos"
SAG = "plank/sag_20_recovers"
DEAD_BUG = "dead_bug/dead_bug_leg_short"
ROPE = "jump_rope/rope_front_5cm"
ADDRESS = "http://127.0.0.1:8501"
BEGAN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)


def judged(exercise: Exercise, trace: Trace) -> Report:
    """What the engine says of a trace."""
    engine = Engine(exercise)
    for observation in trace.observations:
        engine.step(observation)
    return engine.close()


def made_session(
    folder: Path,
    video: str = SAG,
    *,
    clip: bool = True,
    notes: Notes | None = None,
    person: str = "",
    trace: Trace | None = None,
    limits: str = "",
) -> SessionFile:
    """The bundle of one of the studio's clips, judged by the rule or with another limit."""
    exercises = load_exercises()
    exercise = exercises[video.partition("/")[0]]
    if limits:
        exercise = changed(exercise, [parse_change(limits, exercises)])
    film = VIDEOS / f"{video}.mp4"
    trace = trace or read_trace(VIDEOS / f"{video}.trace.npz")
    report = judged(exercise, trace)
    provenance = Provenance("0", film.name, report.duration_s, trace.meta.model_sha256)
    about = About(exercise.name, film.name, BEGAN.isoformat(), person)
    kept = film if clip else None
    return save_session(folder, about, trace, exercise, report, provenance, clip=kept, notes=notes)


@dataclass
class Desk:
    """A coach's desk: the review pages of some sessions, and a client of them."""

    home: Path
    archive: Library
    reviews: Reviews
    client: TestClient
    numbers: list[int] = field(default_factory=list)

    def add(self, video: str = SAG, **how: Any) -> int:
        """One more session; the later it is added the newer it is."""
        place = len(self.numbers)
        folder = self.home / "sessions" / f"session-{place}"
        person = str(how.get("person", ""))
        session = made_session(folder, video, **how)
        self.numbers.append(
            self.archive.add(
                session.report,
                load_exercises()[session.exercise],
                BEGAN + timedelta(hours=place),
                "video",
                folder,
                person=person,
            )
        )
        return self.numbers[-1]

    def folder(self, number: int) -> Path:
        folder = self.archive.session(number).folder
        assert folder is not None
        return folder

    def get(self, number: int, what: str, **headers: str) -> Any:
        return self.client.get(f"/formcheck/review/{number}/{what}", headers=headers)

    def send(self, method: str, number: int, what: str, body: Any = None, **headers: str) -> Any:
        """Something that changes something, from a page of the app."""
        how: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(
            method,
            f"/formcheck/review/{number}/{what}",
            headers={"origin": ADDRESS} | named,
            **how,
        )

    def page(self, number: int) -> Mapping[str, Any]:
        """The page of a session, once its clip is there."""
        self.when_done(number)
        answer = self.get(number, "page.json")
        assert answer.status_code == 200, answer.text
        found: Mapping[str, Any] = answer.json()
        return found

    def when_done(self, number: int) -> None:
        """Waits until everything is made that the page of a session needs."""
        self.get(number, "page.json")
        for made in list(self.reviews.workshop._known.values()):
            assert made.wait(120.0)


@contextmanager
def desk_in(home: Path) -> Iterator[Desk]:
    """A desk whose sessions are in a folder of the test."""
    library = library_in(home)
    with Reviews(lambda: library, home) as reviews:
        asgi = Starlette(routes=review_routes(reviews), middleware=[Middleware(Guard)])
        with TestClient(asgi, base_url=ADDRESS) as client:
            yield Desk(home, library, reviews, client)
