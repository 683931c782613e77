from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import presentation_samples as samples
import pytest
import rep_samples

from formcheck.errors import InputError
from formcheck.judgement.report import SCHEMA_VERSION, Provenance, from_json, to_dict, to_json
from formcheck.types import Cue, CueKind, Hold, Level, Report

PROVENANCE = Provenance(
    "0.1.0", "clip.mp4", 30.02, model_sha256="ab12", broke_off_s=29.9, stature_m=1.7
)
EMPTY = Report("plank", "1", 0.0, 0.0, {}, {}, (), (), (), {})


def round_trip(report: Report, provenance: Provenance = PROVENANCE) -> tuple[Report, Provenance]:
    saved = from_json(to_json(report, provenance, samples.EXERCISE))
    return saved.report, saved.provenance


@pytest.mark.parametrize(
    "report", [samples.REPORT, rep_samples.REPORT, EMPTY], ids=["full", "repetitions", "empty"]
)
def test_the_round_trip_is_exact(report):
    again, provenance = round_trip(report)
    assert again == report
    assert provenance == PROVENANCE
    assert to_json(again, provenance, samples.EXERCISE) == to_json(
        report, PROVENANCE, samples.EXERCISE
    )


def test_awkward_numbers_and_letters_come_back():
    report = replace(
        samples.REPORT,
        duration_s=0.1 + 0.2,
        cues=(Cue(1e-17, CueKind.SETUP, 'Ärm "hoch" </script>\n', None),),
        findings=(replace(samples.FINDING, worst=-math.pi, level=Level.WARN),),
        holds=(Hold(0.0, 1 / 3, 0.2, 0.1, 0.3, score=None),),
    )
    assert round_trip(report)[0] == report
    assert round_trip(report, Provenance("1", "ü.mp4", 1.0))[1].model_sha256 is None


def test_nan_is_written_as_null():
    hold = replace(samples.REPORT.holds[0], neutral={"hip_line_deg": math.nan}, score=math.inf)
    text = to_json(replace(samples.REPORT, holds=(hold,)), PROVENANCE, samples.EXERCISE)
    assert "NaN" not in text
    assert "Infinity" not in text
    plain = json.loads(text, parse_constant=pytest.fail)
    assert plain["holds"][0]["neutral"]["hip_line_deg"] is None
    assert plain["holds"][0]["score"] is None
    assert math.isnan(from_json(text).report.holds[0].neutral["hip_line_deg"])


def test_a_newer_schema_is_refused_in_one_sentence():
    plain = to_dict(samples.REPORT, PROVENANCE, samples.EXERCISE)
    plain["schema_version"] = SCHEMA_VERSION + 1
    with pytest.raises(InputError, match="update formcheck") as caught:
        from_json(json.dumps(plain))
    assert "\n" not in str(caught.value)


def test_unknown_keys_are_skipped():
    plain = to_dict(samples.REPORT, PROVENANCE, samples.EXERCISE)
    plain["later_idea"] = {"x": 1}
    assert from_json(json.dumps(plain)).report == samples.REPORT


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", "{}", '{"schema_version": true}', '{"schema_version": 1}', "\x00"],
)
def test_what_is_no_report_is_an_input_error(text):
    with pytest.raises(InputError):
        from_json(text)


def test_the_limits_and_the_note_are_in_the_file():
    plain = to_dict(samples.REPORT, PROVENANCE, samples.EXERCISE)
    assert plain["thresholds"]["hips-sag"]["limits"] == {"good": -7.0, "fault": -12.0}
    assert plain["thresholds"]["hips-sag"]["absolute"] == {"good": -8.0, "fault": -14.0}
    assert "an estimate, not a medical measurement" in plain["note"]


def repeated() -> dict[str, Any]:
    return to_dict(rep_samples.REPORT, PROVENANCE, rep_samples.EXERCISE)


def test_a_repetition_tells_its_number_side_times_and_verdicts():
    plain = repeated()
    assert [rep["number"] for rep in plain["reps"]] == [1, 2, None, 3, 4, None]
    assert plain["reps_counted"] == 4
    first, _, part_way, lifted, *_ = plain["reps"]
    assert first["side"] == "left"
    assert first["values"] == {
        "out_s": 1.5,
        "back_s": 1.5,
        "way_out_s": 1.5,
        "back_lift_ratio": 0.01,
        "leg_low_deg": 31.25,
    }
    assert (first["counted"], first["good"], first["why_not"]) == (True, True, None)
    assert first["top_s"] == pytest.approx(1.0)
    assert part_way["why_not"] == {
        "code": "part-way",
        "text": "it went only part of the way",
        "advice": "",
    }
    assert (lifted["good"], lifted["levels"]["back-lift"]) == (False, "fault")
    assert plain["own_range"] == {"back_gap_ratio": [0.05, 0.25]}
    assert plain["sets_s"] == [[4.0, 35.0]]
    assert plain["remarks"] == [rep_samples.REMARK]


def test_what_was_not_measured_in_a_repetition_comes_back_as_such():
    rep = replace(
        rep_samples.REPS[0],
        side=None,
        values={"leg_low_deg": math.nan},
        levels={"head-up": Level.NOT_JUDGED},
    )
    text = to_json(replace(rep_samples.REPORT, reps=(rep,)), PROVENANCE, rep_samples.EXERCISE)
    (again,) = from_json(text).report.reps
    assert again.side is None
    assert math.isnan(again.values["leg_low_deg"])
    assert again.levels == {"head-up": Level.NOT_JUDGED}


def test_a_file_from_before_there_were_repetitions_is_read():
    plain = to_dict(samples.REPORT, PROVENANCE, samples.EXERCISE)
    for key in ("reps", "reps_counted", "sets_s", "own_range", "remarks"):
        del plain[key]
    assert from_json(json.dumps(plain)).report == samples.REPORT
    assert plain["schema_version"] == 1


def test_a_repetition_of_an_unknown_side_is_a_damaged_report():
    plain = repeated()
    plain["reps"][0]["side"] = "middle"
    with pytest.raises(InputError, match="damaged"):
        from_json(json.dumps(plain))


def test_every_key_is_documented():
    documented = (Path(__file__).parents[2] / "docs" / "report-json.md").read_text("utf-8")
    plain = to_dict(samples.REPORT, PROVENANCE, samples.EXERCISE)
    rows = [plain, plain["holds"][0], plain["findings"][0], plain["cues"][0]]
    rows += [plain["thresholds"]["hips-sag"], plain["reasons"]["nobody"]]
    rows += [rep := repeated()["reps"][2], rep["why_not"]]
    for key in {key for row in rows for key in row}:
        assert re.search(rf"`{key}`", documented), key


def test_it_needs_neither_pixels_nor_charts():
    code = (
        "import sys, formcheck.judgement.report;"
        "bad = {'cv2', 'mediapipe', 'matplotlib', 'PIL'} & set(sys.modules);"
        "bad |= {m for m in sys.modules if m.startswith('formcheck.presentation')};"
        "sys.exit(str(bad) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
