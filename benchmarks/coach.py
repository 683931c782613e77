"""A coach's evening: twelve sessions reviewed from the keyboard alone, and how long it takes.

    uv run python -m benchmarks.coach [--pictures DIR] [--look 1.5] [--key 0.25] [--letter 0.12]

Twelve rendered clips of five people are taken into a new library, and the real app is opened in a
real Chromium. Everything that the coach does is a key press: to the first session from the library
page; of each session the whole clip at double speed; then every finding and repetition that is at
fault is answered (agree, or overrule with a reason, as the clip's label has it), one comment is
written, and Enter leads on. Between keys there are the pauses of somebody who reads: ``--look`` at
each finding, ``--key`` before each other key, ``--letter`` between letters.

At the end the bundles on the disk are read: every one must be reviewed, answered and commented. It
ends with 1 when one is not, or when it took longer than ten minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.judgement.engine import Engine
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.report import Provenance
from formcheck.media.trace import read_trace
from formcheck.notes import Verdict
from formcheck.sessionfile import About, open_session, save_session

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "browser"))

from app_server import AppServer  # noqa: E402
from chromium import Chromium, find_chromium  # noqa: E402
from playwright.sync_api import Page  # noqa: E402
from visit import begin_visit  # noqa: E402

BAR_S = 600.0
SIZE = (1360, 900)
SESSIONS = (
    ("Ada", "plank/sag_20_recovers"),
    ("Ada", "dead_bug/dead_bug_lift"),
    ("Ada", "glute_bridge/glute_bridge_too_low"),
    ("Ben", "plank/pike_20"),
    ("Ben", "jump_rope/rope_side_too_high"),
    ("Cleo", "plank/head_drop"),
    ("Cleo", "dead_bug/dead_bug_good"),
    ("Cleo", "hip_thrust/hip_thrust_too_low"),
    ("Dan", "dead_bug/dead_bug_same_side"),
    ("Dan", "jump_rope/rope_side_stiff"),
    ("Eve", "glute_bridge/glute_bridge_heels_up"),
    ("Eve", "plank/neutral_long"),
)
COMMENT = "Good work. Next time: a little slower, and breathe out on the way."
PICTURES = {"plank/sag_20_recovers": "review", "jump_rope/rope_side_too_high": "jumps"}
"""Clip → what its picture is called; taken when its findings are answered."""


@dataclass(slots=True)
class Pace:
    """How fast the coach is.

    Attributes:
        look_s: Before a finding is answered.
        key_s: Before every other key.
        letter_s: Between letters.
        keys: How many were pressed so far.
    """

    look_s: float
    key_s: float
    letter_s: float
    keys: int = 0

    def press(self, page: Page, key: str, after_s: float | None = None) -> None:
        time.sleep(self.key_s if after_s is None else after_s)
        page.keyboard.press(key)
        self.keys += 1

    def write(self, page: Page, text: str) -> None:
        page.keyboard.type(text, delay=1000.0 * self.letter_s)
        self.keys += len(text)


@dataclass(frozen=True, slots=True)
class Row:
    """What one session took.

    Attributes:
        name: Person and clip.
        clip_s: Length of the clip.
        took_s: From its page's being there to the next one's.
        keys: Keys pressed.
        answered: Findings and repetitions that were answered.
    """

    name: str
    clip_s: float
    took_s: float
    keys: int
    answered: int


def bundle(person: str, clip: str, target: Path) -> None:
    """The session of one rendered clip, as ``formcheck analyze --bundle`` writes it."""
    exercise = load_exercises()[clip.partition("/")[0]]
    base = ROOT / "test_videos" / clip
    trace = read_trace(base.with_name(f"{base.name}.trace.npz"))
    engine = Engine(exercise)
    for observation in trace.observations:
        engine.step(observation)
    report = engine.close()
    film = base.with_name(f"{base.name}.mp4")
    provenance = Provenance("", film.name, report.duration_s, trace.meta.model_sha256)
    about = About(exercise.name, film.name, person=person)
    save_session(target, about, trace, exercise, report, provenance, clip=film)


def take_in(folder: Path, server: AppServer) -> None:
    """Twelve bundles into the library, by the command that a coach would use."""
    for number, (person, clip) in enumerate(SESSIONS, start=1):
        target = folder / f"{number:02d}-{Path(clip).name}.formcheck"
        bundle(person, clip, target)
        command = [sys.executable, "-m", "formcheck", "library", "import", str(target)]
        subprocess.run(
            [*command, "--person", person],
            check=True,
            capture_output=True,
            env={**os.environ, "FORMCHECK_HOME": str(server.home)},
        )


def faults_of(clips: dict[str, LabelledClip], clip: str) -> frozenset[str]:
    """The checks that are at fault in a clip, as its label has it."""
    return frozenset(fault.check for fault in clips[f"{clip}.mp4"].faults)


def reach(page: Page, pace: Pace, words: str) -> None:
    """Tab until something of these words has the focus."""
    for _ in range(60):
        pace.press(page, "Tab", 0.05)
        # Nothing has the focus while the whole page has it.
        focused = page.evaluate("document.activeElement?.closest('a, button')?.innerText ?? ''")
        if words in focused:
            return
    raise SystemExit(f"the keyboard does not reach {words!r}")


def watch(page: Page, pace: Pace, clip_s: float) -> None:
    """The whole clip at double speed."""
    pace.press(page, "Home")
    pace.press(page, "l")
    pace.press(page, "l")
    last = page.evaluate("Number(document.querySelector('#transport input').max) - 1")
    page.wait_for_function(
        f"Number(document.querySelector('#transport').dataset.frame) >= {last} - 1",
        timeout=1000.0 * (2.0 * clip_s + 20.0),
    )
    pace.press(page, "k")
    pace.press(page, "Home")


def answer(page: Page, pace: Pace, faults: frozenset[str], checks: list[str]) -> int:
    """Goes through all findings with N; agrees with what the label has, overrules the rest.

    Args:
        page: The review page.
        pace: How fast.
        faults: Checks at fault, by the label.
        checks: The check of each finding.
    """
    answered = 0
    seen: set[int] = set()
    while answered < len(checks):
        pace.press(page, "n", pace.look_s)
        page.wait_for_selector("ul.found [aria-current]")
        kind, index = page.evaluate("""(() => {
            const line = document.querySelector('ul.found [aria-current]').closest('li');
            return [line.dataset.kind, Number(line.dataset.index)];
        })()""")
        if kind != "finding":
            continue
        if index in seen:
            raise SystemExit("N does not lead on")
        seen.add(index)
        if checks[index] in faults:
            pace.press(page, "a")
        else:
            pace.press(page, "o")
            pace.press(page, "Enter")
            pace.write(page, "looks fine to me")
            pace.press(page, "Enter")
        answered += 1
    return answered


def review(page: Page, pace: Pace, told: Any, faults: frozenset[str]) -> int:
    """One session but for its end; gives how much was answered."""
    checks = [finding["check"] for finding in told["findings"]]
    watch(page, pace, told["duration_s"])
    answered = answer(page, pace, faults, checks)
    pace.press(page, "c")
    pace.write(page, COMMENT)
    pace.press(page, "Enter")
    page.wait_for_selector("#saving[data-saving=saved]")
    return answered


def evening(page: Page, pace: Pace, pictures: Path | None) -> Iterator[Row]:
    """All sessions, as the library hands them out."""
    clips = {clip.name: clip for clip in labelled_clips(ROOT / "test_videos")}
    by_source = {f"{Path(clip).name}.mp4": (person, clip) for person, clip in SESSIONS}
    for number in range(1, len(SESSIONS) + 1):
        began, keys = time.monotonic(), pace.keys
        page.wait_for_selector("body[data-state=mounted]", timeout=60_000)
        told = page.evaluate("fetch(location.pathname + 'page.json').then((it) => it.json())")
        person, clip = by_source[told["about"]["source"]]
        answered = review(page, pace, told, faults_of(clips, clip))
        if pictures is not None and clip in PICTURES:
            page.screenshot(path=str(pictures / f"coach-{PICTURES[clip]}.png"))
        address = page.url
        # An Enter right after that of a field is taken for one too many.
        pace.press(page, "Enter", max(pace.look_s, 0.5))
        if number < len(SESSIONS):
            page.wait_for_url(
                lambda url, here=address: url != here, wait_until="commit", timeout=60_000
            )
        else:
            page.wait_for_selector("#finished[open]", timeout=20_000)
            if pictures is not None:
                page.screenshot(path=str(pictures / "coach-done.png"))
        took_s = time.monotonic() - began
        name = f"{person}, {Path(clip).name}"
        yield Row(name, told["duration_s"], took_s, pace.keys - keys, answered)


def check(home: Path, rows: list[Row]) -> list[str]:
    """What is not as it should be on the disk."""
    sessions = [open_session(path.parent) for path in home.glob("sessions/*/manifest.json")]
    wrong = [] if len(sessions) == len(SESSIONS) else [f"{len(sessions)} bundles"]
    answered = 0
    for session in sessions:
        session.bundle.verify()
        notes = session.notes
        answered += sum(opinion.verdict is not Verdict.ADD for opinion in notes.opinions)
        if not notes.reviewed:
            wrong.append(f"{session.about.source} is not reviewed")
        if [comment.text for comment in notes.comments] != [COMMENT]:
            wrong.append(f"{session.about.source} has no comment")
    if answered != sum(row.answered for row in rows):
        wrong.append(f"{answered} answers on the disk")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--pictures", type=Path, help="folder for screenshots")
    parser.add_argument("--look", type=float, default=1.5, help="seconds at each finding")
    parser.add_argument("--key", type=float, default=0.25, help="seconds before each other key")
    parser.add_argument("--letter", type=float, default=0.12, help="seconds between letters")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pace = Pace(options.look, options.key, options.letter)
    with tempfile.TemporaryDirectory() as name, Chromium(find_chromium()) as chromium:
        folder = Path(name)
        server = AppServer(folder)
        take_in(folder, server)
        with server:
            visit = begin_visit(chromium.launch(), server.address, SIZE)
            page = visit.open("/library")
            page.wait_for_selector("text=Review what is left", timeout=30_000)
            if options.pictures is not None:
                page.wait_for_timeout(1500)
                page.screenshot(path=str(options.pictures / "coach-library.png"))
            began = time.monotonic()
            reach(page, pace, "Review what is left")
            pace.press(page, "Enter")
            rows = list(evening(page, pace, options.pictures))
            took_s = time.monotonic() - began
            visit.end()
        wrong = check(server.home, rows)
    return told(rows, took_s, pace.keys, wrong, as_json=options.json)


def told(rows: list[Row], took_s: float, keys: int, wrong: list[str], *, as_json: bool) -> int:
    if as_json:
        plain = [{"name": r.name, "took_s": r.took_s, "keys": r.keys} for r in rows]
        print(json.dumps({"took_s": took_s, "keys": keys, "wrong": wrong, "sessions": plain}))
    else:
        print("| session | clip, s | review, s | keys | answered |\n|---|---|---|---|---|")
        for row in rows:
            cells = f"{row.clip_s:.0f} | {row.took_s:.0f} | {row.keys} | {row.answered}"
            print(f"| {row.name} | {cells} |")
        print(f"\n{len(rows)} sessions in {took_s / 60:.1f} minutes with {keys} keys.")
        for what in wrong:
            print(f"WRONG: {what}")
    return 1 if wrong or took_s > BAR_S else 0


if __name__ == "__main__":
    raise SystemExit(main())
