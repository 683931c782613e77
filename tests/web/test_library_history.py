"""Past sessions as values: weeks, and files to take away."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import presentation_samples as samples
import pytest
from libraries import BEGAN

from formcheck.archive.exporting import to_csv
from formcheck.archive.history import PastSession, from_report
from formcheck.archive.weeks import weeks
from formcheck.types import Level


def past(began: str, **changes: object) -> PastSession:
    plain = from_report(samples.REPORT, samples.EXERCISE, datetime.fromisoformat(began), "live")
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("began", "zone_h", "wanted"),
    [
        ("2026-01-01T12:00+00:00", 0, (2026, 1, date(2025, 12, 29))),
        ("2024-12-31T12:00+00:00", 0, (2025, 1, date(2024, 12, 30))),
        ("2021-01-03T12:00+00:00", 0, (2020, 53, date(2020, 12, 28))),
        ("2026-03-08T23:30+00:00", 0, (2026, 10, date(2026, 3, 2))),
        ("2026-03-08T23:30+00:00", 1, (2026, 11, date(2026, 3, 9))),
        ("2026-03-09T00:30+00:00", -1, (2026, 10, date(2026, 3, 2))),
    ],
)
def test_a_session_falls_in_the_week_of_its_own_place(began, zone_h, wanted):
    (week,) = weeks([past(began)], timezone(timedelta(hours=zone_h)))
    assert (week.year, week.week, week.monday) == wanted


def test_weeks_add_up_by_exercise():
    found = weeks(
        [
            past("2026-03-03T10:00+00:00", good_form_s=10.0, reps_counted=0),
            past("2026-03-04T10:00+00:00", good_form_s=20.5, findings=()),
            past("2026-03-04T11:00+00:00", exercise="jump_rope", title="Jump rope", hops=38),
            past("2026-03-16T10:00+00:00", good_form_s=1.0, reps_counted=8, reps_good=6),
        ],
        timezone.utc,
    )
    assert [(w.week, w.exercise, w.sessions) for w in found] == [
        (10, "jump_rope", 1),
        (10, "plank", 2),
        (12, "plank", 1),
    ]
    assert found[1].good_form_s == pytest.approx(30.5)
    assert found[0].hops == 38
    assert (found[2].reps_counted, found[2].reps_good) == (8, 6)


def test_weeks_count_faults_and_not_warnings():
    finding = from_report(samples.REPORT, samples.EXERCISE, BEGAN, "live").findings[0]
    fault = replace(finding, level=Level.FAULT, title="Hips dropped")
    warning = replace(finding, level=Level.WARN, title="Head dropped")
    found = weeks([past("2026-03-03T10:00+00:00", findings=(fault, warning, fault))])
    assert dict(found[0].faults) == {"Hips dropped": 2}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_text_of_the_table_is_run_as_a_formula(begin):
    text = to_csv([past("2026-03-03T10:00+00:00", title=f"{begin}HYPERLINK(1)")])
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["title"] == f"'{begin}HYPERLINK(1)"
