"""From one observation to the numbers that are judged: gate, near side, stance, features.

Everything that depends on limits or neutral comes later, so a changed limit can be tried on the
same measurements.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from formcheck.judgement.phases import MAX_GAP_S
from formcheck.judgement.rule import Exercise, HoldMovement, RepMovement
from formcheck.kinematics import view
from formcheck.kinematics.body import Body, body_from, near_side
from formcheck.kinematics.filters import SlidingMedian, SlidingQuantile
from formcheck.kinematics.geometry import seen, to_pixels
from formcheck.landmarks import Joint, Side
from formcheck.types import ImageMotion, Marker, Observation, Onset, Outline, Reason

MIN_RATE_HZ = 8.0
"""Fewer observations a second than this are too few to judge."""

_RATE_WINDOW_S = 2.0
_RATE_FROM_S = 0.7
_STANCE_CHANGE_S = 1.0
_TRACK_MEMORY_S = 2.5
_UNSETTLED_S = 1.0
_REPS_YAW_S = 5.0


@dataclass(frozen=True, slots=True)
class Measurement:
    """The numbers of one moment.

    Attributes:
        t_s: Time.
        blind: Why this moment can't be judged whatever the person does, or None.
        away: Why the person is not in the position, or None; only where ``blind`` is None.
        stance: How the body is supported, or None.
        values: Every feature of the exercise by name; NaN where not seen.
        side: The side that was measured.
        marker: Where the main measure is drawn.
        settled: The position looks as it must for a hold to begin.
        speed_per_s: How fast the trunk moves against the feet, torso lengths a second.
        person_changed: Another person is tracked from here on.
        view: From where the camera sees the body.
        motion: What moved in the picture since the frame before.
        onsets: What was heard since then.
        torso_px: Shoulder to hip; NaN where not seen.
        trunk_y_px: Height of the trunk's middle in the picture, upwards; NaN where not seen.
    """

    t_s: float
    blind: Reason | None
    away: Reason | None
    stance: str | None
    values: Mapping[str, float]
    side: Side | None
    marker: Marker | None
    settled: bool = False
    speed_per_s: float = 0.0
    person_changed: bool = False
    view: view.View = view.View.SIDE
    motion: ImageMotion | None = None
    onsets: tuple[Onset, ...] | None = None
    torso_px: float = math.nan
    trunk_y_px: float = math.nan

    @property
    def in_position(self) -> bool:
        """Whether form can be judged in this moment."""
        return self.blind is None and self.away is None


class Measurer:
    """Turns observations into measurements; keeps what only the last seconds can tell."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._features = exercise.features
        self._unseen = {feature.name: math.nan for feature in self._features}
        self._side: Side | None = None
        self._times_s: deque[float] = deque()
        self._yaw = _yaw_filter(exercise)
        self._view_open = True
        self._from_side = True
        self._stance = _SteadyStance()
        self._track = _Track()
        self._outline = _LastOutline()
        self._speed = _TrunkSpeed()

    def measure(self, observation: Observation) -> Measurement:
        """The measurement of one observation; times must increase.

        Raises:
            ValueError: time did not move forward.
        """
        t_s = observation.t_s
        if self._times_s and t_s <= self._times_s[-1]:
            raise ValueError(f"time must increase: {t_s} s after {self._times_s[-1]} s")
        blind = self._rate_reason(t_s) or view.picture_reason(observation)
        if observation.pose is None or blind is not None:
            return Measurement(
                t_s,
                blind,
                None,
                None,
                self._unseen,
                None,
                None,
                motion=observation.motion,
                onsets=observation.onsets,
            )
        self._side = near_side(observation.pose, self._side)
        body = body_from(observation, self._side, self._outline.update(observation))
        blind = view.hidden_reason(observation, body, self._exercise.needs)
        if blind is None:
            blind, from_front = self._view_reason(t_s, body)
            if from_front:
                body = replace(body, from_front=True)
        if blind is not None:
            return self._measured(observation, body, blind, None)
        movement = self._exercise.movement
        stance = self._stance.update(t_s, movement.stance(body))
        if stance is not None:
            body = replace(body, stance=stance)
        away = movement.position(body)
        if away is not None:
            return self._measured(observation, body, None, away)
        self._stance.held_at(t_s)
        return self._measured(observation, body, self._track.follow(t_s, body), None)

    def _measured(
        self, observation: Observation, body: Body, blind: Reason | None, away: Reason | None
    ) -> Measurement:
        points = self._exercise.main_marker(body)
        marker = None
        if points is not None and seen(*points):
            marker = Marker(*[to_pixels(p) for p in points])
        return Measurement(
            observation.t_s,
            blind,
            away,
            body.stance,
            {feature.name: feature.of(body) for feature in self._features},
            body.side,
            marker,
            settled=blind is None and away is None and self._settled(body),
            speed_per_s=self._speed.update(observation.t_s, body),
            person_changed=blind is view.PERSON_CHANGED,
            view=self._seen_from(body),
            motion=observation.motion,
            onsets=observation.onsets,
            torso_px=body.torso_px,
            trunk_y_px=((body[Joint.SHOULDER] + body[Joint.HIP]) / 2).imag,
        )

    def _seen_from(self, body: Body) -> view.View:
        if body.from_front:
            return view.View.FRONT
        angled = self._exercise.any_view and not self._from_side
        return view.View.ANGLED if angled else view.View.SIDE

    def _settled(self, body: Body) -> bool:
        movement = self._exercise.movement
        return not isinstance(movement, HoldMovement) or movement.settled(body)

    def _rate_reason(self, t_s: float) -> Reason | None:
        times = self._times_s
        times.append(t_s)
        while times[0] < t_s - _RATE_WINDOW_S:
            times.popleft()
        span_s = t_s - times[0]
        too_few = span_s > _RATE_FROM_S and (len(times) - 1) / span_s < MIN_RATE_HZ
        return view.TOO_FEW_FRAMES if too_few else None

    def _view_reason(self, t_s: float, body: Body) -> tuple[Reason | None, bool]:
        """Why the view won't do, or None; and whether it is the front that is seen."""
        yaw_deg = self._yaw.update(t_s, body.yaw_deg)
        exercise = self._exercise
        limit = exercise.max_yaw_deg - (0.0 if self._view_open else view.YAW_HYSTERESIS_DEG)
        reason = view.view_reason(
            body, yaw_deg, exercise.view, limit, exercise.other_view, anywhere=exercise.any_view
        )
        self._from_side = yaw_deg <= exercise.max_yaw_deg
        self._view_open = reason is not view.NOT_SIDE
        return reason, yaw_deg >= view.MIN_FRONT_YAW_DEG


def _yaw_filter(exercise: Exercise) -> SlidingQuantile:
    """Limbs that go apart turn shoulders and hips a little (rendered: by 15 degrees, read as 20).

    Whoever lies and moves the limbs does not turn, so the camera's view is that of the moments in
    which the limbs are together.
    """
    if isinstance(exercise.movement, RepMovement):
        return SlidingQuantile(_REPS_YAW_S, 0.25)
    return SlidingMedian(0.5)


class _LastOutline:
    """The edges of the trunk are looked for in some frames only; in between the last ones stand."""

    __slots__ = ("_outline", "_t_s")

    _STANDS_S = 0.15

    def __init__(self) -> None:
        self._outline: Outline | None = None
        self._t_s = -math.inf

    def update(self, observation: Observation) -> Outline | None:
        """The outline that stands at this moment."""
        if observation.outline is not None:
            self._outline, self._t_s = observation.outline, observation.t_s
        elif observation.t_s - self._t_s > self._STANDS_S:
            self._outline = None
        return self._outline


class _TrunkSpeed:
    """How fast shoulder or hip move against the feet, the faster of the two."""

    __slots__ = ("_samples",)

    _WINDOW_S = 0.4
    _FULL_DETAIL_PX = 80.0
    """A smaller torso shakes more, in its own lengths, from the same pixels of noise."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, complex, complex]] = deque()

    def update(self, t_s: float, body: Body) -> float:
        """Torso lengths a second, less for a small torso; 0 while joints are unseen."""
        if not body.sees(Joint.SHOULDER, Joint.HIP, Joint.ANKLE):
            return 0.0
        # In torso lengths of the same frame, so that a camera that comes closer moves nobody.
        feet, torso_px = body[Joint.ANKLE], body.torso_px
        shoulder, hip = body[Joint.SHOULDER] - feet, body[Joint.HIP] - feet
        samples = self._samples
        samples.append((t_s, shoulder / torso_px, hip / torso_px))
        while len(samples) > 2 and samples[1][0] <= t_s - self._WINDOW_S:
            samples.popleft()
        if not 0.7 * self._WINDOW_S <= t_s - samples[0][0] <= 2 * MAX_GAP_S:
            return 0.0
        detail = min(1.0, torso_px / self._FULL_DETAIL_PX)
        return detail * self._slope()

    def _slope(self) -> float:
        """Speed by least squares over the window, torso lengths a second, of the faster point."""
        samples = self._samples
        mean_s = sum([sample[0] for sample in samples]) / len(samples)
        spread, shoulder, hip = 0.0, 0j, 0j
        for t_s, shoulder_at, hip_at in samples:
            off_s = t_s - mean_s
            spread += off_s**2
            shoulder += off_s * shoulder_at
            hip += off_s * hip_at
        return max(abs(shoulder / spread), abs(hip / spread))


class _SteadyStance:
    """The stance; once the position was held in it, another one must last to replace it."""

    __slots__ = ("_held_since_s", "_last_held_s", "_other_since_s", "_value")

    def __init__(self) -> None:
        self._value: str | None = None
        self._held_since_s = self._last_held_s = self._other_since_s = math.nan

    def update(self, t_s: float, now: str | None) -> str | None:
        """The steady stance, given the one of this frame."""
        if now == self._value:
            self._other_since_s = math.nan
            return now
        if math.isnan(self._other_since_s):
            self._other_since_s = t_s
        held = self._last_held_s - self._held_since_s >= _STANCE_CHANGE_S
        if not held or t_s - self._other_since_s >= _STANCE_CHANGE_S:
            self._value = now
            self._held_since_s = self._last_held_s = self._other_since_s = math.nan
        return self._value

    def held_at(self, t_s: float) -> None:
        """The position is held in this stance."""
        if math.isnan(self._held_since_s):
            self._held_since_s = t_s
        self._last_held_s = t_s


class _Track:
    """Whether the same person is followed from frame to frame, while in position."""

    __slots__ = ("_centre", "_lengths", "_t_s", "_unsettled_until_s")

    _SEGMENTS = (
        (Joint.SHOULDER, Joint.HIP),
        (Joint.HIP, Joint.KNEE),
        (Joint.KNEE, Joint.ANKLE),
    )

    def __init__(self) -> None:
        self._t_s = math.nan
        self._centre = complex(math.nan, math.nan)
        self._lengths: list[float] = []
        self._unsettled_until_s = -math.inf

    def follow(self, t_s: float, body: Body) -> Reason | None:
        """Why this body can't be trusted to be the one of the last frames, or None."""
        centre = (body[Joint.SHOULDER] + body[Joint.HIP]) / 2
        lengths = [abs(body[a] - body[b]) for a, b in self._SEGMENTS]
        dt_s = t_s - self._t_s
        if math.isnan(dt_s) or dt_s > _TRACK_MEMORY_S:
            self._remember(t_s, centre, lengths)
            return None
        jump = abs(centre - self._centre) / self._lengths[0]
        torso_ratio = lengths[0] / self._lengths[0]
        if jump > min(0.4 + 3.0 * dt_s, 1.0) or not 0.65 < torso_ratio < 1.5:
            self._remember(t_s, centre, lengths)
            self._unsettled_until_s = t_s + _UNSETTLED_S
            return view.PERSON_CHANGED
        unlike = any(
            now / before <= 0.7 or now / before >= 1.4
            for now, before in zip(lengths, self._lengths, strict=True)
        )
        gain = min(1.0, dt_s / 0.5)
        kept = [_blended(b, n, gain) for n, b in zip(lengths, self._lengths, strict=True)]
        self._remember(t_s, centre, kept)
        return view.UNSTEADY if unlike or t_s < self._unsettled_until_s else None

    def _remember(self, t_s: float, centre: complex, lengths: list[float]) -> None:
        self._t_s, self._centre, self._lengths = t_s, centre, lengths


def _blended(before: float, now: float, gain: float) -> float:
    """Before, moved towards now; where one is unseen, the other."""
    if math.isnan(now) or math.isnan(before):
        return before if math.isnan(now) else now
    return before + gain * (now - before)
