"""What someone does in a clip: a posture for every moment, and what is known about it.

A new motion is a subclass of ``Performance`` with a frozen ``Script`` (what a scenario may say) and
a line in ``studio/performers.py``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from studio.arrays import FloatArray, IntArray
from studio.body.actor import Actor, Surface
from studio.motion.posture import Posture
from studio.motion.solver import PostureSolver

HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Player:
    """Who performs, and for how long.

    Attributes:
        actor: the dressed person.
        solver: puts their skeleton into postures.
        duration_s: length of the clip.
        seed: of everything random about them.
    """

    actor: Actor
    solver: PostureSolver
    duration_s: float
    seed: int


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


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition.

    Attributes:
        start_s: when the start position is left (by the leg, where arm and leg differ).
        top_s: when the far end is reached.
        back_s: when it is left again.
        end_s: when the start position is reached again.
        side: ``left`` or ``right`` (of the leg where arm and leg differ), or empty for both.
        counts: whether a fair judge would count it; not if it turns back too early.
    """

    start_s: float
    top_s: float
    back_s: float
    end_s: float
    side: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Hop:
    """One flight, from the moment the last foot leaves the floor to the first touch.

    Attributes:
        take_off_s: the last foot leaves the floor.
        landing_s: the first foot touches it again.
        height_m: rise of the body's centre from take-off to apex, g t² / 8.
        left_landing_s: the left foot touches; None if it does not before the next flight.
        right_landing_s: the right foot touches; likewise.
        strike: what touches first: ``ball``, ``flat`` or ``heel``.
        turns: how often a rope passes under the feet: 2 in a double-under, 0 without one or where
            it is caught.
    """

    take_off_s: float
    landing_s: float
    height_m: float
    left_landing_s: float | None
    right_landing_s: float | None
    strike: str = "ball"
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Noise:
    """Something to be heard.

    Attributes:
        t_s: when it sets in, at the source.
        kind: ``landing`` or ``rope`` (the rope slaps the floor).
        level_db: against a normal landing.
    """

    t_s: float
    kind: str
    level_db: float = 0.0


class Thing(Protocol):
    """Something drawn besides the person, such as a rope in their hands.

    Attributes:
        triangles: (T, 3) faces.
        colours: (K, 3) RGB 0..1 of the vertices.
    """

    triangles: IntArray
    colours: FloatArray


class Performance(ABC):
    """Someone's part in a clip.

    Attributes:
        Script: the frozen class of the parameters a scenario may give.
        far_support: the landmark that ends the hip line: ``ankle``, or ``knee`` for a knee plank.
        near_support: what carries the shoulders: ``elbow``, or ``wrist`` on straight arms.
        reps: the repetitions, in order.
        hops: the flights, in order.
        noises: what is to be heard, in order; a clip with any has a sound track.
        thing: what they handle; None if nothing of it is to be seen.
    """

    Script: ClassVar[type[Any]]
    far_support: str = "ankle"
    near_support: str = "elbow"
    reps: tuple[Rep, ...] = ()
    hops: tuple[Hop, ...] = ()
    noises: tuple[Noise, ...] = ()
    thing: Thing | None = None

    @abstractmethod
    def __init__(self, player: Player, script: Any) -> None:
        """Prepares the part.

        Args:
            player: who performs.
            script: an instance of ``Script``.
        """

    @property
    @abstractmethod
    def phases(self) -> tuple[Phase, ...]:
        """The phases, in order."""

    @abstractmethod
    def posture_at(self, t_s: float) -> Posture | None:
        """Returns the posture at a time, or None while they are out of the scene."""

    def neutral_posture(self) -> Posture | None:
        """Returns the person's own good form, perfectly still; None if there is none."""
        return None

    def thing_at(self, t_s: float, posture: Posture) -> Surface | None:
        """Returns where the thing they handle is at a time; None if there is none.

        Args:
            t_s: the time.
            posture: of the person at that time.
        """
        return None
