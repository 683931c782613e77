"""The truth file: measures, events and the camera as compact, rounded JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from studio.arrays import BoolArray, FloatArray
from studio.body.landmarks import LANDMARK_NAMES
from studio.motion.performance import Phase
from studio.scenario import Scenario, load_cast, outfit_of
from studio.scene.camera import Camera
from studio.truth import Limit, Measures, Span, beyond, change, limits_for, spans_where

SCHEMA = 1
# A tremor over a limit is no event.
_SHORTEST_S = 0.5


def truth_record(
    scenario: Scenario,
    landmarks_m: FloatArray,
    measures: Measures,
    *,
    neutral: Measures | None,
    in_position: BoolArray,
    phases: tuple[Phase, ...],
) -> dict[str, Any]:
    """Returns the content of a truth file.

    Args:
        scenario: what was rendered.
        landmarks_m: (T, K, 3) world landmarks, NaN while the exerciser is away.
        measures: of the frames.
        neutral: of the one posture that is good form; None if it is no exercise.
        in_position: (T,) whether the exercise's position is held.
        phases: of the performance.
    """
    present = ~np.isnan(landmarks_m[:, 0, 0])
    return {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "exercise": scenario.exercise,
        "seed": scenario.seed,
        "fps": scenario.fps,
        "width_px": scenario.camera.width_px,
        "height_px": scenario.camera.height_px,
        "camera": _camera(scenario.camera),
        "body": _body(scenario),
        "landmarks": list(LANDMARK_NAMES),
        "frames": {
            "t_s": _rounded(measures.t_s, 4),
            "landmarks_px": _rounded(scenario.camera.project(landmarks_m), 1),
            "landmarks_m": _rounded(landmarks_m, 4),
            "hip_line_deg": _rounded(measures.hip_line_deg, 2),
            "knee_deg": _rounded(measures.knee_deg, 2),
            "elbow_offset_ratio": _rounded(measures.elbow_offset_ratio, 3),
            "hand_offset_ratio": _rounded(measures.hand_offset_ratio, 3),
            "head_pitch_deg": _rounded(measures.head_pitch_deg, 2),
            "in_position": in_position.tolist(),
            "someone_in_view": _in_view(scenario, landmarks_m, present).tolist(),
        },
        "hip_line_to": measures.far_support,
        "neutral_hip_line_deg": _first(neutral.hip_line_deg) if neutral else None,
        "neutral_head_pitch_deg": _first(neutral.head_pitch_deg) if neutral else None,
        "events": _events(scenario, measures, neutral, in_position, phases),
    }


def _events(
    scenario: Scenario,
    measures: Measures,
    neutral: Measures | None,
    in_position: BoolArray,
    phases: tuple[Phase, ...],
) -> dict[str, Any]:
    frame_s = 1.0 / scenario.fps
    faults: list[dict[str, Any]] = []
    good = in_position.copy()
    for limit in limits_for(measures.far_support) if neutral else ():
        reference = _first(getattr(neutral, limit.curve))
        wrong = beyond(measures, limit, reference, limit.fault) & in_position
        warned = beyond(measures, limit, reference, limit.warn) & in_position
        good &= ~wrong
        faults += _fault_events(measures, limit, reference, (wrong, warned), frame_s)
    return {
        "holds": _seconds(spans_where(in_position, measures.t_s, frame_s)),
        "good_form": _seconds(spans_where(good, measures.t_s, frame_s)),
        "faults": faults,
        "phases": [[p.name, round(p.start_s, 4), round(p.end_s, 4)] for p in phases],
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
        within = [span for span in wrong_spans if start_s <= span[0] and span[1] <= end_s + 1e-9]
        peak = limit.sign * np.nanmax(limit.sign * value[inside])
        events.append(
            {
                "check": limit.check,
                "span": _seconds([(within[0][0], within[-1][1])])[0] if within else None,
                "warn_span": _seconds([(start_s, end_s)])[0],
                ("peak_ratio" if limit.curve.endswith("ratio") else "peak_deg"): round(
                    float(peak), 2
                ),
            }
        )
    return events


def _camera(camera: Camera) -> dict[str, Any]:
    return {
        "yaw_deg": camera.yaw_deg,
        "height_m": camera.height_m,
        "distance_m": camera.distance_m,
        "roll_deg": camera.roll_deg,
        "vertical_fov_deg": camera.vertical_fov_deg,
        "facing": camera.facing,
        "position_m": _rounded(camera.position_m, 4),
        "target_m": list(camera.target_m),
    }


def _body(scenario: Scenario) -> dict[str, Any] | None:
    if scenario.exerciser is None:
        return None
    return {
        "actor": scenario.exerciser.actor,
        **asdict(load_cast()[scenario.exerciser.actor].shape),
        "outfit": asdict(outfit_of(scenario.exerciser)),
    }


def _in_view(scenario: Scenario, landmarks_m: FloatArray, present: BoolArray) -> BoolArray:
    """Whether anybody's body is in the picture: most of the exerciser, or someone else."""
    camera = scenario.camera
    pixels = np.nan_to_num(camera.project(landmarks_m), nan=-1.0)
    inside = (pixels >= 0).all(axis=-1)
    inside &= (pixels[..., 0] < camera.width_px) & (pixels[..., 1] < camera.height_px)
    seen: BoolArray = present & (inside.mean(axis=1) > 0.5)
    return seen | bool(scenario.others)


def _first(curve: FloatArray) -> float:
    return round(float(curve[0]), 2)


def _seconds(spans: list[Span]) -> list[list[float]]:
    return [[round(start_s, 4), round(end_s, 4)] for start_s, end_s in spans]


def _rounded(values: FloatArray, digits: int) -> Any:
    """Returns nested lists, None where the array has NaN; a frame without anybody is one None."""
    if values.ndim == 1:
        return [None if np.isnan(v) else round(float(v), digits) for v in values]
    if np.isnan(values).all():
        return None
    return [_rounded(row, digits) for row in values]
