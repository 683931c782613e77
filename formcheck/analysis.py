"""One clip in, one folder of results out: what ``formcheck analyze`` does with each clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from formcheck import __version__
from formcheck.clipsession import Keep, save_clip_session
from formcheck.judgement.engine import Engine
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Exercise
from formcheck.looking import nobody_in
from formcheck.media.reader import SourceInfo, VideoReader
from formcheck.media.slowmotion import FACTOR, slow_clip
from formcheck.media.staging import staged
from formcheck.perception.estimator import Estimator
from formcheck.perception.senses import open_senses
from formcheck.presentation.canvas import Canvas
from formcheck.presentation.slowstamp import SlowStamp
from formcheck.recording import ANNOTATED, SLOW_MOTION, TRACE, Recording
from formcheck.session import run_pipelined
from formcheck.types import Report

__all__ = ["Analysis", "analyze_clip"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of one clip.

    Attributes:
        report: What the engine said.
        provenance: Where it comes from.
        folder: Where the results are.
        recording: What was kept on the way: curves and pictures, for other ways to show them.
        slowed: Whether there is a slowed clip among them.
    """

    report: Report
    provenance: Provenance
    folder: Path
    recording: Recording
    slowed: bool = False


def analyze_clip(
    clip: Path,
    exercise: Exercise,
    estimator: Estimator,
    folder: Path,
    stature_m: float | None = None,
    progress: Callable[[float, SourceInfo], None] = lambda t_s, info: None,
    slow_motion: bool = False,
    source: str = "",
    keep: Keep | None = None,
) -> Analysis:
    """Analyses one clip and writes every result; all of them, or none.

    Args:
        clip: The video file.
        exercise: What to judge, with the limits of this person.
        estimator: Finds the pose; its tracking is reset first.
        folder: Where the results go; made if missing, files of the same names replaced.
        stature_m: The person's height, for estimates in centimetres.
        progress: Told the time of each frame; once more while the slowed clip is made.
        slow_motion: Make a clip as well that is slowed around each landing, where there are any.
        source: What the clip is called in the results; empty: its file name.
        keep: Put a bundle of the session among the results; None: make none.

    Raises:
        MediaError: the clip can't be read.
        InputError: nobody is ever seen in it.
        OutputError: the results can't be written.
    """
    source = source or clip.name
    with VideoReader(clip) as reader, staged(folder) as stage:
        info = reader.info
        estimator.reset()
        size_px, sound = (info.width_px, info.height_px), clip if info.has_audio else None
        recording = Recording(stage, exercise, source, size_px, estimator, audio_from=sound)
        try:
            report = run_pipelined(
                reader,
                estimator,
                Engine(exercise),
                [recording],
                lambda t_s: progress(t_s, info),
                open_senses(clip, motion=exercise.motion),
            )
            if not recording.anybody:
                raise nobody_in(source)
            provenance = Provenance(
                __version__,
                source,
                report.duration_s,
                estimator.model_sha256,
                broke_off_s=reader.broke_off_s,
                stature_m=stature_m,
            )
            recording.finish(report, provenance)
            slowed = slow_motion and _slow_down(stage, report, info, progress)
            if keep is not None:
                bundle = stage / keep.file_in(folder)
                trace = stage / TRACE
                save_clip_session(bundle, keep, clip, trace, exercise, report, provenance, progress)
        except BaseException:
            recording.abort()
            raise
    return Analysis(report, provenance, folder, recording, slowed)


def _slow_down(
    stage: Path, report: Report, info: SourceInfo, progress: Callable[[float, SourceInfo], None]
) -> bool:
    """Makes the slowed clip; False when there is no landing to slow down."""
    landings_s = [hop.landing_s for hop in report.hops]
    if not landings_s:
        return False
    stamp = SlowStamp(Canvas.of(info.width_px, info.height_px), report.hops, FACTOR)
    slow_clip(
        stage / ANNOTATED,
        stage / SLOW_MOTION,
        landings_s,
        stamp,
        lambda t_s: progress(t_s, info),
    )
    return True
