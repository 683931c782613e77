"""A clip that is slower around some of its moments."""

from __future__ import annotations

from pathlib import Path

import av
import hop_samples
import numpy as np
import pytest
from media_clips import make_clip, picture

from formcheck.errors import MediaError
from formcheck.media.reader import VideoReader
from formcheck.media.slowmotion import FACTOR, is_slowed, slow_clip, slow_time, slowed_spans
from formcheck.presentation.canvas import Canvas
from formcheck.presentation.slowstamp import SlowStamp, source_time


def test_stretches_are_joined_where_they_touch():
    assert slowed_spans([]) == ()
    assert slowed_spans([2.0, 1.0]) == pytest.approx(np.array([(0.85, 1.25), (1.85, 2.25)]))
    assert slowed_spans([1.0, 1.3]) == pytest.approx(np.array([(0.85, 1.55)]))
    assert slowed_spans([0.05])[0][0] == 0.0


def test_time_runs_slowly_inside_and_as_always_outside():
    spans = slowed_spans([1.0, 2.0])
    t_s = np.linspace(0.0, 3.0, 301)
    shown = np.array([slow_time(t, spans) for t in t_s])
    speed = np.diff(shown) / np.diff(t_s)
    middle = (t_s[:-1] + t_s[1:]) / 2
    slowed = np.array([is_slowed(t, spans) for t in middle])
    assert speed[slowed] == pytest.approx(FACTOR)
    assert speed[~slowed] == pytest.approx(1.0)
    assert shown[-1] == pytest.approx(3.0 + 0.8 * (FACTOR - 1))


def test_a_clip_of_varying_rate_keeps_every_picture_at_its_stretched_time(tmp_path: Path):
    steps_s = np.tile([0.02, 0.05, 0.033, 0.04], 12)
    times_s = np.concatenate([[0.0], np.cumsum(steps_s)]).round(4).tolist()
    source = make_clip(tmp_path / "a.mp4", times_s, audio="aac")
    told: list[float] = []
    slow_clip(source, tmp_path / "slow.mp4", [0.8], progress=told.append)
    with VideoReader(tmp_path / "slow.mp4") as reader:
        frames = list(reader)
        assert not reader.info.has_audio
    spans = slowed_spans([0.8])
    expected = [slow_time(t, spans) for t in times_s]
    assert [frame.t_s for frame in frames] == pytest.approx(expected, abs=1e-3)
    assert told == pytest.approx(times_s, abs=1e-3)
    assert np.abs(frames[30].image_rgb.astype(int) - picture(30)).mean() < 12


def test_the_stamp_sees_the_time_of_the_source_and_writes_on_a_copy(tmp_path: Path):
    source = make_clip(tmp_path / "a.mp4", n=60)
    seen: list[tuple[float, bool]] = []

    def stamp(image, t_s, slowed):
        seen.append((t_s, slowed))
        image[:] = 255

    slow_clip(source, tmp_path / "slow.mp4", [1.0], stamp)
    assert [t for t, _ in seen] == pytest.approx([k / 30 for k in range(60)], abs=1e-3)
    assert sum(slowed for _, slowed in seen) == 12  # 0.4 s of 30 frames a second
    with VideoReader(tmp_path / "slow.mp4") as reader:
        assert next(iter(reader)).image_rgb.min() > 250


def test_cancelling_leaves_no_file(tmp_path: Path):
    source = make_clip(tmp_path / "a.mp4", n=60)

    def cancelled(t_s: float) -> None:
        if t_s > 1.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        slow_clip(source, tmp_path / "slow.mp4", [1.0], progress=cancelled)
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4"}


def test_a_source_that_is_gone_is_an_error_and_makes_no_file(tmp_path: Path):
    with pytest.raises(MediaError):
        slow_clip(tmp_path / "gone.mp4", tmp_path / "slow.mp4", [1.0])
    assert list(tmp_path.iterdir()) == []


def test_the_slowed_clip_opens_in_players(tmp_path: Path):
    source = make_clip(tmp_path / "a.mp4", n=30)
    slow_clip(source, tmp_path / "slow.mp4", [0.5])
    with av.open(str(tmp_path / "slow.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert float(container.duration / av.time_base) == pytest.approx(1.0 + 1.2, abs=0.15)


# What is written on it


def test_times_of_the_source():
    assert source_time(1.174) == "0:01.17"
    assert source_time(59.999) == "1:00.00"
    assert source_time(83.5) == "1:23.50"


def test_the_stamp_tells_the_time_the_speed_and_the_landing():
    found = hop_samples.hops_from(1.0, 3)
    stamp = SlowStamp(Canvas.of(640, 360), found, 4.0)
    landing_s = found[1].landing_s
    assert stamp.words(0.5, False) == "0:00.50"
    assert stamp.words(landing_s - 0.1, True).endswith("4 times slower")
    assert stamp.words(landing_s + 0.01, True).endswith("4 times slower  ·  landing 2")
    assert stamp.words(landing_s + 0.2, True).endswith("slower")


def test_the_stamp_leaves_the_panel_alone():
    canvas = Canvas.of(640, 360)
    stamp = SlowStamp(canvas, hop_samples.hops_from(1.0, 3), 4.0)
    image = np.full((canvas.height_px, canvas.width_px, 3), 128, np.uint8)
    stamp(image, 1.2, True)
    assert (image[: canvas.panel_height_px] == 128).all()
    assert (image[canvas.panel_height_px :] != 128).any()
