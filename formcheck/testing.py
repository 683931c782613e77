"""For rule authors: synthetic skeletons, and ``check_rule``, which every rule module must pass.

A skeleton is drawn in its own plane, in torso lengths (shoulder to hip = 1), x towards the head
and y up, and projected to image pixels. Its angles are exact, so a test can ask for "a plank with
the hips 20 degrees low" and knows what must be measured. Who jumps is in
:mod:`formcheck.testing_jumps`.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from formcheck.errors import RuleError
from formcheck.evaluation.labels import labelled_clips
from formcheck.judgement.engine import Engine
from formcheck.judgement.rule import Exercise, Limits
from formcheck.landmarks import Joint, Landmark, Side
from formcheck.media.trace import read_trace
from formcheck.testing_jumps import Jumper, frame_times, hopping, image_motions
from formcheck.types import (
    OUTLINE_STATIONS,
    CueKind,
    Level,
    Observation,
    Outline,
    Pose,
    Report,
)

__all__ = [
    "Figure",
    "Fixture",
    "Jumper",
    "Person",
    "Scene",
    "bridge",
    "check_rule",
    "dead_bug",
    "fixtures_from",
    "frame_times",
    "hopping",
    "image_motions",
    "lying_outline",
    "observations",
    "plank",
    "report_of",
    "standing",
]

Figure = Mapping[Joint, complex]
"""Joints of the near side in torso lengths: x towards the head, y up from the floor."""


@dataclass(frozen=True, slots=True)
class Person:
    """A figure whose sides differ, or whose face points up.

    Attributes:
        near: The side nearer the camera, the person's left.
        far: The other side; None: behind the near one.
        face_up: Whether nose and eyes lie above the ears.
    """

    near: Figure
    far: Figure | None = None
    face_up: bool = False


_THIGH = _SHIN = 0.85
_UPPER_ARM = 0.6
_FOREARM = 0.45
_NECK = 0.35
_FACE = 0.14
_FACE_TURN_DEG = -100.0
_EARS = (Landmark.LEFT_EAR, Landmark.RIGHT_EAR)
DOC_SECTIONS = ("What:", "Why:", "Evidence:", "Camera:")
MAX_CUE_WORDS = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """How a figure is filmed.

    Attributes:
        width_px: Width of the picture.
        height_px: Height of the picture.
        torso_px: Length of the torso in the picture.
        facing: +1: head to the right; −1: to the left.
        yaw_deg: Turn out of the side view, 0 to 90; shortens the figure as it would.
        visibility: Of the near side's landmarks; the far side has 0.6 of it.
        hidden: Joints that can't be seen.
        luma: Mean brightness, 0 to 255.
        jitter_px: Standard deviation of white noise on every landmark.
    """

    width_px: int = 640
    height_px: int = 360
    torso_px: float = 110.0
    facing: int = 1
    yaw_deg: float = 0.0
    visibility: float = 0.98
    hidden: frozenset[Joint] = frozenset()
    luma: float = 120.0
    jitter_px: float = 0.0

    def pose(self, filmed: Figure | Person, rng: np.random.Generator | None = None) -> Pose:
        """The landmarks that a perfect model would give; the figure stands mid-picture."""
        person = filmed if isinstance(filmed, Person) else Person(filmed)
        figure = person.near
        xs = [p.real for side in (figure, person.far or {}) for p in side.values()]
        centre = (min(xs) + max(xs)) / 2
        xy = np.zeros((len(Landmark), 2))
        visibility = np.full(len(Landmark), self.visibility)
        world = np.zeros((len(Landmark), 3), np.float32)
        squeeze = math.cos(math.radians(self.yaw_deg))

        def place(p: complex) -> tuple[float, float]:
            x = self.width_px / 2 + self.facing * (p.real - centre) * squeeze * self.torso_px
            return x, 0.9 * self.height_px - p.imag * self.torso_px

        for joint, p in figure.items():
            near, far = joint.on(Side.LEFT), joint.on(Side.RIGHT)
            far_x, far_y = place(p if person.far is None else person.far[joint])
            xy[near], xy[far] = place(p), (far_x + 3.0, far_y - 3.0)
            visibility[far] = 0.6 * self.visibility
            if joint in self.hidden:
                visibility[[near, far]] = 0.1
            turn = math.radians(self.yaw_deg)
            world[near] = (0.15 * math.sin(turn), 0.0, -0.15 * math.cos(turn))
            world[far] = -world[near]
        for landmark in Landmark:
            if landmark <= Landmark.MOUTH_RIGHT and landmark not in _EARS:
                face = _FACE * self.torso_px * _down_the_face(figure, person.face_up)
                xy[landmark] = xy[Landmark.LEFT_EAR] + (self.facing * face.real, -face.imag)
        if rng is not None and self.jitter_px > 0.0:
            xy += rng.normal(0.0, self.jitter_px, xy.shape)
        return Pose(xy.astype(np.float32), world, visibility.astype(np.float32))


def _down_the_face(figure: Figure, face_up: bool) -> complex:
    """Direction from ear to nose: at right angles to the neck, and a little down."""
    neck = figure[Joint.EAR] - figure[Joint.SHOULDER]
    turn = -_FACE_TURN_DEG if face_up else _FACE_TURN_DEG
    return neck / abs(neck) * cmath.exp(1j * math.radians(turn))


def plank(
    hip_line_deg: float = 0.0,
    *,
    knee_deg: float = 175.0,
    elbow_offset_ratio: float = 0.0,
    neck_deg: float = 0.0,
    on_hands: bool = False,
    on_knees: bool = False,
) -> Figure:
    """A plank, exactly as asked for.

    Args:
        hip_line_deg: + pike, − sag, measured shoulder–hip–ankle (–knee on knees).
        knee_deg: Knee angle on toes.
        elbow_offset_ratio: How far the support stands ahead of the shoulder, per arm length.
        neck_deg: + head lifted, − dropped.
        on_hands: On straight arms instead of forearms.
        on_knees: On knees instead of toes.
    """
    arm = _UPPER_ARM + (_FOREARM if on_hands else 0.0)
    support = complex(0.0, 0.06)
    lean = elbow_offset_ratio * arm
    shoulder = support + complex(-lean, math.sqrt(arm * arm - lean * lean))
    reach = _THIGH if on_knees else 2.0 * _THIGH * math.sin(math.radians(knee_deg) / 2.0)
    end_height = 0.08 if on_knees else 0.24
    hip, end = _bent_line(shoulder, reach, end_height, hip_line_deg)
    line = (shoulder - hip) / abs(shoulder - hip)
    ear = shoulder + _NECK * line * cmath.exp(1j * math.radians(neck_deg))
    figure = {
        Joint.EAR: ear,
        Joint.SHOULDER: shoulder,
        Joint.ELBOW: shoulder + (support - shoulder) * _UPPER_ARM / arm if on_hands else support,
        Joint.WRIST: support if on_hands else support + _FOREARM,
        Joint.HIP: hip,
    }
    if on_knees:
        ankle = end + complex(-math.sqrt(_SHIN**2 - 0.08**2), 0.04)
        foot = {Joint.HEEL: ankle + 0.1j, Joint.FOOT_INDEX: ankle + complex(-0.3, -0.08)}
        return {**figure, Joint.KNEE: end, Joint.ANKLE: ankle, **foot}
    knee = _below_middle(hip, end, _THIGH)
    foot = {Joint.HEEL: end + complex(-0.1, 0.04), Joint.FOOT_INDEX: end + complex(0.02, -0.2)}
    return {**figure, Joint.KNEE: knee, Joint.ANKLE: end, **foot}


def _bent_line(
    start: complex, reach: float, end_height: float, bend_deg: float
) -> tuple[complex, complex]:
    """Hip and leg end: torso 1, leg ``reach``, the end at its height behind the shoulder."""
    bend = math.radians(bend_deg)
    span = math.sqrt(1.0 + reach * reach + 2.0 * reach * math.cos(bend))
    drop = start.imag - end_height
    end = complex(start.real - math.sqrt(span * span - drop * drop), end_height)
    along = (start - end) / span
    # Sine rule: the angle at the shoulder between the line and the torso.
    at_start = math.asin(max(-1.0, min(1.0, reach * math.sin(bend) / span)))
    return start - along * cmath.exp(-1j * at_start), end


def _below_middle(start: complex, end: complex, side: float) -> complex:
    """The third corner of a triangle with two equal sides, below the line of the other two."""
    half = abs(end - start) / 2.0
    across = 1j * (end - start) / abs(end - start)
    if across.imag > 0.0:
        across = -across
    return (start + end) / 2.0 + across * math.sqrt(max(0.0, side * side - half * half))


def _at(start: complex, length: float, deg: float) -> complex:
    return start + length * cmath.exp(1j * math.radians(deg))


_LYING_SHOULDER = 0.12j
_ARM = _UPPER_ARM + _FOREARM


def _foot(ankle: complex, pitch_deg: float) -> Figure:
    toes = _at(ankle, 0.25, pitch_deg)
    return {Joint.HEEL: ankle - 0.06 * (toes - ankle) / 0.25, Joint.FOOT_INDEX: toes}


def bridge(
    top_line_deg: float,
    *,
    foot_distance: float = 1.95,
    heel_up_deg: float = 0.0,
    bench: float = 0.0,
) -> Person:
    """A bridge whose shoulder-hip-knee angle is as asked for, 180 straight, above it too far.

    Args:
        top_line_deg: 125 to 200.
        foot_distance: Shoulder to ankle along the floor, torso lengths.
        heel_up_deg: Pitch of the foot, + with the heel up.
        bench: Height of what the shoulders lie on, torso lengths; about 0.75 for a hip thrust.
    """
    shoulder, ankle = _LYING_SHOULDER + 1j * bench, complex(-foot_distance, 0.1)
    # Direction of the trunk; the line opens as the hips rise. Below a bench they hang deeper.
    low, high = 130.0, 230.0
    for _ in range(40):
        trunk_deg = (low + high) / 2
        hip = _at(shoulder, 1.0, trunk_deg)
        knee = _upper_corner(hip, ankle)
        inner = math.degrees(cmath.phase((shoulder - hip) / (knee - hip))) % 360.0
        low, high = (low, trunk_deg) if 360.0 - inner < top_line_deg else (trunk_deg, high)
    near = {
        Joint.EAR: shoulder + complex(_NECK, 0.04),
        Joint.SHOULDER: shoulder,
        Joint.ELBOW: shoulder + complex(-_UPPER_ARM, -0.08),
        Joint.WRIST: shoulder + complex(-_ARM, -0.08),
        Joint.HIP: hip,
        Joint.KNEE: knee,
        Joint.ANKLE: ankle,
        **_foot(ankle, 180.0 + heel_up_deg),
    }
    return Person(near, face_up=True)


def _upper_corner(hip: complex, ankle: complex) -> complex:
    """The knee over hip and ankle; a leg that is too short is stretched."""
    half = abs(ankle - hip) / 2.0
    rise = math.sqrt(max(0.0, _THIGH * _THIGH - half * half))
    return (hip + ankle) / 2.0 - 1j * (ankle - hip) / abs(ankle - hip) * rise


def dead_bug(
    leg_out: float = 0.0,
    arm_out: float | None = None,
    *,
    side: Side = Side.LEFT,
    same_side: bool = False,
    thigh_deg: tuple[float, float] = (90.0, 22.0),
    knee_deg: tuple[float, float] = (90.0, 168.0),
    arm_deg: tuple[float, float] = (90.0, 165.0),
    head_up_deg: float = 10.0,
) -> Person:
    """A dead bug: one leg and one arm as far out as asked for, the others in the start position.

    Args:
        leg_out: 0 start position, 1 all the way.
        arm_out: The same for the arm; None: as the leg.
        side: The leg that goes.
        same_side: Whether the arm of that side goes along, and not the other one.
        thigh_deg: Thigh over the floor, in the start position and all the way out.
        knee_deg: Knee angle likewise.
        arm_deg: Arm against the trunk likewise.
        head_up_deg: Shoulder to ear over the floor.
    """
    other = Side.RIGHT if side is Side.LEFT else Side.LEFT
    arm_side = side if same_side else other
    arm = leg_out if arm_out is None else arm_out
    limbs = {}
    for one in Side:
        leg_share = leg_out if one is side else 0.0
        arm_share = arm if one is arm_side else 0.0
        limbs[one] = _lying(
            _between(thigh_deg, leg_share),
            _between(knee_deg, leg_share),
            _between(arm_deg, arm_share),
            head_up_deg,
        )
    return Person(limbs[Side.LEFT], limbs[Side.RIGHT], face_up=True)


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + share * (ends[1] - ends[0])


def _lying(thigh_deg: float, knee_deg: float, arm_deg: float, head_up_deg: float) -> Figure:
    """One side of someone flat on their back; feet towards −x."""
    shoulder = _LYING_SHOULDER
    hip = shoulder - 1.0
    knee = _at(hip, _THIGH, 180.0 - thigh_deg)
    ankle = _at(knee, _SHIN, 180.0 - thigh_deg + 180.0 - knee_deg)
    arm = 180.0 - arm_deg
    shin_deg = math.degrees(cmath.phase(ankle - knee))
    return {
        Joint.EAR: _at(shoulder, _NECK, head_up_deg),
        Joint.SHOULDER: shoulder,
        Joint.ELBOW: _at(shoulder, _UPPER_ARM, arm),
        Joint.WRIST: _at(shoulder, _ARM, arm),
        Joint.HIP: hip,
        Joint.KNEE: knee,
        Joint.ANKLE: ankle,
        **_foot(ankle, shin_deg - 80.0),
    }


def standing() -> Figure:
    """Someone who stands, arms down."""
    return {
        Joint.EAR: 3.1j + 0.05,
        Joint.SHOULDER: 2.8j,
        Joint.ELBOW: 2.2j,
        Joint.WRIST: 1.75j,
        Joint.HIP: 1.8j,
        Joint.KNEE: 0.95j,
        Joint.ANKLE: 0.1j,
        Joint.HEEL: complex(-0.08, 0.05),
        Joint.FOOT_INDEX: complex(0.2, 0.03),
    }


def observations(
    figure_at: Callable[[float], Figure | Person | None],
    duration_s: float,
    *,
    fps: float = 30.0,
    scene: Scene | Callable[[float], Scene] | None = None,
    seed: int = 1,
    outline_at: Callable[[float], Outline | None] = lambda t_s: None,
) -> Iterator[Observation]:
    """A filmed figure.

    Args:
        figure_at: The figure at a time in seconds, or None when nobody is there.
        duration_s: Length.
        fps: Frames a second.
        scene: How it is filmed, fixed or by time.
        seed: Of the jitter.
        outline_at: The edges of the trunk at a time, where they are looked for.
    """
    rng = np.random.default_rng(seed)
    for i in range(round(duration_s * fps)):
        t_s = i / fps
        filmed = scene(t_s) if callable(scene) else scene or Scene()
        figure = figure_at(t_s)
        pose = None if figure is None else filmed.pose(figure, rng)
        yield Observation(
            t_s, filmed.width_px, filmed.height_px, filmed.luma, pose, outline_at(t_s)
        )


def lying_outline(gap_ratio: float, *, since_s: float = 0.0, torso_px: float = 110.0) -> Outline:
    """The trunk of someone flat on their back, head to the right, the lower back this far up.

    Args:
        gap_ratio: Opening under the lower back, per torso; NaN: the edge can't be followed.
        since_s: The moment of rest that it is followed from.
        torso_px: Length of the trunk.
    """
    place = np.linspace(0.0, 1.0, OUTLINE_STATIONS)
    x_px = 400.0 - place * torso_px
    arch = np.exp(-(((place - 0.7) / 0.25) ** 4)) * gap_ratio
    edges = [np.stack([x_px, 300.0 - 0.4 * torso_px * np.ones_like(x_px)], axis=1)]
    edges.append(np.stack([x_px, 300.0 - arch * torso_px], axis=1))
    floor = np.array([[x_px[0], 300.0], [x_px[-1], 300.0]], np.float32)
    upper, lower = (edge.astype(np.float32) for edge in edges)
    return Outline(upper, lower, floor, since_s)


def report_of(exercise: Exercise, seen: Iterable[Observation]) -> Report:
    """The engine's report on a stream of observations."""
    engine = Engine(exercise)
    for observation in seen:
        engine.step(observation)
    return engine.close()


@dataclass(frozen=True, slots=True, eq=False)
class Fixture:
    """A recording of which it is known what a rule must say.

    Attributes:
        name: For messages.
        observations: What was seen.
        faults: Codes of the checks that must reach the fault level; all others must not.
        allowed: Codes of checks that may do so or not.
    """

    name: str
    observations: Sequence[Observation]
    faults: frozenset[str]
    allowed: frozenset[str] = frozenset()


def fixtures_from(folder: Path, exercise: str) -> list[Fixture]:
    """The labelled clips of an exercise that have a trace beside them.

    Raises:
        InputError: a label or trace can't be read.
    """
    fixtures = []
    for clip in labelled_clips(folder):
        trace = clip.path.with_suffix(".trace.npz")
        if clip.does != exercise or clip.judge is not True or not trace.is_file():
            continue
        clear = {fault.check for fault in clip.faults if fault.strength == "clear"}
        mild = {fault.check for fault in clip.faults} - clear
        seen = read_trace(trace).observations
        fixtures.append(Fixture(clip.name, seen, frozenset(clear), frozenset(mild)))
    return fixtures


def check_rule(exercise: Exercise, fixtures: Iterable[Fixture]) -> None:
    """Asserts what every rule module owes its users.

    Unique codes, the sections of its docstring, short cues; nobody in view or a hidden body gives
    "not judged" and silence; for every check one fixture that fires and one in which it is judged
    and stays silent.

    Raises:
        RuleError: names everything that is missing.
    """
    problems = [*_card_problems(exercise), *_silence_problems(exercise)]
    problems += _fixture_problems(exercise, list(fixtures))
    if problems:
        raise RuleError(f"{exercise.name}: " + "; ".join(problems))


def _card_problems(exercise: Exercise) -> Iterator[str]:
    codes = [check.code for check in exercise.checks]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"two checks are called {code!r}"
    for section in DOC_SECTIONS:
        if section not in (exercise.doc or ""):
            yield f"its docstring has no section {section!r}"
    for check in exercise.checks:
        if not check.code.replace("-", "").isalnum() or check.code != check.code.lower():
            yield f"{check.code!r} is not kebab-case"
        for phrase in (check.cue, check.cue_again or check.cue, check.praise):
            if not 0 < len(phrase.split()) <= MAX_CUE_WORDS:
                yield f"a cue of {check.code} has not one to {MAX_CUE_WORDS} words"
        for words, name in ((check.why, "why"), (check.evidence, "evidence")):
            if not words.strip():
                yield f"{check.code} does not say its {name}"
        if not check.measure.name.endswith(f"_{check.measure.unit}"):
            yield f"the measure {check.measure.name!r} does not end in its unit"
        if check.absolute is not None and not _same_side(check.limits, check.absolute):
            yield f"{check.code} has limits on opposite sides"


def _same_side(one: Limits, other: Limits) -> bool:
    return one.sign == other.sign


def _silence_problems(exercise: Exercise) -> Iterator[str]:
    hidden = replace(Scene(), visibility=0.2)
    for name, seen in (
        ("nobody in view", observations(lambda t_s: None, 4.0)),
        ("a hidden body", observations(lambda t_s: standing(), 4.0, scene=hidden)),
    ):
        report = report_of(exercise, seen)
        if report.judged_s > 0.0 or report.holds or report.reps or report.findings or report.cues:
            yield f"{name} is judged"


def _fixture_problems(exercise: Exercise, fixtures: Sequence[Fixture]) -> Iterator[str]:
    fired: set[str] = set()
    silent: set[str] = set()
    for fixture in fixtures:
        report = report_of(exercise, fixture.observations)
        found = {f.check for f in report.findings if f.level is Level.FAULT}
        spoken = {c.check for c in report.cues if c.kind is CueKind.CORRECT and c.check}
        for code in sorted(fixture.faults - found):
            yield f"{fixture.name}: {code} does not fire"
        for code in sorted((found | spoken) - fixture.faults - fixture.allowed):
            yield f"{fixture.name}: {code} fires"
        fired |= found & fixture.faults
        # What was never judged is silent too, but shows nothing.
        silent |= {c.code for c in exercise.checks} - found - set(report.not_judged_checks)
    for check in exercise.checks:
        if check.code not in fired:
            yield f"no fixture makes {check.code} fire"
        if check.code not in silent:
            yield f"no fixture judges {check.code} and leaves it silent"
