from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import OutputError, TraceError
from formcheck.media.trace import SCHEMA, TraceMeta, TraceWriter, read_trace
from formcheck.perception.recorded import RecordedEstimator
from formcheck.types import (
    OUTLINE_STATIONS,
    Frame,
    ImageMotion,
    MovedPart,
    Observation,
    Onset,
    Outline,
    OutlineDoubt,
    Pose,
)

META = TraceMeta("clip ü.mp4", "mediapipe 0", "ab" * 32, {"formcheck": "0.1", "mediapipe": "0"})


def some_observations(n: int) -> list[Observation]:
    rng = np.random.default_rng(7)
    seen = []
    for k in range(n):
        pose = Pose(
            rng.normal(500, 900, (33, 2)).astype(np.float32),
            rng.normal(0, 1, (33, 3)).astype(np.float32),
            rng.random(33, np.float32),
        )
        luma = float(np.float32(rng.random() * 255))
        size = (1280, 720) if k % 2 else (720, 1280)
        seen.append(
            Observation(
                k / 29.97 + 1e-9,
                *size,
                luma,
                None if k % 5 == 3 else pose,
                some_outline(rng) if k % 3 == 1 else None,
                some_motion(rng, k) if k % 4 != 2 else None,
                some_onsets(rng, k) if k % 7 != 6 else None,
            )
        )
    return seen


def some_outline(rng: np.random.Generator) -> Outline:
    edges = rng.normal(500, 900, (2, OUTLINE_STATIONS, 2)).astype(np.float32)
    edges[0, :4] = np.nan
    floor_px = rng.normal(500, 900, (2, 2)).astype(np.float32)
    since_s = float(rng.choice([1.0 / 3.0, np.nan]))
    doubt = OutlineDoubt(int(rng.integers(len(OutlineDoubt))))
    return Outline(edges[0], edges[1], floor_px, since_s, doubt)


def some_motion(rng: np.random.Generator, k: int) -> ImageMotion:
    step_px = rng.normal(0, 9, len(MovedPart)).astype(np.float32)
    error_px = rng.random(len(MovedPart), np.float32)
    step_px[k % 6] = error_px[k % 6] = np.nan
    step_px[(k + 1) % 6] = -0.0
    return ImageMotion(step_px, error_px, (k - 1) / 29.97 + 1e-9)


def some_onsets(rng: np.random.Generator, k: int) -> tuple[Onset, ...]:
    """None in many frames, up to three in others."""
    count = max(0, k % 6 - 2)
    return tuple(Onset(*(float(x) for x in rng.random(3))) for _ in range(count))


def save(observations: list[Observation], path: Path, meta: TraceMeta = META) -> Path:
    writer = TraceWriter(meta)
    for observation in observations:
        writer.add(observation)
    assert len(writer) == len(observations)
    writer.save(path)
    return path


def assert_identical(a: Observation, b: Observation) -> None:
    assert (a.t_s, a.width_px, a.height_px, a.luma) == (b.t_s, b.width_px, b.height_px, b.luma)
    assert (a.pose is None) == (b.pose is None)
    if a.pose is not None and b.pose is not None:
        for name in ("xy_px", "world_m", "visibility"):
            mine, theirs = getattr(a.pose, name), getattr(b.pose, name)
            assert mine.dtype == theirs.dtype == np.float32
            assert mine.tobytes() == theirs.tobytes()
    assert (a.outline is None) == (b.outline is None)
    if a.outline is not None and b.outline is not None:
        for name in ("upper_px", "lower_px", "floor_px"):
            mine, theirs = getattr(a.outline, name), getattr(b.outline, name)
            assert mine.dtype == theirs.dtype == np.float32
            assert mine.tobytes() == theirs.tobytes()
        assert type(b.outline.since_s) is float
        assert a.outline.doubt is b.outline.doubt
        assert np.float64(a.outline.since_s).tobytes() == np.float64(b.outline.since_s).tobytes()
    assert (a.motion is None) == (b.motion is None)
    if a.motion is not None and b.motion is not None:
        assert a.motion.step_px.tobytes() == b.motion.step_px.tobytes()
        assert a.motion.error_px.tobytes() == b.motion.error_px.tobytes()
        assert b.motion.step_px.dtype == b.motion.error_px.dtype == np.float32
        assert type(b.motion.since_s) is float
        assert a.motion.since_s == b.motion.since_s
    # No sound at all is not the same as a silent moment.
    assert a.onsets == b.onsets
    assert (a.onsets is None) == (b.onsets is None)


@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 1025, 2500])
def test_round_trip_bit_for_bit(tmp_path: Path, n: int) -> None:
    observations = some_observations(n)
    trace = read_trace(save(observations, tmp_path / "t.npz"))
    assert trace.meta == META
    assert len(trace.observations) == n
    for before, after in zip(observations, trace.observations, strict=True):
        assert_identical(before, after)


def test_not_a_number_and_signed_zero_survive(tmp_path: Path) -> None:
    xy_px = np.full((33, 2), np.nan, np.float32)
    xy_px[0] = -0.0
    pose = Pose(xy_px, np.full((33, 3), np.inf, np.float32), np.zeros(33, np.float32))
    before = Observation(0.1, 2, 2, 0.0, pose)
    after = read_trace(save([before], tmp_path / "t.npz")).observations[0]
    assert_identical(before, after)


def test_nobody_in_the_whole_clip(tmp_path: Path) -> None:
    observations = [Observation(k / 30, 2, 2, 1.0, None) for k in range(5)]
    trace = read_trace(save(observations, tmp_path / "t.npz"))
    assert [o.pose for o in trace.observations] == [None] * 5


def test_same_observations_give_the_same_bytes(tmp_path: Path) -> None:
    first = save(some_observations(50), tmp_path / "1.npz").read_bytes()
    assert first == save(some_observations(50), tmp_path / "2.npz").read_bytes()


def test_numpy_alone_can_read_it(tmp_path: Path) -> None:
    path = save(some_observations(10), tmp_path / "t.npz")
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["t_s"].shape == (10,)
        assert arrays["xy_px"].shape == (8, 33, 2)
        assert json.loads(bytes(arrays["meta"]))["schema"] == SCHEMA


OUTLINE_COLUMNS = ("outlined", "upper_px", "lower_px", "floor_px", "since_s", "doubt")
MOTION_COLUMNS = ("moved", "step_px", "error_px", "before_s")
ONSET_COLUMNS = ("heard", "onset_s", "level_db", "brightness")
SENSE_COLUMNS = MOTION_COLUMNS + ONSET_COLUMNS


def test_a_trace_without_outlines_is_still_read(tmp_path: Path) -> None:
    observations = some_observations(10)
    path = save(observations, tmp_path / "t.npz")
    change(path, meta=meta_with(schema=1), **dict.fromkeys(OUTLINE_COLUMNS + SENSE_COLUMNS))
    for before, after in zip(observations, read_trace(path).observations, strict=True):
        assert_identical(replace(before, outline=None, motion=None, onsets=None), after)


def test_a_trace_without_motion_and_sound_is_still_read(tmp_path: Path) -> None:
    observations = some_observations(10)
    path = save(observations, tmp_path / "t.npz")
    change(path, meta=meta_with(schema=2), **dict.fromkeys(SENSE_COLUMNS))
    found = read_trace(path).observations
    assert any(seen.outline is not None for seen in found)
    for before, after in zip(observations, found, strict=True):
        assert_identical(replace(before, motion=None, onsets=None), after)


@pytest.mark.parametrize("missing", [MOTION_COLUMNS, ONSET_COLUMNS])
def test_motion_and_sound_must_be_there_from_schema_three_on(
    tmp_path: Path, missing: tuple[str, ...]
) -> None:
    path = save(some_observations(10), tmp_path / "t.npz")
    change(path, **dict.fromkeys(missing))
    with pytest.raises(TraceError, match="contradicts itself"):
        read_trace(path)


def test_a_silent_clip_is_not_one_without_sound(tmp_path: Path) -> None:
    silent = [Observation(k / 30, 2, 2, 1.0, None, onsets=()) for k in range(3)]
    deaf = [Observation(k / 30, 2, 2, 1.0, None) for k in range(3)]
    found = [
        [seen.onsets for seen in read_trace(save(observations, tmp_path / "t.npz")).observations]
        for observations in (silent, deaf)
    ]
    assert found == [[()] * 3, [None] * 3]


def test_outlines_must_be_there_from_schema_two_on(tmp_path: Path) -> None:
    path = save(some_observations(10), tmp_path / "t.npz")
    change(path, **dict.fromkeys(OUTLINE_COLUMNS))
    with pytest.raises(TraceError, match="contradicts itself"):
        read_trace(path)


def test_saving_twice_while_growing(tmp_path: Path) -> None:
    observations = some_observations(20)
    writer = TraceWriter(META)
    for k, observation in enumerate(observations):
        writer.add(observation)
        if k == 9:
            writer.save(tmp_path / "half.npz")
    writer.save(tmp_path / "whole.npz")
    assert len(read_trace(tmp_path / "half.npz").observations) == 10
    assert len(read_trace(tmp_path / "whole.npz").observations) == 20


def test_writer_refuses_what_it_could_not_keep() -> None:
    writer = TraceWriter(META)
    writer.add(Observation(1.0, 2, 2, 0.5, None))
    for t_s in (1.0, 0.5, float("nan")):
        with pytest.raises(ValueError, match="does not come after"):
            writer.add(Observation(t_s, 2, 2, 0.5, None))
    with pytest.raises(ValueError, match="not a float32"):
        writer.add(Observation(2.0, 2, 2, 0.1, None))


def test_writer_says_when_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"t\.npz can't be written"):
        save([], tmp_path / "missing" / "t.npz")


def change(path: Path, **arrays: np.ndarray | None) -> None:
    with np.load(path) as archive:
        content = {name: archive[name] for name in archive.files}
    content.update({name: array for name, array in arrays.items() if array is not None})
    for name, array in arrays.items():
        if array is None:
            del content[name]
    np.savez_compressed(path, **content)


def meta_with(**values: object) -> np.ndarray:
    meta = {
        "format": "formcheck-trace",
        "schema": SCHEMA,
        "source": "a",
        "estimator": "b",
        "model_sha256": "c",
        "versions": {},
    } | values
    return np.frombuffer(json.dumps(meta).encode(), np.uint8)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"gone\.npz is not there"):
        read_trace(tmp_path / "gone.npz")


def test_not_a_trace(tmp_path: Path) -> None:
    text = tmp_path / "text.npz"
    text.write_text("hello")
    other = tmp_path / "other.npz"
    np.savez(other, a=np.zeros(3))
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, meta=np.array([{"a": 1}], dtype=object))
    archive = tmp_path / "word.npz"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("meta", "x")
    foreign = save([], tmp_path / "foreign.npz")
    change(foreign, meta=meta_with(format="something else"))
    for path in (text, other, archive, foreign):
        with pytest.raises(TraceError, match="not a formcheck trace"):
            read_trace(path)
    with pytest.raises(TraceError):
        read_trace(pickled)


def test_newer_schema_whatever_else_changed(tmp_path: Path) -> None:
    path = save(some_observations(3), tmp_path / "t.npz")
    meta = {"format": "formcheck-trace", "schema": SCHEMA + 1}
    change(path, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8))
    with pytest.raises(TraceError, match=r"newer formcheck .* update formcheck"):
        read_trace(path)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.999])
def test_cut_short(tmp_path: Path, share: float) -> None:
    path = save(some_observations(50), tmp_path / "t.npz")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(TraceError, match="cut short or damaged"):
        read_trace(path)


def test_damaged_inside(tmp_path: Path) -> None:
    path = save(some_observations(50), tmp_path / "t.npz")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(TraceError, match="cut short or damaged"):
        read_trace(path)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("xy_px", np.zeros((8, 32, 2), np.float32)),
        ("xy_px", np.zeros((8, 33, 2), np.float64)),
        ("visibility", np.zeros((7, 33), np.float32)),
        ("luma", np.zeros(9, np.float32)),
        ("t_s", np.zeros(10)),
        ("t_s", np.full(10, np.nan)),
        ("world_m", None),
        ("lower_px", np.zeros((3, 32, 2), np.float32)),
        ("since_s", np.zeros(2)),
        ("doubt", np.full(3, 99, np.int8)),
        ("outlined", np.zeros(10, np.bool_)),
        ("present", None),
        ("moved", np.ones(10, np.bool_)),
        ("moved", None),
        ("step_px", np.zeros((8, 5), np.float32)),
        ("error_px", np.zeros((7, 6), np.float32)),
        ("before_s", np.zeros(9)),
        ("heard", np.zeros(10, np.int32)),
        ("heard", np.ones(9, np.int32)),
        ("heard", np.ones(10)),
        ("onset_s", np.zeros(0)),
        ("level_db", None),
    ],
)
def test_contradictions(tmp_path: Path, name: str, array: np.ndarray | None) -> None:
    path = save(some_observations(10), tmp_path / "t.npz")
    change(path, **{name: array})
    with pytest.raises(TraceError, match="contradicts itself"):
        read_trace(path)


def test_fewer_onsets_than_none(tmp_path: Path) -> None:
    path = save(some_observations(10), tmp_path / "t.npz")
    with np.load(path) as archive:
        heard = archive["heard"].copy()
    assert -1 in heard
    heard[heard == -1] = -5
    change(path, heard=heard)
    with pytest.raises(TraceError, match="contradicts itself"):
        read_trace(path)


def test_every_sentence_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.npz").write_bytes(b"PK" + io.BytesIO(b"x" * 100).getvalue())
    with pytest.raises(TraceError) as caught:
        read_trace(tmp_path / "t.npz")
    assert "\n" not in str(caught.value)


def test_recorded_estimator_replays_by_time(tmp_path: Path) -> None:
    observations = some_observations(10)
    trace = read_trace(save(observations, tmp_path / "t.npz"))
    image = np.zeros((2, 2, 3), np.uint8)
    with RecordedEstimator(trace) as estimator:
        assert (estimator.name, estimator.model_sha256) == (META.estimator, META.model_sha256)
        for k in (7, 2, 3):  # any order: live play drops frames
            pose = estimator.estimate(Frame(observations[k].t_s + 1e-4, image))
            assert pose is trace.observations[k].pose
            outline = estimator.outline(Frame(observations[k].t_s + 1e-4, image))
            assert outline is trace.observations[k].outline
        assert estimator.estimate(Frame(observations[2].t_s + 0.015, image)) is None
        assert estimator.estimate(Frame(99.0, image)) is None
        assert estimator.outline(Frame(99.0, image)) is None
        estimator.reset()
