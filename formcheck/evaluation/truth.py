"""What the renderer knows of a clip: ``NAME.truth.json`` beside ``NAME.mp4``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import InputError
from formcheck.evaluation.truehops import TrueHop, read_hops
from formcheck.landmarks import Side

__all__ = ["HipPath", "Span", "TrueRep", "Truth", "read_truth", "span_of"]

Span = tuple[float, float]

_UNITS = ("_deg", "_ratio", "_mm")


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition as it was scripted.

    Attributes:
        start_s: When the start position was left.
        top_s: When the far end was reached.
        back_s: When it was left again.
        end_s: When the start position was reached again.
        side: The leg that moved, or None where both sides move together.
        counts: Whether a fair judge would count it.
    """

    start_s: float
    top_s: float
    back_s: float
    end_s: float
    side: Side | None
    counts: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class HipPath:
    """The middle of the hips, in the picture and in the room; NaN where nobody is there.

    Attributes:
        down_px: (T,) its place in the picture, y down.
        up_m: (T,) its height above the floor.
    """

    down_px: NDArray[np.float64]
    up_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What the renderer knows of a clip.

    Attributes:
        t_s: (T,) times.
        measures: Name → (T,) true values, in the unit that ends the name; NaN where nobody is
            there.
        neutral: Feature name → true value while in good form.
        good_form_s: Spans in good form.
        reps: The repetitions in order of time; None when the file does not tell of any kind.
        facts: What else is known of the clip as a whole, by dotted name: ``camera.yaw_deg``,
            ``body.actor``, ``fps``, ...
        hops: The jumps in order of time; None when the file does not tell of any kind.
        hips: Where the hips are, or None when the file does not tell.
    """

    t_s: NDArray[np.float64]
    measures: Mapping[str, NDArray[np.float64]]
    neutral: Mapping[str, float]
    good_form_s: tuple[Span, ...]
    facts: Mapping[str, str | float]
    reps: tuple[TrueRep, ...] | None = None
    hops: tuple[TrueHop, ...] | None = None
    hips: HipPath | None = None


def read_truth(path: Path) -> Truth:
    """Reads a truth file.

    Raises:
        InputError: it is none.
    """
    try:
        return _truth_in(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path} is no truth of the renderer ({error!r}); render the clip again or remove it"
        ) from error


def span_of(pair: Any) -> Span:
    """A span from ``[from, to]``.

    Raises:
        ValueError: it is none, or ends before it begins.
    """
    try:
        start_s, end_s = (float(value) for value in pair)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{pair!r} is no span; a span is [from, to] in seconds") from error
    if not start_s < end_s:
        raise ValueError(f"the span {pair!r} must begin before it ends")
    return start_s, end_s


def _truth_in(plain: dict[str, Any]) -> Truth:
    frames = plain["frames"]
    measures = {
        name: np.array([math.nan if v is None else v for v in values], dtype=np.float64)
        for name, values in frames.items()
        if values is not None and name.endswith(_UNITS)
    }
    neutral = {
        name.removeprefix("neutral_"): float(value)
        for name, value in plain.items()
        if name.startswith("neutral_") and value is not None
    }
    events = plain["events"]
    return Truth(
        t_s=np.array(frames["t_s"], dtype=np.float64),
        measures=measures,
        neutral=neutral,
        good_form_s=tuple(span_of(pair) for pair in events["good_form"]),
        facts=dict(_facts(plain)),
        reps=tuple(_rep(rep) for rep in events["reps"]) if "reps" in events else None,
        hops=read_hops(events["hops"]) if "hops" in events else None,
        hips=_hips(plain),
    )


def _hips(plain: Mapping[str, Any]) -> HipPath | None:
    frames = plain["frames"]
    # Null where nobody ever is in the room.
    if frames.get("landmarks_px") is None or frames.get("landmarks_m") is None:
        return None
    names = plain["landmarks"]
    hips = [names.index("left_hip"), names.index("right_hip")]
    down_px, up_m = (
        np.array(
            [
                math.nan if points is None else float(np.mean([points[i][1] for i in hips]))
                for points in frames[name]
            ]
        )
        for name in ("landmarks_px", "landmarks_m")
    )
    return HipPath(down_px, up_m)


def _rep(plain: Mapping[str, Any]) -> TrueRep:
    start_s, top_s, back_s, end_s = (
        float(plain[name]) for name in ("start_s", "top_s", "back_s", "end_s")
    )
    if not start_s <= top_s <= back_s <= end_s or start_s == end_s:
        raise ValueError(f"the repetition at {start_s:g} s does not go out, stay and come back")
    side = Side(plain["side"]) if plain["side"] else None
    return TrueRep(start_s, top_s, back_s, end_s, side, bool(plain.get("counts", True)))


def _facts(plain: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str | float]]:
    """The single values of a truth file, by dotted name."""
    for name, value in plain.items():
        if isinstance(value, Mapping):
            yield from _facts(value, f"{under}{name}.")
        elif isinstance(value, (str, int, float)):
            yield f"{under}{name}", value
