"""For rule authors: someone who jumps on the spot, as pose, motion of the picture and sound.

Bodies are drawn in metres and seen from far away, so that every angle, height and instant is known
exactly. In the air the trunk falls freely; on the floor it moves as on a spring whose force grows
from nothing at touch-down (Blickhan 1989, J Biomech 22:1217).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formcheck.landmarks import Joint, Landmark, Side
from formcheck.types import ImageMotion, MovedPart, Observation, Onset, Pose

__all__ = ["Jumper", "frame_times", "hopping", "image_motions"]

Array = NDArray[np.float64]
Place = tuple[float, float, float]
"""Metres forward, up from the floor, and to the person's left."""

_G_M_S2 = 9.81
_TORSO_M, _LEG_M = 0.50, 0.42
_HIP_M, _SHOULDER_M = 0.12, 0.18
"""Half the width of hips and shoulders."""
_FOOT_M = 0.18
"""From the heel to the ball of the foot."""

_LANDING_S, _PUSH_S = 0.50, 0.35
"""How long a landing is taken up after which nothing follows, and how long a first push is."""
_SPRING_S = 0.60
"""A contact that is no longer is one bounce."""
_PUSH_DEG = 20.0
_ROLL_S = 0.06
_MOST_MOTION_GAP_S = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Jumper:
    """Someone who stands, jumps and stands again.

    Attributes:
        heights_cm: Rise of the body's centre in each jump.
        cadence_per_min: Jumps a minute.
        waits_s: Number of a jump → how much longer the contact after it is; a miss or a pause.
        beat_sd_s: Standard deviation of the time from jump to jump.
        start_s: The first take-off; stands until then.
        after_s: Stands for so long after the last landing.
        alternate: Lands on one foot after the other, the left one first.
        azimuth_deg: Where the camera is: 90 on the left side, −90 on the right one, 0 in front.
        knee_deg: Flexion of the knees at touch-down, and the most after it.
        strike_deg: Heel above the ball of the foot at touch-down; negative: lands on the heels.
        offset_ms: How much later the left foot lands; negative: the right one.
        lean_deg: Of the trunk, forwards.
        elbow_gap_ratio: Elbow to hip across, per width of the shoulders.
        hand_height_ratio: Hands above the hips, per torso.
        px_per_m: Scale of the picture, 480 x 640 pixels.
        noise_px: Standard deviation of every step of the picture's parts.
        shake_px: Standard deviation of the camera's own steps.
        leak: Share of the trunk's way that a standing foot seems to make as well.
        jitter_px: Standard deviation of white noise on every landmark.
        landing_db: Level of the sound of each landing; None: there is no sound track.
        rope_db: Level of the rope's slap in each flight; None: it is not heard.
        sound_late_s: How late the sound track is.
        seed: Of everything that is random.
    """

    heights_cm: Sequence[float] = (3.0,) * 16
    cadence_per_min: float = 125.0
    waits_s: Mapping[int, float] = field(default_factory=dict)
    beat_sd_s: float = 0.0
    start_s: float = 3.0
    after_s: float = 2.0
    alternate: bool = False
    azimuth_deg: float = 90.0
    knee_deg: tuple[float, float] = (15.0, 35.0)
    strike_deg: float = 15.0
    offset_ms: float = 0.0
    lean_deg: float = 3.0
    elbow_gap_ratio: float = 0.25
    hand_height_ratio: float = 0.1
    px_per_m: float = 280.0
    noise_px: float = 0.1
    shake_px: float = 0.0
    leak: float = 0.0
    jitter_px: float = 0.0
    landing_db: Sequence[float] | None = None
    rope_db: float | None = None
    sound_late_s: float = 0.04
    seed: int = 1

    def flights_s(self) -> Array:
        """(n, 2) take-off and landing of each jump: the truth."""
        rng = np.random.default_rng(self.seed)
        air_s = np.sqrt(8.0 * np.asarray(self.heights_cm, float) / 100.0 / _G_M_S2)
        beats_s = 60.0 / self.cadence_per_min + self.beat_sd_s * rng.standard_normal(len(air_s))
        flights, take_off_s = [], self.start_s
        for k, flight_s in enumerate(air_s):
            landing_s = take_off_s + float(flight_s)
            flights.append((take_off_s, landing_s))
            following = float(air_s[min(k + 1, len(air_s) - 1)])
            contact_s = beats_s[k] - (flight_s + following) / 2.0 + self.waits_s.get(k, 0.0)
            take_off_s = landing_s + max(0.08, float(contact_s))
        return np.array(flights).reshape(-1, 2)

    def late_s(self, side: Side) -> float:
        """By how much a foot lands later than the other."""
        own_ms = self.offset_ms if side is Side.LEFT else -self.offset_ms
        return max(0.0, own_ms) / 1e3

    @property
    def end_s(self) -> float:
        """When the recording ends."""
        flights = self.flights_s()
        return (float(flights[-1, 1]) if len(flights) else self.start_s) + self.after_s


def frame_times(
    end_s: float, fps: float, *, phase: float = 0.0, jitter: float = 0.0, dropped: float = 0.0,
    seed: int = 1,
) -> Array:  # fmt: skip
    """Times of frames.

    Args:
        end_s: Of the recording.
        fps: Frames a second.
        phase: Part of a frame by which all are late.
        jitter: How far each is off its beat at most, in frames; below a half.
        dropped: Share of the frames that are missing.
        seed: Of jitter and drops.
    """
    rng = np.random.default_rng(seed)
    numbers = np.arange(int(end_s * fps))
    times = (numbers + phase + rng.uniform(0.0, max(jitter, 0.0), len(numbers))) / fps
    kept: Array = times[rng.random(len(times)) >= dropped]
    return kept


def hopping(
    jumper: Jumper, *, fps: float = 30.0, times_s: Sequence[float] | Array | None = None
) -> Iterator[Observation]:
    """A filmed jumper, with the motion of the picture and, if asked for, its sound.

    Args:
        jumper: Who, and how it is filmed.
        fps: Frames a second.
        times_s: When the frames were taken, instead.
    """
    times = frame_times(jumper.end_s, fps) if times_s is None else np.asarray(times_s, float)
    rng = np.random.default_rng([jumper.seed, 1])
    course = _Course.of(jumper)
    onsets = _onsets(jumper, rng)
    before_s = -math.inf
    for t_s, motion in zip(times.tolist(), image_motions(jumper, times), strict=True):
        heard = None
        if onsets is not None:
            heard = tuple(onset for onset in onsets if before_s < onset.t_s <= t_s)
        yield Observation(t_s, 480, 640, 120.0, course.pose(t_s, rng), motion=motion, onsets=heard)
        before_s = t_s


def image_motions(jumper: Jumper, times_s: Array) -> list[ImageMotion | None]:
    """What moved in the picture since the frame before; None for the first and after a gap."""
    rng = np.random.default_rng([jumper.seed, 2])
    steps = _steps_px(jumper, _Course.of(jumper).parts_m(times_s), rng).astype(np.float32)
    motions: list[ImageMotion | None] = [None] if len(times_s) else []
    for before_s, t_s, step in zip(times_s[:-1].tolist(), times_s[1:].tolist(), steps, strict=True):
        error = np.full(len(MovedPart), max(jumper.noise_px, 0.02), np.float32)
        near = t_s - before_s <= _MOST_MOTION_GAP_S
        motions.append(ImageMotion(step, error, before_s) if near else None)
    return motions


def _steps_px(jumper: Jumper, parts_m: Array, rng: np.random.Generator) -> Array:
    """(m - 1, 6) steps downwards by ``MovedPart`` from heights (m, 5)."""
    steps = np.zeros((max(len(parts_m) - 1, 0), len(MovedPart)))
    stands = np.minimum(parts_m[:, 1:3], parts_m[:, 3:5]) < 1e-9
    leaked = jumper.leak * np.tile(stands, 2) * parts_m[:, :1]
    seen_m = np.column_stack([parts_m[:, 0], parts_m[:, 1:5] + leaked])
    steps[:, :5] = -np.diff(seen_m, axis=0) * jumper.px_per_m
    steps += jumper.noise_px * rng.standard_normal(steps.shape)
    steps += jumper.shake_px * rng.standard_normal((len(steps), 1))
    return steps


def _onsets(jumper: Jumper, rng: np.random.Generator) -> list[Onset] | None:
    if jumper.landing_db is None:
        return None
    onsets = []
    for (take_off_s, landing_s), level_db in zip(
        jumper.flights_s().tolist(), jumper.landing_db, strict=True
    ):
        late_s = jumper.sound_late_s + 0.002 * float(rng.standard_normal())
        onsets.append(Onset(landing_s + late_s, level_db, 0.15))
        if jumper.rope_db is not None:
            slap_s = take_off_s + 0.45 * (landing_s - take_off_s) + jumper.sound_late_s
            onsets.append(Onset(slap_s, jumper.rope_db, 0.85))
    return sorted(onsets, key=lambda onset: onset.t_s)


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """Where everything is at any time."""

    jumper: Jumper
    flights: Array
    pitches: Mapping[Side, Array]
    """(k, 2) times and pitch of a foot there, degrees."""

    @staticmethod
    def of(jumper: Jumper) -> _Course:
        flights = jumper.flights_s()
        return _Course(jumper, flights, {side: _pitches(jumper, flights, side) for side in Side})

    def pitch(self, t_s: float, side: Side) -> float:
        """Of a foot, radians, heel up."""
        knots = self.pitches[side]
        return math.radians(float(np.interp(t_s, knots[:, 0], knots[:, 1])))

    def parts_m(self, times_s: Array) -> Array:
        """(m, 5) heights of trunk, left and right toe, left and right heel."""
        rows = []
        for t_s in times_s.tolist():
            feet = [self.foot_m(t_s, side) for side in Side]
            rows.append((self.trunk_m(t_s), *(toe for toe, _ in feet), *(heel for _, heel in feet)))
        return np.array(rows).reshape(-1, 5)

    def _flight(self, k: int) -> tuple[float, float]:
        return float(self.flights[k, 0]), float(self.flights[k, 1])

    def trunk_m(self, t_s: float) -> float:
        """Height of the trunk over that at take-off."""
        k = int(np.searchsorted(self.flights[:, 0], t_s, side="right")) - 1
        if k < 0:
            return self._pushed(0, t_s)
        take_off_s, landing_s = self._flight(k)
        if t_s < landing_s:
            return _G_M_S2 / 2.0 * (t_s - take_off_s) * (landing_s - t_s)
        speed = _G_M_S2 / 2.0 * (landing_s - take_off_s)
        if k + 1 == len(self.flights):
            return _bow(t_s - landing_s, _LANDING_S, -speed, 0.0)
        contact_s = float(self.flights[k + 1, 0]) - landing_s
        if contact_s > _SPRING_S:
            return _bow(t_s - landing_s, _LANDING_S, -speed, 0.0) + self._pushed(k + 1, t_s)
        leaving = _G_M_S2 / 2.0 * float(self.flights[k + 1, 1] - self.flights[k + 1, 0])
        mean = (speed + leaving) / 2.0
        bounce = _bounce(t_s - landing_s, contact_s, mean)
        return bounce + _bow(t_s - landing_s, contact_s, mean - speed, leaving - mean)

    def _pushed(self, k: int, t_s: float) -> float:
        """The dip before a take-off that follows on standing."""
        if len(self.flights) == 0:
            return 0.0
        take_off_s, landing_s = self._flight(k)
        push_s = min(_PUSH_S, 0.4 * _SPRING_S) if k else _PUSH_S
        speed = _G_M_S2 / 2.0 * (landing_s - take_off_s)
        return _bow(t_s - take_off_s + push_s, push_s, 0.0, speed)

    def foot_m(self, t_s: float, side: Side) -> tuple[float, float]:
        """Heights of the toes and the heel of a foot over the floor."""
        low, pitch = self._low_m(t_s, side), self.pitch(t_s, side)
        up = math.sin(pitch) * _FOOT_M
        return low + max(0.0, -up), low + max(0.0, up)

    def _low_m(self, t_s: float, side: Side) -> float:
        """Height of the lowest point of a foot."""
        late_s = self.jumper.late_s(side)
        height = _LIFT_M * self.lifted(t_s, side) if self.jumper.alternate else 0.0
        k = int(np.searchsorted(self.flights[:, 0], t_s, side="right")) - 1
        if k < 0:
            return height
        take_off_s, landing_s = self._flight(k)
        top_s = (take_off_s + landing_s) / 2.0
        # A foot that lands later stays up for so long at the top.
        fallen_s = t_s - top_s - (late_s if t_s > top_s else 0.0)
        if top_s < t_s < top_s + late_s:
            fallen_s = 0.0
        arc = _G_M_S2 / 2.0 * ((landing_s - top_s) ** 2 - fallen_s**2)
        return height + max(0.0, arc)

    def lifted(self, t_s: float, side: Side) -> float:
        """How far a foot is pulled up, 0 to 1, by who lands on one foot after the other."""
        number = 0 if side is Side.LEFT else 1
        share = 0.0
        for k, (take_off_s, landing_s) in enumerate(self.flights.tolist()):
            top_s = (take_off_s + landing_s) / 2.0
            if k % 2 == number:
                # This foot lands: it is let down until the top of the flight.
                if k == 0:
                    share = _eased((t_s - take_off_s + 0.35) / 0.2)
                share -= _eased((t_s - take_off_s + 0.1) / (top_s - take_off_s + 0.1))
            else:
                share += _eased((t_s - top_s) / (landing_s - top_s + 0.1))
        if len(self.flights) % 2 != number:
            return share
        return share - _eased((t_s - float(self.flights[-1, 1]) - 0.3) / 0.3)

    def flexion_deg(self, t_s: float) -> float:
        """Bend of the knee of the leg that stands."""
        touch, most = self.jumper.knee_deg
        bent = 0.0
        for k, (take_off_s, landing_s) in enumerate(self.flights.tolist()):
            last = k + 1 == len(self.flights)
            until_s = landing_s + _LANDING_S if last else float(self.flights[k + 1, 0])
            spans = [(landing_s, min(until_s, landing_s + _SPRING_S))]
            if k == 0:
                spans.append((take_off_s - _PUSH_S, take_off_s))
            for start_s, end_s in spans:
                if start_s < t_s < end_s:
                    bent = math.sin(math.pi * (t_s - start_s) / (end_s - start_s)) ** 2
        return touch + (most - touch) * bent

    def pose(self, t_s: float, rng: np.random.Generator) -> Pose:
        """What a perfect model would make of the picture."""
        places = _body(self, t_s)
        turn = math.radians(self.jumper.azimuth_deg)
        scale = self.jumper.px_per_m
        xy, world = np.zeros((len(Landmark), 2)), np.zeros((len(Landmark), 3))
        visibility = np.full(len(Landmark), 0.98)
        for landmark, (forward, up, left) in places.items():
            across = left * math.cos(turn) - forward * math.sin(turn)
            nearer = forward * math.cos(turn) + left * math.sin(turn)
            xy[landmark] = 240.0 + across * scale, 590.0 - up * scale
            world[landmark] = across, 0.9 - up, -nearer
        far = Side.RIGHT if turn > 0.0 else Side.LEFT
        for joint in Joint:
            visibility[joint.on(far)] -= 0.4 * abs(math.sin(turn))
        if self.jumper.jitter_px > 0.0:
            xy += rng.normal(0.0, self.jumper.jitter_px, xy.shape)
        arrays = (array.astype(np.float32) for array in (xy, world, visibility))
        return Pose(*arrays)


_LIFT_M = 0.10


def _pitches(jumper: Jumper, flights: Array, side: Side) -> Array:
    """(k, 2) times and pitch of a foot, degrees; who lands on the heels pushes off flat."""
    flat = 0.3 * max(jumper.strike_deg, 0.0)
    push = _PUSH_DEG if jumper.strike_deg > 0.0 else 0.0
    knots = [(-1e3, 0.0), (jumper.start_s - _PUSH_S, 0.0)]
    for k, (take_off_s, landing_s) in enumerate(flights.tolist()):
        top_s, down_s = (take_off_s + landing_s) / 2.0, landing_s + jumper.late_s(side)
        knots += [(take_off_s, push), (top_s, jumper.strike_deg)]
        knots += [(down_s, jumper.strike_deg), (down_s + _ROLL_S, flat)]
        if k + 1 < len(flights):
            knots += [(max(down_s + _ROLL_S + 1e-3, float(flights[k + 1, 0]) - 0.09), flat)]
    return np.array([*knots, (1e6, knots[-1][1])])


def _body(course: _Course, t_s: float) -> dict[Landmark, Place]:
    """Every landmark."""
    jumper = course.jumper
    ankles = {}
    places: dict[Landmark, Place] = {}
    for side in Side:
        out = _HIP_M if side is Side.LEFT else -_HIP_M
        toe, heel = (height + 0.03 for height in course.foot_m(t_s, side))
        tip = -0.04 + math.cos(course.pitch(t_s, side)) * _FOOT_M
        places[Joint.HEEL.on(side)] = (-0.04, heel, out)
        places[Joint.FOOT_INDEX.on(side)] = (tip, toe, out)
        places[Joint.ANKLE.on(side)] = (0.0, heel + 0.06, out)
        ankles[side] = heel + 0.06
    bend = math.radians(course.flexion_deg(t_s))
    hip_up = min(ankles.values()) + 2.0 * _LEG_M * math.cos(bend / 2.0)
    lean = math.radians(jumper.lean_deg)
    trunk = (math.sin(lean) * _TORSO_M, math.cos(lean) * _TORSO_M)
    shoulder_up = hip_up + trunk[1]
    for side in Side:
        sign = 1.0 if side is Side.LEFT else -1.0
        reach = hip_up - ankles[side]
        knee = math.sqrt(max(0.0, _LEG_M**2 - reach**2 / 4.0))
        elbow_out = sign * (_HIP_M + 2.0 * _SHOULDER_M * jumper.elbow_gap_ratio)
        wrist_up = hip_up + jumper.hand_height_ratio * _TORSO_M
        places |= {
            Joint.HIP.on(side): (0.0, hip_up, sign * _HIP_M),
            Joint.KNEE.on(side): (knee, ankles[side] + reach / 2.0, sign * _HIP_M),
            Joint.SHOULDER.on(side): (trunk[0], shoulder_up, sign * _SHOULDER_M),
            Joint.ELBOW.on(side): (trunk[0] - 0.05, shoulder_up - 0.27, elbow_out),
            Joint.WRIST.on(side): (0.15, wrist_up, elbow_out + sign * 0.1),
            Joint.EAR.on(side): (trunk[0] * 1.35, shoulder_up + 0.17, sign * 0.07),
        }
        for finger in ("PINKY", "INDEX", "THUMB"):
            places[Landmark[f"{side.name}_{finger}"]] = places[Joint.WRIST.on(side)]
    face = (trunk[0] * 1.35 + 0.09, shoulder_up + 0.15, 0.0)
    return {landmark: places.get(landmark, face) for landmark in Landmark}


def _eased(share: float) -> float:
    x = min(1.0, max(0.0, share))
    return x**3 * (10.0 - 15.0 * x + 6.0 * x * x)


def _bow(t_s: float, length_s: float, start_m_s: float, end_m_s: float) -> float:
    """A cubic from 0 to 0 with these speeds at its ends; 0 outside."""
    u = t_s / length_s
    if not 0.0 < u < 1.0:
        return 0.0
    return length_s * u * (start_m_s * (1.0 - u) ** 2 - end_m_s * u * (1.0 - u))


def _bounce(t_s: float, contact_s: float, speed_m_s: float) -> float:
    """How deep a mass has sunk on a spring that it meets and leaves at a speed."""
    pull = 2.0 * speed_m_s / (_G_M_S2 * contact_s)
    low, high = math.pi / 2.0, math.pi
    for _ in range(50):
        # The speeds match where sin a + pull · a · cos a is nothing; a: half the angle turned.
        half = (low + high) / 2.0
        above = math.sin(half) + pull * half * math.cos(half) > 0.0
        low, high = (half, high) if above else (low, half)
    omega = 2.0 * half / contact_s
    turned = omega * t_s - half
    return -_G_M_S2 / omega**2 * (1.0 - math.cos(turned) / math.cos(half))
