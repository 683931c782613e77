"""The clip of a bundle: H.264 in mp4, upright, its pictures the rows of the trace."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from media_clips import click_s, make_clip

from formcheck.errors import MediaError
from formcheck.media.keptclip import How, clip_to_keep, filmed_at
from formcheck.media.reader import VideoReader
from formcheck.types import Frame

VARIABLE_S = [0.0, 0.033, 0.05, 0.117, 0.2, 0.21, 0.4, 0.433, 0.7, 0.733]


def frames(path: Path) -> list[Frame]:
    with VideoReader(path) as reader:
        return list(reader)


def kept(clip: Path, target: Path) -> How:
    """Keeps a clip at the target, as a bundle does."""
    folder = target.parent
    before = sorted(folder.iterdir())
    times_s = [frame.t_s for frame in frames(clip)]
    with clip_to_keep(clip, times_s, folder) as (path, how):
        data = path.read_bytes()
    assert sorted(folder.iterdir()) == before
    target.write_bytes(data)
    return how


def with_words(source: Path, target: Path, words: dict[str, str]) -> Path:
    """The same clip with what a phone writes about it."""
    options = {"movflags": "use_metadata_tags"}
    with av.open(str(source)) as clip, av.open(str(target), "w", options=options) as out:
        out.metadata.update(words)
        stream = clip.streams.video[0]
        copied = out.add_stream_from_template(stream)
        for packet in clip.demux(stream):
            if packet.dts is not None:
                packet.stream = copied
                out.mux(packet)
    return target


MAKERS: dict[str, tuple[Callable[[Path], Path], How]] = {
    "mp4": (lambda p: make_clip(p / "a.mp4"), How.AS_IT_CAME),
    "mp4, sound": (lambda p: make_clip(p / "a.mp4", audio="aac"), How.AS_IT_CAME),
    "mp4, variable": (lambda p: make_clip(p / "a.mp4", VARIABLE_S), How.AS_IT_CAME),
    "mov": (lambda p: make_clip(p / "a.mov"), How.MOVED),
    "mov, sound": (lambda p: make_clip(p / "a.mov", audio="pcm_s16le", n=60), How.MOVED),
    # Its packets do not say in which order they are decoded.
    "mkv, variable": (lambda p: make_clip(p / "a.mkv", VARIABLE_S), How.ENCODED),
    "ts": (lambda p: make_clip(p / "a.ts"), How.MOVED),
    "turned": (lambda p: make_clip(p / "a.mp4", rotation_deg=90), How.ENCODED),
    "upside down": (lambda p: make_clip(p / "a.mp4", rotation_deg=180), How.ENCODED),
    "stretched": (lambda p: make_clip(p / "a.mp4", sar=Fraction(4, 3)), How.ENCODED),
    "10 bit": (lambda p: make_clip(p / "a.mp4", pix_fmt="yuv420p10le"), How.ENCODED),
    "turned, variable": (
        lambda p: make_clip(p / "a.mov", VARIABLE_S, rotation_deg=270, audio="aac"),
        How.ENCODED,
    ),
    "webm": (lambda p: make_clip(p / "a.webm", codec="libvpx-vp9"), How.ENCODED),
    "avi": (lambda p: make_clip(p / "a.avi", codec="mpeg4", fps=25), How.ENCODED),
}


@pytest.mark.parametrize("made", MAKERS)
def test_every_picture_of_the_trace_is_in_the_kept_clip(tmp_path: Path, made: str) -> None:
    make, how = MAKERS[made]
    clip = make(tmp_path)
    (tmp_path / "kept").mkdir()
    target = tmp_path / "kept" / "clip.mp4"
    assert kept(clip, target) is how
    if how is How.AS_IT_CAME:
        assert target.read_bytes() == clip.read_bytes()
    with av.open(str(target)) as container:
        (stream,) = container.streams.video
        assert container.metadata["major_brand"] != "qt  "
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.sample_aspect_ratio in (None, 0, 1)
        picture = next(container.decode(stream))
        assert "DISPLAYMATRIX" not in picture.side_data
    was, now = frames(clip), frames(target)
    assert [f.t_s for f in now] == pytest.approx([f.t_s for f in was], abs=1e-3)
    for before, after in zip(was, now, strict=True):
        assert after.image_rgb.shape == before.image_rgb.shape
        away = np.abs(after.image_rgb.astype(int) - before.image_rgb.astype(int))
        assert away.mean() < (4 if how is How.ENCODED else 0.1)


@pytest.mark.parametrize("made", ["mov, sound", "mp4, sound"])
def test_sound_stays_in_step(tmp_path: Path, made: str) -> None:
    clip = MAKERS[made][0](tmp_path)
    target = tmp_path / "clip.mp4"
    kept(clip, target)
    assert click_s(target) == pytest.approx(click_s(clip), abs=0.025)


@pytest.mark.parametrize(
    "words", [{"location": "+47.3769+008.5417/"}, {"com.apple.quicktime.model": "Phone"}]
)
def test_where_and_with_what_it_was_filmed_does_not_go_along(
    tmp_path: Path, words: dict[str, str]
) -> None:
    clip = with_words(make_clip(tmp_path / "plain.mp4"), tmp_path / "phone.mp4", words)
    (said,) = words.values()
    assert said.encode() in clip.read_bytes()
    target = tmp_path / "clip.mp4"
    assert kept(clip, target) is How.MOVED
    assert said.encode() not in target.read_bytes()


def test_a_picture_that_the_trace_does_not_have_leads_to_a_new_encoding(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    times_s = [frame.t_s for frame in frames(clip)][:-3]
    with clip_to_keep(clip, times_s, tmp_path) as (_, how):
        assert how is How.ENCODED


def test_what_is_encoded_anew_can_be_stepped_through_at_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", n=100, rotation_deg=90)
    target = tmp_path / "clip.mp4"
    assert kept(clip, target) is How.ENCODED
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        keys_s = [float(p.pts * p.time_base) for p in container.demux(stream) if p.is_keyframe]
    assert np.diff([*keys_s, 100 / 30]).max() <= 0.51


def test_when_it_was_filmed(tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mp4")
    assert filmed_at(plain) == ""
    words = {"creation_time": "2024-05-01T07:30:00.000000Z"}
    assert filmed_at(with_words(plain, tmp_path / "a.mp4", words)).startswith("2024-05-01T07:30:00")
    words = {"creation_time": "1904-01-01T00:00:00.000000Z"}
    assert filmed_at(with_words(plain, tmp_path / "b.mp4", words)) == ""


def test_a_clip_that_is_gone_is_told_in_a_sentence(tmp_path: Path) -> None:
    said = r"gone\.mp4 can't be read any more"
    with (
        pytest.raises(MediaError, match=said),
        clip_to_keep(tmp_path / "gone.mp4", [0.0], tmp_path),
    ):
        pass
