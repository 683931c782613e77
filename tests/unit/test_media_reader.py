from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from media_clips import SIZE, make_clip, picture

from formcheck.errors import MediaError
from formcheck.media.reader import VideoReader
from formcheck.types import Frame


def read(path: Path) -> tuple[VideoReader, list[Frame]]:
    with VideoReader(path) as reader:
        return reader, list(reader)


def is_upright(image: np.ndarray) -> bool:
    """Whether only the top left quarter is red."""
    height, width = image.shape[:2]
    red = image[..., 0].astype(int) - image[..., 2] > 90
    quarters = [
        red[: height // 2, : width // 2].mean(),
        red[: height // 2, width // 2 :].mean(),
        red[height // 2 :, : width // 2].mean(),
        red[height // 2 :, width // 2 :].mean(),
    ]
    return quarters[0] > 0.9 and max(quarters[1:]) < 0.1


def test_constant_rate_times_and_pictures(tmp_path: Path) -> None:
    reader, frames = read(make_clip(tmp_path / "a.mp4", fps=24, n=30))
    assert [f.t_s for f in frames] == pytest.approx(np.arange(30) / 24, abs=1e-9)
    assert frames[0].image_rgb.shape == (64, 96, 3)
    assert frames[0].image_rgb.dtype == np.uint8
    assert frames[0].image_rgb.flags.c_contiguous
    difference = np.abs(frames[7].image_rgb.astype(int) - picture(7)).mean()
    assert difference < 12  # chroma is halved at the red edge
    info = reader.info
    assert (info.name, info.width_px, info.height_px) == ("a.mp4", 96, 64)
    assert info.duration_s == pytest.approx(30 / 24, abs=0.01)
    assert info.mean_fps == pytest.approx(24, abs=0.1)
    assert (info.rotation_deg, info.has_audio, info.codec) == (0, False, "h264")
    assert reader.broke_off_s is None


def test_variable_rate_keeps_true_times(tmp_path: Path) -> None:
    times_s = [0.0, 0.02, 0.1, 0.11, 0.4, 0.45, 0.46, 1.0]
    _, frames = read(make_clip(tmp_path / "v.mp4", times_s))
    assert [f.t_s for f in frames] == pytest.approx(times_s, abs=1e-4)


def test_first_frame_is_time_zero(tmp_path: Path) -> None:
    _, frames = read(make_clip(tmp_path / "late.mkv", [2.0, 2.1, 2.2]))
    assert [f.t_s for f in frames] == pytest.approx([0, 0.1, 0.2], abs=2e-3)


@pytest.mark.parametrize("fps", [12, 60, 120])
def test_frame_rates(tmp_path: Path, fps: int) -> None:
    _, frames = read(make_clip(tmp_path / "f.mp4", fps=fps))
    assert np.diff([f.t_s for f in frames]) == pytest.approx(1 / fps, abs=1e-6)


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_rotation_is_applied(tmp_path: Path, rotation_deg: int) -> None:
    # A display rotation of r turns the stored picture by r: store it turned back.
    plain = make_clip(tmp_path / "r.mp4", rotation_deg=rotation_deg)
    reader, frames = read(plain)
    turned = np.rot90(picture(0), rotation_deg // 90)
    assert reader.info.rotation_deg == rotation_deg
    assert frames[0].image_rgb.shape == turned.shape
    assert np.abs(frames[0].image_rgb.astype(int) - turned).mean() < 12
    assert (reader.info.height_px, reader.info.width_px) == turned.shape[:2]


def test_mirror_image_in_the_display_matrix(tmp_path: Path) -> None:
    path = tmp_path / "m.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        video.set_display_rotation(0, hflip=True)
        for k in range(5):
            frame = av.VideoFrame.from_ndarray(picture(k)[:, ::-1].copy(), format="rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    _, frames = read(path)
    assert is_upright(frames[0].image_rgb)


def test_wide_pixels_are_made_square(tmp_path: Path) -> None:
    reader, frames = read(make_clip(tmp_path / "sar.mp4", sar=Fraction(4, 3)))
    assert (reader.info.width_px, reader.info.height_px) == (128, 64)
    assert frames[-1].image_rgb.shape == (64, 128, 3)
    assert is_upright(frames[0].image_rgb)


def test_wide_pixels_of_a_turned_picture(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "sar.mp4", sar=Fraction(4, 3), rotation_deg=90)
    reader, _ = read(path)
    assert (reader.info.width_px, reader.info.height_px) == (64, 128)


def test_nearly_square_pixels_are_left_alone(tmp_path: Path) -> None:
    reader, _ = read(make_clip(tmp_path / "sar.mp4", sar=Fraction(1280, 1281)))
    assert reader.info.width_px == 96


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("x.mov", "libx264", "yuv420p"),
        ("x.mkv", "libx264", "yuv444p"),
        ("x.webm", "libvpx", "yuv420p"),
        ("x.webm", "libvpx-vp9", "yuv420p"),
        ("x.avi", "mpeg4", "yuv420p"),
        ("x.mp4", "libx264", "yuv420p10le"),
        ("x.mkv", "ffv1", "yuv422p10le"),
        ("x.gif", "gif", "rgb8"),
        ("x.ts", "libx264", "yuv420p"),
        ("x.avi", "mjpeg", "yuvj420p"),
    ],
)
def test_containers_codecs_and_pixel_formats(
    tmp_path: Path, name: str, codec: str, pix_fmt: str
) -> None:
    path = make_clip(tmp_path / name, fps=25, codec=codec, pix_fmt=pix_fmt)
    reader, frames = read(path)
    assert len(frames) == 20
    assert np.diff([f.t_s for f in frames]) == pytest.approx(0.04, abs=1.1e-2)
    assert is_upright(frames[0].image_rgb)
    assert reader.broke_off_s is None


def test_raw_stream_without_times_falls_back_on_the_rate(tmp_path: Path) -> None:
    _, frames = read(make_clip(tmp_path / "raw.h264"))
    assert len(frames) == 20
    assert np.all(np.diff([f.t_s for f in frames]) > 0)


@pytest.mark.parametrize("size", [(97, 65), (63, 64), (64, 31)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    reader, _ = read(make_clip(tmp_path / "odd.mkv", size=size, codec="ffv1", pix_fmt="yuv444p"))
    assert (reader.info.width_px, reader.info.height_px) == size


def test_portrait_with_audio(tmp_path: Path) -> None:
    reader, frames = read(make_clip(tmp_path / "p.mp4", size=(64, 96), audio="aac"))
    assert reader.info.has_audio
    assert frames[0].image_rgb.shape == (96, 64, 3)


def test_size_that_changes_midway_is_fitted_to_the_first(tmp_path: Path) -> None:
    path = tmp_path / "change.ts"
    first = make_clip(tmp_path / "1.ts", n=10)
    second = make_clip(tmp_path / "2.ts", [1 + k / 30 for k in range(10)], size=(128, 128))
    path.write_bytes(first.read_bytes() + second.read_bytes())
    _, frames = read(path)
    assert {f.image_rgb.shape for f in frames} == {(64, 96, 3)}
    assert len(frames) > 10
    last = frames[-1].image_rgb
    assert last[:, :14].max() < 20  # bars at the sides: never stretched
    assert is_upright(last[:, 16:80])


def test_duplicate_and_backward_times_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from formcheck.media import reader as module

    times = iter([0.0, 0.1, 0.1, 0.05, 0.2, None, 0.3] + [None] * 20)
    monkeypatch.setattr(module, "_presentation_s", lambda picture: next(times))
    _, frames = read(make_clip(tmp_path / "dup.mp4", fps=20, n=7))
    assert [f.t_s for f in frames] == pytest.approx([0, 0.1, 0.2, 0.25, 0.3])


def write_text(path: Path) -> Path:
    path.write_text("this is no video\n" * 50)
    return path


def write_cut_moov(path: Path) -> Path:
    whole = make_clip(path.with_name("whole.mp4"), n=60)
    path.write_bytes(whole.read_bytes()[:2000])
    return path


def write_only_index(path: Path) -> Path:
    whole = make_clip(
        path.with_name("whole.mp4"), n=60, container_options={"movflags": "faststart"}
    )
    data = whole.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 8])
    return path


def write_sound(path: Path) -> Path:
    clip = make_clip(path.with_name("with_sound.mp4"), audio="aac")
    with av.open(str(clip)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return path


def write_still(path: Path) -> Path:
    import cv2

    assert cv2.imwrite(str(path), picture(0))
    return path


def write_nothing(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def write_noise(path: Path) -> Path:
    path.write_bytes(np.random.default_rng(1).integers(0, 256, 20_000, np.uint8).tobytes())
    return path


def write_playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n")
    return path


def write_one_frame(path: Path) -> Path:
    return make_clip(path, n=1)


def write_no_frame(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        container.start_encoding()
    return path


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("gone.mp4", lambda path: path, "gone.mp4 is not there: check the path"),
        ("folder.mp4", make_folder, "folder.mp4 is a folder: give one video file"),
        ("text.mp4", write_text, "text.mp4 is a text file, not a video"),
        ("list.m3u8", write_playlist, "list.m3u8 is a text file, not a video"),
        ("noise.mp4", write_noise, "noise.mp4 is not a video that can be read"),
        ("empty.mp4", write_nothing, "empty.mp4 is empty"),
        ("cut.mp4", write_cut_moov, "cut.mp4 is cut short or damaged and nothing"),
        ("index.mp4", write_only_index, "index.mp4 is cut short or damaged and no picture"),
        ("sound.m4a", write_sound, "sound.m4a has sound but no picture"),
        ("sound.mp4", write_sound, "sound.mp4 has sound but no picture"),
        ("still.png", write_still, "still.png is a still picture"),
        ("still.jpg", write_still, "still.jpg is a still picture"),
        ("still.webp", write_still, "still.webp is a still picture"),
        ("one.mp4", write_one_frame, "one.mp4 is a still picture"),
        ("none.mp4", write_no_frame, "none.mp4 has no picture"),
    ],
)
def test_bad_inputs_give_one_sentence(
    tmp_path: Path, name: str, make, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MediaError) as caught:
        VideoReader(make(tmp_path / name))
    sentence = str(caught.value)
    assert sentence.startswith(says)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert capfd.readouterr().err == ""


def test_a_png_named_mp4_is_refused(tmp_path: Path) -> None:
    shutil.copy(write_still(tmp_path / "a.png"), tmp_path / "a.mp4")
    with pytest.raises(MediaError, match="still picture"):
        VideoReader(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv", "cut.avi"])
def test_cut_short_delivers_what_is_there(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    whole = make_clip(
        tmp_path / f"whole_{name}",
        n=300,
        codec=codec,
        container_options={"movflags": "faststart"} if name.endswith("mp4") else None,
    )
    data = whole.read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) * 6 // 10])
    reader, frames = read(tmp_path / name)
    assert 60 < len(frames) < 290
    assert reader.broke_off_s == pytest.approx(frames[-1].t_s + 1 / 30, abs=0.04)
    assert capfd.readouterr().err == ""


def test_damage_in_the_middle_leaves_a_gap(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "hole.mp4", n=120, container_options={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    reader, frames = read(path)
    assert reader.broke_off_s is None
    assert frames[-1].t_s == pytest.approx(119 / 30, abs=1e-3)
    assert np.all(np.diff([f.t_s for f in frames]) > 0)


def test_stopping_early_and_closing_twice(tmp_path: Path) -> None:
    reader = VideoReader(make_clip(tmp_path / "a.mp4"))
    for frame in reader:
        assert frame.image_rgb.shape[1::-1] == SIZE
        break
    assert len(list(reader)) == 19
    reader.close()
    reader.close()


def test_strange_names(tmp_path: Path) -> None:
    for name in ("concat:a b|c.mp4", "ünï %d.mp4", "-i.mp4"):
        clip = make_clip(tmp_path / "plain.mp4")
        clip.rename(tmp_path / name)
        assert len(read(tmp_path / name)[1]) == 20
