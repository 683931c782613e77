"""Other limits: told at once what they would have changed, kept by whoever may, and used."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from review_sessions import ADDRESS, DEAD_BUG, ROPE, SAG, VIDEOS, Desk, desk_in
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from formcheck import rescoring
from formcheck.archive.access import Role, Viewer
from formcheck.judgement.overrides import changed, parse_change
from formcheck.judgement.registry import load_exercises
from formcheck.media.trace import read_trace
from formcheck.profiles import exercise_for, load_profile
from formcheck.recorded import trace_of
from formcheck.rescoring import Measured
from formcheck.web.review import limits, measured, remeasuring
from formcheck.web.review.files import MADE
from formcheck.web.review.limits import review_limit_routes
from formcheck.web.review.remeasuring import Trials
from formcheck.web.security import Guard
from formcheck.web.signin.desk import SignedIn

EXERCISES = load_exercises()
PLANK = EXERCISES["plank"]
WIDE = ["plank.hips-sag.warn=-30", "plank.hips-sag.fault=-36"]


@dataclass
class Panel:
    desk: Desk
    client: TestClient

    def get(self, number: int) -> Any:
        return self.client.get(f"/formcheck/review/{number}/limits.json")

    def send(self, number: int, what: str, body: Any) -> Any:
        how = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.client.post(
            f"/formcheck/review/{number}/{what}", headers={"origin": ADDRESS}, **how
        )

    def tried(self, number: int, *changes: str) -> dict[str, Any]:
        answer = self.send(number, "rescored", {"changes": list(changes)})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def panel_in(home: Path) -> Iterator[Panel]:
    with desk_in(home) as desk:
        routes = review_limit_routes(desk.reviews, lambda: desk.archive, home)
        asgi = Starlette(routes=routes, middleware=[Middleware(Guard)])
        with TestClient(asgi, base_url=ADDRESS) as client:
            yield Panel(desk, client)


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    with panel_in(tmp_path_factory.mktemp("home")) as made:
        for video in (SAG, DEAD_BUG, ROPE):
            made.desk.add(video, clip=False)
        yield made


@pytest.fixture
def kim(tmp_path: Path) -> Iterator[tuple[Panel, int]]:
    with panel_in(tmp_path / "home") as made:
        yield made, made.desk.add(SAG, clip=False, person="Kim Li")


def keep(panel: Panel, number: int, *changes: str, why: str = "long back") -> Any:
    return panel.send(number, "profile", {"changes": list(changes), "why": why})


def test_every_limit_of_every_exercise_is_told_with_its_source(panel: Panel) -> None:
    for number in panel.desk.numbers:
        told = panel.get(number).json()
        exercise = EXERCISES[told["exercise"]["name"]]
        assert {row["check"] for row in told["limits"]} == {c.code for c in exercise.checks}
        for row in told["limits"]:
            check = exercise.check(row["check"])
            band = check.absolute if row["absolute"] else check.limits
            assert band is not None
            assert row["rule"] == {"warn": band.good, "fault": band.fault} == row["session"]
            assert row["source"] == check.evidence
            assert row["side"] == ("high" if band.sign > 0 else "low")
            for end in (band.good, band.fault):
                assert row["min"] <= end <= row["max"]
                assert (end / row["step"]) == pytest.approx(round(end / row["step"]))
            for end in (row["min"], row["max"]):
                parse_change(f"{row['name']}.warn={end}", EXERCISES)
                assert float(f"{end:.{row['decimals']}f}") == pytest.approx(end)
    assert [row["check"] for row in panel.get(1).json()["limits"] if row["back"]]


def test_nothing_changed_is_told_as_nothing(panel: Panel) -> None:
    for number in panel.desk.numbers:
        found = panel.tried(number)
        assert found["difference"]["nothing"] is True
        page = panel.desk.page(number)
        for key, value in found["page"].items():
            assert value == page[key], key
        assert found["curves"] == {one["name"]: one["limits"] for one in page["signals"]}


def test_a_wider_limit_takes_the_finding_away(panel: Panel) -> None:
    assert [one["check"] for one in panel.desk.page(1)["findings"]] == ["hips-sag"]
    found = panel.tried(1, *WIDE)
    # What was silent because the hips explained it has its say now.
    assert [one["check"] for one in found["page"]["findings"]] == ["lumbar-hollow"]
    assert "fault" not in {one["level"] for one in found["page"]["verdicts"]}
    assert any(line.startswith("Gone: Hips dropped") for line in found["told"])
    assert found["limits"] == [
        "Hips dropped: warning from −30° (was −7°), fault from −36° (was −12°)"
    ]
    assert found["curves"]["hips-sag.value"] == [{"warn": -30.0, "fault": -36.0, "side": "low"}]


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (1, "plank.hips-sag.warn=-15"),
        (2, "dead_bug.leg-short.fault=50"),
        (3, "jump_rope.too-high.warn=2"),
    ],
)
def test_what_is_told_is_what_a_first_run_with_these_limits_says(
    panel: Panel, place: int, change: str
) -> None:
    video = (SAG, DEAD_BUG, ROPE)[place - 1]
    exercise = EXERCISES[video.partition("/")[0]]
    own = changed(exercise, [parse_change(change, EXERCISES)])
    seen = read_trace(VIDEOS / f"{video}.trace.npz").observations
    report = Measured(seen, own).report(own)
    page = panel.tried(place, change)["page"]
    assert [(f["check"], f["start_s"], f["level"]) for f in page["findings"]] == [
        (f.check, round(f.start_s, 4), f.level.name.lower()) for f in report.findings
    ]
    assert [(c["t_s"], c["text"]) for c in page["cues"]] == [
        (round(c.t_s, 4), c.text) for c in report.cues
    ]
    assert len(page["reps"]) == len(report.reps)
    assert len(page["jumps"]) == len(report.hops)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "no JSON"),
        (b"[]", "no JSON object"),
        ({}, "changes"),
        ({"changes": "plank.hips-sag.warn=-9"}, "changes"),
        ({"changes": [5]}, "changes"),
        ({"changes": ["plank.hips-sag.warn=-9"] * 500}, "more changes"),
        ({"changes": ["plank.hips-sagg.warn=-9"]}, "did you mean 'hips-sag'"),
        ({"changes": ["plank.hips-sag.warn=9"]}, "wrong side of zero"),
        ({"changes": ["plank.hips-sag.warn=-9cm"]}, "this limit is in deg"),
        ({"changes": ["plank.hips-sag.warn=nan"]}, "no number"),
        ({"changes": ["dead_bug.leg-short.fault=50"]}, "its limits only"),
        ({"changes": ["plank.hips-sag.warn=-9", "plank.hips-sag.fault=-5"]}, "wrong way round"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    panel: Panel, body: Any, words: str
) -> None:
    answer = panel.send(1, "rescored", body)
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_too_much_is_not_even_read(panel: Panel) -> None:
    answer = panel.send(1, "rescored", b"[" * (limits.MOST_BODY_BYTES + 1))
    assert answer.status_code == 413


def test_another_site_can_keep_nothing(kim: tuple[Panel, int]) -> None:
    panel, number = kim
    answer = panel.client.post(
        f"/formcheck/review/{number}/profile",
        json={"changes": WIDE, "why": "x"},
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403
    assert panel.get(number).json()["history"] == []


def test_limits_are_kept_for_the_person_with_reason_and_author(kim: tuple[Panel, int]) -> None:
    panel, number = kim
    told = panel.get(number).json()
    assert (told["person"], told["keeps"], told["history"]) == ("Kim Li", "", [])
    answer = keep(panel, number, *WIDE)
    assert answer.status_code == 200, answer.text
    profile = load_profile(panel.desk.home, "Kim Li")
    own = exercise_for(PLANK, profile)
    assert (own.check("hips-sag").limits.good, own.check("hips-sag").limits.fault) == (-30, -36)
    assert {(entry.why, entry.by) for entry in profile.entries} == {("long back", "coach")}
    told = panel.get(number).json()
    (row,) = [one for one in told["limits"] if one["name"] == "plank.hips-sag"]
    assert row["person"] == {"warn": -30.0, "fault": -36.0}
    assert row["session"] == row["rule"] == {"warn": -7.0, "fault": -12.0}
    (said,) = told["history"]
    assert said["what"] == "Hips dropped: warning from −30°; Hips dropped: fault from −36°"


def test_what_is_kept_is_all_that_is_wanted_and_the_past_stays(kim: tuple[Panel, int]) -> None:
    panel, number = kim
    keep(panel, number, *WIDE)
    keep(panel, number, "plank.hips-sag.warn=-9", "plank.hips-pike.fault=20", why="better now")
    own = exercise_for(PLANK, load_profile(panel.desk.home, "Kim Li"))
    wanted = changed(
        PLANK,
        [
            parse_change(text, EXERCISES)
            for text in ("plank.hips-sag.warn=-9", "plank.hips-pike.fault=20")
        ],
    )
    assert own == wanted
    assert keep(panel, number, why="as everybody").status_code == 200
    profile = load_profile(panel.desk.home, "Kim Li")
    assert exercise_for(PLANK, profile) == PLANK
    assert {entry.why for entry in profile.entries} == {"long back", "better now", "as everybody"}


def test_the_same_once_more_is_told_and_not_noted(kim: tuple[Panel, int]) -> None:
    panel, number = kim
    keep(panel, number, *WIDE)
    answer = keep(panel, number, *WIDE)
    assert answer.status_code == 422
    assert "kept already" in answer.json()["error"]
    assert load_profile(panel.desk.home, "Kim Li").revision == 2


def test_a_reason_is_asked_for(kim: tuple[Panel, int]) -> None:
    panel, number = kim
    for why in ("", "  ", "x" * 2000, 7):
        answer = panel.send(number, "profile", {"changes": WIDE, "why": why})
        assert answer.status_code == 422
        assert "why" in answer.json()["error"]


def test_of_nobody_in_particular_nothing_is_kept(panel: Panel) -> None:
    assert "whose it is" in panel.get(1).json()["keeps"]
    answer = keep(panel, 1, *WIDE)
    assert answer.status_code == 422
    assert "whose it is" in answer.json()["error"]


def test_many_at_once_lose_nothing(kim: tuple[Panel, int]) -> None:
    panel, number = kim
    checks = [f"plank.hips-sag.warn=-{n}" for n in range(8, 12)]
    threads = [threading.Thread(target=keep, args=(panel, number, text)) for text in checks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = [entry.value for entry in load_profile(panel.desk.home, "Kim Li").entries]
    assert sorted(value for value in values if value is not None) == [-11, -10, -9, -8]


def signed_in_as(monkeypatch: pytest.MonkeyPatch, viewer: Viewer, name: str = "Ana") -> None:
    monkeypatch.setattr(limits, "viewer_of", lambda _: viewer)
    monkeypatch.setattr(limits, "signed_in", lambda _: SignedIn(viewer, name=name))


def test_who_may_not_see_a_session_learns_nothing(
    kim: tuple[Panel, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, number = kim
    signed_in_as(monkeypatch, Viewer(77, Role.OWNER))
    unknown = panel.get(number + 1000)
    for answer in (
        panel.get(number),
        panel.send(number, "rescored", {"changes": WIDE}),
        keep(panel, number, *WIDE),
    ):
        assert (answer.status_code, answer.text) == (404, unknown.text)


def test_an_admin_signs_with_their_name_and_an_owner_only_tries(
    kim: tuple[Panel, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, number = kim
    signed_in_as(monkeypatch, Viewer(None, Role.ADMIN), "Ana Coach")
    assert keep(panel, number, *WIDE).status_code == 200
    profile = load_profile(panel.desk.home, "Kim Li")
    assert {entry.by for entry in profile.entries} == {"Ana Coach"}
    monkeypatch.setattr(panel.desk.archive, "session", _always(panel.desk.archive, number))
    monkeypatch.setattr(panel.desk.archive, "person", _first_person(panel.desk.archive))
    signed_in_as(monkeypatch, Viewer(5, Role.OWNER), "Kim")
    assert "Only a coach" in panel.get(number).json()["keeps"]
    assert panel.tried(number, *WIDE)["difference"]["nothing"] is False
    refused = keep(panel, number, "plank.hips-sag.warn=-9")
    assert refused.status_code == 422
    assert load_profile(panel.desk.home, "Kim Li") == profile


def _always(library: Any, number: int) -> Any:
    past = library.session(number)
    return lambda *_: past


def _first_person(library: Any) -> Any:
    (person,) = library.people()
    return lambda *_: person


def test_a_profile_that_does_not_fit_any_more_is_told(kim: tuple[Panel, int]) -> None:
    panel, number = kim
    keep(panel, number, *WIDE)
    (file,) = (panel.desk.home / "profiles").iterdir()
    plain = json.loads(file.read_text("utf-8"))
    for entry in plain["entries"]:
        entry["check"] = "hips-gone"
    file.write_text(json.dumps(plain), "utf-8")
    told = panel.get(number)
    assert told.status_code == 200
    assert "does not fit any more" in told.json()["problem"]


def test_few_sessions_stay_in_memory(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remeasuring, "MOST_SESSIONS", 2)
    trials = Trials(panel.desk.home)
    for number in panel.desk.numbers:
        session = panel.desk.reviews.find(number, Viewer(None, Role.ADMIN)).session
        exercise = EXERCISES[session.exercise]
        trials.tried(session, exercise, exercise)
    assert [key.split()[0] for key in trials._kept] == ["dead_bug", "jump_rope"]
    monkeypatch.setattr(remeasuring, "MOST_MOMENTS", 10)
    trials.tried(session, exercise, exercise)
    assert [key.split()[0] for key in trials._kept] == ["jump_rope"]


def test_what_the_page_measured_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured, "FEWEST", 1)
    with panel_in(tmp_path / "home") as panel:
        number = panel.desk.add(SAG, clip=False)
        panel.desk.page(number)
        assert list(panel.desk.folder(number).glob(f"{MADE}/measured-*.npz"))

        def again(*_: object) -> None:
            raise AssertionError("measured again")

        monkeypatch.setattr(rescoring.Measurer, "measure", again)
        assert panel.tried(number, *WIDE)["difference"]["nothing"] is False


def test_what_was_measured_of_a_session_that_was_deleted_meanwhile_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured, "FEWEST", 1)
    with panel_in(tmp_path / "home") as panel:
        number = panel.desk.add(SAG, clip=False)
        session = panel.desk.reviews.find(number, Viewer(None, Role.ADMIN)).session
        known, keep = measured.measured_session(
            trace_of(session),
            EXERCISES["plank"],
            set_up=False,
            home=tmp_path / "home",
            session=session.path,
        )
        known.report(EXERCISES["plank"], keep=True)
        panel.desk.archive.delete(number)
        keep()
        assert not session.path.exists()
