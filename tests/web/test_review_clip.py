"""The clip that the page plays: every picture at its exact time, and a near one to begin from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from media_clips import make_clip, picture
from review_sessions import SAG, VIDEOS, Desk, desk_in

from formcheck.archive.store import Library
from formcheck.errors import MediaError
from formcheck.web.review import files, reviews
from formcheck.web.review.clip import KEY_EVERY_S, make_proxy, matched, played
from formcheck.web.review.files import MADE, trim

SIZE = (96, 64)
UNEVEN_S = [0.0, 0.033, 0.09, 0.1, 0.4, 1.3, 1.333, 2.0, 2.05, 2.9]


def pictures(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as clip:
        return [
            (float(frame.pts * frame.time_base), frame.to_ndarray(format="rgb24"))
            for frame in clip.decode(video=0)
        ]


def keys_s(path: Path) -> list[float]:
    with av.open(str(path)) as clip:
        return [
            float(packet.pts * packet.time_base)
            for packet in clip.demux(video=0)
            if packet.is_keyframe and packet.pts is not None
        ]


def test_a_proxy_has_the_same_pictures_at_the_same_times(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "in.mp4", UNEVEN_S, gop=100)
    proxy = tmp_path / "out.mp4"
    shares: list[float] = []
    make_proxy(source, proxy, shares.append)
    made = pictures(proxy)
    assert [t_s for t_s, _ in made] == pytest.approx(UNEVEN_S, abs=1e-4)
    for k, (_, image) in enumerate(made):
        assert np.abs(image[40:, 60:].astype(int) - picture(k)[40:, 60:]).mean() < 4, k
    assert shares == sorted(shares)
    assert played(proxy).suits
    assert played(proxy).video_s == pytest.approx(UNEVEN_S, abs=1e-4)


def test_a_proxy_begins_anew_every_half_second_and_looks_back_only(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "in.mp4", n=100, gop=100)
    proxy = tmp_path / "out.mp4"
    make_proxy(source, proxy)
    assert max(b - a for a, b in pairwise([*keys_s(proxy), 100 / 30])) <= KEY_EVERY_S + 0.04
    with av.open(str(proxy)) as clip:
        packets = [p for p in clip.demux(video=0) if p.pts is not None]
    assert [p.pts for p in packets] == [p.dts for p in packets]
    head = proxy.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_a_turned_clip_is_upright_in_its_proxy(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "in.mp4", n=20, rotation_deg=90, gop=1)
    assert not played(source).suits
    proxy = tmp_path / "out.mp4"
    make_proxy(source, proxy)
    shown = played(proxy)
    assert shown.suits
    assert (shown.width_px, shown.height_px) == (SIZE[1], SIZE[0])


@pytest.mark.parametrize(
    ("how", "suits"),
    [
        ({"gop": 5}, True),
        ({"gop": 100, "n": 60}, False),
        ({"codec": "mpeg4"}, False),
        ({"pix_fmt": "yuv444p"}, False),
    ],
)
def test_only_what_a_browser_steps_through_at_once_is_played_as_it_is(
    tmp_path: Path, how: dict[str, object], suits: bool
) -> None:
    clip = make_clip(tmp_path / "in.mp4", **how)  # type: ignore[arg-type]
    assert played(clip).suits is suits


def test_what_is_no_clip_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "clip.mp4"
    broken.write_bytes(b"no clip at all")
    with pytest.raises(MediaError, match=r"clip\.mp4"):
        played(broken)


def test_clip_and_trace_are_matched_one_to_one_or_by_time() -> None:
    assert matched([1.0, 1.1], [0.0, 0.1]) == ((1.0, 1.1), "")
    times_s, told = matched([1.0, 1.1, 1.2], [0.0, 0.1])
    assert times_s == pytest.approx((1.0, 1.1))
    assert "2 pictures" in told
    assert matched([], [0.0])[0] == (0.0,)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_in(tmp_path_factory.mktemp("home")) as made:
        yield made


def test_the_page_is_told_how_far_its_clip_is_and_then_where_it_is(desk: Desk) -> None:
    number = desk.add(SAG)
    first = desk.get(number, "page.json").json()["clip"]
    assert first.keys() == {"preparing"}
    assert desk.get(number, "clip.mp4").status_code == 404
    desk.when_done(number)
    clip = desk.get(number, "clip.json").json()["clip"]
    served = desk.get(number, clip["url"])
    assert served.headers["content-type"] == "video/mp4"
    (made,) = (desk.folder(number) / MADE).glob("clip-*.mp4")
    assert served.content == made.read_bytes()
    with av.open(str(made)) as shown:
        times_s = [float(frame.pts * frame.time_base) for frame in shown.decode(video=0)]
    assert clip["video_s"] == pytest.approx(times_s, abs=1e-6)
    assert played(made).suits


def test_a_part_of_the_clip_can_be_had(desk: Desk) -> None:
    number = desk.add(SAG)
    desk.when_done(number)
    whole = desk.get(number, "clip.mp4").content
    part = desk.get(number, "clip.mp4", range="bytes=100-199")
    assert part.status_code == 206
    assert part.content == whole[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert desk.get(number, "clip.mp4", range="bytes=-50").content == whole[-50:]
    assert desk.get(number, "clip.mp4", range=f"bytes={len(whole)}-").status_code == 416


def test_what_is_made_is_private_and_goes_with_the_session(desk: Desk) -> None:
    number = desk.add(SAG)
    desk.when_done(number)
    folder = desk.folder(number)
    assert (folder / MADE).stat().st_mode & 0o077 == 0
    for path in (folder / MADE).iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    desk.archive.delete(number)
    assert not folder.exists()
    assert desk.get(number, "clip.mp4").status_code == 404
    assert not list(desk.home.glob("making/*/*.mp4"))


def test_a_clip_that_can_not_be_played_is_told_and_the_rest_is_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = desk.add(SAG)
    (desk.folder(number) / "clip.mp4").write_bytes(b"damaged" * 1000)
    page = desk.page(number)
    assert page["clip"]["error"]
    assert page["findings"]
    # A page that waits does not try it over and over; one that is opened later does.
    assert desk.get(number, "clip.json").json()["clip"]["error"]
    monkeypatch.setattr(reviews, "RETRY_S", 0.0)
    assert "error" not in desk.get(number, "clip.json").json()["clip"]


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    kept = []
    for place in range(4):
        folder = tmp_path / files.CLIPS / f"session-{place}" / MADE
        folder.mkdir(parents=True)
        path = folder / "clip-x.mp4"
        path.write_bytes(b"x" * 1000)
        (tmp_path / files.CLIPS / f"session-{place}" / "clip.mp4").write_bytes(b"mine")
        kept.append(path)
    for path, used_s in zip(kept, (400, 100, 300, 200), strict=True):
        os.utime(path, (used_s, used_s))
    trim(tmp_path, 2000)
    assert [path.exists() for path in kept] == [True, False, True, False]
    trim(tmp_path, 0, keep=kept[0].parent.parent)
    assert [path.exists() for path in kept] == [True, False, False, False]
    assert len(list(tmp_path.rglob("clip.mp4"))) == 4


def test_deleting_everything_takes_what_was_made_along(tmp_path: Path) -> None:
    with desk_in(tmp_path / "home") as desk:
        number = desk.add(SAG)
        desk.when_done(number)
        library: Library = desk.archive
        library.delete_everything()
        assert not list((tmp_path / "home").rglob("*.mp4"))


def test_ending_the_app_stops_what_is_being_made(tmp_path: Path) -> None:
    long = tmp_path / "long.mp4"
    make_clip(long, n=3000, size=(640, 360), gop=300)
    with desk_in(tmp_path / "home") as desk:
        number = desk.add(SAG)
        shutil.copyfile(long, desk.folder(number) / "clip.mp4")
        desk.get(number, "page.json")
        made = list(desk.reviews.workshop._known.values())
        desk.reviews.close()
        assert all(one.status.state.over for one in made)
    assert not (tmp_path / "home" / "making").exists()
    assert VIDEOS.is_dir()


def test_what_a_killed_server_left_half_made_goes_at_the_next_start(tmp_path: Path) -> None:
    root = tmp_path / "home" / "making"
    for name in ("formcheck-visits-dead", "somebody-else"):
        (root / name / "0123").mkdir(parents=True)
        (root / name / "0123" / "clip.mp4").write_bytes(b"half")
    (root / "formcheck-visits-dead" / "alive").touch()
    with desk_in(tmp_path / "home"):
        assert [path.name for path in root.iterdir()] == ["somebody-else"]
