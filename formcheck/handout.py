"""Makes what a client gets of a session: the sheet with pictures, and the clip with the notes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError
from formcheck.judgement.engine import Engine
from formcheck.judgement.rule import Exercise
from formcheck.notes import Drawing, Notes
from formcheck.presentation.coached import overruled
from formcheck.presentation.noted import NotesPainter, more_room_above
from formcheck.presentation.overlay import Overlay
from formcheck.presentation.sheet import moments_shown, sheet
from formcheck.presentation.stills import to_jpeg
from formcheck.recording import ANNOTATED
from formcheck.rendering import clip_of, pictures_of, render
from formcheck.sessionfile import SessionFile
from formcheck.types import Finding, Report, StepOutput

__all__ = ["export_clip", "export_sheet"]

_LOOKING_SHARE = 0.3
_SAME_PICTURE_S = 0.01
"""Times of one picture that were rounded differently lie no further apart."""
_TELL_EVERY = 200

Progress = Callable[[float], None]


def _nobody(share: float) -> None:
    pass


def export_clip(
    session: SessionFile, exercise: Exercise, target: Path, progress: Progress = _nobody
) -> None:
    """The annotated clip with everything that the coach drew and said.

    Args:
        session: The session.
        exercise: What judged it, with the limits in force then.
        target: The file to make; an existing one is replaced.
        progress: Told the share that is done, 0 to 1.

    Raises:
        InputError: nothing was measured in it.
        BundleError: trace or clip are damaged.
        MediaError: the clip can't be read.
        OutputError: it can't be written.
        OSError: likewise.
    """
    if not session.trace.observations:
        raise InputError("nothing was measured in this session, so there is nothing to draw")
    painter = _painter(session, exercise)
    with tempfile.TemporaryDirectory(prefix=".formcheck-", dir=target.parent) as name:
        folder = Path(name) / "drawn"
        render(
            session,
            exercise,
            folder,
            lambda done_s, all_s: progress(done_s / all_s if all_s > 0 else 1.0),
            decorate=painter,
        )
        (folder / ANNOTATED).replace(target)


def export_sheet(
    session: SessionFile,
    exercise: Exercise,
    progress: Progress = _nobody,
    *,
    person: str | None = None,
) -> str:
    """The client's sheet as HTML, with its pictures.

    Args:
        session: The session.
        exercise: What judged it, with the limits in force then.
        progress: Told the share that is done, 0 to 1.
        person: Whose it is, empty for nobody in particular; None: as the session itself says.

    Raises:
        BundleError: trace or clip are damaged.
        MediaError: the clip can't be read.
    """
    wanted_s = moments_shown(session.report, exercise, session.notes)
    stills = _stills(session, exercise, wanted_s, progress)
    return sheet(
        session.saved,
        exercise,
        session.notes,
        person=session.about.person if person is None else person,
        day=_day(session.about.began),
        still_for=stills.get,
    )


def _painter(session: SessionFile, exercise: Exercise) -> NotesPainter:
    titles = {check.code: check.title for check in exercise.checks}
    seen = session.trace.observations
    on_top = more_room_above((o.pose for o in seen if o.pose is not None), seen[0].height_px)
    return NotesPainter(session.notes, session.report, titles, seen[0].width_px, on_top=on_top)


def _day(began: str) -> str:
    """When a session was, as people write a day; empty where that is not known."""
    try:
        day = datetime.fromisoformat(began).astimezone()
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y}"


def _stills(
    session: SessionFile, exercise: Exercise, wanted_s: Iterable[float], progress: Progress
) -> dict[float, bytes]:
    """The pictures nearest to some moments, drawn upon, by the moment that was asked for."""
    seen = session.trace.observations
    times_s = np.array([one.t_s for one in seen])
    places = {t_s: int(np.abs(times_s - t_s).argmin()) for t_s in wanted_s if seen}
    if not places:
        return {}
    last = max(places.values())
    steps = _steps(session, exercise, set(places.values()), last, progress)
    gone = overruled(session.report, exercise, session.notes)
    # What the coach drew is shown in full: no caption covers the picture of a sheet. A drawing of
    # one picture is shown on no other.
    drawn = Notes(drawings=tuple(_at_once(one) for one in session.notes.drawings))
    painter = NotesPainter(drawn, session.report, {}, seen[0].width_px)
    overlay = Overlay(exercise, seen[0].width_px, seen[0].height_px)
    found: dict[int, bytes] = {}
    with ExitStack() as stack:
        pictures = pictures_of(session, stack.enter_context(clip_of(session)))
        stack.callback(pictures.close)
        for place, (observation, image_rgb) in enumerate(pictures):
            if place in steps:
                step = _without(steps[place], _false_at(observation.t_s, session.report, gone))
                picture = overlay.draw(image_rgb, step, observation.pose, observation.outline)
                clip = _clip_part(picture, overlay)
                found[place] = to_jpeg(painter(clip, observation.t_s))
            if place % _TELL_EVERY == 0:
                progress(_LOOKING_SHARE + (1.0 - _LOOKING_SHARE) * place / max(1, last))
            if place >= last:
                break
    return {t_s: found[place] for t_s, place in places.items() if place in found}


def _steps(
    session: SessionFile, exercise: Exercise, wanted: set[int], last: int, progress: Progress
) -> dict[int, StepOutput]:
    """What the engine says of some moments."""
    engine = Engine(exercise, set_up=session.about.set_up)
    found = {}
    for place, observation in enumerate(session.trace.observations[: last + 1]):
        step = engine.step(observation)
        if place in wanted:
            found[place] = step
        if place % _TELL_EVERY == 0:
            progress(_LOOKING_SHARE * place / max(1, last))
    return found


def _at_once(drawing: Drawing) -> Drawing:
    if drawing.until_s is not None:
        return drawing
    return replace(drawing, until_s=drawing.t_s + _SAME_PICTURE_S)


def _false_at(t_s: float, report: Report, gone: Sequence[Finding]) -> set[str]:
    """The checks that a coach has overruled, unless another finding of them stands at a moment."""
    stands = {
        finding.check
        for finding in report.findings
        if finding not in gone and finding.start_s <= t_s <= finding.end_s
    }
    return {finding.check for finding in gone} - stands


def _without(step: StepOutput, false: set[str]) -> StepOutput:
    """What is said of a moment without the checks that a coach has overruled."""
    return replace(step, checks={c: state for c, state in step.checks.items() if c not in false})


def _clip_part(picture: NDArray[np.uint8], overlay: Overlay) -> NDArray[np.uint8]:
    """The picture without the panel above it and the bars beside it."""
    at = overlay.canvas
    left_px = at.picture_x_px
    part = picture[at.panel_height_px :, left_px : left_px + at.picture_width_px]
    return np.ascontiguousarray(part)
