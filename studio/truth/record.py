"""The truth file: measures, events and the camera as compact, rounded JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from studio.arrays import BoolArray, FloatArray
from studio.body.landmarks import LANDMARK_NAMES
from studio.motion.performance import HOLD, Performance, Phase
from studio.scenario import Scenario, load_cast, outfit_of
from studio.scene.camera import Camera
from studio.sound.track import heard_late_s
from studio.truth.hop_faults import hop_fault_events
from studio.truth.hops import TrueHop
from studio.truth.limits import Limit, Span, beyond, change, limits_for, spans_where
from studio.truth.measures import Measures
from studio.truth.rep_faults import Set, rep_fault_events
from studio.truth.skin import CONTACT_MM

SCHEMA = 2
# A tremor over a limit is no event.
_SHORTEST_S = 0.5
FROM_START_S = 1.0
"""A fault that sets in before this has been there from the start."""
_DIGITS = {"deg": 2, "ratio": 3, "mm": 1}


_NEUTRAL = ("hip_line_deg", "head_pitch_deg", "lumbar_deg", "thoracic_deg")
"""What is told of the one posture that is good form."""


def truth_record(
    scenario: Scenario,
    landmarks_m: FloatArray,
    cameras: Sequence[Camera],
    measures: Measures,
    *,
    neutral: Measures | None,
    performance: Performance | None,
    hops: Sequence[TrueHop] = (),
) -> dict[str, Any]:
    """Returns the content of a truth file.

    Args:
        scenario: what was rendered.
        landmarks_m: (T, K, 3) world landmarks, NaN while the exerciser is away.
        cameras: the camera at each of the T frames.
        measures: of the frames.
        neutral: of the one posture that is good form; None if it is no exercise.
        performance: what the exerciser does; None without one.
        hops: the flights that end within the clip.
    """
    landmarks_px = np.array(
        [camera.project(points) for camera, points in zip(cameras, landmarks_m, strict=True)]
    )
    in_position = _in_position(measures.t_s, performance)
    form = _form_events(scenario, measures, neutral, in_position, performance)
    if performance and neutral:
        clip = Set(
            measures,
            neutral,
            tuple(rep for rep in performance.reps if rep.end_s <= scenario.duration_s),
            _phases(performance, scenario.duration_s),
            1.0 / scenario.fps,
        )
        form["faults"] += rep_fault_events(scenario.exercise, clip)
    form["faults"] += hop_fault_events(scenario.exercise, hops, scenario.labels.view)
    camera = scenario.camera
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "exercise": scenario.exercise,
        "seed": scenario.seed,
        "fps": scenario.fps,
        "width_px": camera.width_px,
        "height_px": camera.height_px,
        "camera": {**asdict(camera), "position_m": _rounded(camera.position_m, 4)},
        "room": asdict(scenario.room),
        "film": asdict(scenario.film),
        "sound": _sound(scenario, performance),
        "body": _body(scenario),
        "landmarks": list(LANDMARK_NAMES),
        "frames": {
            "t_s": _rounded(measures.t_s, 4),
            "landmarks_px": _rounded(landmarks_px, 1),
            "landmarks_m": _rounded(landmarks_m, 4),
            **{name: _curve(name, values) for name, values in measures.curves.items()},
            **_contacts(measures),
            "in_position": in_position.tolist(),
            "someone_in_view": _in_view(scenario, landmarks_px).tolist(),
        },
        "hip_line_to": performance.far_support if performance else "ankle",
        **{f"neutral_{name}": _neutral(neutral, name) for name in _NEUTRAL},
        "events": {**form, **_movement_events(performance, hops, scenario)},
    }


def _sound(scenario: Scenario, performance: Performance | None) -> dict[str, Any] | None:
    """How the noises are heard; ``late_s`` is how much later than in the pictures."""
    if not scenario.sound.anything_of(performance.noises if performance else ()):
        return None
    late_s = heard_late_s(scenario.sound, scenario.microphone_m)
    return {**asdict(scenario.sound), "late_s": round(late_s, 5)}


def _in_position(t_s: FloatArray, performance: Performance | None) -> BoolArray:
    held = np.zeros(len(t_s), dtype=bool)
    for phase in performance.phases if performance else ():
        if phase.name == HOLD:
            held |= (t_s >= phase.start_s - 1e-9) & (t_s < phase.end_s - 1e-9)
    return held


def _form_events(
    scenario: Scenario,
    measures: Measures,
    neutral: Measures | None,
    in_position: BoolArray,
    performance: Performance | None,
) -> dict[str, Any]:
    frame_s = 1.0 / scenario.fps
    faults: list[dict[str, Any]] = []
    good = in_position.copy()
    far_support = performance.far_support if performance else ""
    for limit in limits_for(scenario.exercise, far_support) if neutral else ():
        reference = float(neutral.curves[limit.curve][0]) if neutral else 0.0
        reference = round(reference, 2)
        wrong = beyond(measures, limit, reference, limit.fault) & in_position
        warned = beyond(measures, limit, reference, limit.warn) & in_position
        good &= ~wrong
        faults += _fault_events(measures, limit, reference, (wrong, warned), frame_s)
    return {
        "holds": _seconds(spans_where(in_position, measures.t_s, frame_s)),
        "good_form": _seconds(spans_where(good, measures.t_s, frame_s)),
        "faults": faults,
    }


def _movement_events(
    performance: Performance | None, hops: Sequence[TrueHop], scenario: Scenario
) -> dict[str, Any]:
    """What is over when the clip ends: a performance may be planned beyond it."""
    if performance is None:
        return {"phases": [], "reps": [], "hops": [], "noises": []}
    duration_s = scenario.duration_s
    noises = performance.noises if scenario.sound.noises else ()
    phases = [
        [phase.name, round(phase.start_s, 4), round(phase.end_s, 4)]
        for phase in _phases(performance, duration_s)
    ]
    return {
        "phases": phases,
        "reps": [_plain(rep) for rep in performance.reps if rep.end_s <= duration_s],
        "hops": [_plain(hop) for hop in hops],
        "noises": [_plain(noise) for noise in noises],
    }


def _phases(performance: Performance, duration_s: float) -> tuple[Phase, ...]:
    """The phases of a clip, cut off where it ends."""
    return tuple(
        replace(phase, end_s=min(phase.end_s, duration_s))
        for phase in performance.phases
        if phase.start_s < duration_s
    )


def _plain(event: Any) -> dict[str, Any]:
    """An event's fields; times to a tenth of a millisecond, heights to a tenth of a millimetre."""
    return {
        name: _number(value, 4) if isinstance(value, float) else value
        for name, value in asdict(event).items()
    }


def _fault_events(
    measures: Measures,
    limit: Limit,
    reference: float,
    masks: tuple[BoolArray, BoolArray],
    frame_s: float,
) -> list[dict[str, Any]]:
    """One event for every span in the warning band, with the fault span within it, if any."""
    wrong, warned = masks
    value = change(measures, limit, reference)
    events = []
    wrong_spans = [
        span
        for span in spans_where(wrong, measures.t_s, frame_s)
        if span[1] - span[0] >= _SHORTEST_S
    ]
    for start_s, end_s in spans_where(warned, measures.t_s, frame_s):
        if end_s - start_s < _SHORTEST_S:
            continue
        inside = (measures.t_s >= start_s) & (measures.t_s < end_s)
        owed = limit.owed if start_s > FROM_START_S else limit.owed_from_start
        within = [span for span in wrong_spans if start_s <= span[0] and span[1] <= end_s + 1e-9]
        peak = limit.sign * np.nanmax(limit.sign * value[inside])
        events.append(
            {
                "check": limit.check,
                "span": _seconds([(within[0][0], within[-1][1])])[0] if within else None,
                "warn_span": _seconds([(start_s, end_s)])[0],
                "cue_owed": owed is not None and bool(limit.sign * (peak - owed) >= 0.0),
                f"peak_{limit.curve.rpartition('_')[2]}": round(float(peak), 2),
            }
        )
    return events


def _body(scenario: Scenario) -> dict[str, Any] | None:
    if scenario.exerciser is None:
        return None
    return {
        "actor": scenario.exerciser.actor,
        **asdict(load_cast()[scenario.exerciser.actor].shape),
        "outfit": asdict(outfit_of(scenario.exerciser)),
    }


def _contacts(measures: Measures) -> dict[str, Any]:
    """Whether each foot touches the floor, frame by frame; None where nobody is there."""
    return {
        f"{side}_foot_down": [
            None if np.isnan(height) else bool(height <= CONTACT_MM)
            for height in measures.curves[f"{side}_sole_mm"]
        ]
        for side in ("left", "right")
    }


def _in_view(scenario: Scenario, landmarks_px: FloatArray) -> BoolArray:
    """Whether anybody's body is in the picture: most of the exerciser, or someone else."""
    camera = scenario.camera
    present = ~np.isnan(landmarks_px[:, 0, 0])
    pixels = np.nan_to_num(landmarks_px, nan=-1.0)
    inside = (pixels >= 0).all(axis=-1)
    inside &= (pixels[..., 0] < camera.width_px) & (pixels[..., 1] < camera.height_px)
    seen: BoolArray = present & (inside.mean(axis=1) > 0.5)
    return seen | bool(scenario.others)


def _neutral(neutral: Measures | None, curve: str) -> float | None:
    return round(float(neutral.curves[curve][0]), 2) if neutral else None


def _seconds(spans: list[Span]) -> list[list[float]]:
    return [[round(start_s, 4), round(end_s, 4)] for start_s, end_s in spans]


def _curve(name: str, values: FloatArray) -> Any:
    """A curve rounded by its unit; a single None where it has no meaning in the whole clip."""
    if np.isnan(values).all():
        return None
    return _rounded(values, _DIGITS[name.rpartition("_")[2]])


def _number(value: float, digits: int) -> float:
    # Adding nothing makes 0.0 of -0.0: whose sign a zero has depends on the machine.
    return round(value, digits) + 0.0


def _rounded(values: FloatArray, digits: int) -> Any:
    """Returns nested lists, None where the array has NaN; a frame without anybody is one None."""
    if values.ndim == 1:
        return [None if np.isnan(v) else _number(float(v), digits) for v in values]
    if np.isnan(values).all():
        return None
    return [_rounded(row, digits) for row in values]
