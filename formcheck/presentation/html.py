"""``report.html``: one file that needs nothing else, for screen, phone and paper."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from formcheck.judgement.report import Provenance, rep_numbers
from formcheck.judgement.rule import Check, Exercise, Feature, RepMovement
from formcheck.presentation import charts, hops, reps, words
from formcheck.presentation.hoppage import MOST_FINDINGS, jump_page
from formcheck.presentation.hopstills import Landing
from formcheck.presentation.series import Series
from formcheck.presentation.signals import SignalLog
from formcheck.readiness import note_for
from formcheck.types import Cue, Finding, Level, Rep, Report

StillFor = Callable[[Finding], bytes | None]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One line of the table of faults, in words."""

    title: str
    level: str
    level_word: str
    span: str
    worst: str
    limit: str
    worst_at: str
    said: str
    still: str
    rep: str
    jumps: str
    own_share: str


@dataclass(frozen=True, slots=True)
class _CheckRow:
    """One line of the table that tells how each check is judged."""

    title: str
    code: str
    measure: str
    good: str
    warn: str
    fault: str
    reference: str
    why: str
    evidence: str
    not_judged: str


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why some of the time was not judged."""

    text: str
    advice: str
    seconds: str
    share: str


def page_template(name: str) -> Template:
    """A page's template; whatever is put into it is escaped."""
    environment = Environment(
        loader=PackageLoader("formcheck.presentation", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def to_html(
    report: Report,
    exercise: Exercise,
    provenance: Provenance,
    signals: SignalLog,
    still_for: StillFor = lambda finding: None,
    landings: Sequence[Landing] = (),
) -> str:
    """The page.

    Args:
        report: What the engine said.
        exercise: The rule module that judged.
        provenance: Where the report comes from.
        signals: The measures of every frame, for the curves.
        still_for: The JPEG of a finding, or None.
        landings: Pictures of the most telling landings, where there are jumps.

    Returns:
        A complete HTML document without any reference to another file or host.
    """
    neutral = main_neutral(report, exercise)
    main, score = signals.series(exercise.main.name), signals.series("score")
    other = other_side(exercise)
    jumped = hops.is_jumped(exercise)
    shown = report.findings
    if jumped:  # One for each jump, maybe: the page keeps the worst.
        shown = tuple(hops.worst_first(shown, exercise)[:MOST_FINDINGS])
    return page_template("report.html").render(
        report=report,
        exercise=exercise,
        provenance=provenance,
        words=words,
        best_streak_s=max((hold.best_streak_s for hold in report.holds), default=0.0),
        summary=hops.summary(report, exercise) if jumped else summary(report, exercise),
        jumps=jump_page(report, exercise, provenance, landings) if jumped else None,
        scored=not jumped or bool((score.value == score.value).any()),
        repeated=reps.is_repeated(exercise),
        rep_rows=reps.rows(report, exercise),
        level_words=LEVEL_WORDS,
        other_side=None if other is None else words.short(other.title),
        main_chart=Markup(
            charts.measure_chart(
                exercise,
                report,
                main,
                neutral,
                None if other is None else signals.series(other.name),
            )
        ),
        main_alt=main_alt(report, exercise, main, neutral),
        score_chart=Markup(charts.score_chart(report, score)),
        findings=[finding_row(f, report, exercise, still_for, provenance.stature_m) for f in shown],
        findings_left=len(report.findings) - len(shown),
        checks=[_check_row(check, report) for check in exercise.checks],
        reasons=reasons(report),
        readiness=note_for(exercise),
    )


LEVEL_WORDS = {
    Level.NOT_JUDGED: ("none", "–", "not judged"),
    Level.GOOD: ("good", "✓", "good"),
    Level.WARN: ("warn", "▲", "warning"),
    Level.FAULT: ("fault", "✕", "fault"),
}
"""Class, sign and word of each verdict in a table."""


def other_side(exercise: Exercise) -> Feature | None:
    """The signal of the other side, where the main measure is the signal of one."""
    movement = exercise.movement
    if not isinstance(movement, RepMovement):
        return None
    signals = [track.signal for track in movement.tracks]
    if exercise.main not in signals:
        return None
    return next((signal for signal in signals if signal != exercise.main), None)


def main_neutral(report: Report, exercise: Exercise) -> float | None:
    """The user's own neutral of the main measure in the longest hold, or None."""
    holds = sorted(report.holds, key=lambda hold: hold.start_s - hold.end_s)
    found = (hold.neutral.get(exercise.main.name) for hold in holds)
    return next((value for value in found if value is not None), None)


def summary(report: Report, exercise: Exercise) -> str:
    """What happened, in one sentence."""
    if report.judged_s <= 0:
        return "Form was not judged at any time; below is why, and what to change."
    if reps.is_repeated(exercise):
        return _rep_summary(report, exercise)
    if not report.holds:
        return "No hold was seen."
    faults = [finding for finding in report.findings if finding.level is Level.FAULT]
    good = f"{words.seconds(report.good_form_s)} in good form"
    if not faults and not report.findings:
        return f"{good}, with no warning and no fault."
    if not faults:
        near = dict.fromkeys(exercise.check(found.check).title.lower() for found in report.findings)
        return f"{good} and no fault. Close to a limit: {', '.join(near)}."
    titles = dict.fromkeys(exercise.check(finding.check).title.lower() for finding in faults)
    times = "once" if len(faults) == 1 else f"{len(faults)} times"
    return f"{good}. To work on: {', '.join(titles)} ({times})."


def _rep_summary(report: Report, exercise: Exercise) -> str:
    """The count, and what to work on: each fault with the number of its repetitions."""
    told = f"{reps.headline(report)}."
    faults = [found.check for found in report.findings if found.level is Level.FAULT]
    each = [
        f"{exercise.check(code).title.lower()} ({faults.count(code)} ×)"
        for code in dict.fromkeys(faults)
    ]
    return f"{told} To work on: {', '.join(each)}." if each else told


def said_during(finding: Finding, cues: tuple[Cue, ...]) -> list[Cue]:
    """The cues of a finding's check that were spoken while it lasted, or right after."""
    return [
        cue
        for cue in cues
        if cue.check == finding.check and finding.start_s <= cue.t_s <= finding.end_s + 5.0
    ]


def finding_row(
    finding: Finding,
    report: Report,
    exercise: Exercise,
    still_for: StillFor,
    stature_m: float | None,
) -> FindingRow:
    """A finding in words."""
    check = exercise.check(finding.check)
    said = [f"“{cue.text}” at {words.moment(cue.t_s)}" for cue in said_during(finding, report.cues)]
    share = reps.range_share(finding, check, exercise, report)
    jpeg = still_for(finding)
    still = "" if jpeg is None else f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return FindingRow(
        title=check.title,
        level=finding.level.name.lower(),
        level_word="Fault" if finding.level is Level.FAULT else "Warning",
        span=words.span(finding.start_s, finding.end_s),
        worst=f"{words.short(check.measure.title)} {words.furthest(finding, check, stature_m)}",
        limit=words.limit(finding),
        worst_at=words.moment(finding.worst_t_s),
        said=", ".join(said),
        still=still,
        rep=_rep_words(reps.rep_of(finding, check, report.reps), report),
        jumps=hops.landed_in(finding.start_s, finding.end_s, report.hops),
        own_share="" if share is None else words.percent(share),
    )


def _rep_words(rep: Rep | None, report: Report) -> str:
    """Which repetition, e.g. "3, left"."""
    if rep is None:
        return ""
    number = rep_numbers(report.reps)[report.reps.index(rep)]
    told = "one that does not count" if number is None else str(number)
    return told if rep.side is None else f"{told}, {rep.side.value}"


def _check_row(check: Check, report: Report) -> _CheckRow:
    good, warn, fault = words.band(check.limits, check.unit)
    return _CheckRow(
        title=check.title,
        code=check.code,
        measure=check.measure.title,
        good=good,
        warn=warn,
        fault=fault,
        reference=words.reference(check),
        why=check.why,
        evidence=check.evidence,
        not_judged=report.not_judged_checks.get(check.code, ""),
    )


def reasons(report: Report) -> list[NotJudged]:
    """Why some of the time was not judged, the longest first."""
    rows = []
    for code, gone_s in sorted(report.not_judged_s.items(), key=lambda item: -item[1]):
        reason = report.reasons.get(code)
        share = gone_s / report.duration_s if report.duration_s > 0 else 0.0
        text = reason.text if reason is not None else code
        advice = reason.advice if reason is not None else ""
        rows.append(
            NotJudged(words.sentence(text), advice, words.seconds(gone_s), words.percent(share))
        )
    return rows


def main_alt(report: Report, exercise: Exercise, series: Series, neutral: float | None) -> str:
    """The main curve in words, for those who don't see it."""
    title, unit = words.short(exercise.main.title), exercise.main.unit
    known = series.value[series.judged & (series.value == series.value)]
    parts = [f"Curve of the {title} over {words.seconds(report.duration_s)}."]
    if known.size:
        low, high = words.with_unit(known.min(), unit), words.with_unit(known.max(), unit)
        parts.append(f"It lies between {low} and {high} where it was judged.")
    if neutral is not None:
        parts.append(f"Your neutral is {words.with_unit(neutral, unit)}.")
    if report.reps:
        parts.append(f"{reps.headline(report)}.")
    parts.append(f"{len(report.findings)} stretches are marked, each in the table below.")
    return " ".join(parts)
