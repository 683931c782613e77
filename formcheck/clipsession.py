"""A clip that was analysed, kept as a session that a coach can review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.media.bundle import SUFFIX
from formcheck.media.keptclip import clip_to_keep, filmed_at
from formcheck.media.reader import SourceInfo
from formcheck.media.trace import read_trace
from formcheck.sessionfile import About, SessionFile, save_session
from formcheck.types import Report

__all__ = ["Keep", "save_clip_session"]


@dataclass(frozen=True, slots=True)
class Keep:
    """How the session of a clip is kept.

    Attributes:
        person: Whose it is, as the user calls them; empty: nobody's in particular.
        picture: Whether the clip goes along, with its sound.
        name: What the file among the results is called, without its ending; empty: as their folder.
    """

    person: str = ""
    picture: bool = True
    name: str = ""

    def file_in(self, folder: Path) -> str:
        """Name of the file among the results of a folder."""
        return f"{self.name or folder.name or 'session'}{SUFFIX}"


def save_clip_session(
    path: Path,
    keep: Keep,
    clip: Path,
    trace_file: Path,
    exercise: Exercise,
    report: Report,
    provenance: Provenance,
    progress: Callable[[float, SourceInfo], None] = lambda t_s, info: None,
) -> SessionFile:
    """Saves what came of a clip as a new bundle, all of it or nothing.

    Args:
        path: A new folder, or with the suffix ``.formcheck`` a new file; its parent is there.
        keep: How it is kept.
        clip: The clip as somebody filmed it.
        trace_file: Everything that was measured in it.
        exercise: What judged, with the limits in force.
        report: What it said.
        provenance: Where the report comes from.
        progress: Told the time of each picture where the clip has to be encoded again.

    Raises:
        MediaError: the clip can't be read any more.
        OutputError: something is there already, or it can't be written.
    """
    about = About(
        exercise=exercise.name,
        source=provenance.source,
        began=filmed_at(clip),
        person=keep.person,
    )
    trace = read_trace(trace_file)
    made = (about, trace, exercise, report, provenance)
    if not keep.picture:
        return save_session(path, *made)
    times_s = [seen.t_s for seen in trace.observations]
    with clip_to_keep(clip, times_s, path.parent, progress) as (picture, _):
        return save_session(path, *made, clip=picture)
