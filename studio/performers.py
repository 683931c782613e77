"""Puts a role on stage: an actor with a performance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from studio.body.actor import Actor, Surface
from studio.body.rig import SolvedPose
from studio.motion.performance import Performance
from studio.motion.planking import PlankPerformance, PlankScript
from studio.motion.side_plank import SidePlankPerformance
from studio.motion.solver import PostureSolver
from studio.motion.upright import StandPerformance, StandScript
from studio.motion.walk_in import WalkInPerformance, WalkInScript
from studio.scenario import Role, ScenarioError, load_cast, outfit_of, read


@dataclass(frozen=True, slots=True)
class Moment:
    """Someone at one time.

    Attributes:
        pose: the solved skeleton.
        surface: what is drawn.
    """

    pose: SolvedPose
    surface: Surface


class Performer:
    """A dressed person with something to do.

    Attributes:
        actor: the person.
        performance: what they do.
    """

    def __init__(self, role: Role, duration_s: float, seed: int) -> None:
        self.actor = Actor(load_cast()[role.actor].shape, outfit_of(role), seed)
        self.solver = PostureSolver(self.actor.body)
        parameters = dict(role.motion)
        kind = parameters.pop("kind")
        if kind not in _KINDS:
            raise ScenarioError(f"no motion is called {kind!r}; there are {', '.join(_KINDS)}")
        self.performance: Performance = _KINDS[kind](self, parameters, duration_s, seed)

    def at(self, t_s: float) -> Moment | None:
        """Returns the person at a time, or None while they are out of the scene."""
        posture = self.performance.posture_at(t_s)
        if posture is None:
            return None
        pose = self.solver.solve(posture)
        return Moment(pose, self.actor.surface(pose, posture.breath))


def _plank(
    performer: Performer, parameters: dict[str, Any], duration_s: float, seed: int
) -> Performance:
    script = read(PlankScript, parameters)
    return PlankPerformance(performer.solver, performer.actor.landmarks, script, duration_s, seed)


def _stand(
    performer: Performer, parameters: dict[str, Any], duration_s: float, seed: int
) -> Performance:
    return StandPerformance(performer.solver, read(StandScript, parameters), duration_s, seed)


def _walk_in(
    performer: Performer, parameters: dict[str, Any], duration_s: float, seed: int
) -> Performance:
    script = read(WalkInScript, parameters)
    return WalkInPerformance(performer.solver, performer.actor.landmarks, script, duration_s, seed)


def _side_plank(
    performer: Performer, parameters: dict[str, Any], duration_s: float, seed: int
) -> Performance:
    if parameters:
        raise ScenarioError("a side plank has no parameters")
    return SidePlankPerformance(performer.solver, performer.actor.landmarks, duration_s, seed)


_KINDS: dict[str, Callable[[Performer, dict[str, Any], float, int], Performance]] = {
    "plank": _plank,
    "stand": _stand,
    "walk_in": _walk_in,
    "side_plank": _side_plank,
}
