from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from media_clips import click_s, make_clip, picture

from formcheck.errors import OutputError
from formcheck.media.reader import VideoReader
from formcheck.media.writer import VideoWriter


def rewrite(source: Path, target: Path, **options) -> None:
    with VideoReader(source) as reader:
        info = reader.info
        with VideoWriter(
            target, info.width_px, info.height_px, audio_from=source, **options
        ) as writer:
            for frame in reader:
                writer.write(frame.image_rgb, frame.t_s)


def test_true_times_are_kept(tmp_path: Path) -> None:
    times_s = [0.0, 0.02, 0.1, 0.11, 0.4, 0.4333, 0.46, 1.0]
    path = tmp_path / "out.mp4"
    with VideoWriter(path, 96, 64) as writer:
        for k, t_s in enumerate(times_s):
            writer.write(picture(k), t_s)
    with VideoReader(path) as reader:
        frames = list(reader)
    assert [f.t_s for f in frames] == pytest.approx(times_s, abs=1 / 90_000)
    assert reader.info.codec == "h264"
    assert np.abs(frames[3].image_rgb.astype(int) - picture(3)).mean() < 12
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert context.pix_fmt == "yuv420p"
        assert (context.colorspace, context.color_primaries) == (6, 1)  # BT.601 matrix, as encoded
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_colours_survive(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    image = np.zeros((64, 96, 3), np.uint8)
    image[:] = (200, 60, 30)
    with VideoWriter(path, 96, 64, crf=10) as writer:
        for k in range(5):
            writer.write(image, k / 30)
    with VideoReader(path) as reader:
        seen = next(iter(reader)).image_rgb.reshape(-1, 3).mean(axis=0)
    assert seen == pytest.approx((200, 60, 30), abs=4)


@pytest.mark.parametrize("size", [(97, 65), (96, 65), (97, 64), (3, 3)])
def test_odd_sizes_become_even(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "odd.mp4"
    with VideoWriter(path, *size) as writer:
        for k in range(5):
            writer.write(picture(k, size), k / 30)
    with VideoReader(path) as reader:
        info = reader.info
    assert (info.width_px, info.height_px) == (size[0] // 2 * 2, size[1] // 2 * 2)


@pytest.mark.parametrize(
    ("name", "audio", "codec"),
    [
        ("a.mp4", "aac", "aac"),
        ("a.mkv", "libmp3lame", "mp3"),
        ("a.mkv", "pcm_s16le", "aac"),
        ("a.webm", "libopus", "aac"),
    ],
)
@pytest.mark.parametrize("shift_s", [0.0, 0.3])
def test_sound_stays_in_step(
    tmp_path: Path, name: str, audio: str, codec: str, shift_s: float
) -> None:
    video = "libvpx" if name.endswith("webm") else "libx264"
    source = make_clip(tmp_path / name, n=60, audio=audio, audio_shift_s=shift_s, codec=video)
    out = tmp_path / "out.mp4"
    rewrite(source, out)
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == codec
    assert click_s(source) == pytest.approx(1.0 + shift_s, abs=0.04)
    assert click_s(out) == pytest.approx(click_s(source), abs=0.004)


def test_copied_sound_is_the_same_bytes(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", n=60, audio="aac")
    rewrite(source, tmp_path / "out.mp4")

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            demuxed = container.demux(container.streams.audio[0])
            return [bytes(packet) for packet in demuxed if packet.size]

    before, after = packets(source), packets(tmp_path / "out.mp4")
    assert len(before) - len(after) <= 2  # what lies beyond the last picture
    assert before[: len(after)] == after


def test_late_picture_keeps_its_offset_to_the_sound(tmp_path: Path) -> None:
    times_s = [0.5 + k / 30 for k in range(60)]
    source = make_clip(tmp_path / "late.mkv", times_s, audio="aac")
    rewrite(source, tmp_path / "out.mp4")
    assert click_s(tmp_path / "out.mp4") == pytest.approx(click_s(source), abs=0.004)


def test_source_without_sound_or_unreadable(tmp_path: Path) -> None:
    rewrite(make_clip(tmp_path / "mute.mp4"), tmp_path / "out.mp4")
    with VideoWriter(tmp_path / "b.mp4", 96, 64, audio_from=tmp_path / "gone.mp4") as writer:
        writer.write(picture(0), 0.0)
    for name in ("out.mp4", "b.mp4"):
        with av.open(str(tmp_path / name)) as container:
            assert not container.streams.audio


def test_damaged_sound_never_fails_the_clip(tmp_path: Path) -> None:
    source = make_clip(
        tmp_path / "a.mp4", n=120, audio="aac", container_options={"movflags": "faststart"}
    )
    data = source.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    rewrite(tmp_path / "cut.mp4", tmp_path / "out.mp4")
    with VideoReader(tmp_path / "out.mp4") as reader:
        assert len(list(reader)) > 30


def test_an_exception_leaves_no_file(tmp_path: Path) -> None:
    def interrupted() -> None:
        with VideoWriter(tmp_path / "a.mp4", 96, 64) as writer:
            writer.write(picture(0), 0.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_misuse_is_told(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "a.mp4", 96, 64)
    writer.write(picture(0), 0.5)
    with pytest.raises(ValueError, match="does not come after"):
        writer.write(picture(1), 0.5)
    with pytest.raises(ValueError, match="expected"):
        writer.write(picture(1, (64, 96)), 0.6)
    writer.close()
    writer.close()
    writer.abort()
    assert (tmp_path / "a.mp4").exists()
    with pytest.raises(ValueError, match="closed"):
        writer.write(picture(1), 0.7)


def test_no_picture_at_all_gives_a_sentence_or_a_file(tmp_path: Path) -> None:
    VideoWriter(tmp_path / "a.mp4", 96, 64).close()


@pytest.mark.parametrize("where", ["folder", "under a file", "missing", "/proc/a.mp4"])
def test_unwritable_places(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    path = {
        "folder": tmp_path / "folder",
        "under a file": tmp_path / "file" / "a.mp4",
        "missing": tmp_path / "missing" / "a.mp4",
        "/proc/a.mp4": Path("/proc/a.mp4"),
    }[where]
    with pytest.raises(OutputError, match="can't be written"):
        VideoWriter(path, 96, 64)


FILE_LIMIT = """
import resource, sys
from pathlib import Path
import numpy as np
from formcheck.errors import OutputError
from formcheck.media.writer import VideoWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
rng = np.random.default_rng(1)
path = Path(sys.argv[1])
try:
    with VideoWriter(path, 320, 240) as writer:
        for k in range(int(sys.argv[2])):
            writer.write(rng.integers(0, 256, (240, 320, 3), np.uint8), k / 30)
except OutputError as error:
    print(error)
print(path.exists())
"""


@pytest.mark.parametrize("n_frames", [3, 100])
def test_file_limit_gives_a_sentence_and_no_file(tmp_path: Path, n_frames: int) -> None:
    """3 frames hit the limit at the end, 100 while writing."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", FILE_LIMIT, str(tmp_path / "a.mp4"), str(n_frames)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    sentence, exists = run.stdout.splitlines()
    assert sentence.startswith("The clip a.mp4 can't be written: it grew beyond")
    assert exists == "False"
    assert run.stderr == ""


def test_worker_thread(tmp_path: Path) -> None:
    path = tmp_path / "t.mp4"

    def work() -> None:
        with VideoWriter(path, 96, 64) as writer:
            for k in range(30):
                writer.write(picture(k), k / 30)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    with VideoReader(path) as reader:
        assert len(list(reader)) == 30


KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from formcheck.media.writer import VideoWriter
writer = VideoWriter(Path(sys.argv[1]), 320, 240, survives_kill=True)
rng = np.random.default_rng(1)
fps = int(sys.argv[3])
for k in range(151):
    noise = rng.integers(0, 256, (240, 320, 3), np.uint8)
    writer.write(noise if sys.argv[2] == "lively" else np.full_like(noise, 40), k / fps)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("room", ["lively", "dark and still"])
@pytest.mark.parametrize("fps", [10, 30])
def test_fragments_survive_a_kill(tmp_path: Path, room: str, fps: int) -> None:
    path = tmp_path / "live.mp4"
    command = [sys.executable, "-c", KILLED, str(path), room, str(fps)]
    subprocess.run(command, check=False, timeout=120)
    with VideoReader(path) as reader:
        assert list(reader)[-1].t_s >= 150 / fps - 0.5
