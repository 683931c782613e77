"""The sound track: every noise when it should be heard, in the file as well. Draws nothing."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")

from studio.motion.performance import Noise
from studio.scene.clip import ClipWriter
from studio.sound.track import Sound, heard_late_s, sound_track
from studio.sound.voices import RATE_HZ

Array = NDArray[np.float64]
NOISES = tuple(
    Noise(0.31 + 0.217 * number, ("landing", "rope")[number % 2], (0.0, -7.0)[number % 2])
    for number in range(10)
)
DURATION_S, DISTANCE_M = 3.0, 3.43


def onset_s(samples: Array, around_s: float) -> float:
    """When the loudness first passes a quarter of its peak within 30 ms of a time."""
    first = round((around_s - 0.03) * RATE_HZ)
    level = np.abs(samples[first : first + round(0.06 * RATE_HZ)])
    return float((first + np.argmax(level > 0.25 * level.max())) / RATE_HZ)


def decoded(path: Path) -> Array:
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    assert frames[0].pts == 0
    assert frames[0].sample_rate == RATE_HZ
    samples: Array = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)
    return samples


def write(path: Path, samples: Array) -> None:
    with ClipWriter(path, 30, 64, 36, sound=(samples, RATE_HZ)) as writer:
        for shade in range(round(DURATION_S * 30)):
            writer.write(np.full((36, 64, 3), shade, np.uint8))


@pytest.mark.parametrize("offset_s", [0.0, 0.12, -0.05])
def test_onsets_are_where_the_truth_has_them(tmp_path: Path, offset_s: float) -> None:
    sound = Sound(offset_s=offset_s)
    late_s = heard_late_s(sound, DISTANCE_M)
    assert late_s == pytest.approx(offset_s + 0.01)
    path = tmp_path / "clip.mp4"
    write(path, sound_track(NOISES, DURATION_S, sound, DISTANCE_M, 4))
    heard = decoded(path)
    for noise in NOISES:
        when_s = noise.t_s + late_s
        assert onset_s(heard, when_s) == pytest.approx(when_s, abs=0.002)


def test_louder_landings_are_louder_and_the_room_is_quiet() -> None:
    def peak(level_db: float) -> float:
        track = sound_track([Noise(0.5, "landing", level_db)], 1.0, Sound(), 0.0, 4)
        assert np.abs(track[: RATE_HZ // 4]).max() < 0.02
        return float(np.abs(track).max())

    assert 20 * np.log10(peak(6.0) / peak(0.0)) == pytest.approx(6.0, abs=0.3)


def test_a_rope_is_brighter_than_a_landing() -> None:
    def centre_hz(kind: str) -> float:
        samples = sound_track([Noise(0.1, kind)], 0.4, Sound(noise_level_db=-90.0), 0.0, 4)
        power = np.abs(np.fft.rfft(samples)) ** 2
        return float((np.fft.rfftfreq(len(samples), 1 / RATE_HZ) @ power) / power.sum())

    assert centre_hz("rope") > 3.0 * centre_hz("landing")


def test_music_drowns_what_people_do_and_keeps_its_own_beat() -> None:
    sound = Sound(noises=False, music_per_min=120.0)
    assert sound.anything_of(())
    assert not Sound(noises=False).anything_of(NOISES)
    assert not Sound(on=False, music_per_min=120.0).anything_of(NOISES)
    track = sound_track(NOISES, 6.0, sound, DISTANCE_M, 4)
    assert np.array_equal(track, sound_track((), 6.0, sound, DISTANCE_M, 4))
    loud = np.abs(track).reshape(-1, RATE_HZ // 100).max(axis=1)
    rises = np.maximum(np.diff(loud), 0.0)
    beats = np.array([rises[phase::50].sum() for phase in range(50)])
    # Half a second apart the same things set in, and nothing else is as loud.
    assert beats.max() > 8.0 * np.median(beats)
    assert 0.2 < np.abs(track).max() < 0.5


def test_the_same_seed_sounds_the_same(tmp_path: Path) -> None:
    tracks = [sound_track(NOISES, DURATION_S, Sound(), DISTANCE_M, seed) for seed in (4, 4, 5)]
    assert np.array_equal(tracks[0], tracks[1])
    assert not np.array_equal(tracks[0], tracks[2])
    for name in ("a", "b"):
        write(tmp_path / f"{name}.mp4", tracks[0])
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_sound_and_pictures_last_equally_long(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, sound_track((), DURATION_S, Sound(), DISTANCE_M, 4))
    with av.open(str(path)) as container:
        (video,), (audio,) = container.streams.video, container.streams.audio
        assert video.duration is not None
        assert audio.duration is not None
        assert float(video.duration * video.time_base) == pytest.approx(DURATION_S, abs=0.04)
        assert float(audio.duration * audio.time_base) == pytest.approx(DURATION_S, abs=0.04)
