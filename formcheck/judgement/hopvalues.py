"""From the flights of a bout to what is told of each jump and of all of them together."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from formcheck.judgement.hopbout import ALTERNATE, BoutFit
from formcheck.judgement.hopmeasures import HopMeasure, HopSamples
from formcheck.judgement.repmeasures import Sample
from formcheck.judgement.rule import Exercise, HopMovement, View
from formcheck.kinematics.hopheight import Z95, Heights, heights, times_error_s
from formcheck.kinematics.sounds import HeardSounds
from formcheck.landmarks import Side
from formcheck.types import Bout, Hop, Level

__all__ = [
    "Around",
    "ReadBout",
    "ReadHop",
    "Seen",
    "bout_of",
    "judged",
    "read_hops",
    "with_sound",
]

Array = NDArray[np.float64]

RHYTHM_OF = 8
"""Steadiness of the rhythm is told of so many times from landing to landing."""

_AFTER_LAST_S = 0.3
_SET_FLOOR_MM = 1.5
"""What is wrong with a flight by the camera and the shoes is wrong with all of a bout."""

NEAR_SIDE, NEAR_SIDE_SD = 0.97, 0.022
"""The points that are followed lie on the side that faces the camera, some 0.1 m nearer to it than
the middle of the body: at the usual 3 m everything there looks 3 % larger."""

TORSOS_M = (0.33, 0.72)
"""Shoulder to hip by gravity's scale, from a child's to a tall man's with room to spare (0.288 of
a stature of 1.3 to 2.1 m is 0.37 to 0.60)."""

NOT_ITS_SPEED = "the scale of the clip fits nobody: it may be sped up or slowed down"

_THIRDS_FROM = 9
_CLEARANCE_ERROR = 0.35
_CLEARANCE_FLOOR_CM = 0.5
_DRIFTS = ("height_cm", "contact_ms", "knee_deg", "offset_ms")
_FROM_FRONT = "it is judged only from the front"


@dataclass(frozen=True, slots=True)
class Seen(Sample):
    """A sample, and from where the camera saw it."""

    view: View


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """What is known besides the flights.

    Attributes:
        samples: Features, from before the bout to its end, in order of time.
        standing: Medians of the features while the person stood, by where they were seen from.
        view: From where the camera sees most of it.
        torso_px: Shoulder to hip.
    """

    samples: Sequence[Seen]
    standing: Mapping[View, Mapping[str, float]]
    view: View
    torso_px: float

    def within(self, start_s: float, end_s: float) -> Sequence[Seen]:
        """The samples of a span, and the one that follows it."""
        first = bisect_left(self.samples, start_s, key=lambda seen: seen.t_s)
        last = bisect_left(self.samples, end_s, key=lambda seen: seen.t_s)
        return self.samples[first : last + 1]

    def view_in(self, start_s: float, end_s: float) -> View:
        """From where the camera sees one jump: somebody may turn while they go on."""
        views = [seen.view for seen in self.within(start_s, end_s)] or [self.view]
        # In the order in which they came: a tie has the same answer every time.
        return max(dict.fromkeys(views), key=views.count)


@dataclass(frozen=True, slots=True)
class ReadHop:
    """A jump with all that was measured of it; no limit has a part in it.

    Attributes:
        hop: The jump, without the levels of the checks.
        view: From where the camera saw it.
        offset_s: Landing of the left foot less that of the right; NaN where not told.
    """

    hop: Hop
    view: View
    offset_s: float


@dataclass(frozen=True, slots=True)
class ReadBout:
    """A bout that is over, with all that was measured of it.

    Attributes:
        hops: Its jumps; none where another movement was done instead.
        bout: What is told of all of them together.
        landing_error_s: Standard error of each landing, for finding it in the sound.
    """

    hops: tuple[ReadHop, ...]
    bout: Bout
    landing_error_s: tuple[float, ...]


def read_hops(
    fit: BoutFit,
    exercise: Exercise,
    movement: HopMovement,
    around: Around,
    earlier_s: Sequence[float] = (),
) -> tuple[ReadHop, ...]:
    """The jumps of a fit, measured one by one.

    Args:
        fit: Their flights.
        exercise: What is judged; its limits do not matter here.
        movement: Its movement.
        around: What is known besides.
        earlier_s: Tops of the flights of the same bout before those of the fit.
    """
    flights = fit.flights
    told = _believed(heights(fit.steps, flights), fit, around.torso_px)
    error_s = times_error_s(flights)
    rhythm = _rhythm_pct(np.array([*earlier_s, *fit.apex_s]))[len(earlier_s) :]
    hops = []
    n = len(flights.landing_s)
    for k in range(n):
        last = k + 1 == n
        landing_s = float(flights.landing_s[k])
        # Flights that could not be told may reach into each other.
        end_s = landing_s if last else max(landing_s, float(flights.take_off_s[k + 1]))
        seen_to_s = landing_s + _AFTER_LAST_S if last else end_s
        view = around.view_in(float(flights.take_off_s[k]), end_s)
        values, errors, not_told = _of_flight(fit, told, k, view, float(error_s[k]))
        if last:
            not_told["contact_ms"] = "no jump followed"
        elif told.why_not[k] or told.why_not[k + 1]:
            not_told["contact_ms"] = told.why_not[k] or told.why_not[k + 1]
        else:
            values["contact_ms"] = 1e3 * (end_s - landing_s)
            errors["contact_ms"] = 1e3 * Z95 * float(error_s[k])
        _add_bout_values(values, not_told, fit, k, view, float(rhythm[k]))
        samples = HopSamples(
            around.within(float(flights.take_off_s[k]) - 0.1, seen_to_s),
            float(flights.take_off_s[k]),
            landing_s,
            seen_to_s,
            values, errors, not_told, around.standing.get(view, {}),
        )  # fmt: skip
        hop = _read_all(samples, exercise, movement, view, end_s, _foot(fit, k))
        hops.append(ReadHop(hop, view, float(fit.offset_s[k])))
    return tuple(hops)


def _add_bout_values(
    values: dict[str, float],
    not_told: dict[str, str],
    fit: BoutFit,
    k: int,
    view: View,
    rhythm_pct: float,
) -> None:
    """Adds what one jump has from those around it."""
    if math.isfinite(rhythm_pct):
        values["cadence_cv_pct"] = rhythm_pct
    if "offset_ms" in values and math.isfinite(fit.usual_offset_s[k]):
        values["offset_size_ms"] = 1e3 * abs(float(fit.usual_offset_s[k]))
    elif view is View.FRONT:
        not_told["offset_size_ms"] = (
            "the feet land one after the other"
            if fit.style == ALTERNATE
            else "it takes four jumps in which both feet are seen to land"
        )
    ahead_s = float(fit.heels_ahead_s[k])
    if math.isfinite(ahead_s):
        values["heels_ahead_ms"] = 1e3 * ahead_s


def _believed(told: Heights, fit: BoutFit, torso_px: float) -> Heights:
    """The same, or none where gravity's scale makes nobody of the person."""
    torso_m = torso_px / (NEAR_SIDE * fit.flights.shared.px_per_m)
    low, high = TORSOS_M
    if not math.isfinite(torso_m) or low < torso_m < high:
        return told
    n = len(told.height_m)
    return Heights(np.full(n, np.nan), np.full(n, np.nan), (NOT_ITS_SPEED,) * n)


def _foot(fit: BoutFit, k: int) -> Side | None:
    if fit.style != ALTERNATE or fit.stands[k + 1] < 0:
        return None
    return (Side.LEFT, Side.RIGHT)[int(fit.stands[k + 1])]


def _of_flight(
    fit: BoutFit, told: Heights, k: int, view: View, error_s: float
) -> tuple[dict[str, float], dict[str, float], dict[str, str]]:
    """Values, half ranges and reasons of what the flight itself tells."""
    flights = fit.flights
    values: dict[str, float] = {}
    errors: dict[str, float] = {}
    not_told: dict[str, str] = {}
    height_cm = 100.0 * float(told.height_m[k])
    if told.why_not[k]:
        # All of them come from the same two instants.
        for name in ("height_cm", "clearance_cm", "flight_ms"):
            not_told[name] = told.why_not[k]
    else:
        values["flight_ms"] = 1e3 * float(flights.flight_s[k])
        errors["flight_ms"] = 1e3 * Z95 * error_s
        values["height_cm"] = height_cm
        errors["height_cm"] = 100.0 * Z95 * float(told.error_m[k])
        clearer = int(np.argmin(flights.shared.toe_noise_px))
        values["clearance_cm"] = height_cm * float(flights.shared.gain[clearer].mean())
        errors["clearance_cm"] = _CLEARANCE_FLOOR_CM + _CLEARANCE_ERROR * values["clearance_cm"]
    offset_s = float(fit.offset_s[k])
    if fit.style == ALTERNATE and not math.isfinite(offset_s):
        not_told["offset_ms"] = "the feet land one after the other"
    elif view is not View.FRONT:
        not_told["offset_ms"] = _FROM_FRONT
    elif math.isfinite(offset_s):
        values["offset_ms"] = 1e3 * offset_s
        errors["offset_ms"] = 1e3 * Z95 * math.hypot(float(fit.offset_error_s[k]), 0.003)
    return values, errors, not_told


def _read_all(
    samples: HopSamples,
    exercise: Exercise,
    movement: HopMovement,
    view: View,
    end_s: float,
    foot: Side | None,
) -> Hop:
    """A jump with the readings of every measure."""
    values, not_told = dict(samples.values), dict(samples.not_told)
    for note in movement.notes:
        _read(note, samples, values, not_told)
    for check in exercise.checks:
        if not isinstance(check.measure, HopMeasure):
            continue
        if check.view is not None and check.view is not view:
            name = check.measure.name
            not_told.setdefault(name, f"it is judged only from the {check.view.value}")
            values.pop(name, None)
        else:
            _read(check.measure, samples, values, not_told)
    return Hop(
        samples.take_off_s,
        samples.landing_s,
        end_s,
        foot,
        MappingProxyType(values),
        MappingProxyType(dict(samples.errors)),
        MappingProxyType(not_told),
        MappingProxyType({}),
    )


def judged(read: ReadHop, exercise: Exercise) -> Hop:
    """A jump with the level of every check that could be judged."""
    hop = read.hop
    levels: dict[str, Level] = {}
    for check in exercise.checks:
        measured = isinstance(check.measure, HopMeasure) and check.view in (None, read.view)
        value = hop.values.get(check.measure.name) if measured else None
        error = hop.errors.get(check.measure.name, 0.0)
        if value is not None and error <= abs(check.limits.fault - check.limits.good):
            # In doubt for the jumper: what may as well lie within a limit has not passed it.
            levels[check.code] = check.limits.level(value - check.limits.sign * error)
    return replace(hop, levels=MappingProxyType(levels))


def _read(
    measure: HopMeasure, samples: HopSamples, values: dict[str, float], not_told: dict[str, str]
) -> float | None:
    value = measure.read(samples)
    if math.isnan(value):
        not_told.setdefault(measure.name, measure.unseen or "it was not seen well enough")
        return None
    values[measure.name] = value
    return value


def _rhythm_pct(apex_s: Array) -> Array:
    """(n,) variation of the last eight times from one jump to the next.

    From top to top, which is known to a few milliseconds, whichever foot lands.
    """
    n = len(apex_s)
    variation = np.full(n, np.nan)
    apart_s = np.diff(apex_s)
    for k in range(RHYTHM_OF, n):
        variation[k] = _variation_pct(apart_s[k - RHYTHM_OF : k])
    return variation


def _variation_pct(apart_s: Array) -> float:
    return 100.0 * float(np.std(apart_s, ddof=1)) / float(apart_s.mean())


def bout_of(hops: Sequence[Hop], fit: BoutFit, torso_px: float) -> Bout:
    """What is told of all jumps of a bout together."""
    values: dict[str, float] = {}
    errors: dict[str, float] = {}
    not_judged: dict[str, str] = {}
    names = dict.fromkeys(name for hop in hops for name in (*hop.values, *hop.not_judged))
    for name in names:
        seen = [hop.values[name] for hop in hops if name in hop.values]
        if not seen:
            not_judged[name] = next(h.not_judged[name] for h in hops if name in h.not_judged)
            continue
        values[name] = fmean(seen)
    errors |= _mean_height_error(hops)
    values |= _cadence(fit.apex_s)
    shared = fit.flights.shared
    if math.isfinite(shared.px_per_m_error):
        values["px_per_m"] = NEAR_SIDE * shared.px_per_m
        values["torso_m"] = torso_px / values["px_per_m"]
        errors["px_per_m"] = Z95 * math.hypot(shared.px_per_m_error, NEAR_SIDE_SD * shared.px_per_m)
    return Bout(
        hops[0].take_off_s,
        hops[-1].landing_s,
        len(hops),
        fit.style,
        MappingProxyType(values),
        MappingProxyType(errors),
        MappingProxyType(_drift(hops)),
        MappingProxyType(not_judged),
    )


def _mean_height_error(hops: Sequence[Hop]) -> dict[str, float]:
    own = [hop.errors["height_cm"] for hop in hops if "height_cm" in hop.errors]
    if not own:
        return {}
    by_chance = math.sqrt(sum(e * e for e in own)) / len(own)
    return {"height_cm": math.hypot(by_chance, 0.1 * Z95 * _SET_FLOOR_MM)}


def _cadence(apex_s: Array) -> dict[str, float]:
    if len(apex_s) < 2:
        return {}
    apart_s = np.diff(apex_s)
    told = {"cadence_per_min": 60.0 / float(apart_s.mean())}
    if len(apart_s) >= RHYTHM_OF - 1:
        told["cadence_cv_pct"] = _variation_pct(apart_s)
    return told


def _drift(hops: Sequence[Hop]) -> dict[str, tuple[float, float]]:
    """Means over the first and the last third."""
    if len(hops) < _THIRDS_FROM:
        return {}
    third = len(hops) // 3
    first, last = hops[:third], hops[-third:]
    drift = {}
    for name in _DRIFTS:
        ends = [[h.values[name] for h in part if name in h.values] for part in (first, last)]
        if all(len(end) >= 2 for end in ends):
            drift[name] = (fmean(ends[0]), fmean(ends[1]))
    per_min = [
        60.0 * (len(part) - 1) / (part[-1].landing_s - part[0].landing_s) for part in (first, last)
    ]
    drift["cadence_per_min"] = (per_min[0], per_min[1])
    return drift


def with_sound(
    hops: Sequence[Hop], bouts: Sequence[Bout], heard: HeardSounds
) -> tuple[tuple[Hop, ...], tuple[Bout, ...]]:
    """Jumps and bouts with what was heard of them, or with the reason why nothing was."""
    names = ("loudness_db", "sound_landing_s", "turns")
    if heard.why_not:
        silent = dict.fromkeys(names, heard.why_not)
        return (
            tuple(_noted(hop, {}, silent) for hop in hops),
            tuple(replace(b, not_judged={**b.not_judged, **silent}) for b in bouts),
        )
    told = []
    for hop, landing in zip(hops, heard.landings, strict=True):
        values: dict[str, float] = {}
        if math.isfinite(landing.landing_s):
            values["sound_landing_s"] = landing.landing_s
            values["loudness_db"] = landing.loudness_db
        if landing.turns is not None:
            values["turns"] = float(landing.turns)
        unheard = {name: "it was not heard" for name in names if name not in values}
        told.append(_noted(hop, values, unheard))
    return tuple(told), tuple(_loudness(bout, told, heard) for bout in bouts)


def _noted(hop: Hop, values: Mapping[str, float], reasons: Mapping[str, str]) -> Hop:
    return replace(
        hop,
        values=MappingProxyType({**hop.values, **values}),
        not_judged=MappingProxyType({**hop.not_judged, **reasons}),
    )


def _loudness(bout: Bout, hops: Sequence[Hop], heard: HeardSounds) -> Bout:
    own = [h for h in hops if bout.start_s <= h.take_off_s <= bout.end_s]
    loud = [h.values["loudness_db"] for h in own if "loudness_db" in h.values]
    if len(loud) < _THIRDS_FROM:
        return bout
    third = len(loud) // 3
    ends = fmean(loud[:third]), fmean(loud[-third:])
    values = {**bout.values, "loudness_change_db": ends[1] - ends[0]}
    errors = dict(bout.errors)
    if math.isfinite(heard.loudness_change_error_db):
        errors["loudness_change_db"] = Z95 * heard.loudness_change_error_db
    return replace(
        bout,
        values=MappingProxyType(values),
        errors=MappingProxyType(errors),
        drift=MappingProxyType({**bout.drift, "loudness_db": ends}),
    )
