"""One voice, with pauses, and not for ever."""

from __future__ import annotations

import itertools

import pytest

from formcheck.testing import Figure, observations, plank, report_of
from formcheck.types import CueKind
from formcheck_rules.plank import PLANK


def cues_of(figure_at: object, seconds: float) -> list[tuple[float, CueKind, str]]:
    report = report_of(PLANK, observations(figure_at, seconds))  # type: ignore[arg-type]
    return [(cue.t_s, cue.kind, cue.text) for cue in report.cues]


def sag_between(spans: tuple[tuple[float, float], ...]) -> object:
    def figure(t_s: float) -> Figure:
        return plank(-16.0 if any(a <= t_s < b for a, b in spans) else 4.0)

    return figure


def test_the_same_cue_waits_and_after_three_an_easier_way_is_offered() -> None:
    said = cues_of(sag_between(((3.0, 60.0),)), 60.0)
    corrections = [t_s for t_s, kind, _ in said if kind is CueKind.CORRECT]
    assert len(corrections) == 3
    assert all(b - a >= 8.0 for a, b in itertools.pairwise(corrections))
    assert [text for _, kind, text in said if kind is CueKind.EASIER] == ["Try it on your knees"]
    assert said[-1][1] is CueKind.EASIER


def test_a_correction_is_praised_once() -> None:
    said = cues_of(sag_between(((3.0, 6.0),)), 12.0)
    kinds = [kind for _, kind, _ in said]
    assert kinds.count(CueKind.PRAISE) == 1
    praise_s = next(t_s for t_s, kind, _ in said if kind is CueKind.PRAISE)
    assert 6.0 < praise_s < 8.0


def test_the_spine_speaks_before_the_elbows() -> None:
    said = cues_of(
        lambda t_s: plank(4.0 if t_s < 3.0 else -16.0, elbow_offset_ratio=0.0 if t_s < 3 else 0.5),
        14.0,
    )
    texts = [text for _, kind, text in said if kind is CueKind.CORRECT]
    assert texts[0] == "Lift your hips"
    times = [t_s for t_s, _, _ in said]
    assert all(b - a >= 4.0 for a, b in itertools.pairwise(times))


def test_the_clock_counts_good_form_only() -> None:
    said = cues_of(sag_between(((6.0, 20.0),)), 40.0)
    clock = [t_s for t_s, kind, text in said if text == "Good, ten seconds"]
    assert clock == [pytest.approx(24.5, abs=1.0)]


def test_a_warning_is_drawn_and_never_spoken() -> None:
    assert cues_of(lambda t_s: plank(4.0 if t_s < 3.0 else -5.5), 9.0) == []
