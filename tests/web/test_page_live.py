from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import presentation_samples as samples
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import UnknownElement

from formcheck.archive.access import LOCAL, Viewer
from formcheck.archive.people import Person
from formcheck.errors import LibraryError
from formcheck.judgement.overrides import Change, changed
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import View
from formcheck.landmarks import Landmark
from formcheck.presentation.html import to_html
from formcheck.presentation.signals import SignalLog
from formcheck.presentation.voice import recording
from formcheck.profiles import Profile, save_profile, with_changes
from formcheck.readiness import QUESTIONS, STOP_NOTE, WARNING_SIGNS
from formcheck.types import Cue, CueKind, Reason, Report
from formcheck.web.live.session import LiveRequest, LiveResult
from formcheck.web.pages import live
from formcheck.web.pieces import camera_place, paincheck
from formcheck.web.settings import Settings

ASKS = "jump_rope"
"""The exercise that asks about the back first."""


ANSWERED = re.compile(r"'(?:yes|no|\d+)'|Verdict|Answers")
"""An answer, or what follows from one, in the memory of a visit."""


class FakeHall:
    """Notes who gets tickets, and knows results."""

    def __init__(self) -> None:
        self.minted: list[LiveRequest] = []
        self.good_for_s = 0.0
        self.results: dict[str, LiveResult] = {}
        self.people: tuple[Person, ...] = ()

    def mint(self, request: LiveRequest, good_for_s: float) -> str:
        self.minted.append(request)
        self.good_for_s = good_for_s
        return f"ticket-{len(self.minted)}"

    def result(self, key: str, viewer: Viewer) -> LiveResult | None:
        assert viewer == LOCAL
        return self.results.get(key)


def script() -> None:
    import streamlit as st

    from formcheck.web.pages import live

    if "test-ended" in st.session_state:  # As Streamlit does: before the page is drawn.
        st.session_state["live-stage"] = {"ended": st.session_state.pop("test-ended")}
        live._hear_end()
        del st.session_state["live-stage"]
    if "test-renew" in st.session_state:
        st.session_state["live-stage"] = {"renew": st.session_state.pop("test-renew")}
        live._renew()
        del st.session_state["live-stage"]
    live.page()


@pytest.fixture
def hall(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeHall:
    found = FakeHall()
    library = SimpleNamespace(people=lambda viewer: found.people)
    shared = SimpleNamespace(hall=found, settings=Settings(home=tmp_path), archive=library)
    monkeypatch.setattr(live, "services", lambda: shared)
    return found


@pytest.fixture
def at(hall: FakeHall) -> AppTest:
    return AppTest.from_function(script, default_timeout=60).run()


def choose(at: AppTest, exercise: str) -> AppTest:
    return at.selectbox[0].set_value(exercise).run()


def stage(at: AppTest) -> dict[str, Any] | None:
    """What the component in the browser is told, or None where it is not on the page."""
    assert not at.exception
    found = [e for e in at.get("bidi_component") if isinstance(e, UnknownElement)]
    told = [e.proto for e in found if e.proto.component_name == "formcheck_live"]
    return json.loads(told[0].json) if told else None


def ticket(at: AppTest) -> str:
    """What lets in; empty while no session may begin, and then there is no button to start one."""
    told = stage(at)
    assert told is not None
    return str(told["ticket"])


def place_of_stage(at: AppTest) -> list[int]:
    """Where it stands on the page: somewhere else it is another one, and a session in it ends."""
    children = at.main.children.items()
    return [k for k, element in children if getattr(element, "type", "") == "bidi_component"]


def shown(at: AppTest) -> str:
    """Everything that can be read on the page."""
    parts = [element.proto.body for element in at.get("html")]
    parts += [e.value for e in (*at.title, *at.error, *at.warning, *at.info)]
    return " ".join(re.sub(r"<[^>]+>", " ", part) for part in parts)


def answer(at: AppTest, pain: str, leg: str, worse: str) -> AppTest:
    for radio, value in zip(at.radio, (pain, leg, worse), strict=True):
        radio.set_value(value)
    return at.button[0].click().run()


def kept(at: AppTest) -> str:
    return repr(at.session_state.filtered_state)


# --- Before -------------------------------------------------------------------------------------


def test_every_exercise_can_be_chosen_and_leads_to_its_own_ticket(at, hall):
    exercises = load_exercises()
    assert at.selectbox[0].options == [exercise.title for exercise in exercises.values()]
    for name, exercise in exercises.items():
        choose(at, name)
        told = stage(at)
        if exercise.readiness is not None:
            assert told["ticket"] == ""
            continue
        assert told["title"] == exercise.title
        assert hall.minted[-1] == LiveRequest(name, keep=False, remember=True)
        assert told["ticket"] == f"ticket-{len(hall.minted)}"
        assert STOP_NOTE in shown(at)


def test_the_address_can_name_the_exercise(hall):
    at = AppTest.from_function(script, default_timeout=60)
    at.query_params["exercise"] = "hip_thrust"
    assert at.run().selectbox[0].value == "hip_thrust"
    at = AppTest.from_function(script, default_timeout=60)
    at.query_params["exercise"] = "<nonsense>"
    assert not at.run().exception


def test_a_ticket_is_minted_once_and_anew_for_another_choice(at, hall):
    choose(at, "plank")
    before = len(hall.minted)
    at.run()
    at.run()
    assert len(hall.minted) == before
    at.toggle[1].set_value(False).run()
    assert hall.minted[-1] == LiveRequest("plank", keep=False, remember=False)
    at.toggle[0].set_value(True).run()
    # What is kept is in the library: whatever is in no list could not be deleted there.
    assert hall.minted[-1] == LiveRequest("plank", keep=True, remember=True)
    assert len(at.toggle) == 1
    assert stage(at)["ticket"] == f"ticket-{len(hall.minted)}"


def test_start_is_answered_with_a_ticket_for_what_was_chosen_last(at, hall):
    choose(at, "plank")
    at.toggle[0].set_value(True)  # Both come in one run of the page, in this order.
    at.session_state["test-renew"] = "first"
    told = stage(at.run())
    assert hall.minted[-1] == LiveRequest("plank", keep=True, remember=True)
    assert (told["asked"], told["ticket"]) == ("first", f"ticket-{len(hall.minted)}")
    # Said again until it was heard: still the same start.
    minted = len(hall.minted)
    at.session_state["test-renew"] = "first"
    assert stage(at.run()) == told
    at.session_state["test-renew"] = "second"
    assert stage(at.run())["asked"] == "second"
    assert len(hall.minted) == minted + 1


def test_what_is_kept_is_said_plainly(at, tmp_path):
    choose(at, "plank")
    assert [toggle.value for toggle in at.toggle] == [False, True]
    assert "No picture is kept" in shown(at)
    at.toggle[0].set_value(True).run()
    assert str(tmp_path / "sessions") in shown(at)
    assert "No picture is kept" not in shown(at)


def person(number: int, name: str) -> Person:
    return Person(number, name, account=None, coach=None, profile=name)


def own_limits(home: Path, name: str, value: float = -30.0) -> None:
    plank = load_exercises()["plank"]
    change = Change("plank", "hips-sag", "good", value)
    save_profile(home, with_changes(Profile(name), plank, [change], why="a trial", by="me"))


def test_where_nobody_is_known_nobody_is_asked_for(at):
    assert [box.label for box in at.selectbox] == ["Exercise"]


def test_a_library_that_can_not_be_read_keeps_nobody_from_training(hall, monkeypatch):
    def damaged(viewer: object) -> None:
        raise LibraryError("the list is damaged")

    monkeypatch.setattr(live.services().archive, "people", damaged)
    at = AppTest.from_function(script, default_timeout=60).run()
    assert [box.label for box in at.selectbox] == ["Exercise"]
    assert ticket(choose(at, "plank"))


def test_who_is_training_goes_along_and_their_limits_are_told(hall, tmp_path):
    hall.people = (person(1, "Ada"), person(2, "Ben <b>"))
    own_limits(tmp_path, "Ada")
    at = choose(AppTest.from_function(script, default_timeout=60).run(), "plank")
    box = at.selectbox[1]
    assert (box.label, box.value) == ("Who is training?", None)
    assert box.options == ["nobody in particular", "Ada", "Ben <b>"]
    assert hall.minted[-1] == LiveRequest("plank")
    box.set_value(1).run()
    assert hall.minted[-1] == LiveRequest("plank", person="Ada", number=1, profile="Ada")
    assert "The limits of Ada are in force" in shown(at)
    assert "Hips dropped: warning from −30°" in shown(at)
    at.selectbox[1].set_value(2).run()
    assert hall.minted[-1].person == "Ben <b>"
    assert "are in force" not in shown(at)


def test_limits_that_do_not_fit_any_more_lead_to_no_ticket(hall, tmp_path):
    hall.people = (person(1, "Ada"),)
    own_limits(tmp_path, "Ada")
    path = tmp_path / "profiles" / "ada.json"
    path.write_text(path.read_text("utf-8").replace("hips-sag", "hips-gone"), "utf-8")
    at = choose(AppTest.from_function(script, default_timeout=60).run(), "plank")
    minted = len(hall.minted)
    at.selectbox[1].set_value(1).run()
    assert ticket(at) == ""
    assert len(hall.minted) == minted
    assert "The session was not begun: the profile of Ada does not fit" in at.error[0].value
    at.selectbox[1].set_value(None).run()
    assert ticket(at)


def test_the_browser_is_told_all_that_it_needs(at):
    choose(at, "plank")
    told = stage(at)
    assert told["socket"] == "/formcheck/live"
    assert told["countdown"] == ["Three", "Two", "One"]
    spoken = [*told["says"].values(), told["sound_test"]["say"]]
    assert None not in spoken
    assert set(told["phrases"][: len(told["says"])]) == set(told["says"].values())
    assert set(spoken) <= set(told["phrases"])
    assert all(recording(name) for name in told["phrases"])
    sides = told["sides"]
    assert Landmark.LEFT_HIP in sides["left"]
    assert Landmark.RIGHT_HIP in sides["right"]
    assert not set(sides["left"]) & set(sides["right"])


def test_the_scripts_join_to_one_module():
    script = live._STAGE.js
    assert len(re.findall(r"^export default ", script, re.MULTILINE)) == 1
    assert not re.search(r"^import ", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:const|let|function|class) (\w+)", script, re.MULTILINE)
    assert len(names) > 20
    assert len(names) == len(set(names))


def test_the_scripts_find_what_they_look_for_in_the_page():
    script, page = live._STAGE.js, live._STAGE.html
    classes = set(re.findall(r"[\w-]+", " ".join(re.findall(r'class="([^"]+)"', page))))
    looked_for = re.findall(r'(?:find|put|#hide)\(\s*"(\.[^"]+)"', script)
    wanted = {name for where in looked_for for name in re.findall(r"\.([\w-]+)", where)}
    assert len(wanted) > 15
    assert wanted <= classes


def test_the_style_uses_only_colours_that_are_set():
    style = live._STAGE.css
    used = set(re.findall(r"var\((--[\w-]+)", style + live._STAGE.js))
    set_here = set(re.findall(r"(--[\w-]+):", style))
    assert {"--good", "--warning", "--fault", "--not-judged"} <= set_here
    assert {name for name in used if not name.startswith("--st-")} <= set_here


def test_whatever_can_go_wrong_has_words():
    script = live._STAGE.js
    codes = set(re.findall(r'(?:CameraTrouble\(|Error: )"(\w+)"', script))
    words = script[script.index("const CAMERA_WORDS") : script.index("function cameraWords")]
    assert {"denied", "none", "busy", "insecure", "old"} <= codes
    assert codes <= set(re.findall(r"^  (\w+): \[", words, re.MULTILINE))
    notices = set(re.findall(r'#notice = "(\w+)"', script))
    assert notices == set(live.NOTICES)


# --- The pain check -----------------------------------------------------------------------------


def test_without_answers_there_is_no_ticket(at, hall):
    hall.minted.clear()
    choose(at, ASKS)
    assert len(at.radio) == len(QUESTIONS)
    assert all(radio.value is None for radio in at.radio)
    at.button[0].click().run()
    assert at.error[0].value == "Please answer all three questions."
    assert ticket(at) == ""
    assert hall.minted == []


@pytest.mark.parametrize(
    ("answers", "why", "swap"),
    [
        (("4", "no", "no"), "is 4 of 10", "Low-impact swap for now"),
        (("0", "no", "yes"), "your back is worse than usual", "Low-impact swap for now"),
        (("7", "no", "no"), "is 7 of 10", "No session at all is proposed"),
        (("0", "yes", "no"), "symptoms in a leg", "Ask a doctor"),
    ],
)
def test_a_back_that_hurts_gets_no_ticket_but_reasons_and_a_swap(at, hall, answers, why, swap):
    hall.minted.clear()
    answer(choose(at, ASKS), *answers)
    assert ticket(at) == ""
    assert hall.minted == []
    assert why in at.error[0].value
    assert swap in at.info[0].value
    warned = [warning.value for warning in at.warning]
    assert warned == ([WARNING_SIGNS] if answers[1] == "yes" else [])
    # The next run of the page knows nothing of it any more.
    at.run()
    assert why not in shown(at)
    assert all(radio.value is None for radio in at.radio)
    assert ticket(at) == ""


def test_no_answer_stays_behind(at):
    answer(choose(at, ASKS), "2", "no", "no")
    assert ticket(at)
    at.run()
    assert not at.radio
    assert not ANSWERED.search(kept(at))


def test_no_answer_stays_behind_a_refusal(at):
    for radio, value in zip(choose(at, ASKS).radio, ("9", "yes", "yes"), strict=True):
        radio.set_value(value)
    at.run()
    assert ANSWERED.search(kept(at)), "the test would not see an answer"
    at.button[0].click().run()
    assert not ANSWERED.search(kept(at))
    at.run()
    assert not ANSWERED.search(kept(at))


def test_answers_are_good_for_a_while_only(at, monkeypatch):
    answer(choose(at, ASKS), "1", "no", "no")
    assert ticket(at.run())
    monkeypatch.setattr(paincheck, "GOOD_FOR_S", 0.0)
    assert ticket(at.run()) == ""
    assert "How is your back today?" in shown(at)


def test_good_answers_lead_to_a_ticket_for_one_session(at, hall):
    answer(choose(at, ASKS), "1", "no", "no")
    assert hall.minted[-1].exercise == ASKS
    assert STOP_NOTE in shown(at)
    at.run()
    assert ticket(at)


def test_a_ticket_is_good_no_longer_than_the_answers(at, hall, monkeypatch):
    answer(choose(at, ASKS), "1", "no", "no")
    assert paincheck.GOOD_FOR_S - 60.0 < hall.good_for_s <= paincheck.GOOD_FOR_S
    later_s = time.monotonic() + paincheck.GOOD_FOR_S - 60.0
    monkeypatch.setattr(paincheck.time, "monotonic", lambda: later_s)
    at.toggle[0].set_value(True).run()
    assert hall.minted[-1].keep
    assert 0.0 < hall.good_for_s <= 60.0


def test_whatever_is_asked_on_the_way_the_stage_stays_where_it_is(at, hall, tmp_path, monkeypatch):
    answer(choose(at, ASKS), "1", "no", "no")
    place = place_of_stage(at)
    assert len(place) == 1
    assert ticket(at)
    minted = len(hall.minted)
    # Answers that are too old let nothing begin; what runs goes on.
    with monkeypatch.context() as later:
        later.setattr(paincheck, "GOOD_FOR_S", 0.0)
        at.run()
    assert "How is your back today?" in shown(at)
    assert (ticket(at), place_of_stage(at), len(hall.minted)) == ("", place, minted)
    # Somebody is added on another device, and somebody has limits of their own.
    hall.people = (person(1, "Ada"),)
    own_limits(tmp_path, "Ada")
    assert place_of_stage(choose(at, "plank")) == place
    at.selectbox[1].set_value(1).run()
    assert "The limits of Ada are in force" in shown(at)
    assert place_of_stage(at) == place


# --- After --------------------------------------------------------------------------------------


def result(hall: FakeHall, report: Report | None = None, **changes: Any) -> LiveResult:
    report = samples.REPORT if report is None else report
    log = SignalLog(samples.EXERCISE)
    for step in samples.steps():
        log.add(step)
    provenance = Provenance("0.1.0", "the browser's camera", report.duration_s)
    made = LiveResult(
        exercise=samples.EXERCISE,
        report=report,
        provenance=provenance,
        began=datetime(2026, 5, 4, 18, 30, tzinfo=timezone.utc),
        html=to_html(report, samples.EXERCISE, provenance, log),
        folder=None,
        why="stopped",
        text="You stopped the session.",
    )
    made = replace(made, **changes)
    hall.results["key"] = made
    return made


def end(at: AppTest, notice: str = "") -> AppTest:
    """The session ends, as the page in the browser tells it."""
    at.session_state["test-ended"] = {"result": "key", "notice": notice}
    return at.run()


def test_the_summary_tells_numbers_faults_and_words(at, hall):
    made = result(hall)
    end(at)
    assert not at.exception
    numbers = {metric.label: metric.value for metric in at.metric}
    assert numbers["In good form"] == f"{made.report.good_form_s:.1f} s"
    assert numbers["Held in all"] == f"{made.report.held_s:.1f} s"
    text = shown(at)
    assert "You stopped the session." in text
    assert "Hips dropped" in text
    for cue in made.report.cues:
        assert f"“{cue.text}”" in text
    assert "No picture of this session was kept." in text
    assert stage(at) is None


def test_the_summary_tells_what_was_not_judged_and_why(at, hall):
    reason = Reason("view-not-side", "the camera does not see you", "Turn <side-on> to me")
    report = replace(
        samples.REPORT,
        not_judged_s={"view-not-side": 4.0},
        reasons={"view-not-side": reason},
        not_judged_checks={"hips-pike": "no & steady neutral was found"},
        cues=(Cue(1.0, CueKind.CORRECT, "Lift <your> hips", "hips-sag"),),
    )
    result(hall, report)
    end(at)
    markup = " ".join(element.proto.body for element in at.get("html"))
    assert "4.0 s" in markup
    assert "Turn &lt;side-on&gt; to me" in markup
    assert "Never judged, as no &amp; steady neutral was found: hips too high." in markup
    assert "Lift &lt;your&gt; hips" in markup


def test_a_session_of_nothing_is_told_as_such(at, hall):
    result(hall, Report("plank", "1", 3.0, 0.0, {}, {}, (), (), (), {}))
    end(at)
    assert "Form was not judged at any time" in shown(at)
    assert "no warning" not in shown(at).lower()


def test_the_stop_note_follows_where_the_exercise_asks(at, hall):
    asks = load_exercises()[ASKS]
    result(hall)
    end(at)
    assert STOP_NOTE not in shown(at)
    result(hall, exercise=replace(samples.EXERCISE, readiness=asks.readiness))
    at.run()
    assert STOP_NOTE in shown(at)


def test_where_the_clip_is_and_the_report(at, hall, tmp_path):
    result(hall, folder=tmp_path / "sessions" / "2026-05-04_183000")
    end(at)
    assert str(tmp_path / "sessions" / "2026-05-04_183000") in shown(at)
    assert "picture by picture" not in shown(at)
    (button,) = at.get("download_button")
    assert button.proto.label == "Save the report"


def test_a_kept_session_leads_to_its_review(at, hall, tmp_path):
    result(hall, folder=tmp_path / "sessions" / "one", number=7)
    end(at)
    markup = " ".join(element.proto.body for element in at.get("html"))
    assert '<a href="/formcheck/review/7/" target="_self">' in markup


def test_whose_limits_were_in_force_is_told(at, hall):
    own = changed(samples.EXERCISE, [Change("plank", "hips-sag", "good", -30.0)])
    report = replace(samples.REPORT, rule_version=own.version)
    result(hall, report, exercise=own, person="Ada", limits=("Hips dropped: warning from −30°",))
    end(at)
    assert "The limits of Ada were in force:" in shown(at)
    assert "Hips dropped: warning from −30°" in shown(at)
    assert "Who trained: Ada." in shown(at)
    assert "Judged by limits that were changed for this person" in shown(at)


def test_of_nobody_in_particular_nothing_is_said(at, hall):
    result(hall)
    end(at)
    assert "Who trained" not in shown(at)
    assert "changed for this person" not in shown(at)


def test_a_camera_that_stopped_is_told(at, hall):
    result(hall)
    assert not end(at).warning
    assert "The camera stopped on the way" in end(at, "camera").warning[0].value


def test_again_asks_anew_and_mints_anew(at, hall):
    choose(at, "hip_thrust")
    result(hall)
    end(at)
    before = len(hall.minted)
    at.button[-1].click().run()
    assert at.selectbox[0].value == "hip_thrust"
    assert stage(at) is not None
    assert len(hall.minted) >= before


def test_the_next_session_asks_about_the_back_again(at, hall):
    answer(choose(at, ASKS), "0", "no", "no")
    assert stage(at) is not None
    result(hall)
    end(at)
    assert at.metric
    minted = len(hall.minted)
    at.button[-1].click().run()
    assert at.selectbox[0].value == ASKS
    assert len(at.radio) == len(QUESTIONS)
    assert ticket(at) == ""
    assert len(hall.minted) == minted


def test_the_next_session_is_for_the_same_person_and_kept_as_the_last_one(hall):
    hall.people = (person(1, "Ada"),)
    at = choose(AppTest.from_function(script, default_timeout=60).run(), "plank")
    at.selectbox[1].set_value(1).run()
    at.toggle[1].set_value(False).run()
    chosen = hall.minted[-1]
    assert (chosen.person, chosen.remember) == ("Ada", False)
    result(hall)
    end(at)
    at.button[-1].click().run()
    assert at.selectbox[1].value == 1
    assert hall.minted[-1] == chosen


def test_an_end_is_heard_also_when_the_page_has_something_to_ask_first(at, hall, monkeypatch):
    answer(choose(at, ASKS), "0", "no", "no")
    result(hall)
    monkeypatch.setattr(paincheck, "GOOD_FOR_S", 0.0)
    end(at)
    assert at.metric
    assert not at.radio


def test_a_result_that_is_gone_is_told_in_words(at):
    at.session_state["live-ended"] = {"result": "unknown", "notice": ""}
    at.run()
    assert "not held any more" in at.warning[0].value
    at.button[-1].click().run()
    assert stage(at) is not None


# --- Where the camera goes ----------------------------------------------------------------------


@pytest.mark.parametrize("name", load_exercises())
def test_the_drawing_is_sound_and_named(name):
    exercise = load_exercises()[name]
    drawing = ET.fromstring(camera_place.drawing(exercise))
    space = "{http://www.w3.org/2000/svg}"
    pictures = drawing.findall(f"{space}svg")
    assert len(pictures) == 2
    ids = [element.get("id") for element in drawing.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for picture in pictures:
        assert picture.find(f"{space}title").text
        assert picture.find(f"{space}desc").text
        assert {picture.get("aria-labelledby"), picture.get("aria-describedby")} <= set(ids)


def test_the_figure_is_the_one_that_the_exercise_takes_for_its_position():
    told = {name: camera_place.drawing(of) for name, of in load_exercises().items()}
    assert "holding a plank" in told["plank"]
    assert "lying on the back, arms and legs up" in told["dead_bug"]
    assert "with the upper back on a bench" in told["hip_thrust"]
    assert "standing" in told["jump_rope"]


def test_the_drawing_follows_the_views_of_the_rule():
    plank = load_exercises()["plank"]
    side = camera_place.drawing(plank)
    assert side.count('class="camera"') == 1
    assert "at their side" in side
    both = camera_place.drawing(replace(plank, other_view=View.FRONT))
    assert 'class="camera also"' in both
    assert "It may also stand at their feet." in both
    front = camera_place.drawing(replace(plank, view=View.FRONT))
    assert "2 to 4 m" not in front
    assert 'class="ring"' in camera_place.drawing(replace(plank, any_view=True))
    assert 'class="ring"' not in side


def test_an_exercise_that_knows_none_of_the_figures_still_has_a_drawing():
    odd = Reason("odd", "no position at all", "")
    plank = load_exercises()["plank"]
    movement = replace(plank.movement, position=lambda body: odd)
    drawn = camera_place.drawing(replace(plank, movement=movement, doc="Nothing is said."))
    assert "lying on the back, knees up" in drawn
    assert " m high" not in drawn
