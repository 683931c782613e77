"""Steps of a synthetic jumper, with the truth at hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.kinematics.flights import FlightFit, Steps, fit_flights, trunk_apexes
from formcheck.testing import Jumper, frame_times, image_motions
from formcheck.types import MovedPart

Array = NDArray[np.float64]
TORSO_PX = 140.0
"""Of a jumper at 280 pixels per metre."""


def steps_of(jumper: Jumper, times_s: Array) -> Steps:
    """What the tracker would give at these frames, less what the camera moved."""
    seen = zip(times_s.tolist(), image_motions(jumper, times_s), strict=True)
    moved = [(t_s, motion) for t_s, motion in seen if motion is not None]
    px = np.array([m.step_px for _, m in moved], float)
    px = px - px[:, MovedPart.BACKGROUND :]
    return Steps(
        np.array([m.since_s for _, m in moved]),
        np.array([t_s for t_s, _ in moved]),
        px[:, MovedPart.TRUNK],
        px[:, [MovedPart.LEFT_TOE, MovedPart.RIGHT_TOE]],
        px[:, [MovedPart.LEFT_HEEL, MovedPart.RIGHT_HEEL]],
    )


def at_rate(jumper: Jumper, fps: float, **how: float) -> Steps:
    """The same at so many frames a second; see ``frame_times``."""
    return steps_of(jumper, frame_times(jumper.end_s, fps, **how))  # type: ignore[arg-type]


def fitted(steps: Steps, **how: object) -> FlightFit:
    """The flights found in steps."""
    apex_s, falls = trunk_apexes(steps, TORSO_PX)
    return fit_flights(steps, apex_s, float(np.median(falls)), **how)  # type: ignore[arg-type]


def only(steps: Steps, **columns: Array) -> Steps:
    """Steps with other columns."""
    return replace(steps, **columns)
