"""The page "Live": choose an exercise, answer, start the camera; then what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from formcheck.archive.people import Person
from formcheck.errors import InputError, LibraryError
from formcheck.judgement.guide import COUNTDOWN, GET_READY
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.landmarks import Joint, Side
from formcheck.presentation import palette
from formcheck.presentation.cards import card_of
from formcheck.readiness import STOP_NOTE
from formcheck.web.live.hall import SESSIONS, TICKET_S
from formcheck.web.live.limits import as_judged, told
from formcheck.web.live.phrases import VOICE_PATH, phrases_for, say_name
from formcheck.web.live.refusals import limits_do_not_fit
from formcheck.web.live.session import LiveRequest, LiveResult
from formcheck.web.live.socket import SOCKET_PATH
from formcheck.web.pieces import camera_place, look, paincheck, summary
from formcheck.web.pieces.component import FRONTEND, Component
from formcheck.web.services import services
from formcheck.web.signin import viewers

__all__ = ["page", "stage_data"]

_LEAD = (
    "Your camera watches one exercise. A voice says what to change, so you need not see the screen."
)

_CHOSEN = "live-chosen"
_CHOICE = "live-choice"
"""The widget's own; Streamlit forgets it while the widget is not on the page."""

_WHO = "live-who"
_NOBODY = "nobody in particular"

_STAGE_KEY = "live-stage"
_TICKET = "live-ticket"
_ASKED = "live-asked"
_ENDED = "live-ended"
_SHOWN = "live-shown"

REVIEW_PATH = "/formcheck/review/{}/"
"""Where a kept session is looked at."""

SEEN_PERCENT = 30
"""Visibility below which a landmark is a guess; drawing it would look like knowledge."""

SAYS = {
    "finished": "Session finished",
    "lost": "Connection lost, please wait",
    "back": "The connection is back",
    "camera": "The camera has stopped",
    "unseen": "I can't see you well",
}
"""What the page says of its own accord: when, and in which words."""

NOTICES = {
    "camera": "The camera stopped on the way: it was unplugged, switched off or taken by another "
    "program. Mend that before you begin again. What was seen before is below."
}
"""What there is to tell of a session that ended in an unusual way, by the name the page sends."""

_SCRIPTS = ("words", "sound", "camera", "socket", "drawing", "screen")


def _script() -> str:
    """One module of all scripts; none of them imports another, as they have no address."""
    names = (*(f"live_{name}.js" for name in _SCRIPTS), "live.js")
    return "\n".join((FRONTEND / name).read_text("utf-8") for name in names)


def _style() -> str:
    """The style sheet, with the colours of the verdicts as they are on pictures and in charts."""
    colours = {palette.LEVEL_WORD[level].replace(" ", "-"): rgb for level, rgb in _LEVEL_COLOURS}
    colours |= {
        "ground": palette.PANEL,
        "raised": palette.PANEL_RAISED,
        "ink": palette.INK,
        "ink-soft": palette.INK_SOFT,
        "info": palette.INFO,
        "far": palette.FAR_SIDE,
    }
    variables = "".join(f"--{name}:{palette.css(rgb)};" for name, rgb in colours.items())
    return f".live{{{variables}}}\n{(FRONTEND / 'live.css').read_text('utf-8')}"


_LEVEL_COLOURS = tuple(palette.LEVEL_RGB.items())

_STAGE = Component(
    "formcheck_live",
    html=(FRONTEND / "live.html").read_text("utf-8"),
    css=_style(),
    js=_script(),
)


def page() -> None:
    """Draws the page; ``?exercise=plank`` opens it at an exercise."""
    ended = st.session_state.get(_ENDED)
    if ended is not None:
        _draw_end(ended)
        return
    look.heading("Live session", _LEAD)
    # One block, however much is asked in it: the stage keeps its place on the page, and with it
    # the session that runs there, or its end that is still to be told.
    with st.container():
        exercise = _choose()
        request = _asked(exercise, _person())
    _mount(exercise, request)


# --- Before -------------------------------------------------------------------------------------


def _asked(exercise: Exercise, person: Person | None) -> LiveRequest | None:
    """What a session may begin with, or None while none may; one that runs goes on."""
    if not _limits_fit(exercise, person):
        return None
    look.show(f"<h2>Where the camera goes</h2><p>{escape(_placing(exercise))}</p>")
    camera_place.show(exercise)
    if exercise.readiness is not None and not paincheck.passed(exercise, exercise.readiness):
        return None
    request = _request(exercise, person)
    look.show(f'<div class="fc-note"><h3>When to stop</h3><p>{escape(STOP_NOTE)}</p></div>')
    return request


def _choose() -> Exercise:
    """The exercise that is chosen; the last one stays chosen after its summary."""
    exercises = load_exercises()
    names = list(exercises)
    if _CHOICE not in st.session_state:
        first = st.session_state.get(_CHOSEN) or st.query_params.get("exercise", "")
        st.session_state[_CHOICE] = first if first in exercises else names[0]
    chosen = st.selectbox(
        "Exercise", names, key=_CHOICE, format_func=lambda name: exercises[name].title
    )
    st.session_state[_CHOSEN] = chosen
    look.show(f"<p>{escape(card_of(exercises[chosen]).lead)}</p>")
    return exercises[chosen]


def _person() -> Person | None:
    """Who is training; asked only where there is more than nobody to choose from."""
    try:
        people = services().archive.people(viewers.viewer())
    except LibraryError:  # A list that is damaged keeps nobody from training.
        people = ()
    if not people:
        return None
    by_number = {person.number: person for person in people}
    _recall(_WHO, None)
    if st.session_state[_WHO] not in by_number:  # E.g. deleted meanwhile.
        st.session_state[_WHO] = None
    chosen = st.selectbox(
        "Who is training?",
        [None, *by_number],
        key=_WHO,
        format_func=lambda number: by_number[number].name if number in by_number else _NOBODY,
    )
    _hold(_WHO)
    return by_number.get(chosen) if chosen is not None else None


def _recall(key: str, default: Any) -> None:
    """Sets a widget as it was when it was last on the page: Streamlit forgets that meanwhile."""
    if key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"{key}-held", default)


def _hold(key: str) -> None:
    st.session_state[f"{key}-held"] = st.session_state[key]


def _toggle(label: str, key: str, *, at_first: bool) -> bool:
    """A switch that stays as it was put."""
    _recall(key, at_first)
    chosen = st.toggle(label, key=key)
    _hold(key)
    return chosen


def _limits_fit(exercise: Exercise, person: Person | None) -> bool:
    """Whether a session may begin; says which limits are another's than the rule's."""
    if person is None:
        return True
    try:
        own = as_judged(exercise, services().settings.home, person.profile)
    except InputError as error:
        st.error(limits_do_not_fit(error).text)
        return False
    _draw_limits(f"The limits of {person.name} are in force:", told(exercise, own))
    return True


def _draw_limits(title: str, limits: Sequence[str]) -> None:
    if limits:
        lines = "".join(f"<li>{escape(line)}</li>" for line in limits)
        look.show(f"<p>{escape(title)}</p><ul>{lines}</ul>")


def _placing(exercise: Exercise) -> str:
    return card_of(exercise).sections.get("Camera", "")


def _request(exercise: Exercise, person: Person | None) -> LiveRequest:
    """What is to be kept of the session."""
    look.show("<h2>What is kept</h2>")
    keep = _toggle("Keep the clip", "live-keep", at_first=False)
    folder = services().settings.home / SESSIONS
    if keep:
        look.show(
            "<p>The clip as the camera sees you, what is measured in it and what is said of it "
            "will be kept on the computer that runs formcheck, in "
            f"<code>{escape(str(folder))}</code>, and listed in the Library. There you can look at "
            "them again, picture by picture, and delete them at any time.</p>"
        )
    else:
        look.show("<p>No picture is kept: each is looked at and forgotten.</p>")
    remember = keep or _remembered()
    who = viewers.in_page()
    request = LiveRequest(exercise.name, keep, remember, who.viewer, who.login)
    if person is None:
        return request
    return replace(request, person=person.name, number=person.number, profile=person.profile)


def _remembered() -> bool:
    """Whether the numbers are kept of a session whose clip is not; a kept one is always listed."""
    remember = _toggle(
        "Remember the numbers of this session in Progress", "live-remember", at_first=True
    )
    look.show(
        "<p>Remembered: the date, who trained, the exercise, how long or how often, and which cues "
        "were needed. No picture, and no answer about your back. Delete it there at any time.</p>"
        if remember
        else "<p>The numbers are shown after the session, then forgotten.</p>"
    )
    return remember


def _ticket(exercise: Exercise, request: LiveRequest | None) -> str:
    """The ticket for what was chosen; the same until something else is chosen or it was used.

    Empty while no session may begin.
    """
    if request is None:
        st.session_state.pop(_TICKET, None)
        return ""
    held: tuple[LiveRequest, str] | None = st.session_state.get(_TICKET)
    if held is None or held[0] != request:
        asks = exercise.readiness is not None
        good_for_s = paincheck.left_s(exercise) if asks else TICKET_S
        held = (request, services().hall.mint(request, good_for_s))
        st.session_state[_TICKET] = held
    return held[1]


def _mount(exercise: Exercise, request: LiveRequest | None) -> None:
    """The start button, where a session may begin, and all that follows in the browser."""
    _STAGE.mount(
        key=_STAGE_KEY,
        data=stage_data(exercise, _ticket(exercise, request)),
        on_ended_change=_hear_end,
        on_renew_change=_renew,
    )


def _renew() -> None:
    """Start was pressed: called before the page is drawn, and with it what was chosen last."""
    asked = st.session_state[_STAGE_KEY].get("renew")
    if asked and asked != st.session_state.get(_ASKED):  # It is said again until it was heard.
        st.session_state[_ASKED] = asked
        st.session_state.pop(_TICKET, None)


def _hear_end() -> None:
    """Called before the page is drawn, which may ask again first and not come to the stage."""
    ended: Mapping[str, str] | None = st.session_state[_STAGE_KEY].get("ended")
    if not ended:
        return
    st.session_state[_ENDED] = ended
    st.session_state[_SHOWN] = ended["result"]
    st.session_state.pop(_TICKET, None)
    paincheck.forget()


def stage_data(exercise: Exercise, ticket: str) -> Mapping[str, Any]:
    """What the page in the browser has to know; see ``frontend/live.js``.

    Args:
        exercise: What is trained.
        ticket: Lets in once; empty while no session may begin.
    """
    says = {when: say_name(text) for when, text in SAYS.items()}
    # The page's own words first: a line that is lost early has brought nothing else.
    phrases = dict.fromkeys([*filter(None, says.values()), *phrases_for(exercise)])
    return {
        "title": exercise.title,
        "ticket": ticket,
        "asked": st.session_state.get(_ASKED, ""),
        "shown": st.session_state.get(_SHOWN, ""),
        "socket": SOCKET_PATH,
        "voice": VOICE_PATH,
        "phrases": [*phrases],
        "says": says,
        "sound_test": {"text": GET_READY, "say": say_name(GET_READY)},
        "countdown": list(COUNTDOWN),
        "seen_percent": SEEN_PERCENT,
        "sides": {side.value: [int(joint.on(side)) for joint in Joint] for side in Side},
    }


# --- After --------------------------------------------------------------------------------------


def _draw_end(ended: Mapping[str, str]) -> None:
    """What came of the session.

    Args:
        ended: "result": its key; "notice": a key of :data:`NOTICES`, or empty.
    """
    result = services().hall.result(ended.get("result", ""), viewers.viewer())
    if result is None:
        look.heading("Live session")
        st.warning(
            "The summary of this session is not held any more. If its numbers were to be "
            "remembered, they are on the page Progress."
        )
        _again()
        return
    look.heading(f"{result.exercise.title}: your session", result.text)
    notice = NOTICES.get(ended.get("notice", ""))
    if notice:
        st.warning(notice)
    if result.person:
        look.show(f"<p>Who trained: {escape(result.person)}.</p>")
        _draw_limits(f"The limits of {result.person} were in force:", result.limits)
    summary.show(result.report, result.exercise, result.provenance)
    _draw_files(result)
    if result.exercise.readiness is not None:
        look.show(f'<div class="fc-note"><p>{escape(STOP_NOTE)}</p></div>')
    _again()


def _draw_files(result: LiveResult) -> None:
    began = result.began.strftime("%Y-%m-%d_%H%M")
    look.show("<h2>To keep</h2>")
    if result.folder is not None:
        look.show(
            "<p>The session is kept with its clip on the computer that runs formcheck, in "
            f"<code>{escape(str(result.folder))}</code>.</p>"
        )
        if result.number is not None:
            address = REVIEW_PATH.format(result.number)
            look.show(
                f'<p><a href="{address}" target="_self">Look at it picture by picture</a></p>'
            )
    else:
        look.show("<p>No picture of this session was kept.</p>")
    st.download_button(
        "Save the report",
        result.html,
        file_name=f"formcheck_{result.exercise.name}_{began}.html",
        mime="text/html",
        on_click="ignore",
    )


def _again() -> None:
    st.button("Again", type="primary", on_click=_begin_again)


def _begin_again() -> None:
    st.session_state.pop(_ENDED, None)
