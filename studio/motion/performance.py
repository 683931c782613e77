"""What someone does in a clip: a posture for every moment, and the names of its phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from studio.motion.posture import Posture

HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Phase:
    """A named stretch of time.

    Attributes:
        name: what happens; ``hold`` is being in the exercise's position.
        start_s: when it begins.
        end_s: when it ends.
    """

    name: str
    start_s: float
    end_s: float


class Performance(Protocol):
    """Someone's part in a clip."""

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases, in order."""

    @property
    def far_support(self) -> str:
        """The landmark that ends the hip line: ``ankle``, or ``knee`` for a knee plank."""

    @property
    def near_support(self) -> str:
        """The landmark that carries the shoulders: ``elbow``, or ``wrist`` on straight arms."""

    def neutral_posture(self) -> Posture | None:
        """Returns the person's own good form, perfectly still; None if it is no exercise."""

    def posture_at(self, t_s: float) -> Posture | None:
        """Returns the posture at a time, or None while they are out of the scene."""
