"""Keeps pictures of landings: a jump is measured only when its contact is over."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.presentation import hops, words
from formcheck.presentation.stills import StillKeeper
from formcheck.types import Finding, Hop, Report, StepOutput

__all__ = ["HopStills", "Landing"]

_LONGEST_PX = 640
_QUALITY = 80
_WIDTH_RATIO = 0.8
"""Width of a picture of a landing, per height: a standing person with the arms out."""

_BEHIND_S = 3.0
"""So long after its landing a jump may still be told."""

_AT_LANDING_S = 0.05
"""A picture further from a landing does not show it."""

_NEAR_S = 1.0
"""A picture further from the worst moment of a finding does not show it."""

_MOST_KEPT = 64

_TELLING = (
    ("Highest", "height_cm", +1),
    ("Stiffest", "knee_deg", -1),
    ("Heels lowest", "strike_deg", -1),
)
"""What makes a jump worth a picture: its name, the measure, and which end of it."""

_TYPICAL = ("height_cm", "knee_deg", "strike_deg", "contact_ms")


@dataclass(frozen=True, slots=True)
class Landing:
    """A picture of one landing.

    Attributes:
        title: Why it is shown, e.g. "Highest".
        number: Number of the jump, from 1 on.
        t_s: When it landed.
        told: What was measured of it, in words.
        jpeg: The picture.
    """

    title: str
    number: int
    t_s: float
    told: str
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    """One picture, and the jump as it was told then."""

    t_s: float
    hop: Hop
    jpeg: bytes


class HopStills:
    """Takes the picture nearest to every landing.

    Memory is bounded: pictures of the last three seconds, of 64 landings that are spread over the
    clip, and of the most telling ones so far; about 5 MB.

    Args:
        top_px: Height of the panel above the picture, which tells of an earlier jump and is cut.
    """

    def __init__(self, top_px: int = 0) -> None:
        self._top_px = top_px
        self._moments = StillKeeper()
        self._recent: deque[tuple[float, bytes]] = deque()
        self._spread: list[_Kept] = []
        self._telling: dict[str, _Kept] = {}
        self._apart = 1
        self._landings = 0

    def offer(
        self,
        image_rgb: NDArray[np.uint8],
        step: StepOutput,
        centre_x_px: float | None = None,
    ) -> None:
        """Looks at one annotated frame.

        Args:
            image_rgb: uint8 (height, width, 3).
            step: What the engine says of it.
            centre_x_px: Where the person is in it; what is far to the left and right is cut off.
        """
        self._moments.offer(image_rgb, step)
        # All of it: whether someone is jumping is known only after the first landings.
        if step.side is not None or step.judged or step.phase.exercising:
            picture = _around(image_rgb[self._top_px :], centre_x_px)
            self._recent.append((step.t_s, _jpeg(picture)))
        while self._recent and self._recent[0][0] < step.t_s - _BEHIND_S:
            self._recent.popleft()
        for hop in step.landed:
            self._keep(hop)

    def still_for(self, finding: Finding) -> bytes | None:
        """The JPEG nearest to the worst moment of a finding, or None when none was kept."""
        found = self._moments.still_for(finding)
        if found is not None:
            return found
        near = [k for k in self._all() if abs(k.t_s - finding.worst_t_s) <= _NEAR_S]
        return min(near, key=lambda k: abs(k.t_s - finding.worst_t_s)).jpeg if near else None

    def landings(self, report: Report) -> list[Landing]:
        """The most telling landings that there are pictures of, each jump once.

        Args:
            report: Gives the jumps as they stand at the end; a picture belongs to the jump that
                landed in it.
        """
        shown: dict[int, _Kept] = {}
        for kept in self._all():
            number = _number_of(kept, report.hops)
            if number is not None:
                shown.setdefault(number, kept)
        found: list[Landing] = []
        for title, number in _telling(report.hops, sorted(shown)):
            hop = report.hops[number - 1]
            jpeg = shown[number].jpeg
            found.append(Landing(title, number, hop.landing_s, _told(hop), jpeg))
        return found

    def _keep(self, hop: Hop) -> None:
        near = [(abs(t_s - hop.landing_s), t_s, jpeg) for t_s, jpeg in self._recent]
        if not near:
            return
        off_s, t_s, jpeg = min(near)
        if off_s > _AT_LANDING_S:
            return
        kept = _Kept(t_s, hop, jpeg)
        for title, name, sign in _TELLING:
            value = sign * hop.values.get(name, math.nan)
            best = self._telling.get(title)
            if math.isfinite(value) and (best is None or value > sign * best.hop.values[name]):
                self._telling[title] = kept
        if self._landings % self._apart == 0:
            self._spread.append(kept)
        self._landings += 1
        if len(self._spread) > _MOST_KEPT:
            self._spread = self._spread[::2]
            self._apart *= 2

    def _all(self) -> list[_Kept]:
        return [*self._telling.values(), *self._spread]


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    """A small picture as JPEG; every frame is kept for a while, so it has to be quick."""
    scale = min(1.0, _LONGEST_PX / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    small: cv2.typing.MatLike = picture
    # By halves, and then by less than one half: eight times as quick as all at once.
    while max(small.shape[:2]) >= 2 * _LONGEST_PX:
        half = (max(1, small.shape[1] // 2), max(1, small.shape[0] // 2))
        small = cv2.resize(small, half, interpolation=cv2.INTER_AREA)
    small = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()


def _around(picture: NDArray[np.uint8], centre_x_px: float | None) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    wanted = round(_WIDTH_RATIO * height)
    if centre_x_px is None or not math.isfinite(centre_x_px) or wanted >= width:
        return picture
    left = min(max(0, round(centre_x_px - wanted / 2)), width - wanted)
    return picture[:, left : left + wanted]


def _number_of(kept: _Kept, found: Sequence[Hop]) -> int | None:
    """Number of the jump that a picture shows the landing of, or None."""
    off_s, number = min(
        ((abs(hop.landing_s - kept.t_s), n) for n, hop in enumerate(found, start=1)),
        default=(math.inf, 0),
    )
    return number if off_s <= _AT_LANDING_S else None


def _telling(found: Sequence[Hop], of: Sequence[int]) -> list[tuple[str, int]]:
    """Why and which: the extremes that there are, and the one nearest to the middle of all."""
    chosen: dict[int, str] = {}
    for title, name, sign in _TELLING:
        known = [(sign * found[n - 1].values.get(name, math.nan), -n) for n in of]
        known = [pair for pair in known if math.isfinite(pair[0])]
        # An extreme among one or two says nothing.
        if len(known) > 2:
            number = -max(known)[1]
            chosen[number] = f"{chosen[number]}, {title.lower()}" if number in chosen else title
    rest = [n for n in of if n not in chosen]
    if rest:
        distance = _distances(found)
        chosen[min(rest, key=lambda n: (distance[n - 1], n))] = "Typical"
    return [(title, number) for number, title in chosen.items()]


def _distances(found: Sequence[Hop]) -> list[float]:
    """How far each jump is from the middle of all: mean over measures, in their own spreads."""
    table = np.array(
        [[hop.values.get(name, math.nan) for name in _TYPICAL] for hop in found], np.float64
    )
    far = np.full(table.shape, np.nan)
    for column in range(table.shape[1]):
        known = table[np.isfinite(table[:, column]), column]
        if known.size:
            spread = float(np.percentile(known, 75) - np.percentile(known, 25))
            far[:, column] = np.abs(table[:, column] - np.median(known)) / max(spread, 1e-6)
    seen = np.isfinite(far)
    total = np.where(seen, far, 0.0).sum(axis=1)
    counted = seen.sum(axis=1)
    return [float(t / n) if n else math.inf for t, n in zip(total, counted, strict=True)]


def _told(hop: Hop) -> str:
    """What was measured of a jump, in a few words."""
    told = []
    for measure in hops.MEASURES:
        if measure.name in ("height_cm", "knee_deg", "strike_deg") and measure.name in hop.values:
            value, error = hop.values[measure.name], hop.errors.get(measure.name)
            told.append(f"{measure.title} {hops.ranged(measure, value, error)}")
    return words.sentence("; ".join(told)) if told else "Nothing of it could be measured"
