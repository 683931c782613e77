"""The page "Video": clips in, their analysis in another process, and the result of each."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from formcheck.archive.access import Viewer
from formcheck.archive.files import CLIPS
from formcheck.archive.people import Person
from formcheck.archive.tables import NAME_LENGTH
from formcheck.errors import FormcheckError, InputError, LibraryError
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.kinematics.calibration import SHORTEST_CM, TALLEST_CM
from formcheck.presentation import hops, words
from formcheck.web.childprocess import State
from formcheck.web.clips.analysing import ALL_ZIP
from formcheck.web.clips.jobs import Status
from formcheck.web.clips.results import DOWNLOADS, RESULTS_PATH
from formcheck.web.clips.uploads import LEAVE_PATH, UPLOAD_PATH
from formcheck.web.clips.visits import Clip, Result
from formcheck.web.clips.work import NOBODY, Bench, Choice, Whose, Work, demo_clip
from formcheck.web.live.limits import as_judged, told
from formcheck.web.pieces import look
from formcheck.web.pieces.component import FRONTEND, Component
from formcheck.web.pieces.pressing import pressed
from formcheck.web.services import services
from formcheck.web.settings import Settings
from formcheck.web.signin import viewers

__all__ = ["page"]

_LEAD = (
    "Judge clips that you have recorded. They stay on the computer that runs formcheck, and are "
    "deleted when you close this page, unless you keep them for review."
)
_DEMO_NOTE = (
    "This is a demonstration. The person in this clip is not real: it is a figure that was drawn "
    "by a computer, whose hips drop after three seconds and come up again. Everything else is as "
    "it will be with your own clips."
)
_GUESS = ""
"""Stands for "guess it" among the names of exercises."""
_NOBODY = "Nobody in particular"
_SOMEBODY_NEW = -1
"""Stands for "somebody new" among the numbers of people."""

REVIEW_PATH = "/formcheck/review/{}/"
"""Where a kept session is reviewed, by its number."""

_BENCH = "video-bench"
_DEMO = "video-demo"
_UPLOAD = "video-upload"
_EXERCISE = "video-exercise"
_HEIGHT = "video-height"
_SLOW = "video-slow"
_REMEMBER = "video-remember"
_KEEP = "video-keep"
_WHOSE = "video-whose"
_NAME = "video-name"
_SHOWN = "video-shown"
_KEPT = "video-kept"
_RESULTS = "video-results"
"""Where the results begin: an address within the page."""

_POLL_S = 1.0
_BAR_STYLE = "width: 100%; height: .6rem; accent-color: var(--fc-link)"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!~$:<>|])")
_MB = 1e6


def _part(name: str, kind: str) -> str:
    return (FRONTEND / f"{name}.{kind}").read_text("utf-8")


def _component(name: str) -> Component:
    css, html = _part(name, "css"), _part(name, "html")
    return Component(f"formcheck_{name}", js=_part(name, "js"), css=css, html=html)


_upload = _component("upload")
_player = _component("player")


def page() -> None:
    """Draws the page."""
    look.heading("Video", _LEAD)
    bench = _bench()
    exercises = load_exercises()
    if "demo" in st.query_params:
        _show_demo(bench)
        with st.expander("Judge a clip of your own"):
            _ask(bench, exercises)
    else:
        _ask(bench, exercises)
    if any(work.result is not None for work in bench.works()):
        look.show(f'<p><a href="#{_RESULTS}">Go to the results</a></p>')
    if bench.busy():
        st.fragment(_progress, run_every=_POLL_S)(bench)
    _results(bench, exercises)


def _bench() -> Bench:
    """The clips of this visit; a new visit when it is the first time, or the old one is over.

    Raises:
        OutputError: no temporary folder can be made.
    """
    bench: Bench | None = st.session_state.get(_BENCH)
    if bench is None or bench.visit.ended:
        running = services()
        context = get_script_run_ctx()
        who = viewers.in_page()
        tab = "" if context is None else context.session_id
        visit = running.visits.open(tab, who.viewer, who.login)
        longest_s = 60.0 * running.settings.max_clip_minutes
        bench = Bench(visit, running.jobs, running.archive, longest_s)
        st.session_state[_BENCH] = bench
    return bench


def _ask(bench: Bench, exercises: Mapping[str, Exercise]) -> None:
    """Which clips, and what is to be done with them."""
    _upload.mount(key=_UPLOAD, data=_upload_data(bench), **_heard())
    _analyse_button(bench, _choice(exercises))


def _show_demo(bench: Bench) -> None:
    """Analyses the clip that comes with the program, once a visit."""
    st.info(_DEMO_NOTE, icon=":material/smart_toy:")
    if not st.session_state.get(_DEMO):
        st.session_state[_DEMO] = True
        clip, trace = demo_clip()
        bench.begin(clip, Choice(exercise="plank"), trace)


def _heard() -> dict[str, Any]:
    """What the page listens to: a clip that arrived or went only has to be shown."""
    return {"on_arrived_change": lambda: None, "on_removed_change": lambda: None}


def _upload_data(bench: Bench) -> dict[str, Any]:
    """What the upload component shows and needs to know."""
    limits = services().settings
    with bench.visit.lock:
        clips = list(bench.visit.clips.values())
    for work in bench.works():
        if work.clip.id != demo_clip()[0].id and work.clip not in clips:
            bench.forget(work.clip.id)
    return {
        "address": UPLOAD_PATH,
        "leave": LEAVE_PATH,
        "visit": bench.visit.token,
        "most": limits.max_clips,
        "most_mb": limits.max_clip_mb,
        "limits": _limits(limits),
        "clips": [_clip_data(clip) for clip in clips],
    }


def _limits(limits: Settings) -> str:
    clips = "1 clip" if limits.max_clips == 1 else f"{limits.max_clips} clips"
    return (
        f"Up to {clips} at a time, each up to {limits.max_clip_mb} MB and "
        f"{limits.max_clip_minutes} min long. MP4, MOV, WebM and other common kinds."
    )


def _clip_data(clip: Clip) -> dict[str, Any]:
    length = "" if clip.duration_s is None else words.seconds(clip.duration_s)
    return {"id": clip.id, "name": clip.name, "size": clip.size_bytes, "length": length}


def _choice(exercises: Mapping[str, Exercise]) -> Choice:
    """What the person wants to have done with the clips."""
    kept: dict[str, Any] = st.session_state.setdefault(_KEPT, {})
    for key, value in kept.items():  # Streamlit forgets the fields of a page that is left.
        st.session_state.setdefault(key, value)
    titles = {_GUESS: "Not sure: let formcheck guess"} | {
        name: exercise.title for name, exercise in exercises.items()
    }
    left, right = st.columns(2)
    name = left.selectbox("Exercise", list(titles), format_func=titles.__getitem__, key=_EXERCISE)
    height_cm = right.number_input(
        "Your height in cm (optional)",
        min_value=int(SHORTEST_CM),
        max_value=int(TALLEST_CM),
        value=None,
        step=1,
        key=_HEIGHT,
        help="With it, some findings are told in centimetres as well.",
    )
    slow_motion = False
    if name == _GUESS or hops.is_jumped(exercises[name]):
        slow_motion = st.checkbox(
            "For jumps: also make a clip that slows down around each landing",
            key=_SLOW,
        )
    remember = st.checkbox(
        "Add the results to Progress (numbers only, not the clip)", key=_REMEMBER
    )
    keep = st.checkbox("Keep for review, with the clip", key=_KEEP)
    whose = _whose(exercises.get(name)) if keep else NOBODY
    fields = (_EXERCISE, _HEIGHT, _SLOW, _REMEMBER, _KEEP, _WHOSE, _NAME)
    kept.update({key: st.session_state[key] for key in fields if key in st.session_state})
    stature_m = None if height_cm is None else height_cm / 100.0
    return Choice(name or None, stature_m, slow_motion, remember, keep, whose)


def _whose(exercise: Exercise | None) -> Whose:
    """Says what is kept, and asks whose session it is.

    Args:
        exercise: What the clips are judged as, or None to guess it.
    """
    folder = html.escape(str(services().settings.home / CLIPS))
    look.show(
        "<p>Kept: the clip with its sound, what is measured in it, and what is said of it, on the "
        f"computer that runs formcheck, in <code>{folder}</code>, until you delete it in the "
        "library. A coach can then go through it picture by picture. Its numbers are in Progress "
        "as well.</p>"
    )
    viewer = viewers.viewer()
    people = _people(viewer)
    if viewer.looks_after_people:
        whose = _chosen(people, viewer)
    else:
        own = [person for person in people if person.account == viewer.account]
        whose = _of(own[0]) if len(own) == 1 else NOBODY
    if exercise is not None:
        _tell_limits(exercise, whose)
    return whose


def _people(viewer: Viewer) -> Sequence[Person]:
    try:
        return services().archive.people(viewer)
    except LibraryError:  # A list that is damaged keeps nobody from having a clip judged.
        return ()


def _chosen(people: Sequence[Person], viewer: Viewer) -> Whose:
    """Somebody in the library, or somebody new."""
    by_number = {person.number: person for person in people}
    new = " ".join(st.session_state.get(_NAME, "").split())
    added = [each.number for each in people if each.name.casefold() == new.casefold()]
    if st.session_state.get(_WHOSE) == _SOMEBODY_NEW and len(added) == 1:
        st.session_state[_WHOSE] = added[0]  # They are in the library since.
    if st.session_state.get(_WHOSE) not in (None, _SOMEBODY_NEW, *by_number):
        st.session_state.pop(_WHOSE)  # Deleted meanwhile.
    chosen = st.selectbox(
        "Whose session is it?",
        [None, *by_number, _SOMEBODY_NEW],
        format_func=lambda each: _called(each, by_number),
        key=_WHOSE,
    )
    if chosen != _SOMEBODY_NEW:
        return _of(by_number[chosen]) if chosen in by_number else NOBODY
    name = " ".join(st.text_input("Their name", key=_NAME, max_chars=NAME_LENGTH).split())
    return Whose(name, profile=name if viewer.sees_everything else "")


def _called(who: int | None, by_number: Mapping[int, Person]) -> str:
    """A person's name; with the number where it alone tells them apart."""
    person = by_number.get(who) if who is not None else None
    if person is None:
        return _NOBODY if who is None else "Somebody new"
    alike = sum(each.name == person.name for each in by_number.values())
    return person.name if alike == 1 else f"{person.name} (no. {person.number})"


def _of(person: Person) -> Whose:
    return Whose(person.name, person.number, person.profile)


def _tell_limits(exercise: Exercise, whose: Whose) -> None:
    """Which limits are another's than the rule's."""
    try:
        own = as_judged(exercise, services().settings.home, whose.profile)
    except InputError as error:
        st.error(look.sentence(error), icon=":material/error:")
        return
    limits = told(exercise, own)
    if limits:
        lines = "".join(f"<li>{html.escape(line)}</li>" for line in limits)
        look.show(f"<p>The limits of {html.escape(whose.name)} are in force:</p><ul>{lines}</ul>")


def _analyse_button(bench: Bench, choice: Choice) -> None:
    due = bench.due(choice)
    label = "Analyse" if len(due) < 2 else f"Analyse {len(due)} clips"
    if due and all(bench.tried(clip) for clip in due):
        label += " again"
    if pressed(label, type="primary", disabled=not due, key="video-analyse"):
        choice = _with_person(choice)
        for clip in due:
            _begin(bench, clip, choice)
        st.rerun()


def _with_person(choice: Choice) -> Choice:
    """The choice with somebody new in the library."""
    whose = choice.whose
    if not whose.name or whose.number is not None:
        return choice
    library, viewer = services().archive, viewers.viewer()
    try:
        person = library.person(library.add_person(whose.name, viewer), viewer)
    except FormcheckError as error:
        st.error(look.sentence(error), icon=":material/error:")
        st.stop()
    return replace(choice, whose=_of(person))


def _begin(bench: Bench, clip: Clip, choice: Choice, trace: Path | None = None) -> None:
    try:
        bench.begin(clip, choice, trace)
    except FormcheckError as error:
        st.error(look.sentence(error), icon=":material/error:")
        st.stop()


def _progress(bench: Bench) -> None:
    """What is under way, once a second while anything is."""
    under_way = [(work, bench.status(work)) for work in bench.works()]
    under_way = [(work, status) for work, status in under_way if not status.state.over]
    if not under_way:
        st.rerun()
    look.show("<h2>Under way</h2>")
    for work, status in under_way:
        told, button = st.columns([4, 1], vertical_alignment="center")
        with told:
            look.show(_bar(work.clip.name, status))
        with button:
            cancel = pressed(
                "Cancel",
                key=f"video-cancel-{work.folder.name}",  # Another one with every analysis.
                help=f"Stop with {work.clip.name}",
            )
        if cancel:
            bench.cancel(work)
            st.rerun()


def _bar(name: str, status: Status) -> str:
    """One clip's progress as a bar with words."""
    name = html.escape(name)
    if status.state is State.WAITING:
        clips = "another clip" if status.ahead == 1 else f"{status.ahead} other clips"
        waiting = f"waiting for {clips}" if status.ahead else "about to begin"
        return f"<p><strong>{name}</strong>: {waiting}</p>"
    percent = round(100 * status.share)
    left = "" if status.left_s is None else f", about {_about(status.left_s)} left"
    told = f"{percent} %{left}" if percent else "getting ready"
    return (
        f"<p><strong>{name}</strong>: {told}</p>"
        f'<progress style="{_BAR_STYLE}" max="100" value="{percent}" '
        f'aria-label="Analysis of {name}">{percent} %</progress>'
    )


def _about(seconds: float) -> str:
    """A length of time that is not known well."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{round(seconds / 60)} min"


def _results(bench: Bench, exercises: Mapping[str, Exercise]) -> None:
    over = [(work, bench.status(work)) for work in bench.works()]
    over = [(work, status) for work, status in over if status.state.over]
    for work, status in over:
        if status.state is State.FAILED:
            st.error(_sentence(status.sentence, work.clip.name), icon=":material/error:")
        elif status.state is State.CANCELLED:
            st.info(_plain(f"{work.clip.name}: cancelled."), icon=":material/cancel:")
        elif status.state is State.UNSURE:
            _unsure(bench, work, status, exercises)
    done = [(work, status) for work, status in over if work.result is not None]
    if not done:
        return
    shown, status = done[-1]
    if len(done) > 1:
        names = {work.clip.id: work.clip.name for work, _ in done}
        chosen = st.radio(
            "Result of",
            list(names),
            format_func=lambda each: _plain(names[each]),
            key=_SHOWN,
            horizontal=True,
        )
        shown, status = next((each for each in done if each[0].clip.id == chosen), done[-1])
    _result(bench, shown, status, exercises)


def _sentence(text: str, name: str) -> str:
    """A sentence that may begin with the name of a clip, which stays as it is."""
    told = look.sentence(FormcheckError(text))
    return _plain(text[: len(name)] + told[len(name) :] if text.startswith(name) else told)


def _plain(text: str) -> str:
    """Text that means nothing to Markdown: a clip may be called anything."""
    return _MARKDOWN.sub(r"\\\1", text)


def _unsure(bench: Bench, work: Work, status: Status, exercises: Mapping[str, Exercise]) -> None:
    """Which exercise it is can't be told: the person chooses."""
    st.warning(_plain(f"{work.clip.name}: {status.sentence}"), icon=":material/help:")
    _judge_as(bench, work, exercises, None)


def _judge_as(bench: Bench, work: Work, exercises: Mapping[str, Exercise], now: str | None) -> None:
    """Judges a clip as another exercise, without looking for the person again."""
    names = [name for name in exercises if name != now]
    field, button = st.columns([3, 1], vertical_alignment="bottom")
    name = field.selectbox(
        f"Judge {_plain(work.clip.name)} as",
        names,
        format_func=lambda each: exercises[each].title,
        key=f"video-as-{work.clip.id}",
    )
    with button:
        judge = pressed("Judge", key=f"video-judge-{work.clip.id}")
    if judge:
        _begin(bench, work.clip, replace(work.choice, exercise=name), work.looked)
        st.rerun()


def _result(bench: Bench, work: Work, status: Status, exercises: Mapping[str, Exercise]) -> None:
    """The result of one clip."""
    assert work.result is not None
    outcome = status.outcome or {}
    title = html.escape(f"{outcome['title']}: {work.clip.name}")
    look.show(
        f'<h2 id="{_RESULTS}" tabindex="-1">{title}</h2>'
        f'<p class="fc-lead">{html.escape(outcome["summary"])}</p>'
    )
    if not outcome["slowed"]:
        st.info("No landing was found, so there is no slow motion.", icon=":material/info:")
    _remembered(work)
    if outcome["guessed"]:
        look.show(f"<p>{html.escape(outcome['guessed'])}</p>")
        with st.expander("Not this exercise?"):
            _judge_as(bench, work, exercises, outcome["exercise"])
    _player.mount(key=f"video-player-{work.result.token}", data=_player_data(work.result))


def _remembered(work: Work) -> None:
    """What is kept of it beyond this visit."""
    if work.not_remembered:
        what = "Not kept for review" if work.choice.keep else "Not added to Progress"
        st.warning(_plain(f"{what}: {work.not_remembered}"), icon=":material/warning:")
    elif work.session is not None and work.choice.keep:
        whose = work.choice.whose.name
        session = f"Session {work.session} of {whose}" if whose else f"Session {work.session}"
        said = (
            f"This clip was kept before, as session {work.session}."
            if work.was_there
            else f"{session} is kept for review."
        )
        st.success(_plain(said), icon=":material/check:")
        look.show(f'<p><a href="{REVIEW_PATH.format(work.session)}">Review it</a></p>')
    elif work.session is not None:
        st.success("Added to Progress.", icon=":material/check:")


def _player_data(result: Result) -> dict[str, Any]:
    files = [
        {"name": name, "about": about, "size": _size(result.files[name])}
        for name, about in (DOWNLOADS | {ALL_ZIP: "all of these in one file"}).items()
        if name in result.files
    ]
    return {"base": f"{RESULTS_PATH}{result.token}/", "name": result.name, "files": files}


def _size(path: Path) -> str:
    size_bytes = path.stat().st_size
    if size_bytes < 0.1 * _MB:
        return f"{max(1, round(size_bytes / 1000))} kB"
    return f"{size_bytes / _MB:.1f} MB"
