"""The limits of an exercise as plain values for a page on which they are moved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from formcheck.judgement.overrides import ABSOLUTE, FURTHEST
from formcheck.judgement.rule import Check, Exercise, Limits, Priority
from formcheck.presentation import words
from formcheck.presentation.rescored import exact
from formcheck.profiles import Entry, Profile

__all__ = ["history_rows", "limit_rows"]

_REACH = 5.0
"""A slider goes so many grey zones beyond the band."""
_STEPS = 20
"""Of a slider, in the grey zone, at least."""


def limit_rows(exercise: Exercise, others: Mapping[str, Exercise]) -> list[dict[str, Any]]:
    """Every band of an exercise, in the order of its card.

    Args:
        exercise: As the rule has it.
        others: The same exercise with other limits, by the name under which they are told, e.g.
            those of a session and those of a person.

    Returns:
        Of each band its name, what it judges, in which unit, where it may be put, what the rule's
        card says of it, and under ``rule`` and each name of ``others`` where warning and fault
        begin.
    """
    rows = []
    for check in exercise.checks:
        for absolute in (False, True):
            band = _band(check, absolute)
            if band is None:
                continue
            put = {"rule": band} | {
                name: _band(other.check(check.code), absolute) or band
                for name, other in others.items()
            }
            rows.append(
                _row(exercise, check, absolute=absolute)
                | _reach(band, check, put)
                | {name: _plain(one) for name, one in put.items()}
            )
    return rows


def history_rows(profile: Profile, exercise: Exercise) -> list[dict[str, str]]:
    """What was changed for a person in an exercise, the newest first, in words."""
    rows: list[dict[str, str]] = []
    for entry in profile.entries:
        if entry.exercise != exercise.name:
            continue
        row = {"at": entry.at.isoformat(), "by": entry.by, "why": entry.why}
        what = _told(entry, exercise)
        if rows and row.items() <= rows[-1].items():
            rows[-1]["what"] += f"; {what}"
        else:
            rows.append(row | {"what": what})
    return rows[::-1]


def _told(entry: Entry, exercise: Exercise) -> str:
    known = {check.code: check for check in exercise.checks}
    check = known.get(entry.check)
    title = entry.check if check is None else check.title
    bands = " (while there is no neutral)" if entry.absolute else ""
    boundary = "fault" if entry.boundary == "fault" else "warning"
    if entry.value is None:
        return f"{title}{bands}: {boundary} back to the rule"
    value = f"{entry.value:g}" if check is None else exact(entry.value, check.unit)
    return f"{title}{bands}: {boundary} from {value}"


def _band(check: Check, absolute: bool) -> Limits | None:
    return check.absolute if absolute else check.limits


def _row(exercise: Exercise, check: Check, *, absolute: bool) -> dict[str, Any]:
    name = f"{exercise.name}.{check.code}" + (f".{ABSOLUTE}" if absolute else "")
    return {
        "name": name,
        "check": check.code,
        "absolute": absolute,
        "title": check.title,
        "measure": words.short(check.measure.title),
        "compared": "as measured, while there is no neutral"
        if absolute
        else words.reference(check),
        "unit": words.sign_of(check.unit),
        "said": check.cue if check.spoken else "",
        "why": check.why,
        "source": check.evidence,
        "error": check.error_of(not absolute),
        # What comes first when several things are wrong, after what is dangerous at once.
        "back": check.priority is Priority.SPINE,
    }


def _plain(band: Limits) -> dict[str, float]:
    return {"warn": band.good, "fault": band.fault}


def _reach(band: Limits, check: Check, put: Mapping[str, Limits]) -> dict[str, Any]:
    """Which way is bad, and from where to where a limit may be put, in which steps."""
    grey = abs(band.fault - band.good)
    step = _round_step(grey / _STEPS, (band.good, band.fault))
    furthest = FURTHEST.get(check.unit, math.inf)
    ends = [end for one in put.values() for end in (one.good, one.fault)]
    low = max(min(min(band.good, band.fault) - _REACH * grey, *ends), -furthest)
    high = min(max(max(band.good, band.fault) + _REACH * grey, *ends), furthest)
    # A band of one sign keeps it: the other side of zero is another fault.
    if band.good > 0.0 and band.fault > 0.0:
        low = max(low, step)
    elif band.good < 0.0 and band.fault < 0.0:
        high = min(high, -step)
    return {
        "side": "high" if band.sign > 0 else "low",
        "step": step,
        "decimals": max(0, -math.floor(math.log10(step) + 1e-9)),
        "min": _on_grid(math.floor(low / step + 1e-9), step),
        "max": _on_grid(math.ceil(high / step - 1e-9), step),
    }


def _round_step(most: float, ends: tuple[float, float]) -> float:
    """The largest of 1, 2 or 5 times a power of ten that is no larger and leads to both ends."""
    power = 10.0 ** math.floor(math.log10(most) + 1e-9)
    steps = [n * p for p in (power, power / 10, power / 100) for n in (5.0, 2.0, 1.0)]
    fine = [step for step in steps if step <= most * (1 + 1e-9)]
    exact = [step for step in fine if all(abs(e / step - round(e / step)) < 1e-6 for e in ends)]
    return float(f"{(exact or fine)[0]:.6g}")


def _on_grid(place: int, step: float) -> float:
    """So many steps, without the noise of binary fractions."""
    return float(f"{place * step:.12g}")
