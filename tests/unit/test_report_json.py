from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import presentation_samples as samples
import pytest

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


@pytest.mark.parametrize("report", [samples.REPORT, EMPTY], ids=["full", "empty"])
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


def test_every_key_is_documented():
    documented = (Path(__file__).parents[2] / "docs" / "report-json.md").read_text("utf-8")
    plain = to_dict(samples.REPORT, PROVENANCE, samples.EXERCISE)
    rows = [plain, plain["holds"][0], plain["findings"][0], plain["cues"][0]]
    rows += [plain["thresholds"]["hips-sag"], plain["reasons"]["nobody"]]
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
