"""Limits of an exercise changed by name, for one person: ``plank.hips-sag.warn=-12``.

A change names the exercise, the check and the boundary of its band: ``warn``, where the warning
begins (``good`` is another word for it: up to there all is well), or ``fault``, where the fault
begins. ``plank.hips-sag.absolute.warn`` is that of the band which stands in while there is no
neutral. Only limits change; what is measured does not, so measurements can be judged again.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from formcheck.errors import InputError
from formcheck.judgement.registry import find_exercise
from formcheck.judgement.rule import Check, Exercise, Limits

__all__ = ["Change", "Moved", "base_version", "changed", "moved", "parse_change"]

ABSOLUTE = "absolute"
_BOUNDARIES = {"warn": "good", "good": "good", "fault": "fault"}
_SIGNS = {"°": "deg", "%": "pct"}
_NUMBER = re.compile(r"([+\-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?)\s*([^\d\s.]\S*)?")
FURTHEST = {"deg": 200.0, "ratio": 5.0, "s": 600.0, "ms": 5000.0, "cm": 200.0, "pct": 200.0}
"""No measure of these units goes further: a limit there was meant in another unit."""

_MARK = "+changed."


@dataclass(frozen=True, slots=True)
class Change:
    """One boundary of one check, put elsewhere.

    Attributes:
        exercise: Name of the exercise.
        check: Code of the check.
        boundary: ``good``, where the good band ends and the warning begins, or ``fault``.
        value: Where the boundary is put, in the check's unit.
        absolute: Whether the band is meant that stands in while there is no neutral.
    """

    exercise: str
    check: str
    boundary: str
    value: float
    absolute: bool = False

    @property
    def name(self) -> str:
        """The boundary by name, e.g. ``plank.hips-sag.warn``."""
        return ".".join((*self.band, "fault" if self.boundary == "fault" else "warn"))

    @property
    def band(self) -> tuple[str, ...]:
        """Exercise and check, and whether it is the absolute band."""
        return (self.exercise, self.check, *((ABSOLUTE,) if self.absolute else ()))


@dataclass(frozen=True, slots=True)
class Moved:
    """One band that is not where it was.

    Attributes:
        check: The check, as it was.
        absolute: Whether it is the band that stands in while there is no neutral.
        before: Where it was.
        after: Where it is.
    """

    check: Check
    absolute: bool
    before: Limits
    after: Limits


def parse_change(text: str, exercises: Mapping[str, Exercise]) -> Change:
    """A change as it is typed: ``exercise.check.boundary=value``, the unit may follow.

    Args:
        text: E.g. ``plank.hips-sag.warn=-12`` or ``plank.hips-sag.absolute.fault=-15°``.
        exercises: Every exercise by name.

    Raises:
        InputError: it can't be read, names something that does not exist, or gives a number of
            another unit; the sentence says what exists.
    """
    name, equals, given = text.partition("=")
    parts = name.strip().split(".")
    if not equals or len(parts) not in (3, 4):
        raise InputError(
            f"{text!r} is no change of a limit; write exercise.check.boundary=value, e.g. "
            "plank.hips-sag.warn=-12"
        )
    exercise = find_exercise(parts[0], exercises)
    check = _check(exercise, parts[1])
    absolute = len(parts) == 4
    if absolute and parts[2] != ABSOLUTE:
        raise InputError(f"{name}: a check has no {parts[2]!r}, only its own band or {ABSOLUTE!r}")
    boundary = _BOUNDARIES.get(parts[-1])
    if boundary is None:
        raise InputError(
            f"{name}: a band has no boundary {parts[-1]!r}; there are warn (also called good) and "
            "fault"
        )
    change = Change(exercise.name, check.code, boundary, _value(name, given, check), absolute)
    _band(check, change)
    return change


def changed(exercise: Exercise, changes: Iterable[Change]) -> Exercise:
    """The exercise with other limits, as a new value whose version shows it.

    Of two changes of one boundary the later counts. A boundary that is put beyond the other one
    of its band takes it along, so that the grey zone keeps its width, unless that one is put
    somewhere as well. The same limits give the same version, whatever way they came about; where
    nothing moved, it is the exercise itself.

    Args:
        exercise: What is changed; it stays as it is.
        changes: Those of other exercises are left out.

    Raises:
        InputError: a check or band is not there, or a band would be upside down.
    """
    wanted: dict[tuple[str, ...], dict[str, Change]] = {}
    for change in changes:
        if change.exercise == exercise.name:
            wanted.setdefault(change.band, {})[change.boundary] = change
    checks = {check.code: check for check in exercise.checks}
    for of_band in wanted.values():
        one = next(iter(of_band.values()))
        check = _check(exercise, one.check)
        limits = _moved_limits(check, _band(check, one), of_band)
        now = checks[check.code]
        checks[check.code] = (
            replace(now, absolute=limits) if one.absolute else replace(now, limits=limits)
        )
    kept = tuple(checks.values())
    if all(_bands(a) == _bands(b) for a, b in zip(kept, exercise.checks, strict=True)):
        return exercise
    return replace(
        exercise, checks=kept, version=f"{base_version(exercise.version)}{_MARK}{_digest(kept)}"
    )


def moved(before: Exercise, after: Exercise) -> tuple[Moved, ...]:
    """The bands of an exercise that differ from those before, in the order of the card."""
    found = []
    for old, new in zip(before.checks, after.checks, strict=True):
        for absolute, one, other in zip((False, True), _bands(old), _bands(new), strict=True):
            if one is not None and other is not None and one != other:
                found.append(Moved(old, absolute, one, other))
    return tuple(found)


def base_version(version: str) -> str:
    """The version of the rule that a version came from, e.g. ``2`` of ``2+changed.1f0c9a3b``."""
    return version.partition(_MARK)[0]


def _bands(check: Check) -> tuple[Limits | None, Limits | None]:
    return check.limits, check.absolute


def _digest(checks: Sequence[Check]) -> str:
    """Tells sets of limits from one another; floats are written so that they read back exactly."""
    told = ";".join(f"{c.code}:{c.limits!r}:{c.absolute!r}" for c in checks)
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _check(exercise: Exercise, code: str) -> Check:
    try:
        return exercise.check(code)
    except KeyError:
        codes = [check.code for check in exercise.checks]
        near = get_close_matches(code.lower().replace("_", "-"), codes, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(codes)}."
        raise InputError(f"{exercise.name} has no check called {code!r}; {hint}") from None


def _band(check: Check, change: Change) -> Limits:
    """The band that a change is about.

    Raises:
        InputError: the check has no such band.
    """
    band = check.absolute if change.absolute else check.limits
    if band is None:
        raise InputError(
            f"{'.'.join(change.band)}: this check has no {ABSOLUTE} band; write "
            f"{change.exercise}.{change.check}.warn or .fault"
        )
    return band


def _value(name: str, given: str, check: Check) -> float:
    """A number in the check's unit.

    Raises:
        InputError: it is none, or clearly of another unit.
    """
    found = _NUMBER.fullmatch(given.strip())
    value = float(found[1].replace("−", "-")) if found else math.nan
    if found is None or not math.isfinite(value):
        raise InputError(f"{name}: {given.strip()!r} is no number; give one in {check.unit}")
    unit = _SIGNS.get(found[2], found[2]) if found[2] else check.unit
    if unit != check.unit:
        raise InputError(f"{name}: {given.strip()!r} is in {unit}; this limit is in {check.unit}")
    furthest = FURTHEST.get(check.unit, math.inf)
    if abs(value) > furthest:
        raise InputError(
            f"{name}: {value:g} {check.unit} is out of reach; this measure ({check.measure.title}) "
            f"stays within {furthest:g}, and its limits are {check.limits.good:g} and "
            f"{check.limits.fault:g}"
        )
    return value


def _moved_limits(check: Check, old: Limits, of_band: Mapping[str, Change]) -> Limits:
    """The band with one boundary or both put elsewhere.

    Raises:
        InputError: the number lacks its sign, or the two are in the wrong order.
    """
    for change in of_band.values():
        if old.good * old.fault > 0.0 and change.value * old.fault < 0.0:
            raise InputError(
                f"{change.name}: {change.value:+g} {check.unit} is on the wrong side of zero; the "
                f"limits are {old.good:g} and {old.fault:g}: did you mean {-change.value:g}?"
            )
    good, fault = (
        of_band[boundary].value if boundary in of_band else getattr(old, boundary)
        for boundary in ("good", "fault")
    )
    if (fault - good) * old.sign > 0.0:
        return Limits(good, fault)
    if len(of_band) == 1:
        grey = old.fault - old.good
        return Limits(good, good + grey) if "good" in of_band else Limits(fault - grey, fault)
    name = ".".join(of_band["good"].band)
    order = "small" if old.sign < 0 else "large"
    raise InputError(
        f"{name}: {order} values are bad here, so the fault has to lie "
        f"{'below' if old.sign < 0 else 'above'} the warning; {fault:g} and {good:g} "
        f"{'are equal' if fault == good else 'are the wrong way round'}"
    )
