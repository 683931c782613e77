"""Everything that is kept of one clip or live session, written to one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import OutputError
from formcheck.journal import trace_meta
from formcheck.judgement.report import Provenance, to_json
from formcheck.judgement.rule import Exercise
from formcheck.media.trace import TraceMeta, TraceWriter
from formcheck.media.writer import VideoWriter
from formcheck.perception.estimator import Estimator
from formcheck.presentation import hops, reps
from formcheck.presentation.hopstills import HopStills, Landing
from formcheck.presentation.html import to_html
from formcheck.presentation.landing import Annotated, LateRings
from formcheck.presentation.overlay import Overlay
from formcheck.presentation.repstills import stills_for
from formcheck.presentation.signals import SignalLog
from formcheck.presentation.vtt import to_vtt
from formcheck.types import Finding, Frame, Observation, Report, StepOutput

__all__ = [
    "ANNOTATED",
    "CUES",
    "JUMPS",
    "REPORT_HTML",
    "REPORT_JSON",
    "REPS",
    "SIGNALS",
    "SLOW_MOTION",
    "TRACE",
    "Decorate",
    "Recording",
]

ANNOTATED = "annotated.mp4"
REPORT_HTML = "report.html"
REPORT_JSON = "report.json"
SIGNALS = "signals.csv"
REPS = "reps.csv"
JUMPS = "jumps.csv"
SLOW_MOTION = "slow-motion.mp4"
CUES = "cues.vtt"
TRACE = "trace.npz"

Decorate = Callable[[NDArray[np.uint8], float], NDArray[np.uint8]]
"""Draws on the annotated picture of a moment: uint8 (height, width, 3) and seconds, the same back.

It is the picture without the panel above it; its width over that of the clip is its scale.
"""


class Recording:
    """A sink that keeps the annotated clip, the stills, the signals and the trace.

    Args:
        folder: Where to write; must exist.
        exercise: What is judged.
        source: File name of the clip, or name of the camera.
        size_px: Width and height of its frames.
        seen_by: What finds the pose now, or where a trace says that its observations come from.
        audio_from: The clip whose sound goes along, or None.
        decorate: Draws on every picture once everything else is drawn; None: nothing more.

    Attributes:
        anybody: Whether a person was seen in any frame.
    """

    def __init__(
        self,
        folder: Path,
        exercise: Exercise,
        source: str,
        size_px: tuple[int, int],
        seen_by: Estimator | TraceMeta,
        audio_from: Path | None = None,
        decorate: Decorate | None = None,
    ) -> None:
        self.anybody = False
        self._decorate = decorate
        self._folder = folder
        self._exercise = exercise
        self._overlay = Overlay(exercise, *size_px, landings=False)
        meta = seen_by if isinstance(seen_by, TraceMeta) else trace_meta(source, seen_by)
        self._trace = TraceWriter(meta)
        self._signals = SignalLog(exercise)
        canvas = self._overlay.canvas
        jumped = hops.is_jumped(exercise)
        self._rings = LateRings(canvas, self._overlay.stroke_px) if jumped else None
        self._landings = HopStills(canvas.panel_height_px) if jumped else None
        self._stills = self._landings or stills_for(exercise)
        self._writer = VideoWriter(
            folder / ANNOTATED,
            self._overlay.canvas_width_px,
            self._overlay.canvas_height_px,
            audio_from=audio_from,
        )

    def write(self, frame: Frame, observation: Observation, step: StepOutput) -> None:
        """Takes one moment.

        Raises:
            OutputError: the clip can't be written.
        """
        picture = self._overlay.draw(frame.image_rgb, step, observation.pose, observation.outline)
        if self._rings is None:
            self._finish_drawing(picture, frame.t_s)
            self._writer.write(picture, frame.t_s)
            self._stills.offer(picture, step)
        else:
            centre_x_px = self._overlay.centre_x_px(observation.pose)
            annotated = Annotated(picture, step, centre_x_px)
            self._keep(self._rings.pass_on(annotated, observation.pose))
        self._signals.add(step)
        self._trace.add(observation)
        self.anybody = self.anybody or observation.pose is not None

    def _keep(self, pictures: Iterable[Annotated]) -> None:
        for annotated in pictures:
            self._finish_drawing(annotated.image_rgb, annotated.step.t_s)
            self._writer.write(annotated.image_rgb, annotated.step.t_s)
            if self._landings is not None:
                self._landings.offer(annotated.image_rgb, annotated.step, annotated.centre_x_px)

    def _finish_drawing(self, picture: NDArray[np.uint8], t_s: float) -> None:
        if self._decorate is None:
            return
        at = self._overlay.canvas
        left_px = at.picture_x_px
        clip = picture[at.panel_height_px :, left_px : left_px + at.picture_width_px]
        clip[:] = self._decorate(clip, t_s)

    def finish(self, report: Report, provenance: Provenance) -> None:
        """Writes everything that is complete only now.

        Raises:
            OutputError: something can't be written.
        """
        if self._rings is not None:
            self._keep(self._rings.rest())
        self._writer.close()
        self._signals.write(self._folder / SIGNALS)
        self._trace.save(self._folder / TRACE)
        page = to_html(
            report,
            self._exercise,
            provenance,
            self._signals,
            self.still_for,
            self.landings(report),
        )
        self._write_text(REPORT_HTML, page)
        self._write_text(REPORT_JSON, to_json(report, provenance, self._exercise))
        if reps.is_repeated(self._exercise):
            self._write_text(REPS, reps.to_csv(report, self._exercise))
        if hops.is_jumped(self._exercise):
            self._write_text(JUMPS, hops.to_csv(report, self._exercise))
        self._write_text(CUES, to_vtt(report, self._exercise))

    @property
    def signals(self) -> SignalLog:
        """The measures of every frame."""
        return self._signals

    def still_for(self, finding: Finding) -> bytes | None:
        """The picture of a finding as JPEG, or None when none was kept."""
        return self._stills.still_for(finding)

    def landings(self, report: Report) -> Sequence[Landing]:
        """Pictures of the most telling landings, where there are jumps."""
        return () if self._landings is None else self._landings.landings(report)

    def abort(self) -> None:
        """Stops without results."""
        self._writer.abort()

    def _write_text(self, name: str, text: str) -> None:
        try:
            (self._folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"{name} can't be written: {error.strerror}; free some space and try again"
            ) from error
