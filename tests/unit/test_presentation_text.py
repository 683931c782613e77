from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import replace

import av
import presentation_samples as samples
import pytest

from formcheck.errors import OutputError
from formcheck.judgement.report import Provenance
from formcheck.judgement.rule import Limits, View
from formcheck.presentation import words
from formcheck.presentation.signals import SignalLog
from formcheck.presentation.terminal import open_console, print_rule, print_rules, print_summary
from formcheck.presentation.vtt import escaped, timestamp, to_vtt
from formcheck.readiness import Readiness, note_for
from formcheck.types import Cue, CueKind, Level, Report

PROVENANCE = Provenance("0.1.0", "my [clip].mp4", 30.0, broke_off_s=29.0)
EMPTY = Report("plank", "1", 0.0, 0.0, {}, {}, (), (), (), {})
TIMES = re.compile(r"(\d\d):(\d\d):(\d\d\.\d\d\d) --> (\d\d):(\d\d):(\d\d\.\d\d\d)")


def test_vtt_holds_cues_and_findings_in_order():
    text = to_vtt(samples.REPORT, samples.EXERCISE)
    assert text.startswith("WEBVTT\n\n")
    starts, ends = [], []
    for found in TIMES.finditer(text):
        h, m, s, h2, m2, s2 = map(float, found.groups())
        starts.append(h * 3600 + m * 60 + s)
        ends.append(h2 * 3600 + m2 * 60 + s2)
    assert starts == sorted(starts) == [10.4, 11.5, 15.0]
    assert all(end > start for start, end in zip(starts, ends, strict=True))
    assert "Lift your hips" in text
    assert "Hips dropped: hip line −14° (limit −12°)" in text


def test_vtt_is_read_by_ffmpeg(tmp_path):
    nasty = Cue(3.0, CueKind.SETUP, "a --> b\n\n<i>& c", None)
    report = replace(samples.REPORT, cues=(nasty, *samples.REPORT.cues))
    path = tmp_path / "cues.vtt"
    path.write_text(to_vtt(report, samples.EXERCISE), encoding="utf-8")
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.size]
    assert [float(packet.pts * packet.time_base) for packet in packets] == [3.0, 10.4, 11.5, 15.0]
    assert b"a --&gt; b &lt;i&gt;&amp; c" in bytes(packets[0])


def test_vtt_times():
    assert timestamp(3725.0004) == "01:02:05.000"
    assert timestamp(59.9996) == "00:01:00.000"
    assert timestamp(-1.0) == "00:00:00.000"
    assert escaped("a\nb") == "a b"
    assert TIMES.search(to_vtt(EMPTY, samples.EXERCISE)) is None


def test_csv_has_a_row_a_frame_and_empty_cells_for_what_was_not_seen():
    log = SignalLog(samples.EXERCISE)
    log.add(samples.step(0.5, Level.FAULT))
    log.add(samples.step(1.0, Level.NOT_JUDGED, measures={"knee_deg": 171.25}))
    rows = list(csv.DictReader(io.StringIO(log.to_csv())))
    assert len(log) == len(rows) == 2
    first, second = rows
    assert float(first["t_s"]) == 0.5
    assert (first["phase"], first["judged"], first["reason"]) == ("holding", "1", "")
    assert float(first["hip_line_deg"]) == pytest.approx(-14.2)
    assert first["hips-sag.level"] == "fault"
    assert float(first["hips-sag.score"]) == 31.0
    assert (second["judged"], second["reason"]) == ("0", "view-not-side")
    assert second["hip_line_deg"] == second["score"] == second["hips-sag.value"] == ""
    assert float(second["knee_deg"]) == 171.25
    assert second["hips-sag.level"] == "not-judged"


def test_csv_series_and_growth():
    log = SignalLog(samples.EXERCISE)
    log.add(samples.step(0.5, Level.FAULT))
    series = log.series("hip_line_deg")
    log.add(samples.step(0.6, Level.NOT_JUDGED))
    assert series.value[0] == pytest.approx(-14.2, abs=1e-5)
    assert math.isnan(log.series("hip_line_deg").value[1])
    assert log.series("score").judged.tolist() == [True, False]


def test_csv_file(tmp_path):
    log = SignalLog(samples.EXERCISE)
    log.add(samples.step(0.5))
    log.write(tmp_path / "signals.csv")
    assert (tmp_path / "signals.csv").read_bytes() == log.to_csv().encode()
    with pytest.raises(OutputError, match=r"signals\.csv"):
        log.write(tmp_path / "missing" / "signals.csv")


def printed(show, *args) -> str:
    out = io.StringIO()
    show(*args, open_console(out))
    return out.getvalue()


def test_the_summary_is_plain_text_off_a_terminal():
    text = printed(print_summary, samples.REPORT, samples.EXERCISE, PROVENANCE)
    assert "\x1b" not in text
    assert "my [clip].mp4" in text
    for shown in ("17.8 s", "22.0 s", "11.4 s", "73 %", "Hips dropped", "0:10.4 – 0:14.6"):
        assert shown in text, shown
    for shown in ("Lift your hips", "Turn side-on to me", "ear was never seen", "breaks off"):
        assert shown in text, shown
    assert "x fault" in text
    assert text.rstrip().endswith("All values are an estimate, not a medical measurement.")


def test_the_summary_of_nothing_claims_nothing():
    text = printed(print_summary, EMPTY, samples.EXERCISE, PROVENANCE)
    assert "No warning" not in text
    assert "0 %" in text


def test_a_rule_card_shows_every_check_with_band_unit_reason_and_evidence():
    text = printed(print_rule, samples.EXERCISE)
    for check in samples.EXERCISE.checks:
        assert check.code in text
        assert check.cue.split()[0] in text
    for shown in ("−7° or more", "below −12°", "10° to 18°", "above 18°", "165° or more"):
        assert shown in text, shown
    assert text.count("Evidence: ") == len(samples.EXERCISE.checks)
    assert "from the side" in text
    assert "<b>Why</b>" in text
    assert "plank" in printed(print_rules, [samples.EXERCISE])


def words_of(text: str) -> str:
    return " ".join(text.split())


def test_the_card_tells_where_the_camera_may_stand():
    plank = words_of(printed(print_rule, samples.EXERCISE))
    assert "Camera: from the side, the whole body in the picture. " in plank
    first, second, *rest = samples.EXERCISE.checks
    checks = (first, replace(second, view=View.FRONT), *rest)
    two = replace(samples.EXERCISE, other_view=View.FRONT, checks=checks)
    assert (
        "Camera: from the side, the whole body in the picture; "
        f"only from the front: {second.title.lower()}. "
    ) in words_of(printed(print_rule, two))
    checks = (replace(first, view=View.SIDE), *checks[1:])
    free = replace(two, any_view=True, checks=checks)
    assert (
        "Camera: anywhere, the whole body in the picture; "
        f"only from the side: {first.title.lower()}; "
        f"only from the front: {second.title.lower()}. "
    ) in words_of(printed(print_rule, free))
    assert [
        words_of(printed(print_rules, [exercise])).partition(" `formcheck")[0].endswith(told)
        for exercise, told in ((two, "side or front"), (free, "any, best side or front"))
    ] == [True, True]


def test_the_card_tells_the_way_out_in_each_stance():
    card = replace(samples.EXERCISE, easier={"knees": "Rest now", "on the feet": "Slow down"})
    told = words_of(printed(print_rule, card))
    said = "when the same cue had to be said three times"
    assert f"On knees, {said}: “Rest now”. On the feet, {said}: “Slow down”." in told


def test_the_card_tells_what_is_asked_before_a_session():
    assert "Before you start" not in printed(print_rule, samples.EXERCISE)
    readiness = Readiness(2, "march on the spot", "Every landing is a jolt.")
    asks = replace(samples.EXERCISE, readiness=readiness)
    told = words_of(printed(print_rule, asks))
    assert f"Before you start {note_for(asks)} All values are" in told
    assert "pain of 2 of 10 or less" in told


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_color_is_obeyed(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = _Terminal()
    print_summary(samples.REPORT, samples.EXERCISE, PROVENANCE, open_console(out))
    assert "\x1b[" in out.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    out = _Terminal()
    print_summary(samples.REPORT, samples.EXERCISE, PROVENANCE, open_console(out))
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", out.getvalue())


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (-14.2, "deg", "−14°"),
        (-0.2, "deg", "0°"),
        (0.352, "ratio", "0.35"),
        (math.nan, "deg", "–"),
        (2.04, "s", "2.0 s"),
        (120.2, "per_min", "120 per min"),
    ],
)
def test_numbers_in_words(value, unit, shown):
    assert words.with_unit(value, unit) == shown


def test_signs_times_and_bands():
    assert [words.signed(v, "deg") for v in (2.6, -0.4, 0.4, -3.0)] == ["+3°", "0°", "0°", "−3°"]
    assert words.seconds(99.97) == "1 min 40 s"
    assert words.seconds(7.25) == "7.2 s"
    assert words.moment(59.96) == "1:00.0"
    assert words.band(Limits(0.2, 0.35), "ratio") == ("up to 0.20", "0.20 to 0.35", "above 0.35")
