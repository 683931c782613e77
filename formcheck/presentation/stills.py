"""Keeps one annotated picture for each finding, without knowing in advance which it will be."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from formcheck.types import Finding, Level, StepOutput

_LONGEST_PX = 960
_QUALITY = 80
_REFRESH_S = 0.2
_GAP_S = 2.0
_MOST_KEPT = 64


def to_jpeg(image_rgb: NDArray[np.uint8]) -> bytes:
    """A picture as JPEG, scaled down to at most 960 pixels on its long side."""
    image = Image.fromarray(image_rgb)
    image.thumbnail((_LONGEST_PX, _LONGEST_PX), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


@dataclass(slots=True)
class _Candidate:
    """The best picture so far of one stretch of trouble with one check."""

    first_t_s: float
    last_t_s: float
    best_t_s: float
    level: Level
    score: float
    jpeg: bytes

    def yields_to(self, t_s: float, level: Level, score: float) -> bool:
        """Whether another moment shows the trouble better: marked first, then further out."""
        if level != self.level:
            return level > self.level
        # Encoding costs a few milliseconds: not for every frame on the way down.
        slack = 5.0 if t_s - self.best_t_s < _REFRESH_S else 0.0
        return score < self.score - slack


class StillKeeper:
    """Remembers the worst moment of every warning and fault as a JPEG.

    Memory is bounded: one picture (about 60 kB) for each stretch, and at most 64 stretches; after
    that the one with the mildest trouble goes.
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[_Candidate]] = {}

    def offer(self, image_rgb: NDArray[np.uint8], step: StepOutput) -> None:
        """Look at one annotated frame; it is encoded only when it may be needed.

        Args:
            image_rgb: uint8 (height, width, 3).
            step: What the engine says of it.
        """
        jpeg: bytes | None = None
        for code, state in step.checks.items():
            # A finding may end before its level is shown, or be worst before: the score knows at
            # once, so moments that are not marked yet stand in until a marked one comes.
            off = state.score is not None and state.score < 100.0
            if not off and state.level < Level.WARN:
                continue
            score = 100.0 if state.score is None else state.score
            candidate = self._current(code, step.t_s)
            if candidate is not None:
                candidate.last_t_s = step.t_s
                if not candidate.yields_to(step.t_s, state.level, score):
                    continue
            jpeg = to_jpeg(image_rgb) if jpeg is None else jpeg
            if candidate is None:
                fresh = _Candidate(step.t_s, step.t_s, step.t_s, state.level, score, jpeg)
                self._kept.setdefault(code, []).append(fresh)
                self._forget_mildest()
            else:
                candidate.best_t_s, candidate.level = step.t_s, state.level
                candidate.score, candidate.jpeg = score, jpeg

    def still_for(self, finding: Finding) -> bytes | None:
        """The JPEG nearest to the worst moment of a finding, or None when none was kept."""
        near = [
            candidate
            for candidate in self._kept.get(finding.check, [])
            if candidate.first_t_s <= finding.end_s + _GAP_S
            and candidate.last_t_s >= finding.start_s - _GAP_S
        ]
        if not near:
            return None
        return min(near, key=lambda candidate: abs(candidate.best_t_s - finding.worst_t_s)).jpeg

    def _current(self, code: str, t_s: float) -> _Candidate | None:
        kept = self._kept.get(code)
        return kept[-1] if kept and t_s - kept[-1].last_t_s <= _GAP_S else None

    def _forget_mildest(self) -> None:
        everything = [
            (c.score, code, i) for code, cs in self._kept.items() for i, c in enumerate(cs)
        ]
        if len(everything) > _MOST_KEPT:
            _, code, i = max(everything)
            del self._kept[code][i]
