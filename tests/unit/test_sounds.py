from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sound_samples import FloatArray, in_pieces, put, room, slap, thud, voice

from formcheck.kinematics.sounds import UNHEARD, HeardSounds, SeenJumps, match_sounds
from formcheck.perception.onsets import OnsetFinder, onsets_in
from formcheck.types import Onset

FOLDER = Path(__file__).parents[2] / "test_videos" / "jump_rope"
ERROR_S = 0.008


@dataclass
class Scene:
    """Jumps as they were, as the picture shows them, and the onsets of their sound."""

    landings_s: FloatArray
    seen: SeenJumps
    onsets: list[Onset]

    def heard(self) -> HeardSounds:
        return match_sounds(self.seen, sorted(self.onsets, key=lambda o: o.t_s))


def jumped(
    seed: int,
    n: int = 20,
    *,
    period_s: float = 0.46,
    unsteady_s: float = 0.010,
    flight_s: float = 0.17,
    error_s: float = ERROR_S,
) -> tuple[np.random.Generator, FloatArray, SeenJumps]:
    rng = np.random.default_rng(seed)
    landings_s = 1.0 + np.cumsum(rng.normal(period_s, unsteady_s, n))
    seen_s = landings_s + rng.normal(0.0, error_s, n)
    take_offs_s = landings_s - flight_s + rng.normal(0.0, error_s, n)
    return rng, landings_s, SeenJumps(take_offs_s, seen_s, np.full(n, error_s))


def thuds(rng: np.random.Generator, times_s: FloatArray, level_db: float = -20.0) -> list[Onset]:
    return [
        Onset(t + rng.normal(0, 0.002), level_db + rng.normal(0, 1.5), rng.uniform(0.05, 0.3))
        for t in times_s.tolist()
    ]


def slaps(rng: np.random.Generator, times_s: FloatArray) -> list[Onset]:
    return [
        Onset(t + rng.normal(0, 0.004), -22 + rng.normal(0, 2), rng.uniform(0.6, 1.0))
        for t in times_s.tolist()
    ]


def with_rope(seed: int, offset_s: float = 0.0, **how: float) -> Scene:
    rng, landings_s, seen = jumped(seed, **how)
    middle_s = landings_s - how.get("flight_s", 0.17) / 2
    onsets = thuds(rng, landings_s + offset_s) + slaps(rng, middle_s + offset_s)
    return Scene(landings_s, seen, onsets)


@pytest.mark.parametrize("offset_s", [-0.2, -0.08, 0.0, 0.05, 0.13, 0.2])
@pytest.mark.parametrize("seed", [1, 2])
def test_offset_and_landings_are_found(offset_s: float, seed: int) -> None:
    scene = with_rope(seed, offset_s)
    heard = scene.heard()
    assert heard.why_not == ""
    assert heard.offset_s == pytest.approx(offset_s, abs=0.008)
    assert abs(heard.offset_s - offset_s) < 3.5 * heard.offset_error_s
    by_ear_s = np.array([h.landing_s for h in heard.landings])
    shift_s = heard.offset_s - offset_s
    assert np.nanmax(np.abs(by_ear_s + shift_s - scene.landings_s)) < 0.008
    assert heard.heard_share >= 0.9
    assert {h.turns for h in heard.landings} <= {1, None}
    assert [h.turns for h in heard.landings].count(1) >= 18


def test_by_ear_is_nearer_than_by_eye() -> None:
    scene = with_rope(3, 0.1, error_s=0.015)
    heard = scene.heard()
    by_ear_s = np.array([h.landing_s for h in heard.landings]) - scene.landings_s
    by_eye_s = scene.seen.landing_s - scene.landings_s
    assert np.nanstd(by_ear_s) < 0.4 * by_eye_s.std()


@pytest.mark.parametrize("offset_s", [-0.1, 0.04])
def test_landings_without_a_rope_go_by_their_irregularity(offset_s: float) -> None:
    rng, landings_s, seen = jumped(4, 30, unsteady_s=0.02)
    heard = Scene(landings_s, seen, thuds(rng, landings_s + offset_s)).heard()
    assert heard.why_not == ""
    assert heard.offset_s == pytest.approx(offset_s, abs=0.008)
    assert {h.turns for h in heard.landings} == {None}


def test_landings_too_regular_to_tell_from_a_beat_are_refused() -> None:
    rng, landings_s, seen = jumped(5, 12, unsteady_s=0.004, error_s=0.015)
    assert match_sounds(seen, thuds(rng, landings_s)).why_not != ""


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tempo", [0.95, 0.98, 1.0, 0.5])
def test_music_nearly_as_fast_is_refused(tempo: float, seed: int) -> None:
    rng, landings_s, seen = jumped(seed)
    beats_s = rng.uniform(0, 0.46) + 0.46 * tempo * np.arange(round(25 / tempo))
    hats_s = beats_s - 0.115
    for onsets in (thuds(rng, beats_s), thuds(rng, beats_s) + slaps(rng, hats_s)):
        heard = Scene(landings_s, seen, onsets).heard()
        assert heard.why_not != ""
        assert heard.landings == ()
        assert math.isnan(heard.offset_s)


@pytest.mark.parametrize("seed", range(6))
def test_jumping_to_music_is_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    beats_s = 1.0 + 0.46 * np.arange(24)
    landings_s = beats_s + rng.normal(0.0, 0.012, 24)
    seen_s = landings_s + rng.normal(0.0, ERROR_S, 24)
    seen = SeenJumps(seen_s - 0.17, seen_s, np.full(24, ERROR_S))
    onsets = thuds(rng, beats_s)
    assert match_sounds(seen, onsets).why_not != ""


@pytest.mark.parametrize("brightness", [0.5, 0.95])
def test_a_rope_alone_is_not_taken_for_landings(brightness: float) -> None:
    rng, landings_s, seen = jumped(6)
    onsets = [Onset(t - 0.085 + rng.normal(0, 0.003), -20.0, brightness) for t in landings_s]
    assert match_sounds(seen, onsets).why_not != ""


def test_the_same_a_jump_later_is_refused_when_jumps_are_all_alike() -> None:
    rng, landings_s, seen = jumped(
        7, 30, period_s=0.26, unsteady_s=0.004, flight_s=0.1, error_s=0.012
    )
    offset_s = 0.13  # half a period either way
    onsets = thuds(rng, landings_s + offset_s)
    assert match_sounds(seen, onsets).why_not != ""


def test_louder_landings_are_told_with_their_error() -> None:
    rng, landings_s, seen = jumped(8, 30)
    loud_db = np.where(np.arange(30) >= 20, 6.0, 0.0)
    onsets = slaps(rng, landings_s - 0.085)
    onsets += [
        Onset(t, -20 + db + rng.normal(0, 1), 0.1)
        for t, db in zip(landings_s, loud_db, strict=True)
    ]
    heard = Scene(landings_s, seen, onsets).heard()
    assert heard.loudness_change_db == pytest.approx(6.0, abs=1.2)
    assert 0.2 < heard.loudness_change_error_db < 0.8
    loudness_db = np.array([h.loudness_db for h in heard.landings])
    assert np.nanmedian(loudness_db) == pytest.approx(0.0, abs=1e-9)
    assert np.nanmean(loudness_db[20:]) - np.nanmean(loudness_db[:20]) > 4.5


def test_landings_not_heard_stay_unknown() -> None:
    rng, landings_s, seen = jumped(9, 24)
    silent = np.arange(24) % 4 == 1
    onsets = thuds(rng, landings_s[~silent] + 0.06) + slaps(rng, landings_s - 0.085 + 0.06)
    heard = Scene(landings_s, seen, onsets).heard()
    assert heard.why_not == ""
    assert heard.heard_share == pytest.approx(0.75, abs=0.05)
    missing = np.array([math.isnan(h.landing_s) for h in heard.landings])
    assert np.all(missing[silent])
    assert np.array_equal(missing, np.isnan([h.loudness_db for h in heard.landings]))
    assert heard.offset_s == pytest.approx(0.06, abs=0.008)


def test_alternating_feet() -> None:
    scene = with_rope(10, 0.07, period_s=0.33, flight_s=0.12, n=30, unsteady_s=0.012)
    heard = scene.heard()
    assert heard.why_not == ""
    assert heard.offset_s == pytest.approx(0.07, abs=0.008)


def test_second_foot_is_not_taken_for_the_landing() -> None:
    scene = with_rope(11, 0.03)
    rng = np.random.default_rng(0)
    scene.onsets += thuds(rng, scene.landings_s + 0.03 + 0.07)
    heard = scene.heard()
    assert heard.offset_s == pytest.approx(0.03, abs=0.008)


def test_two_slaps_in_a_flight_are_a_double_under() -> None:
    rng, landings_s, seen = jumped(12, 20, period_s=0.6, flight_s=0.3, unsteady_s=0.015)
    double = np.arange(20) % 5 == 4
    onsets = thuds(rng, landings_s) + slaps(rng, landings_s[~double] - 0.15)
    onsets += slaps(rng, landings_s[double] - 0.22) + slaps(rng, landings_s[double] - 0.09)
    heard = Scene(landings_s, seen, onsets).heard()
    assert [h.turns for h in heard.landings] == np.where(double, 2, 1).tolist()


def test_other_noises_do_not_matter() -> None:
    scene = with_rope(13, -0.05)
    rng = np.random.default_rng(1)
    scene.onsets += [Onset(t, -30.0, rng.uniform(0, 1)) for t in rng.uniform(0, 11, 22).tolist()]
    heard = scene.heard()
    assert heard.why_not == ""
    assert heard.offset_s == pytest.approx(-0.05, abs=0.008)


def test_sound_from_another_time_is_refused() -> None:
    scene = with_rope(14)
    _, other_s, _ = jumped(15, period_s=0.53)
    rng = np.random.default_rng(2)
    onsets = sorted(thuds(rng, other_s) + slaps(rng, other_s - 0.09), key=lambda o: o.t_s)
    assert match_sounds(scene.seen, onsets).why_not != ""


def test_nothing_to_hear() -> None:
    _, _, seen = jumped(16)
    assert match_sounds(seen, None).why_not == UNHEARD
    assert "hardly any sounds" in match_sounds(seen, ()).why_not
    _, landings_s, few = jumped(17, 6)
    assert "Too few jumps" in match_sounds(few, thuds(np.random.default_rng(0), landings_s)).why_not


def test_jumps_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="in order"):
        SeenJumps(np.zeros(2), np.array([2.0, 1.0]), np.ones(2))
    with pytest.raises(ValueError, match="no number"):
        SeenJumps(np.zeros(2), np.array([1.0, math.nan]), np.ones(2))
    with pytest.raises(ValueError, match="differ in number"):
        SeenJumps(np.zeros(1), np.array([1.0, 2.0]), np.ones(2))


def onsets_of(wave: FloatArray) -> list[Onset]:
    finder = OnsetFinder()
    return [o for p in in_pieces(wave) for o in finder.hear(p)] + finder.finish()


def sound_of(landings_s: FloatArray, level_db: float, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    wave = room(rng, float(landings_s[-1]) + 1.0)
    for t in landings_s:
        put(wave, t, thud(rng), level_db)
        put(wave, t - 0.085, slap(rng), level_db - 4)
    return wave


@pytest.mark.parametrize("level_db", [-20.0, 14.0])
def test_from_the_sound_itself_clipped_or_not(level_db: float) -> None:
    _, landings_s, seen = jumped(18)
    wave = np.clip(sound_of(landings_s + 0.09, level_db, 18), -1.0, 1.0)
    heard = match_sounds(seen, onsets_of(wave))
    assert heard.why_not == ""
    assert heard.offset_s == pytest.approx(0.09, abs=0.008)


@pytest.mark.parametrize("seed", range(4))
def test_a_voice_is_refused(seed: int) -> None:
    rng, landings_s, seen = jumped(seed)
    onsets = onsets_of(voice(rng, float(landings_s[-1]) + 1.0))
    assert len(onsets) > 10
    assert match_sounds(seen, onsets).why_not != ""


def test_an_hour_of_jumps_takes_no_time_to_speak_of() -> None:
    scene = with_rope(19, 0.02, n=2000)
    assert scene.heard().offset_s == pytest.approx(0.02, abs=0.002)


def rendered() -> list[Path]:
    """Clips with sound and with enough jumps to find them in it."""
    clips = []
    for path in sorted(FOLDER.glob("*.truth.json")):
        truth = json.loads(path.read_text())
        heard = truth.get("sound") and truth["events"]["noises"]
        if heard and len(truth["events"]["hops"]) >= 10:
            clips.append(path)
    return clips


def test_a_rendered_clip_with_music_is_refused() -> None:
    path = FOLDER / "rope_side_music.truth.json"
    hops = json.loads(path.read_text())["events"]["hops"]
    landings_s = np.array([hop["landing_s"] for hop in hops])
    take_offs_s = np.array([hop["take_off_s"] for hop in hops])
    seen = SeenJumps(take_offs_s, landings_s, np.full(len(hops), ERROR_S))
    onsets = onsets_in(FOLDER / "rope_side_music.mp4")
    assert onsets
    assert match_sounds(seen, onsets).why_not


@pytest.mark.parametrize("path", rendered(), ids=lambda p: p.name.split(".")[0])
def test_rendered_clips(path: Path) -> None:
    truth = json.loads(path.read_text())
    hops = truth["events"]["hops"]
    landings_s = np.array([h["landing_s"] for h in hops])
    take_offs_s = np.array([h["take_off_s"] for h in hops])
    rng = np.random.default_rng(1)
    seen_s = landings_s + rng.normal(0.005, ERROR_S, len(hops))
    seen = SeenJumps(take_offs_s, seen_s, np.full(len(hops), ERROR_S))
    heard = match_sounds(seen, onsets_in(path.with_name(path.name.replace(".truth.json", ".mp4"))))
    assert heard.why_not == ""
    # The picture's landings are 5 ms late, the sound by its way through the air.
    assert heard.offset_s == pytest.approx(truth["sound"]["late_s"] - 0.005, abs=0.008)
    by_ear_s = np.array([h.landing_s for h in heard.landings]) + heard.offset_s
    errors_s = by_ear_s - truth["sound"]["late_s"] - landings_s
    assert np.nanmedian(np.abs(errors_s)) < 0.003
    slaps_s = np.array([n["t_s"] for n in truth["events"]["noises"] if n["kind"] == "rope"])
    turns = [
        int(np.sum((slaps_s > start_s) & (slaps_s < end_s))) or None
        for start_s, end_s in zip(take_offs_s, landings_s, strict=True)
    ]
    assert np.mean([h.turns == n for h, n in zip(heard.landings, turns, strict=True)]) > 0.95
