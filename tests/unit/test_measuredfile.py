"""What was measured, written and read back: the same bit for bit, or not used at all."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from formcheck.exactly import Packer, Unpacker
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise
from formcheck.kinematics.flights import Shared
from formcheck.landmarks import Side
from formcheck.measuredfile import read_measured, write_measured
from formcheck.media.trace import read_trace
from formcheck.rescoring import Measured
from formcheck.types import Level, Reason

CLIPS = Path(__file__).parents[2] / "test_videos"
EXERCISES = load_exercises()
TRACES = sorted(CLIPS.glob("*/*.trace.npz"))


def exercise_of(path: Path) -> Exercise:
    return EXERCISES.get(path.parent.name, EXERCISES["plank"])


def written(path: Path, source: Path) -> Measured:
    exercise = exercise_of(source)
    measured = Measured(read_trace(source).observations, exercise)
    measured.report(exercise, keep=True)
    write_measured(path, "key", measured)
    return measured


@pytest.mark.parametrize("source", TRACES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_trace_comes_back_bit_for_bit(source: Path, tmp_path: Path) -> None:
    exercise = exercise_of(source)
    first = written(tmp_path / "kept.npz", source)
    back = read_measured(tmp_path / "kept.npz", "key", Measured((), exercise))
    assert back is not None
    # Floats are written so that they read back exactly; NaN and the sign of a zero show as well.
    assert repr(list(back.measurements)) == repr(list(first.measurements))
    assert repr(back.reports) == repr(first.reports)
    assert repr(back.recall.known) == repr(first.recall.known)
    anew = Measured.of(back.measurements, exercise, recall=back.recall).report(exercise)
    assert repr(anew) == repr(first.report(exercise))


def test_what_follows_from_something_else_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    written(path, CLIPS / "plank" / "neutral.trace.npz")
    assert read_measured(path, "another key", Measured((), EXERCISES["plank"])) is None
    assert read_measured(path, "key", Measured((), EXERCISES["dead_bug"])) is None
    assert read_measured(tmp_path / "none.npz", "key", Measured((), EXERCISES["plank"])) is None


def test_damage_anywhere_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    written(path, CLIPS / "plank" / "neutral.trace.npz")
    whole, wanted = path.read_bytes(), Measured((), EXERCISES["plank"])
    honest = read_measured(path, "key", wanted)
    assert honest is not None
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert read_measured(path, "key", wanted) is None
    rng = np.random.default_rng(7)
    for at in rng.integers(0, len(whole), 40):
        flipped = bytearray(whole)
        flipped[at] ^= 0x10
        path.write_bytes(flipped)
        found = read_measured(path, "key", wanted)
        # A bit of the archive's own bookkeeping, such as a date, changes nothing that is read.
        assert found is None or repr(found.measurements) == repr(honest.measurements)


@pytest.mark.parametrize("column", ["values", "blind", "marker_px", "t_s", "meta"])
def test_arrays_that_contradict_each_other_are_refused(tmp_path: Path, column: str) -> None:
    path = tmp_path / "kept.npz"
    written(path, CLIPS / "plank" / "neutral.trace.npz")
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays[column] = arrays[column][:-1]
    np.savez(path, **arrays)
    assert read_measured(path, "key", Measured((), EXERCISES["plank"])) is None


def test_values_of_known_classes_come_back_exactly() -> None:
    classes = (Level, Reason, Shared, Side)
    shared = Shared(1.5, float("nan"), np.eye(2), np.zeros((2, 2)), np.array([0.1, np.inf]), -0.0)
    value = {
        "tuple": (1, 1.0, True, None, "a"),
        "list": [0.1, [Side.LEFT, Level.FAULT]],
        "map": MappingProxyType({("a", 1): Reason("code", "text")}),
        "empty": (np.zeros(0), np.array(3.5), np.array([[True]]), ()),
        "shared": shared,
    }
    packer = Packer(classes)
    plain = json.loads(json.dumps(packer.plain(value)))
    assert repr(Unpacker(classes, packer.blocks()).value(plain)) == repr(value)


def test_nothing_but_known_classes_is_made() -> None:
    with pytest.raises(TypeError):
        Packer(()).plain(Reason("code", "text"))
    with pytest.raises(KeyError):
        Unpacker((), {}).value(["o", "Path", "/"])
    with pytest.raises(TypeError):
        Packer(()).plain(np.array(["words"]))
