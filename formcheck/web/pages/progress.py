"""The page "Progress": weeks as charts and as tables, past sessions, export, deleting."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import altair as alt
import streamlit as st

from formcheck.archive.access import Viewer
from formcheck.archive.exporting import to_csv, to_json
from formcheck.archive.history import PastSession
from formcheck.archive.people import Person
from formcheck.archive.query import Query
from formcheck.archive.weeks import Week, weeks
from formcheck.errors import FormcheckError, LibraryError
from formcheck.presentation import words
from formcheck.presentation.palette import DARK_PAGE, LEVEL_WORD, LIGHT_PAGE, SERIES
from formcheck.web.pieces import look, telling
from formcheck.web.services import services
from formcheck.web.signin import viewers

_LEAD = "What you did on this computer, week by week."
_MOST_WEEKS = 26
"""As many fit side by side in a chart; the tables have all of them."""
_PAGE = 20
_ALL, _SURE = "progress-all", "progress-sure"
_PERSON = "progress-person"
_DONE, _FAILED = "progress-done", "progress-failed"


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is drawn and listed by week.

    Attributes:
        title: For the heading, with its unit.
        of: Its value in one week.
        told: A value in words.
    """

    title: str
    of: Callable[[Week], float]
    told: Callable[[float], str]


_MEASURES = (
    _Measure("Seconds in good form", lambda week: week.good_form_s, words.seconds),
    _Measure("Repetitions", lambda week: week.reps_counted, words.number),
    _Measure("Jumps", lambda week: week.hops, words.number),
    _Measure("Faults", lambda week: sum(week.faults.values()), words.number),
)


def page() -> None:
    """Draws the page."""
    look.heading("Progress", _LEAD)
    library = services().archive
    viewer = viewers.viewer()
    try:
        person = _whose(library.people(viewer))
        sessions = library.sessions(Query(person=person), viewer)
    except LibraryError as error:
        _what_was_done()
        st.error(look.sentence(error), icon=":material/error:")
        if viewer.sees_everything:
            _deleting(viewer, "the list and every kept clip")
        return
    if not sessions:
        _what_was_done()
        if person is not None:
            look.show("<p>There is no session of this person yet.</p>")
            return
        _nothing_yet()
        if viewer.sees_everything and (library.keeps_clips or library.people(viewer)):
            _deleting(viewer, "every kept clip")
        return
    by_week = weeks(sessions)
    look.show('<p class="fc-soft">A bar is a week, named by its Monday.</p>')
    for measure in _MEASURES:
        _by_week(measure, by_week)
    _common_faults(by_week)
    _list(sessions)
    _export(sessions if person is None else library.sessions(viewer=viewer))
    count = library.count(viewer=viewer)
    _deleting(viewer, f"{telling.count(count, 'session')} and every kept clip")


def _whose(people: Sequence[Person]) -> int | None:
    """The number of the person whose sessions are to be shown, or None for everybody's."""
    if len(people) < 2:
        return None
    names = {person.number: person.name for person in people}
    return st.selectbox(
        "Whose sessions",
        [None, *names],
        format_func=lambda number: "Everybody’s" if number is None else names[number],
        key=_PERSON,
    )


def _what_was_done() -> None:
    done = st.session_state.pop(_DONE, None)
    if done:
        st.success(done, icon=":material/check:")
    failed = st.session_state.pop(_FAILED, None)
    if failed:
        st.error(failed, icon=":material/error:")


def _nothing_yet() -> None:
    look.show(
        "<p>Nothing here yet. After a live session or a video you can keep its numbers; then this "
        "page shows what they add up to, week by week.</p>"
    )
    look.link("live", "Start with the camera", icon=":material/videocam:")
    look.link("video", "Choose a video", icon=":material/movie:")


def _by_week(measure: _Measure, by_week: Sequence[Week]) -> None:
    """A chart and a table of one measure; nothing where there is none of it."""
    found = [week for week in by_week if measure.of(week) > 0]
    if not found:
        return
    look.show(f"<h2>{measure.title}</h2>")
    st.altair_chart(_chart(measure, by_week), width="stretch")
    with st.expander(f"{measure.title} as a table"):
        look.table(
            f"{measure.title} by week",
            ("Week of", "Exercise", "Sessions", measure.title),
            [
                (
                    f"{_day(week.monday)} {week.monday:%Y}",
                    week.title,
                    str(week.sessions),
                    measure.told(value),
                )
                for week in reversed(found)
                if (value := measure.of(week)) > 0
            ],
        )


def _chart(measure: _Measure, by_week: Sequence[Week]) -> alt.Chart:
    """Bars by week, one on the other for exercises; weeks without a session keep their place."""
    last = by_week[-1].monday
    first = max(by_week[0].monday, last - timedelta(weeks=_MOST_WEEKS - 1))
    mondays = [first + timedelta(weeks=k) for k in range((last - first).days // 7 + 1)]
    drawn = [week for week in by_week if week.monday >= first and measure.of(week) > 0]
    rows = [
        {"week": _day(week.monday), "exercise": week.title, "value": round(measure.of(week), 1)}
        for week in drawn
    ]
    titles = sorted({week.title for week in drawn})
    colours = _colours(by_week)
    soft = (DARK_PAGE if st.context.theme.type == "dark" else LIGHT_PAGE).soft
    across = alt.X(
        "week:N", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, labelColor=soft)
    ).scale(domain=[_day(monday) for monday in mondays])
    up = alt.Y("value:Q", title=None, axis=alt.Axis(tickMinStep=1, tickCount=4, labelColor=soft))
    legend = alt.Legend(orient="top", columns=3, labelColor=soft, offset=4)
    colour = alt.Color("exercise:N", title=None, legend=legend)
    chart = alt.Chart(
        alt.Data(values=rows),  # type: ignore[no-untyped-call]
        height=220,
        padding={"left": 0, "top": 0, "right": 0, "bottom": 8},
        description=f"{measure.title} by week; the table below has the numbers.",
    )
    bars: alt.Chart = chart.mark_bar(width={"band": 0.7}).encode(
        x=across,
        y=up,
        color=colour.scale(domain=titles, range=[colours[title] for title in titles]),
        tooltip=[
            alt.Tooltip("week:N", title="Week of"),
            alt.Tooltip("exercise:N", title="Exercise"),
            alt.Tooltip("value:Q", title=measure.title),
        ],
    )
    return bars


def _colours(by_week: Sequence[Week]) -> dict[str, str]:
    """A colour for each exercise, the same in every chart."""
    titles = sorted({week.title for week in by_week})
    return dict(zip(titles, itertools.cycle(SERIES), strict=False))


def _common_faults(by_week: Sequence[Week]) -> None:
    """What was found how often, the most frequent first."""
    found: dict[tuple[str, str], int] = {}
    for week in by_week:
        for title, count in week.faults.items():
            found[week.title, title] = found.get((week.title, title), 0) + count
    if found:
        most = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        with st.expander("Which faults, and how often"):
            look.table(
                "Faults in all weeks",
                ("Fault", "Exercise", "How often"),
                [(title, exercise, str(count)) for (exercise, title), count in most],
            )


def _list(sessions: Sequence[PastSession]) -> None:
    look.show("<h2>Past sessions</h2>")
    # Here and not at the top: whoever deletes one of them looks at this place.
    _what_was_done()
    shown = sessions if st.session_state.get(_ALL) else sessions[:_PAGE]
    with st.container(gap="xsmall"):
        for session in shown:
            with st.expander(
                f"{telling.moment(session.began)} · {session.title} · {telling.gist(session)}"
            ):
                _one(session)
    if len(shown) < len(sessions):
        st.button(
            f"Show all {len(sessions)} sessions",
            on_click=lambda: st.session_state.update({_ALL: True}),
        )


def _one(session: PastSession) -> None:
    """The numbers of a past session, and how it is deleted."""
    look.table(
        "In numbers",
        ("What", "How much"),
        _numbers(session),
    )
    if session.findings:
        look.table(
            "Warnings and faults",
            ("When", "What", "How bad", "Furthest out"),
            [
                (
                    words.span(finding.start_s, finding.end_s),
                    finding.title,
                    LEVEL_WORD[finding.level],
                    "–" if finding.worst is None else words.with_unit(finding.worst, finding.unit),
                )
                for finding in session.findings
            ],
        )
    _sure(
        f"{session.number}",
        "Delete this session",
        "Its numbers" + (" and its clip" if session.folder else "") + " will be gone for good.",
        lambda: services().archive.delete(session.number, viewers.viewer()),
        "The session was deleted.",
    )


def _numbers(session: PastSession) -> list[tuple[str, str]]:
    rows = [("Length", words.seconds(session.duration_s))]
    rows.append(("Time judged", words.seconds(session.judged_s)))
    if session.held_s > 0:
        rows.append(("Held", words.seconds(session.held_s)))
        rows.append(("In good form", words.seconds(session.good_form_s)))
        rows.append(("Best streak", words.seconds(session.best_streak_s)))
    if session.reps_counted:
        rows.append(("Repetitions", f"{session.reps_counted}, {session.reps_good} in good form"))
    if session.hops:
        rows.append(("Jumps", str(session.hops)))
    if session.height_cm is not None:
        rows.append(("Mean height", _height(session.height_cm, session.height_error_cm)))
    rows.append(("From", "the camera, live" if session.source == "live" else "a video"))
    if session.folder is not None:
        rows.append(("Clip", str(session.folder)))
    return rows


def _height(value_cm: float, error_cm: float | None) -> str:
    told = words.with_unit(value_cm, "cm")
    return told if error_cm is None else f"{told} ± {words.with_unit(error_cm, 'cm')}"


def _export(sessions: Sequence[PastSession]) -> None:
    look.show("<h2>Take it with you</h2><p>Files with all past sessions, made here.</p>")
    with st.container(horizontal=True):
        st.download_button(
            "Table (CSV)", to_csv(sessions), "formcheck-sessions.csv", "text/csv", on_click="ignore"
        )
        st.download_button(
            "Everything (JSON)",
            to_json(sessions),
            "formcheck-sessions.json",
            "application/json",
            on_click="ignore",
        )


def _deleting(viewer: Viewer, what: str) -> None:
    all_of_it = (
        "Deletes every past session, every kept clip, everybody in the library and their limits "
        "from this computer. Nobody else has a copy."
        if viewer.sees_everything
        else "Deletes every past session of yours with its kept clip"
        + (
            ", and the people whom you look after with theirs."
            if viewer.looks_after_people
            else "."
        )
    )
    look.show(f"<h2>Delete everything</h2><p>{all_of_it}</p>")
    _sure(
        "everything",
        "Delete everything",
        f"This deletes {what}. It can’t be undone.",
        _delete_everything,
        "Everything was deleted.",
    )


def _delete_everything() -> None:
    """Deletes everything that is theirs, unless a session is just being recorded into it.

    Raises:
        LibraryError: it can't be done now.
    """
    viewer = viewers.viewer()
    if viewer.sees_everything and services().hall.running:
        raise LibraryError("a live session is running; stop it first, then delete everything")
    services().hall.forget(viewer)
    services().archive.delete_everything(viewer)


def _sure(name: str, label: str, warning: str, act: Callable[[], None], done: str) -> None:
    """A button that asks once more before it acts.

    Args:
        name: Tells it from the other ones of the page.
        label: What the button says.
        warning: What will happen, in a sentence.
        act: What is done then; raises LibraryError when it can't be.
        done: What is said afterwards.
    """
    asking = st.session_state.get(_SURE) == name
    if not asking:
        st.button(
            label,
            key=f"{name}-ask",
            on_click=lambda: st.session_state.update({_SURE: name}),
        )
        return
    st.warning(warning, icon=":material/warning:")

    def go() -> None:
        st.session_state.pop(_SURE, None)
        try:
            act()
        except FormcheckError as error:
            st.session_state[_FAILED] = look.sentence(error)
        else:
            st.session_state[_DONE] = done

    with st.container(horizontal=True):
        st.button("Yes, delete", key=f"{name}-yes", type="primary", on_click=go)
        st.button("No, keep", key=f"{name}-no", on_click=lambda: st.session_state.pop(_SURE, None))


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
