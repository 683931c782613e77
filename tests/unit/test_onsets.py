from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from media_clips import make_clip
from sound_samples import FloatArray, burst, in_pieces, put, room, slap, thud, voice, write_clip

from formcheck.media.listening import RATE_HZ, SoundPiece
from formcheck.perception.onsets import OnsetFinder, onsets_in
from formcheck.types import Onset

FOLDER = Path(__file__).parents[2] / "test_videos" / "jump_rope"
TRUTHS = [
    path
    for path in sorted(FOLDER.glob("*.truth.json"))
    if json.loads(path.read_text())["events"]["noises"] and json.loads(path.read_text())["sound"]
]
"""Clips in which something of the jumps is to be heard; one has music instead."""


def heard(pieces: list[SoundPiece]) -> list[Onset]:
    finder = OnsetFinder()
    return [o for p in pieces for o in finder.hear(p)] + finder.finish()


def heard_in(wave: FloatArray) -> list[Onset]:
    return heard(list(in_pieces(wave)))


def jumps(seed: int = 1, level_db: float = -12.0) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ten seconds of jumps with their rope: the wave, when landings set in, when slaps do."""
    rng = np.random.default_rng(seed)
    wave = room(rng, 10.0)
    landings_s = 0.8 + np.cumsum(rng.normal(0.46, 0.01, 18))
    slaps_s = landings_s - 0.09
    for landing_s, slap_s in zip(landings_s, slaps_s, strict=True):
        put(wave, landing_s, thud(rng), level_db)
        put(wave, slap_s, slap(rng), level_db - 4)
    return wave, landings_s, slaps_s


def nearest(onsets: list[Onset], times_s: FloatArray) -> list[Onset]:
    return [min(onsets, key=lambda o: abs(o.t_s - t)) for t in times_s]


@pytest.mark.parametrize("level_db", [-3.0, -12.0, -22.0])
def test_landings_and_slaps_are_found_to_two_milliseconds(level_db: float) -> None:
    wave, landings_s, slaps_s = jumps(level_db=level_db)
    onsets = heard_in(wave)
    assert len(onsets) == 36
    for times_s in (landings_s, slaps_s):
        errors_s = np.array([o.t_s for o in nearest(onsets, times_s)]) - times_s
        assert np.median(np.abs(errors_s)) < 0.002
        assert np.abs(errors_s).max() < 0.006


def test_slaps_are_bright_and_landings_dull() -> None:
    wave, landings_s, slaps_s = jumps()
    onsets = heard_in(wave)
    assert max(o.brightness for o in nearest(onsets, landings_s)) < 0.35
    assert min(o.brightness for o in nearest(onsets, slaps_s)) > 0.65


def test_level_follows_the_sound() -> None:
    rng = np.random.default_rng(3)
    wave, sound = room(rng, 8.0), thud(rng)
    levels_db = [-30.0, -24.0, -18.0, -12.0, -6.0]
    for k, level_db in enumerate(levels_db):
        put(wave, 1.0 + 1.2 * k, sound, level_db)
    found_db = [o.level_db for o in heard_in(wave)]
    assert np.diff(found_db) == pytest.approx([6.0] * 4, abs=0.3)
    assert -20 < found_db[-1] < -6


def test_background_is_taken_away_from_the_level() -> None:
    rng = np.random.default_rng(4)
    sound = thud(rng)
    found_db = []
    for level_db in (-80.0, -30.0):
        wave = room(rng, 4.0, level_db)
        put(wave, 2.0, sound, -12.0)
        found_db.append(next(o.level_db for o in heard_in(wave) if abs(o.t_s - 2.0) < 0.01))
    assert found_db[0] == pytest.approx(found_db[1], abs=0.7)


def test_pieces_of_any_size_give_the_same() -> None:
    wave, _, _ = jumps()
    expected = heard(list(in_pieces(wave, size=1024)))
    for size in (160, 1999, len(wave)):
        onsets = heard(list(in_pieces(wave, size=size)))
        assert [o.t_s for o in onsets] == pytest.approx([o.t_s for o in expected], abs=1e-9)
        assert [o.level_db for o in onsets] == [o.level_db for o in expected]


def test_an_onset_is_told_soon() -> None:
    wave, _, _ = jumps()
    finder = OnsetFinder()
    for piece in in_pieces(wave, size=160):
        end_s = piece.t_s + len(piece.samples) / RATE_HZ
        assert all(end_s - o.t_s < 0.25 for o in finder.hear(piece))


@pytest.mark.parametrize("level_db", [-120.0, -50.0, -20.0])
def test_steady_noise_has_no_onsets(level_db: float) -> None:
    assert heard_in(room(np.random.default_rng(5), 20.0, level_db)) == []


def test_silence_and_a_hum_have_no_onsets() -> None:
    assert heard_in(np.zeros(5 * RATE_HZ)) == []
    t_s = np.arange(5 * RATE_HZ) / RATE_HZ
    assert heard_in(0.3 * np.sin(2 * np.pi * 50 * t_s) + 0.2) == []


def test_clipped_sound_is_still_on_time() -> None:
    wave, landings_s, _ = jumps(level_db=12.0)
    onsets = heard_in(np.clip(wave, -1.0, 1.0))
    errors_s = np.array([o.t_s for o in nearest(onsets, landings_s)]) - landings_s
    assert np.median(np.abs(errors_s)) < 0.003


def test_landings_under_a_voice() -> None:
    wave, landings_s, _ = jumps(level_db=-6.0)
    rng = np.random.default_rng(6)
    onsets = heard_in(wave + 0.3 * voice(rng, 10.0))
    errors_s = np.array([o.t_s for o in nearest(onsets, landings_s)]) - landings_s
    assert np.mean(np.abs(errors_s) < 0.01) > 0.8


def test_a_gap_is_no_onset_and_times_go_on_behind_it() -> None:
    rng = np.random.default_rng(7)
    wave = room(rng, 6.0, -30.0)
    put(wave, 5.0, thud(rng), -6.0)
    early = list(in_pieces(wave[: 2 * RATE_HZ]))
    late = list(in_pieces(wave[3 * RATE_HZ :], start_s=3.0))
    assert [o.t_s for o in heard([*early, *late])] == pytest.approx([5.0], abs=0.003)


def test_two_sounds_close_together_are_two() -> None:
    rng = np.random.default_rng(8)
    wave = room(rng, 3.0)
    for at_s in (1.0, 1.06):
        put(wave, at_s, burst(rng, (100.0, 1500.0), 0.01), -8.0)
    assert [o.t_s for o in heard_in(wave)] == pytest.approx([1.0, 1.06], abs=0.004)


def test_a_clip_with_and_without_sound(tmp_path: Path) -> None:
    wave, landings_s, _ = jumps()
    onsets = onsets_in(write_clip(tmp_path / "c.mp4", wave))
    assert onsets is not None
    errors_s = np.array([o.t_s for o in nearest(list(onsets), landings_s)]) - landings_s
    assert np.median(np.abs(errors_s)) < 0.003
    assert onsets_in(make_clip(tmp_path / "silent.mp4")) is None
    quiet = onsets_in(write_clip(tmp_path / "q.mp4", np.zeros(2 * RATE_HZ)))
    assert quiet == ()


@pytest.mark.parametrize("path", TRUTHS, ids=lambda p: p.name.split(".")[0])
def test_the_noises_of_rendered_clips(path: Path) -> None:
    truth = json.loads(path.read_text())
    onsets = onsets_in(path.with_name(path.name.replace(".truth.json", ".mp4")))
    assert onsets is not None
    noises = truth["events"]["noises"]
    times_s = np.array([n["t_s"] for n in noises]) + truth["sound"]["late_s"]
    found = nearest(list(onsets), times_s)
    errors_s = np.array([o.t_s for o in found]) - times_s
    assert np.mean(np.abs(errors_s) < 0.015) > 0.95
    assert np.median(np.abs(errors_s)) < 0.0025
    assert len(onsets) <= 1.05 * len(noises)


def test_memory_stays_flat() -> None:
    rng = np.random.default_rng(9)
    second = room(rng, 1.0)
    put(second, 0.5, thud(rng))
    finder = OnsetFinder()
    sizes = []
    tracemalloc.start()
    for k in range(60):
        for piece in in_pieces(second, start_s=float(k)):
            finder.hear(piece)
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[-1] < sizes[9] + 100_000
