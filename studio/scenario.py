"""Scenarios: one readable TOML file a clip, read into frozen values."""

from __future__ import annotations

import dataclasses
import math
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from studio.body.clothes import Outfit
from studio.body.shape import BodyShape
from studio.scene.camera import Camera
from studio.scene.film import FilmLook
from studio.scene.pet import Pet
from studio.scene.room import Room
from studio.sound.track import Sound

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_HERE = Path(__file__).parent
SCENARIO_FOLDER = _HERE / "scenarios"

Value = TypeVar("Value")


class ScenarioError(ValueError):
    """A scenario file says something the studio does not understand."""


@dataclass(frozen=True, slots=True)
class Role:
    """Someone in the clip.

    Attributes:
        actor: a name from the cast.
        motion: ``kind`` of performance and its parameters.
        outfit: clothes that differ from the cast's.
    """

    actor: str
    motion: dict[str, Any]
    outfit: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labels:
    """What a person would say of the clip, beyond what follows from its truth.

    Attributes:
        does: the exercise really done, or ``none``.
        view: where the camera stands, in words.
        judge: ``true``, ``false`` or ``may``.
        note: what to know.
        faults: faults that no single frame shows (a drift), in the labels' own form.
        clean: spans without any reason to speak; None takes them from the truth.

    Raises:
        ValueError: if ``judge`` is none of these.
    """

    does: str
    view: str = "side"
    judge: str = "true"
    note: str = ""
    faults: tuple[dict[str, Any], ...] = ()
    clean: tuple[tuple[float, float], ...] | None = None

    def __post_init__(self) -> None:
        if self.judge not in ("true", "false", "may"):
            raise ValueError(f'judge is "true", "false" or "may": {self.judge!r}')


@dataclass(frozen=True, slots=True)
class Scenario:
    """A clip to be rendered.

    Attributes:
        name: of the clip.
        exercise: the folder it belongs to.
        seed: of everything random.
        duration_s: length.
        fps: frames a second.
        labels: what a person would say.
        camera: the camera.
        room: the room.
        film: flaws of the camera.
        sound: how its microphone hears what is to be heard.
        exerciser: the person the truth is about; None leaves the room empty.
        others: people in the background.
        pets: animals that walk about.
    """

    name: str
    exercise: str
    seed: int
    duration_s: float
    labels: Labels
    fps: int = 30
    camera: Camera = field(default_factory=Camera)
    room: Room = field(default_factory=Room)
    film: FilmLook = field(default_factory=FilmLook)
    sound: Sound = field(default_factory=Sound)
    exerciser: Role | None = None
    others: tuple[Role, ...] = ()
    pets: tuple[Pet, ...] = ()

    @property
    def microphone_m(self) -> float:
        """From the floor in the middle of the picture to the camera and its microphone."""
        return math.hypot(self.camera.distance_m, self.camera.height_m)


@dataclass(frozen=True, slots=True)
class CastMember:
    """An entry of the cast.

    Attributes:
        shape: how they are built.
        outfit: what they usually wear.
    """

    shape: BodyShape
    outfit: dict[str, Any]


def scenario_paths() -> list[Path]:
    """Returns the scenario files, sorted by exercise and name."""
    return sorted(SCENARIO_FOLDER.glob("*/*.toml"))


def load_scenario(path: Path) -> Scenario:
    """Reads a scenario.

    Raises:
        ScenarioError: if a key is unknown or a value of the wrong kind.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return read(Scenario, {**table, "name": path.stem, "exercise": path.parent.name})
    except (ValueError, TypeError) as error:
        raise ScenarioError(f"{path.name}: {error}") from error


@cache
def load_cast() -> dict[str, CastMember]:
    """Reads the cast."""
    table = tomllib.loads((_HERE / "cast.toml").read_text(encoding="utf-8"))
    return {name: read(CastMember, entry) for name, entry in table.items()}


def outfit_of(role: Role) -> Outfit:
    """Returns what someone wears in this clip.

    Raises:
        ScenarioError: if nobody of the cast is called so.
    """
    if role.actor not in load_cast():
        raise ScenarioError(f"nobody is called {role.actor!r}; there are {', '.join(load_cast())}")
    return read(Outfit, {**load_cast()[role.actor].outfit, **role.outfit})


def read(kind: type[Value], table: Mapping[str, Any]) -> Value:
    """Builds a frozen dataclass from a TOML table, nested ones included.

    Raises:
        ScenarioError: if the table has a key that the class does not.
    """
    hints = typing.get_type_hints(kind)
    unknown = set(table) - set(hints)
    if unknown:
        raise ScenarioError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**{key: _convert(hints[key], value) for key, value in table.items()})


def _convert(hint: Any, value: Any) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return read(typing.cast("type[Any]", hint), value)
    if typing.get_origin(hint) is tuple and isinstance(value, list):
        inner = typing.get_args(hint)
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
        return tuple(_convert(kind, item) for kind, item in zip(kinds, value, strict=True))
    return float(value) if hint is float else value
