"""Every labelled clip, from its recorded trace: what people say of it, and what the program said.

The labels are people's (or the renderer's) and are never updated by a program. The snapshots pin
what the program says, with the margin to each limit; after a wanted change rewrite them with
``FORMCHECK_UPDATE_SNAPSHOTS=1 uv run pytest tests/replay``.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from formcheck.evaluation.labels import LabelledClip, labelled_clips
from formcheck.evaluation.outcome import ClipOutcome, judged_clip
from formcheck.evaluation.table import summary
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import HoldMovement
from formcheck.media.trace import read_trace
from formcheck.types import CueKind, Observation

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "tests" / "snapshots"
CLIPS = labelled_clips(ROOT / "test_videos")
EXERCISES = load_exercises()
HOLD_ERROR_S = 0.7
AT_15_FPS = {"plank/drift.mp4", "plank/neutral_long.mp4"}
"""Half of their frames are too few to judge."""


@cache
def outcome(clip: LabelledClip, exercise: str) -> ClipOutcome:
    trace = read_trace(clip.path.with_suffix(".trace.npz"))
    return judged_clip(clip, EXERCISES[exercise], trace.observations)


def cases() -> list[Any]:
    return [
        pytest.param(clip, name, id=f"{clip.name}-as-{name}")
        for clip in CLIPS
        for name in EXERCISES
    ]


@pytest.mark.parametrize(("clip", "exercise"), cases())
def test_the_verdict_agrees_with_the_label(clip: LabelledClip, exercise: str) -> None:
    result = outcome(clip, exercise)
    assert result.why_not == ()
    assert result.agrees
    if result.expected and clip.judge is True:
        least = 0.9 if isinstance(EXERCISES[exercise].movement, HoldMovement) else 0.85
        assert result.judged_s >= least * result.hold_s
        assert all(abs(error) <= HOLD_ERROR_S for error in result.held_errors_s)
        if result.good_error_s is not None:
            assert round(abs(result.good_error_s), 2) <= HOLD_ERROR_S * len(clip.holds_s)


@pytest.mark.parametrize(("clip", "exercise"), cases())
def test_the_program_says_what_it_said_before(clip: LabelledClip, exercise: str) -> None:
    file = SNAPSHOTS / exercise / f"{clip.name.replace('/', '-')}.json"
    said = json.dumps(snapshot(outcome(clip, exercise)), indent=1) + "\n"
    if os.environ.get("FORMCHECK_UPDATE_SNAPSHOTS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(said, encoding="utf-8")
    assert file.is_file(), "no snapshot yet; see the docstring"
    assert json.loads(said) == json.loads(file.read_text(encoding="utf-8"))


def snapshot(result: ClipOutcome) -> dict[str, Any]:
    """What was said, rounded so that only a change of verdict or a clear shift shows."""
    report = result.report
    reps = [
        {
            "start_s": round(rep.start_s, 1),
            "top_s": round(rep.top_s, 1),
            "end_s": round(rep.end_s, 1),
            "side": rep.side.value if rep.side else None,
            "why_not": rep.why_not.code if rep.why_not else None,
            "levels": {code: level.name.lower() for code, level in sorted(rep.levels.items())},
        }
        for rep in report.reps
    ]
    jumps = [
        {
            "landing_s": round(hop.landing_s, 1),
            "height_cm": round(hop.values["height_cm"]) if "height_cm" in hop.values else None,
            "foot": hop.foot.value if hop.foot else None,
            "levels": {code: level.name.lower() for code, level in sorted(hop.levels.items())},
        }
        for hop in report.hops
    ]
    return {
        **({"reps": reps} if reps else {}),
        **({"jumps": jumps} if jumps else {}),
        "holds": [
            {
                "start_s": round(h.start_s, 1),
                "end_s": round(h.end_s, 1),
                "good_form_s": round(h.good_form_s, 1),
                "neutral": {name: round(value) for name, value in h.neutral.items()},
            }
            for h in report.holds
        ],
        "findings": [
            {
                "check": f.check,
                "level": f.level.name.lower(),
                "start_s": round(f.start_s, 1),
                "end_s": round(f.end_s, 1),
                "margin": round(f.margin, 0 if f.unit == "deg" else 1),
                "unit": f.unit,
            }
            for f in report.findings
        ],
        "cues": [[round(c.t_s, 1), c.kind.value, c.text] for c in report.cues],
        "not_judged": sorted(code for code, s in report.not_judged_s.items() if s >= 0.5),
    }


def half(seen: Sequence[Observation]) -> list[Observation]:
    return list(seen)[::2]


def third_dropped(seen: Sequence[Observation]) -> list[Observation]:
    chance = random.Random(7)
    return [o for o in seen if chance.random() >= 0.3]


@pytest.mark.parametrize("thin", [half, third_dropped], ids=["half", "30 % dropped"])
@pytest.mark.parametrize(
    "clip",
    [c for c in CLIPS if c.does == "plank" and c.judge is not False and c.name not in AT_15_FPS],
    ids=lambda clip: clip.name,
)
def test_fewer_frames_give_the_same_verdict(
    clip: LabelledClip, thin: Callable[[Sequence[Observation]], list[Observation]]
) -> None:
    seen = read_trace(clip.path.with_suffix(".trace.npz")).observations
    few = thin(seen)
    gap_s = max(b.t_s - a.t_s for a, b in itertools.pairwise(few))
    full, less = (judged_clip(clip, EXERCISES["plank"], o).report for o in (seen, few))
    firm = {f.check for f in full.findings if f.margin > (1.0 if f.unit == "deg" else 0.03)}
    assert firm <= {f.check for f in less.findings}
    assert {f.check for f in less.findings} <= {f.check for f in full.findings}
    cues = [[c for c in r.cues if c.kind is CueKind.CORRECT] for r in (full, less)]
    assert [c.check for c in cues[0]] == [c.check for c in cues[1]]
    for one, other in zip(*cues, strict=True):
        assert abs(one.t_s - other.t_s) <= gap_s + 0.05
    for one, other in zip(full.holds, less.holds, strict=True):
        assert abs(one.start_s - other.start_s) <= 0.3
        assert abs(one.end_s - other.end_s) <= 0.3


def test_the_hip_line_follows_the_truth() -> None:
    """Within the gate: median error at most 2 degrees, 95 % at most 5."""
    whole = summary([outcome(clip, "plank") for clip in CLIPS])
    assert whole["angle_error_median_deg"] <= 2.0
    assert whole["angle_error_95_deg"] <= 5.0


def test_every_owed_cue_comes_in_time() -> None:
    owed = [
        fault
        for clip in CLIPS
        for fault in outcome(clip, "plank").faults
        if fault.must_speak and fault.check.startswith("hips-")
    ]
    assert len(owed) >= 7
    assert all(fault.cue_delay_s is not None and fault.cue_delay_s <= 1.5 for fault in owed)


def test_nothing_is_said_of_other_exercises() -> None:
    others = [c for c in CLIPS if c.does != "plank"]
    assert len(others) >= 4
    for clip in others:
        report = outcome(clip, "plank").report
        assert report.cues == ()
        assert report.held_s == 0.0


def test_a_piked_plank_never_yields_hips_dropping() -> None:
    piked = [c for c in CLIPS if any(f.check == "hips-pike" for f in c.faults)]
    assert len(piked) >= 4
    for clip in piked:
        report = outcome(clip, "plank").report
        assert all(c.check != "hips-sag" for c in report.cues if c.kind is CueKind.CORRECT)
        assert all(f.check != "hips-sag" for f in report.findings)


REPEATED = ("dead_bug", "glute_bridge", "hip_thrust")


@pytest.mark.parametrize("exercise", REPEATED)
def test_every_repetition_of_the_rendered_clips_is_counted(exercise: str) -> None:
    own = [c for c in CLIPS if c.does == exercise and c.judge is True]
    assert len(own) >= 4
    for clip in own:
        reps = outcome(clip, exercise).report.reps
        # Whoever moves the limbs of one side has moved, which is all that such a label counts.
        moved = [r for r in reps if r.why_not is None or r.why_not.code == "same-side"]
        assert clip.reps is not None
        assert len(moved) == clip.reps[0], clip.name


@pytest.mark.parametrize("exercise", REPEATED)
def test_clips_of_something_else_have_no_repetitions_and_no_cues(exercise: str) -> None:
    for clip in CLIPS:
        if clip.does != exercise:
            report = outcome(clip, exercise).report
            assert (report.reps_counted, report.cues) == (0, ()), clip.name


@pytest.mark.parametrize("thin", [half, third_dropped], ids=["half", "30 % dropped"])
@pytest.mark.parametrize("exercise", REPEATED)
def test_fewer_frames_count_the_same(
    exercise: str, thin: Callable[[Sequence[Observation]], list[Observation]]
) -> None:
    for clip in CLIPS:
        if clip.does != exercise or clip.judge is not True:
            continue
        seen = read_trace(clip.path.with_suffix(".trace.npz")).observations
        full, less = (judged_clip(clip, EXERCISES[exercise], o).report for o in (seen, thin(seen)))
        assert full.reps_counted == less.reps_counted, clip.name
        sides = [[rep.side for rep in report.reps if rep.counted] for report in (full, less)]
        assert sides[0] == sides[1], clip.name
