"""One moment at a glance."""

from __future__ import annotations

from presentation_samples import EXERCISE, step

from formcheck.presentation.glance import Glance
from formcheck.types import Phase


def test_no_score_before_the_hold_has_begun() -> None:
    glance = Glance(EXERCISE)
    shown = [
        glance.update(step(0.1 * i, phase=phase, score=score)).score
        for i, (phase, score) in enumerate(
            [
                (Phase.AWAY, None),
                (Phase.GETTING_READY, 100.0),
                (Phase.GETTING_READY, 40.0),
                (Phase.HOLDING, 80.0),
                (Phase.HOLDING, None),
                (Phase.HOLDING, 90.0),
                (Phase.GETTING_READY, 100.0),
            ]
        )
    ]
    assert shown == [None, None, None, 80, None, 90, None]
