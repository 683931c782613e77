"""Puts a role on stage: an actor with a performance."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.arrays import FloatArray, IntArray
from studio.body.actor import MAT_M, Actor, Surface
from studio.body.rig import SolvedPose
from studio.motion.floor.bird_dog import BirdDogPerformance
from studio.motion.floor.bridge import BridgePerformance
from studio.motion.floor.dead_bug import DeadBugPerformance
from studio.motion.floor.hip_thrust import HipThrustPerformance
from studio.motion.floor.planking import PlankPerformance
from studio.motion.floor.push_up import PushUpPerformance
from studio.motion.floor.side_plank import SidePlankPerformance
from studio.motion.floor.walk_in import WalkInPerformance
from studio.motion.hopping.jumping_jack import JumpingJackPerformance
from studio.motion.hopping.rope import RopePerformance
from studio.motion.hopping.running import RunPerformance
from studio.motion.performance import Performance, Player
from studio.motion.posture import Posture
from studio.motion.solver import PostureSolver
from studio.motion.standing.march import MarchPerformance
from studio.motion.standing.pottering import PotteringPerformance
from studio.motion.standing.squat import SquatPerformance
from studio.motion.standing.upright import StandPerformance
from studio.motion.standing.walking import WalkPerformance
from studio.scenario import Role, ScenarioError, load_cast, outfit_of, read

MOTIONS: dict[str, type[Performance]] = {
    "plank": PlankPerformance,
    "stand": StandPerformance,
    "walk_in": WalkInPerformance,
    "side_plank": SidePlankPerformance,
    "rope": RopePerformance,
    "jumping_jack": JumpingJackPerformance,
    "run": RunPerformance,
    "squat": SquatPerformance,
    "march": MarchPerformance,
    "walk": WalkPerformance,
    "pottering": PotteringPerformance,
    "push_up": PushUpPerformance,
    "dead_bug": DeadBugPerformance,
    "glute_bridge": BridgePerformance,
    "hip_thrust": HipThrustPerformance,
    "bird_dog": BirdDogPerformance,
}
"""What a scenario may name as ``motion.kind``."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Someone at one time.

    Attributes:
        posture: what they do.
        pose: the solved skeleton.
        thing: what they handle, if anything.
    """

    posture: Posture
    pose: SolvedPose
    thing: Surface | None = None


class Performer:
    """A dressed person with something to do.

    Attributes:
        actor: the person.
        performance: what they do.
    """

    def __init__(self, role: Role, duration_s: float, seed: int, floor_m: float = MAT_M) -> None:
        outfit = outfit_of(role)
        self.actor = Actor(load_cast()[role.actor].shape, outfit, seed, floor_m)
        self._solver = PostureSolver(self.actor.body)
        parameters = dict(role.motion)
        kind = parameters.pop("kind", None)
        if kind not in MOTIONS:
            raise ScenarioError(f"no motion is called {kind!r}; there are {', '.join(MOTIONS)}")
        player = Player(self.actor, self._solver, duration_s, seed)
        motion = MOTIONS[kind]
        self.performance = motion(player, read(motion.Script, parameters))

    def at(self, t_s: float) -> Moment | None:
        """Returns the person at a time, or None while they are out of the scene."""
        posture = self.performance.posture_at(t_s)
        if posture is None:
            return None
        thing = self.performance.thing_at(t_s, posture)
        return replace(self.in_posture(posture), thing=thing)

    def in_posture(self, posture: Posture) -> Moment:
        """Returns the person in a posture."""
        return Moment(posture, self._solver.solve(posture))

    def surface(self, moment: Moment) -> Surface:
        """Returns what is drawn of the person."""
        return self.actor.surface(moment.pose, moment.posture.breath)

    @property
    def meshes(self) -> list[tuple[IntArray, FloatArray]]:
        """Triangles (T, 3) and colours (K, 3) of all that is drawn: the person first."""
        thing = self.performance.thing
        things = [(thing.triangles, thing.colours)] if thing else []
        return [(self.actor.triangles, self.actor.colours), *things]

    def surfaces(self, moment: Moment | None) -> list[Surface | None]:
        """Returns what is drawn at a moment, in the order of ``meshes``."""
        if moment is None:
            return [None] * len(self.meshes)
        things = [moment.thing] if self.performance.thing else []
        return [self.surface(moment), *things]
