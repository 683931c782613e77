"""Cues and faults as WebVTT, for players that show subtitles beside the clip."""

from __future__ import annotations

from formcheck.judgement.rule import Exercise
from formcheck.presentation.words import digits_of, limit, short, with_unit
from formcheck.types import Finding, Level, Report

_CUE_S = 2.5
_SHORTEST_S = 0.5


def timestamp(t_s: float) -> str:
    """A time as WebVTT writes it, e.g. ``00:01:02.500``."""
    total_ms = max(0, round(t_s * 1000))
    minutes, ms = divmod(total_ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{ms // 1000:02d}.{ms % 1000:03d}"


def escaped(words: str) -> str:
    """Words as a cue may hold them: no markup, no arrow, one line."""
    plain = " ".join(words.split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _block(start_s: float, end_s: float, kind: str, words: str) -> tuple[float, str]:
    # From the written times, as both ends are rounded: a cue must not end where it starts.
    start_s = max(0.0, start_s)
    end_s = max(end_s, start_s + _SHORTEST_S)
    times = f"{timestamp(start_s)} --> {timestamp(end_s)}"
    return start_s, f"{times}\n<c.{kind}>{escaped(words)}</c>\n"


def _finding_words(finding: Finding, exercise: Exercise) -> str:
    check = exercise.check(finding.check)
    worst = with_unit(finding.worst, finding.unit, digits_of(finding))
    return f"{check.title}: {short(check.measure.title)} {worst} (limit {limit(finding)})"


def to_vtt(report: Report, exercise: Exercise) -> str:
    """The text of ``cues.vtt``.

    Args:
        report: What was said and found.
        exercise: Names the checks.

    Returns:
        WebVTT with one cue for each spoken phrase (2.5 s) and for each finding (its span).
    """
    blocks = [_block(cue.t_s, cue.t_s + _CUE_S, cue.kind.value, cue.text) for cue in report.cues]
    for finding in report.findings:
        kind = "fault" if finding.level is Level.FAULT else "warn"
        words = _finding_words(finding, exercise)
        blocks.append(_block(finding.start_s, finding.end_s, kind, words))
    blocks.sort(key=lambda block: block[0])
    head = "WEBVTT\n\nNOTE An estimate, not a medical measurement.\n"
    return "\n".join([head, *(block for _, block in blocks)])
