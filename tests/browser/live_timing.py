"""How long a live session takes, from what the probe in the page has seen and heard.

All of it is measured in the browser and on its clock. Not in it: the camera's sensor and its wire
before, the screen's and the loudspeaker's own delay after.
"""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fake_camera import FPS, FakeCamera

from formcheck.judgement.engine import Engine
from formcheck.judgement.rule import Exercise
from formcheck.media.trace import read_trace

LATEST_MS = 5000.0
"""An overlay that is later than this belongs to another loop of the clip."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the probe has written down; times in ms on the page's clock.

    Attributes:
        shown: Counter of the picture that the preview shows (-1: unreadable), and since when.
        counters: Counter of the frames that were sent, by their sequence number.
        moments: Sequence number, time of arrival, text of the cue or None, of every answer.
        drawn: Sequence number of the overlay, and when the last of it was drawn.
        sounds: From when to when something could be heard; the last may still go on (None).
    """

    shown: Sequence[tuple[int, float]]
    counters: Mapping[int, int]
    moments: Sequence[tuple[int, float, str | None]]
    drawn: Sequence[tuple[int, float]]
    sounds: Sequence[tuple[float, float | None]]

    def between(self, from_ms: float, until_ms: float) -> Watched:
        """The answers and overlays of a stretch of time; what they answer may be older."""
        return replace(
            self,
            moments=[row for row in self.moments if from_ms <= row[1] < until_ms],
            drawn=[row for row in self.drawn if from_ms <= row[1] < until_ms],
        )


def watched_from(plain: Mapping[str, Any], counters: Sequence[Sequence[int]]) -> Watched:
    """What the probe gave, as values.

    Args:
        plain: Its lists.
        counters: Sequence number and counter of each frame that was kept.
    """
    return Watched(
        shown=[(int(n), float(t)) for n, t in plain["shown"]],
        counters={int(seq): int(n) for seq, n in counters},
        moments=[(int(row[0]), float(row[1]), row[2]) for row in plain["moments"]],
        drawn=[(int(seq), float(t)) for seq, t in plain["drawn"]],
        sounds=[(float(on), off) for on, off in plain["sounds"]],
    )


def overlay_latencies_ms(watched: Watched) -> list[tuple[float, float]]:
    """From the preview's showing a picture to its overlay's being drawn.

    Which picture an overlay belongs to is read from the pixels of the frame that was sent.

    Returns:
        When it was drawn, and the latency; ms. Only overlays whose frame was kept.
    """
    shown: dict[int, list[float]] = {}
    for counter, t_ms in watched.shown:
        shown.setdefault(counter, []).append(t_ms)
    found = []
    for seq, drawn_ms in watched.drawn:
        times_ms = shown.get(watched.counters.get(seq, -1), [])
        before = bisect.bisect_right(times_ms, drawn_ms)
        if before and drawn_ms - times_ms[before - 1] < LATEST_MS:
            found.append((drawn_ms, drawn_ms - times_ms[before - 1]))
    return found


def judged_per_s(watched: Watched, from_ms: float, until_ms: float) -> float:
    """Frames that were answered in a stretch of time, a second."""
    answered = {seq for seq, t_ms, _ in watched.moments if from_ms <= t_ms < until_ms}
    return 1000.0 * len(answered) / (until_ms - from_ms)


def fault_to_sound_ms(watched: Watched, camera: FakeCamera, cue: str) -> list[float]:
    """From the fault on the preview to the first sound of its cue, in every loop that has both.

    The fault begins with the first picture of which the truth says that the limit is passed; the
    sound, when the graph's output is first louder than 0.01 (RMS) after the cue came. A cue that
    comes while something else is still being said has no beginning of its own and is left out.
    """
    found, sounds = [], watched.sounds
    for fault_ms in _fault_begins_ms(watched.shown, camera):
        cues_ms = [t for _, t, text in watched.moments if text == cue and 0 < t - fault_ms < 3000.0]
        if not cues_ms:
            continue
        busy = any(
            on < cues_ms[0] and (math.inf if off is None else off) > cues_ms[0]
            for on, off in sounds
        )
        heard_ms = [on for on, _ in sounds if 0 <= on - cues_ms[0] < 1000.0]
        if heard_ms and not busy:
            found.append(heard_ms[0] - fault_ms)
    return found


def persistence_s(trace: Path, exercise: Exercise, camera: FakeCamera) -> float:
    """How long the rule itself waits from the truth's passing the limit to its cue.

    It is what the engine takes when it is given every frame of the same clip without any delay:
    the moment of its first correction, less the moment of the first picture past the limit. It
    holds the persistence of the check, the smoothing of the angle, and the difference between the
    true angle and the one that the pose model sees; nothing of it is the live path's.

    Args:
        trace: What ``formcheck analyze`` saw in the clip.
        exercise: The rule.
        camera: Of which the clip is.
    """
    engine = Engine(exercise, set_up=True)
    steps = [engine.step(observation) for observation in read_trace(trace).observations]
    cues_s = [step.cue.t_s for step in steps if step.cue is not None and step.cue.check]
    return cues_s[0] - camera.fault_from / FPS


def percentile(values: Sequence[float], percent: int) -> float:
    """A percentile, 1 to 99, of at least two values."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def slope_per_min(times_ms: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Slope of a straight line through the values, a minute, and its standard error.

    Ordinary least squares; the error from the residuals.
    """
    minutes = [t / 60_000.0 for t in times_ms]
    mean_t, mean_v = statistics.fmean(minutes), statistics.fmean(values)
    spread = sum((t - mean_t) ** 2 for t in minutes)
    pairs = list(zip(minutes, values, strict=True))
    slope = sum((t - mean_t) * (v - mean_v) for t, v in pairs) / spread
    rest = sum((v - mean_v - slope * (t - mean_t)) ** 2 for t, v in pairs)
    return slope, (rest / (len(pairs) - 2) / spread) ** 0.5


def _fault_begins_ms(shown: Sequence[tuple[int, float]], camera: FakeCamera) -> list[float]:
    """When the first faulty picture of each loop was shown, or the first after one left out."""
    begins, good = [], False
    for counter, t_ms in shown:
        if 0 <= counter < camera.fault_from:
            good = True
        elif good and camera.fault_from <= counter < camera.fault_until:
            begins.append(t_ms)
            good = False
    return begins
