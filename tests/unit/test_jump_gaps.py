"""Frames that were not followed: jumps are counted through them, and no height is made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from formcheck.testing import Jumper, hopping, report_of
from formcheck.types import Observation
from formcheck_rules.jump_rope import JUMP_ROPE

JUMPER = Jumper(heights_cm=(5.0,) * 18, jitter_px=0.5)
EVERY = 3


def with_holes(share: float, half_s: float) -> Iterator[Observation]:
    """Every third flight has a moment that was not followed, at a share of its way."""
    holes_s = [start + share * (end - start) for start, end in JUMPER.flights_s()[::EVERY]]
    for seen in hopping(JUMPER, fps=60.0):
        near = any(abs(seen.t_s - hole_s) < half_s for hole_s in holes_s)
        yield Observation(
            seen.t_s,
            seen.width_px,
            seen.height_px,
            seen.luma,
            seen.pose,
            motion=None if near else seen.motion,
        )


@pytest.mark.parametrize("half_s", [0.02, 0.06, 0.12])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_flight_that_was_not_followed_all_the_way_has_no_height(
    share: float, half_s: float
) -> None:
    report = report_of(JUMP_ROPE, with_holes(share, half_s))
    assert len(report.hops) == len(JUMPER.heights_cm)
    for number, hop in enumerate(report.hops):
        if number % EVERY == 0:
            assert "height_cm" not in hop.values
            assert hop.not_judged["height_cm"]
        else:
            assert hop.values["height_cm"] == pytest.approx(5.0, abs=0.4)
