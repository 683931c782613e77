from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from media_clips import make_clip
from sound_samples import write_clip

from formcheck.media.listening import RATE_HZ, SoundPiece, SoundReader

CLICKS_S = (0.4, 1.1, 2.3, 2.8)


def clicks(length_s: float = 3.0) -> np.ndarray:
    t_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    wave = np.zeros(len(t_s))
    for at_s in CLICKS_S:
        wave += np.where((t_s >= at_s) & (t_s < at_s + 0.01), np.sin(2 * np.pi * 1000 * t_s), 0.0)
    return 0.8 * wave


def listen(path: Path) -> list[SoundPiece]:
    reader = SoundReader.of(path)
    assert reader is not None
    with reader:
        return list(reader)


def clicks_heard_s(pieces: list[SoundPiece]) -> list[float]:
    samples = np.concatenate([p.samples for p in pieces])
    t_s = np.concatenate([p.t_s + np.arange(len(p.samples)) / RATE_HZ for p in pieces])
    loud_s = t_s[np.abs(samples) > 0.4]
    starts = np.flatnonzero(np.diff(loud_s, prepend=-1.0) > 0.1)
    return loud_s[starts].tolist()


@pytest.mark.parametrize(
    ("codec", "ext", "rate_hz"),
    [
        ("aac", "mp4", 48_000),
        ("aac", "mp4", 44_100),
        ("libmp3lame", "mp4", 44_100),
        ("libopus", "mkv", 48_000),
        ("pcm_s16le", "mov", 22_050),
        ("aac", "mp4", 11_025),
    ],
)
def test_sound_is_on_time_at_any_rate(tmp_path: Path, codec: str, ext: str, rate_hz: int) -> None:
    path = write_clip(tmp_path / f"c.{ext}", clicks(), codec=codec, rate_hz=rate_hz)
    pieces = listen(path)
    assert clicks_heard_s(pieces) == pytest.approx(CLICKS_S, abs=2e-3)
    assert pieces[0].samples.dtype == np.float32
    ends_s = [p.t_s + len(p.samples) / RATE_HZ for p in pieces]
    assert [p.t_s for p in pieces[1:]] == pytest.approx(ends_s[:-1], abs=1e-9)
    assert ends_s[-1] == pytest.approx(3.0, abs=0.1)  # encoders fill the last frame up


def test_two_equal_channels_are_as_loud_as_one(tmp_path: Path) -> None:
    pieces = listen(write_clip(tmp_path / "c.mov", clicks(), codec="pcm_s16le"))
    assert max(np.abs(p.samples).max() for p in pieces) == pytest.approx(0.8, abs=0.1)


def test_first_picture_is_time_zero(tmp_path: Path) -> None:
    pictures_s = np.arange(0.7, 3.0, 0.1)
    pieces = listen(write_clip(tmp_path / "c.mkv", clicks(), pictures_s=pictures_s))
    expected = [t_s - 0.7 for t_s in CLICKS_S]
    assert clicks_heard_s(pieces) == pytest.approx(expected, abs=2e-3)
    assert pieces[0].t_s < -0.6


@pytest.mark.parametrize("ext", ["mp4", "mkv"])
def test_sound_that_starts_late_and_ends_early(tmp_path: Path, ext: str) -> None:
    times_s = np.arange(0.0, 6.0, 0.1)
    path = tmp_path / f"c.{ext}"
    pieces = listen(write_clip(path, clicks(), pictures_s=times_s, sound_from_s=1.5))
    expected = [t_s + 1.5 for t_s in CLICKS_S]
    assert clicks_heard_s(pieces) == pytest.approx(expected, abs=2e-3)


def test_after_a_gap_the_time_stamps_are_right(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mkv", clicks(), codec="pcm_s16le", gap_s=(1.5, 2.0))
    pieces = listen(path)
    assert clicks_heard_s(pieces) == pytest.approx(CLICKS_S, abs=2e-3)
    ends_s = np.array([p.t_s + len(p.samples) / RATE_HZ for p in pieces])
    jumps_s = np.array([p.t_s for p in pieces[1:]]) - ends_s[:-1]
    assert np.flatnonzero(jumps_s > 0.4).size == 1
    assert jumps_s.max() == pytest.approx(0.5, abs=0.05)


def test_no_track_no_clip_no_sound_to_read(tmp_path: Path) -> None:
    assert SoundReader.of(make_clip(tmp_path / "silent.mp4")) is None
    assert SoundReader.of(tmp_path / "missing.mp4") is None
    (tmp_path / "text.mp4").write_text("not a clip")
    assert SoundReader.of(tmp_path / "text.mp4") is None


def test_damaged_sound_gives_what_can_be_read(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mkv", clicks(), codec="libopus")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    pieces = listen(path)
    heard_s = clicks_heard_s(pieces)
    assert 1 <= len(heard_s) < len(CLICKS_S)
    assert heard_s == pytest.approx(CLICKS_S[: len(heard_s)], abs=2e-3)


def test_noise_in_the_file_never_raises(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "c.mp4", clicks())
    whole = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for at in rng.integers(200, len(whole), 400):
        whole[at] = rng.integers(256)
    path.write_bytes(bytes(whole))
    reader = SoundReader.of(path)
    if reader is not None:
        with reader:
            assert all(np.isfinite(p.samples).all() for p in reader)
