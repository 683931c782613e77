"""What other limits would have changed, in words and as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from formcheck.judgement.overrides import Moved
from formcheck.judgement.rule import Exercise
from formcheck.presentation import words
from formcheck.rescoring import CueChange, Difference, FindingChange, Number, RepChange
from formcheck.types import Cue, Finding, Level, Rep

__all__ = ["exact", "to_dict", "told", "told_limits"]

_NUMBERS = {
    "held_s": "held",
    "good_form_s": "in good form",
    "reps_counted": "repetitions that count",
    "reps_good": "repetitions in good form",
    "jumps": "jumps",
    "jumps_good": "jumps in good form",
    "findings": "faults and warnings",
    "cues": "cues",
}
_LEVELS = {Level.WARN: "warning", Level.FAULT: "fault"}


def told_limits(limits: Iterable[Moved]) -> list[str]:
    """One line for each band that was moved, e.g. "Hips dropped: warning from −9° (was −7°), …"."""
    lines = []
    for one in limits:
        unit = one.check.unit
        bands = " (while there is no neutral)" if one.absolute else ""
        ends = [
            f"{name} from {_limit(now, was, unit)}"
            for name, was, now in (
                ("warning", one.before.good, one.after.good),
                ("fault", one.before.fault, one.after.fault),
            )
        ]
        lines.append(f"{one.check.title}{bands}: {', '.join(ends)}")
    return lines


def _limit(now: float, was: float, unit: str) -> str:
    shown = exact(now, unit)
    return f"{shown} as before" if now == was else f"{shown} (was {exact(was, unit)})"


def exact(value: float, unit: str) -> str:
    """A limit with as many digits as it has: unlike a measure it is exact."""
    sign = words.sign_of(unit)
    shown = f"{value:g}".replace("-", "−")
    return f"{shown}{'' if sign in ('°', '') else ' '}{sign}"


def told(difference: Difference, exercise: Exercise) -> list[str]:
    """What would have been said, line by line; the totals first."""
    if difference.nothing:
        return ["The same would have been said."]
    lines = [_number(n) for n in difference.numbers]
    lines += [_finding(change, exercise) for change in difference.findings]
    if difference.unchanged:
        lines.append(f"As before: {_count(difference.unchanged, 'fault or warning')}.")
    lines += [_rep(change, exercise) for change in difference.reps]
    lines += [_cue(change) for change in difference.cues]
    return lines


def _count(n: int, thing: str) -> str:
    plural = "faults or warnings" if thing == "fault or warning" else f"{thing}s"
    return f"{n} {thing if n == 1 else plural}"


def _number(number: Number) -> str:
    name = _NUMBERS[number.name]
    shown = [_amount(number.name, value) for value in (number.before, number.after)]
    if number.before == number.after:
        return f"{words.sentence(name)}: {shown[1]}, as before"
    return f"{words.sentence(name)}: {shown[1]} (was {shown[0]})"


def _amount(name: str, value: float) -> str:
    return words.seconds(value) if name.endswith("_s") else f"{value:.0f}"


def _finding(change: FindingChange, exercise: Exercise) -> str:
    old, new = change.before, change.after
    if old is None and new is not None:
        return f"New: {_named(new, exercise)}"
    if new is None and old is not None:
        return f"Gone: {_named(old, exercise)}"
    if old is None or new is None:
        raise ValueError("a change needs a finding")
    if old.level is not new.level:
        return (
            f"{_LEVELS[old.level].capitalize()} became {_LEVELS[new.level]}: "
            f"{_named(new, exercise)}"
        )
    return f"{_named(new, exercise)} (was {words.span(old.start_s, old.end_s)})"


def _named(finding: Finding, exercise: Exercise) -> str:
    check = exercise.check(finding.check)
    return (
        f"{check.title}, {_LEVELS[finding.level]}, {words.span(finding.start_s, finding.end_s)}, "
        f"{words.furthest(finding, check)}"
    )


def _rep(change: RepChange, exercise: Exercise) -> str:
    rep = change.after or change.before
    if rep is None:
        raise ValueError("a change needs a repetition")
    side = "" if rep.side is None else f" ({rep.side.value})"
    name = f"Repetition at {words.moment(rep.start_s)}{side}"
    return f"{name}: {_verdict(change.after, exercise)} (was {_verdict(change.before, exercise)})"


def _verdict(rep: Rep | None, exercise: Exercise) -> str:
    if rep is None:
        return "not seen"
    if rep.why_not is not None:
        return f"not counted, {rep.why_not.text}"
    levels = [
        f"{_LEVELS[level]} {exercise.check(code).title.lower()}"
        for code, level in rep.levels.items()
        if level >= Level.WARN
    ]
    return "counted, " + (", ".join(levels) if levels else "good")


def _cue(change: CueChange) -> str:
    old, new = change.before, change.after
    if new is None:
        return f"Not said any more: {_spoken(old)}"
    return (
        f"Said now: {_spoken(new)}"
        if old is None
        else (f"Said {_spoken(new)} (was {words.moment(old.t_s)})")
    )


def _spoken(cue: Cue | None) -> str:
    return "" if cue is None else f"“{cue.text}” at {words.moment(cue.t_s)}"


def to_dict(difference: Difference, limits: Sequence[Moved]) -> dict[str, Any]:
    """The same as plain values, ready for JSON: seconds, levels by name, limits by check."""
    return {
        "nothing": difference.nothing,
        "limits": [
            {
                "check": one.check.code,
                "absolute": one.absolute,
                "unit": one.check.unit,
                "before": {"good": one.before.good, "fault": one.before.fault},
                "after": {"good": one.after.good, "fault": one.after.fault},
            }
            for one in limits
        ],
        "numbers": {n.name: {"before": n.before, "after": n.after} for n in difference.numbers},
        "findings": [
            {"before": _plain_finding(change.before), "after": _plain_finding(change.after)}
            for change in difference.findings
        ],
        "findings_unchanged": difference.unchanged,
        "reps": [
            {"before": _plain_rep(change.before), "after": _plain_rep(change.after)}
            for change in difference.reps
        ],
        "cues": [
            {"before": _plain_cue(change.before), "after": _plain_cue(change.after)}
            for change in difference.cues
        ],
    }


def _plain_finding(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "check": finding.check,
        "level": finding.level.name.lower(),
        "start_s": finding.start_s,
        "end_s": finding.end_s,
        "worst": finding.worst,
        "limit": finding.limit,
        "unit": finding.unit,
        "relative": finding.relative,
    }


def _plain_rep(rep: Rep | None) -> dict[str, Any] | None:
    if rep is None:
        return None
    return {
        "start_s": rep.start_s,
        "end_s": rep.end_s,
        "side": None if rep.side is None else rep.side.value,
        "counted": rep.counted,
        "why_not": None if rep.why_not is None else rep.why_not.code,
        "levels": {code: level.name.lower() for code, level in rep.levels.items()},
    }


def _plain_cue(cue: Cue | None) -> dict[str, Any] | None:
    if cue is None:
        return None
    return {"t_s": cue.t_s, "kind": cue.kind.value, "text": cue.text, "check": cue.check}
