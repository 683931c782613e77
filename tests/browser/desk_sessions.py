"""Recorded sessions for the coach's desk; each picture of a clip says which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from fake_camera import CELLS, ROOT, STRIP_RATIO, numbered
from playwright.sync_api import Page

from formcheck.archive.store import library_in
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.media.reader import VideoReader
from formcheck.media.trace import read_trace
from formcheck.media.writer import VideoWriter
from formcheck.sessionfile import About, save_session

BEGAN = datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc)

_COUNTER = """([selector, cells, strip]) => {
    const video = document.querySelector(selector);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    const y = Math.round((canvas.height * strip) / 2);
    const row = context.getImageData(0, y, canvas.width, 1).data;
    let word = 0;
    for (let k = 0; k < cells; k += 1) {
        const x = Math.round(((k + 0.5) * canvas.width) / cells);
        word = word * 2 + (row[4 * x] > 128 ? 1 : 0);
    }
    return word >> 4;
}"""


def make_sessions(
    home: Path, clips: Sequence[str], person: str = "Anna", *, keep_clip: bool = True
) -> list[int]:
    """Puts sessions into the library of a home that no app uses yet.

    Args:
        home: The app's folder.
        clips: Which of ``test_videos``, as ``exercise/name``.
        person: Whose they are.
        keep_clip: Whether their clips are kept, or the traces alone.

    Returns:
        Their numbers in the library, in the same order.
    """
    exercises, library, numbers = load_exercises(), library_in(home), []
    (home / "sessions").mkdir(parents=True, exist_ok=True)
    for k, name in enumerate(clips):
        source = ROOT / "test_videos" / f"{name}.mp4"
        trace, exercise = (
            read_trace(source.with_suffix(".trace.npz")),
            exercises[source.parent.name],
        )
        engine = Engine(exercise)
        for observation in trace.observations:
            engine.step(observation)
        report = engine.close()
        film = home / source.name
        if keep_clip:
            _film(source, film)
        began = BEGAN + timedelta(hours=k)
        about = About(exercise.name, source.name, began.isoformat(), person)
        provenance = Provenance("1", source.name, report.duration_s, trace.meta.model_sha256)
        folder = home / "sessions" / source.stem
        kept = film if keep_clip else None
        save_session(folder, about, trace, exercise, report, provenance, clip=kept)
        film.unlink(missing_ok=True)
        numbers.append(library.add(report, exercise, began, "video", folder, person=person))
    return numbers


def counter_on(page: Page, selector: str) -> int:
    """Which picture of its clip a video shows, read from its pixels."""
    return int(page.evaluate(_COUNTER, [selector, CELLS, STRIP_RATIO]))


def _film(source: Path, target: Path) -> None:
    """The same pictures at the same times, each with its number."""
    with VideoReader(source) as reader:
        frames = list(reader)
    height_px, width_px = frames[0].image_rgb.shape[:2]
    with VideoWriter(target, width_px, height_px, crf=18) as writer:
        for n, frame in enumerate(frames):
            writer.write(numbered(frame.image_rgb, n), frame.t_s)
