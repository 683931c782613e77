"""What is heard of jumps: the sound track against the landings that were seen.

Nobody knows how much later a clip's sound is than its picture. It is looked for as the shift that
explains the onsets best, each as one of three: a landing (dull, when a landing was seen), a slap of
the rope (bright, somewhere about the middle of a flight, in every flight at the same place), or
anything else (at any time, of any brightness). An onset adds the logarithm of how much likelier
that mixture makes it than chance alone does. Sound is used only where

- the shift stands out from chance, and from the next best one;
- most landings are heard, no further from where they were seen than the picture's own error;
- the sounds share the jumps' irregularity from beat to beat, or each has a rope before it; and
  they are less regular than a machine. Music fails here that somebody jumps to, or that happens to
  be as fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.types import Onset

__all__ = ["FURTHEST_S", "HeardLanding", "HeardSounds", "SeenJumps", "match_sounds"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FURTHEST_S = 0.3
"""Sound and picture of a camera are not further apart than this."""
_USUAL_S = 0.1
"""Standard deviation of that over cameras."""
_FEWEST = 8
"""Jumps without which no rhythm can be told from chance."""
_ONSET_ERROR_S = 0.003
"""Standard error of an onset."""
_LEAST_ERROR_S = 0.005
"""A picture's landing is never trusted more than this."""
_STEP_S = 0.002
_NEIGHBOUR_S = 0.03
"""Shifts closer than this are one and the same."""

_CHANCE = 0.5
"""Share of the onsets that have nothing to do with the jumps, before any is heard."""
_SLAP_AT = np.linspace(0.2, 0.8, 7)
"""Where in the flight the rope may touch the floor: the same in all flights of a clip."""
_SLAP_SPREAD = 0.07
"""Standard deviation of that from flight to flight."""
_LEAST_FLIGHT_S = 0.05
_USUAL_FLIGHT_S = 0.18
"""Taken where no take-off was seen at all."""

_CLEAR_GAIN = 12.0
"""Log likelihood over chance: far beyond what the best of 300 shifts gains by luck."""
_CLEAR_LEAD = 4.0
"""Log likelihood over the next best shift: 50 to 1."""
_REACH = 4.0
_REACH_S = 0.05
"""A landing is heard within four standard errors of where it was seen, and within this."""
_HEARD_SHARE = 0.6
_WIDEST = 1.35
_WIDEST_OF_FEW = 1.5
"""Spread of heard against seen landings over what the picture's errors explain: at most the one,
or 1 plus the other over the root of their number, which is what chance adds to a few."""
_SURE_Z = 2.0
"""Fisher's z of a correlation, in standard deviations: chance gets there once in 44 clips."""
_FAR = 2.5
"""Standard errors from which on a landing is an outlier."""
_UNSURE_Z = 2.33
"""So far below what is expected the right one is once in 100 clips."""
_FULL = 0.99
"""No correlation is taken for closer: z would run away."""
_FEWEST_INTERVALS = 5
_MACHINE_S = 0.004
"""Standard deviation of intervals that is a machine's: people's are 1.5 to 3 % of half a second
and more, those of produced music 2 ms as onsets measure them."""
_STEADY = 1.6
"""An interval longer than this many median ones is a pause or a landing not heard."""

_ROPE_SHARE = 0.6
_CONTRAST = 0.25
"""How much brighter than the landings a slap is at least."""
_DULL = 0.4
"""Brightness from which a sound that is alone in its jump may as well be the rope."""
_OF_LANDING_S = 0.015
"""An onset this soon before a landing belongs to it."""

UNHEARD = "Nothing was heard: there is no sound track, or nobody listened."


@dataclass(frozen=True, slots=True, eq=False)
class SeenJumps:
    """Jumps as the picture shows them, in order of time.

    Attributes:
        take_off_s: float (N,), when the last foot left the floor; NaN where unknown.
        landing_s: float (N,), when the first foot touched it again.
        error_s: float (N,), standard error of each landing.

    Raises:
        ValueError: the arrays differ in length, or the landings are not in order or not numbers.
    """

    take_off_s: FloatArray
    landing_s: FloatArray
    error_s: FloatArray

    def __post_init__(self) -> None:
        if not len(self.take_off_s) == len(self.landing_s) == len(self.error_s):
            raise ValueError("take-offs, landings and errors differ in number")
        if not np.all(np.isfinite(self.landing_s) & np.isfinite(self.error_s)):
            raise ValueError("a landing or its error is no number")
        if np.any(np.diff(self.landing_s) <= 0):
            raise ValueError("landings are not in order")


@dataclass(frozen=True, slots=True)
class HeardLanding:
    """What was heard of one jump.

    Attributes:
        landing_s: The landing by ear, on the picture's clock; NaN where it was not heard.
        loudness_db: Against the median landing heard; NaN likewise.
        turns: Slaps of the rope in the flight before it (2 is a double-under), or None where none
            was heard or the rope can't be heard at all.
    """

    landing_s: float
    loudness_db: float
    turns: int | None


@dataclass(frozen=True, slots=True)
class HeardSounds:
    """What the sound says of a set of jumps.

    Attributes:
        why_not: Why the sound is not used, as a sentence for people; empty where it is. Then
            everything below is empty or NaN.
        offset_s: How much later a landing is in the sound than in the picture: the camera's own
            delay, the sound's way to it, and how much too early the picture has landings.
        offset_error_s: Standard error of that.
        landing_error_s: Standard error of a landing by ear, apart from that of the offset, which
            is the same for all.
        heard_share: Share of the landings that were heard.
        landings: One for each jump.
        loudness_change_db: Mean of the last third of the landings heard minus that of the first.
        loudness_change_error_db: Standard error of that.
    """

    why_not: str
    offset_s: float = math.nan
    offset_error_s: float = math.nan
    landing_error_s: float = math.nan
    heard_share: float = math.nan
    landings: tuple[HeardLanding, ...] = ()
    loudness_change_db: float = math.nan
    loudness_change_error_db: float = math.nan


def match_sounds(jumps: SeenJumps, onsets: Sequence[Onset] | None) -> HeardSounds:
    """Find the landings of jumps in the onsets of the sound track.

    Args:
        jumps: As seen.
        onsets: In order of time, on the sound's clock; None where there is no sound.
    """
    if onsets is None:
        return HeardSounds(UNHEARD)
    if len(jumps.landing_s) < _FEWEST:
        return HeardSounds(f"Too few jumps to find them in the sound: {_FEWEST} are needed.")
    sounds = _Sounds.of(onsets, jumps)
    if len(sounds.t_s) < _FEWEST:
        return HeardSounds("There are hardly any sounds while the jumps go on.")
    shift_s, gain, lead = _best_shift(jumps, sounds)
    if gain < _CLEAR_GAIN:
        return HeardSounds("The sounds don't go with the landings.")
    if lead < _CLEAR_LEAD:
        return HeardSounds("The sounds could go with the landings in more than one way.")
    heard = _Heard.of(jumps, sounds, shift_s)
    turns = _turns(jumps, sounds, heard)
    why_not = _doubt(jumps, sounds, heard, turns)
    return HeardSounds(why_not) if why_not else _result(sounds, heard, turns)


@dataclass(frozen=True, slots=True, eq=False)
class _Sounds:
    """Onsets around the jumps.

    Attributes:
        t_s: float (K,), on the sound's clock.
        level_db: float (K,).
        brightness: float (K,).
        span_s: Seconds that they are from.
    """

    t_s: FloatArray
    level_db: FloatArray
    brightness: FloatArray
    span_s: float

    @staticmethod
    def of(onsets: Sequence[Onset], jumps: SeenJumps) -> _Sounds:
        around_s = 2.0 * FURTHEST_S
        first_s = float(jumps.landing_s[0]) - around_s
        last_s = float(jumps.landing_s[-1]) + around_s
        near = [o for o in onsets if first_s <= o.t_s <= last_s]
        return _Sounds(
            t_s=np.array([o.t_s for o in near], float),
            level_db=np.array([o.level_db for o in near], float),
            brightness=np.array([o.brightness for o in near], float),
            span_s=last_s - first_s,
        )


def _best_shift(jumps: SeenJumps, sounds: _Sounds) -> tuple[float, float, float]:
    """The likeliest shift of the sound, its gain over chance, its lead over the next best one."""
    shifts_s = np.arange(-FURTHEST_S, FURTHEST_S + _STEP_S / 2, _STEP_S)
    gains = _gains(jumps, sounds, shifts_s)
    # How usual a shift is decides among shifts only; against chance counts what the sounds say.
    likely = gains - 0.5 * (shifts_s / _USUAL_S) ** 2
    best = int(likely.argmax())
    others = likely[np.abs(shifts_s - shifts_s[best]) > _NEIGHBOUR_S]
    return float(shifts_s[best]), float(gains[best]), float(likely[best] - others.max())


def _gains(jumps: SeenJumps, sounds: _Sounds, shifts_s: FloatArray) -> FloatArray:
    """Log likelihood over chance of each shift, float (S,)."""
    flight_s = _flights_s(jumps)
    error_s = _errors_s(jumps)
    slap_error_s = np.hypot(error_s, _SLAP_SPREAD * flight_s)
    # Both are shares of 1 over all brightnesses, as chance is.
    dull, bright = 2.0 * (1.0 - sounds.brightness), 2.0 * sounds.brightness
    gains = np.empty(len(shifts_s))
    for number, shift_s in enumerate(shifts_s):
        t_s = sounds.t_s - shift_s
        landing = dull * _density(t_s, jumps.landing_s, error_s)
        by_place = [
            _log_gain(landing, bright * _density(t_s, slap_s, slap_error_s), sounds.span_s)
            for slap_s in (jumps.landing_s - (1.0 - at) * flight_s for at in _SLAP_AT)
        ]
        most = max(by_place)
        gains[number] = most + math.log(np.mean(np.exp(np.array(by_place) - most)))
    return gains


def _log_gain(landing: FloatArray, slap: FloatArray, span_s: float) -> float:
    of_jumps = 0.5 * (landing + slap) * span_s
    return float(np.log(_CHANCE + (1.0 - _CHANCE) * of_jumps).sum())


def _density(t_s: FloatArray, at_s: FloatArray, error_s: FloatArray) -> FloatArray:
    """Probability a second of onsets that come at one of some moments, float (K,)."""
    after = np.clip(np.searchsorted(at_s, t_s), 1, len(at_s) - 1)
    density = np.zeros(len(t_s))
    for k in (after - 1, after):
        z = (t_s - at_s[k]) / error_s[k]
        density += np.exp(-0.5 * z**2) / error_s[k]
    scaled: FloatArray = density / (math.sqrt(2.0 * math.pi) * len(at_s))
    return scaled


def _errors_s(jumps: SeenJumps) -> FloatArray:
    errors: FloatArray = np.hypot(np.maximum(jumps.error_s, _LEAST_ERROR_S), _ONSET_ERROR_S)
    return errors


def _flights_s(jumps: SeenJumps) -> FloatArray:
    flights_s = jumps.landing_s - jumps.take_off_s
    known = flights_s[np.isfinite(flights_s)]
    usual_s = float(np.median(known)) if len(known) else _USUAL_FLIGHT_S
    filled = np.where(np.isfinite(flights_s), flights_s, usual_s)
    return np.maximum(filled, _LEAST_FLIGHT_S)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """Which onset is which landing.

    Attributes:
        onset: int (N,), index of the onset of each landing; -1 where it was not heard.
        late_s: float (N,), how much later than seen it was heard; NaN where it was not.
        offset_s: The median of those.
    """

    onset: IntArray
    late_s: FloatArray
    offset_s: float

    @staticmethod
    def of(jumps: SeenJumps, sounds: _Sounds, shift_s: float) -> _Heard:
        error_s = _errors_s(jumps)
        reach_s = np.minimum(_REACH * error_s, _REACH_S)
        first = np.searchsorted(sounds.t_s, jumps.landing_s + shift_s - reach_s)
        last = np.searchsorted(sounds.t_s, jumps.landing_s + shift_s + reach_s, "right")
        onset = np.full(len(jumps.landing_s), -1)
        for j, (start, end) in enumerate(zip(first, last, strict=True)):
            if start < end:
                z = (sounds.t_s[start:end] - jumps.landing_s[j] - shift_s) / error_s[j]
                dull = np.maximum(1.0 - sounds.brightness[start:end], 1e-3)
                onset[j] = start + int((np.log(dull) - 0.5 * z**2).argmax())
        late_s = np.where(onset >= 0, sounds.t_s[onset] - jumps.landing_s, np.nan)
        offset_s = float(np.nanmedian(late_s)) if np.any(onset >= 0) else shift_s
        return _Heard(onset, late_s, offset_s)

    @property
    def known(self) -> BoolArray:
        """Whether each landing was heard, bool (N,)."""
        return self.onset >= 0

    @property
    def spread_s(self) -> float:
        """Standard deviation of ``late_s``, which some wrong ones don't change."""
        return _robust_sd(self.late_s[self.known])


def _robust_sd(values: FloatArray) -> float:
    """Standard deviation by the median distance from the median."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _turns(jumps: SeenJumps, sounds: _Sounds, heard: _Heard) -> list[int | None]:
    """Slaps of the rope in every flight; None for all where most flights have none."""
    own = heard.onset[heard.known]
    if not len(own):
        return [None] * len(heard.onset)
    is_slap = sounds.brightness > float(np.median(sounds.brightness[own])) + _CONTRAST
    is_slap[own] = False
    seen_s = jumps.landing_s + heard.offset_s
    landing_s = np.where(heard.known, sounds.t_s[heard.onset], seen_s)
    start_s = landing_s - _flights_s(jumps) - 2.0 * _OF_LANDING_S
    slaps_s = sounds.t_s[is_slap]
    counts = np.searchsorted(slaps_s, landing_s - _OF_LANDING_S) - np.searchsorted(slaps_s, start_s)
    if np.mean(counts > 0) < _ROPE_SHARE:
        return [None] * len(counts)
    return [int(count) if count > 0 else None for count in counts]


def _doubt(jumps: SeenJumps, sounds: _Sounds, heard: _Heard, turns: Sequence[int | None]) -> str:
    """Why the sounds found are not taken for the landings; empty when they are."""
    if heard.known.mean() < _HEARD_SHARE:
        return "Too few landings can be heard."
    # Single ones far off (a landing seen or heard wrongly) count as a little off.
    z = (heard.late_s - heard.offset_s)[heard.known] / _errors_s(jumps)[heard.known]
    spread = math.sqrt(float(np.mean(np.clip(z, -_FAR, _FAR) ** 2)))
    if spread > max(_WIDEST, 1.0 + _WIDEST_OF_FEW / math.sqrt(len(z))):
        return "The sounds don't keep time with the landings."
    rope = any(turns)
    if not rope and np.median(sounds.brightness[heard.onset[heard.known]]) > _DULL:
        return "There is one bright sound a jump: it may be the rope and not the landing."
    return _doubt_of_beat(jumps, sounds, heard, rope)


def _doubt_of_beat(jumps: SeenJumps, sounds: _Sounds, heard: _Heard, rope: bool) -> str:
    """Why the sounds may have a beat of their own; empty when they surely don't."""
    explained_s = float(np.median(_errors_s(jumps)[heard.known]))
    seen_s, heard_s = _steady_intervals(jumps, sounds, heard)
    if len(seen_s) < _FEWEST_INTERVALS:
        return "Too few landings in a row can be heard."
    if min(_robust_sd(heard_s), float(heard_s.std(ddof=1))) < _MACHINE_S:
        return "The sounds are as regular as music: nobody jumps like that."
    found, expected = _shared_irregularity(seen_s, heard_s, explained_s)
    # With a rope before every landing it is enough that the picture does not speak against it.
    if found < (min(_SURE_Z, expected - _UNSURE_Z) if rope else _SURE_Z):
        return "The sounds keep a beat of their own, as music does."
    return ""


def _steady_intervals(
    jumps: SeenJumps, sounds: _Sounds, heard: _Heard
) -> tuple[FloatArray, FloatArray]:
    """Time between landings that follow each other, as seen and as heard, float (M,) each."""
    number = np.flatnonzero(heard.known)
    seen_s = np.diff(jumps.landing_s[number])
    heard_s = np.diff(sounds.t_s[heard.onset[number]])
    steady = (np.diff(number) == 1) & (seen_s < _STEADY * np.median(seen_s))
    return seen_s[steady], heard_s[steady]


def _shared_irregularity(
    seen_s: FloatArray, heard_s: FloatArray, error_s: float
) -> tuple[float, float]:
    """Whether intervals are longer and shorter in the sound when they are in the picture.

    Args:
        seen_s: float (M,), intervals in the picture.
        heard_s: float (M,), the same in the sound.
        error_s: Standard error of a landing in the picture.

    Returns:
        Fisher's z of the correlation, and what it should be about if those are the landings, both
        in standard errors: chance is a standard normal number.
    """
    seen_var, heard_var = float(seen_s.var(ddof=1)), float(heard_s.var(ddof=1))
    if seen_var == 0.0 or heard_var == 0.0:
        return 0.0, 0.0
    # The jumps' own variance is best told by ear; two landings' errors come to it in the picture.
    own = max(0.0, heard_var - 2.0 * _ONSET_ERROR_S**2)
    explained = math.sqrt(own / (own + 2.0 * error_s**2))
    correlation = float(np.corrcoef(seen_s, heard_s)[0, 1])
    scale = math.sqrt(len(seen_s) - 3)
    return (
        math.atanh(min(max(correlation, -_FULL), _FULL)) * scale,
        math.atanh(min(explained, _FULL)) * scale,
    )


def _result(sounds: _Sounds, heard: _Heard, turns: Sequence[int | None]) -> HeardSounds:
    n_heard = int(heard.known.sum())
    level_db = np.where(heard.known, sounds.level_db[heard.onset], np.nan)
    loudness_db = level_db - float(np.nanmedian(level_db))
    by_ear_s = np.where(heard.known, sounds.t_s[heard.onset] - heard.offset_s, np.nan)
    change_db, error_db = _change(loudness_db[heard.known])
    return HeardSounds(
        why_not="",
        offset_s=heard.offset_s,
        # Of a median: by sqrt(pi / 2) more than that of a mean.
        offset_error_s=1.2533 * heard.spread_s / math.sqrt(n_heard),
        landing_error_s=_ONSET_ERROR_S,
        heard_share=n_heard / len(heard.onset),
        landings=tuple(
            HeardLanding(float(t_s), float(db), count)
            for t_s, db, count in zip(by_ear_s, loudness_db, turns, strict=True)
        ),
        loudness_change_db=change_db,
        loudness_change_error_db=error_db,
    )


def _change(values: FloatArray) -> tuple[float, float]:
    """Mean of the last third minus that of the first, and its standard error."""
    third = len(values) // 3
    if third < 2:
        return math.nan, math.nan
    first, last = values[:third], values[-third:]
    error = math.sqrt((float(first.var(ddof=1)) + float(last.var(ddof=1))) / third)
    return float(last.mean() - first.mean()), error
