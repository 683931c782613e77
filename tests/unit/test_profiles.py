"""A person's own limits: kept with reason, name and time, never by halves, never elsewhere."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from formcheck.errors import InputError, OutputError
from formcheck.judgement.overrides import Change, base_version, changed
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Limits
from formcheck.profiles import (
    FOLDER,
    Profile,
    delete_profile,
    exercise_for,
    has_profile,
    load_profile,
    profile_names,
    rename_profile,
    save_profile,
    taken_back,
    with_changes,
)

PLANK = load_exercises()["plank"]
SAG = Change("plank", "hips-sag", "good", -9.0)
PIKE = Change("plank", "hips-pike", "fault", 20.0)
AT = datetime(2026, 3, 4, 9, 30, tzinfo=timezone.utc)


def profile(*changes: Change, name: str = "Kim Li") -> Profile:
    return with_changes(Profile(name), PLANK, changes or (SAG,), why="long back", by="Ana", at=AT)


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    kept = profile(SAG, PIKE)
    path = save_profile(tmp_path, kept)
    assert path.parent == tmp_path / FOLDER
    assert load_profile(tmp_path, " kim  LI ") == kept
    (entry, _) = kept.entries
    assert (entry.why, entry.by, entry.at) == ("long back", "Ana", AT)
    assert entry.rule_version == PLANK.version
    assert profile_names(tmp_path) == ["Kim Li"]
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_exercise_has_the_limits_of_the_person() -> None:
    own = exercise_for(PLANK, profile(SAG, PIKE))
    assert own == changed(PLANK, [SAG, PIKE])
    assert own.check("hips-sag").limits == Limits(-9.0, -12.0)
    assert base_version(own.version) == PLANK.version != own.version
    bug = load_exercises()["dead_bug"]
    assert exercise_for(bug, profile(SAG, PIKE)) is bug


def test_the_later_change_counts_and_the_earlier_stays_on_record() -> None:
    later = Change("plank", "hips-sag", "good", -10.0)
    two = with_changes(profile(SAG), PLANK, [later], why="stronger now", by="Ana")
    assert exercise_for(PLANK, two) == changed(PLANK, [later])
    assert two.revision == 2
    assert [entry.value for entry in two.entries] == [-9.0, -10.0]


def test_a_band_is_taken_back(tmp_path: Path) -> None:
    back = taken_back(profile(SAG, PIKE), ("plank", "hips-sag"), why="healed", by="Ana")
    assert exercise_for(PLANK, back) == changed(PLANK, [PIKE])
    assert back.entries[-1].value is None
    save_profile(tmp_path, back)
    assert load_profile(tmp_path, "Kim Li") == back
    with pytest.raises(InputError, match="does not change plank"):
        taken_back(back, ("plank", "drift"), why="x", by="y")


@pytest.mark.parametrize(("why", "by"), [("", "Ana"), (" ", "Ana"), ("long back", "")])
def test_reason_and_name_are_needed(why: str, by: str) -> None:
    with pytest.raises(InputError, match="say both"):
        with_changes(Profile("Kim"), PLANK, [SAG], why=why, by=by)


def test_limits_that_do_not_fit_are_never_kept() -> None:
    upside_down = (SAG, Change("plank", "hips-sag", "fault", -8.0))
    with pytest.raises(InputError, match="wrong way round"):
        profile(*upside_down)


def test_a_rule_that_lost_the_check_is_told() -> None:
    gone = Profile("Kim", profile(Change("dead_bug", "hips-sag", "good", -9.0)).entries)
    assert gone.entries == ()
    (entry,) = profile(SAG).entries
    lost = Profile("Kim", (type(entry)("plank", "x", *_rest(entry)),))
    with pytest.raises(InputError, match="the profile of Kim does not fit any more"):
        exercise_for(PLANK, lost)


def _rest(entry: object) -> list[object]:
    names = ("boundary", "absolute", "value", "rule_version", "why", "by", "at")
    return [getattr(entry, name) for name in names]


def test_two_who_change_at_once_do_not_lose_a_change(tmp_path: Path) -> None:
    save_profile(tmp_path, profile(SAG))
    mine = theirs = load_profile(tmp_path, "Kim Li")
    save_profile(tmp_path, with_changes(theirs, PLANK, [PIKE], why="x", by="Bo"))
    with pytest.raises(InputError, match="changed in the meantime"):
        save_profile(tmp_path, with_changes(mine, PLANK, [SAG], why="y", by="Ana"))
    assert [entry.by for entry in load_profile(tmp_path, "Kim Li").entries] == ["Ana", "Bo"]


@pytest.mark.parametrize(
    "name", ["../../etc/x", "..", ".", "a/b", "a\\b", "C:x", "a\0b", "Zoë", "李", "-x", "a.json"]
)
def test_every_name_has_a_file_of_its_own_inside_the_folder(tmp_path: Path, name: str) -> None:
    path = save_profile(tmp_path, profile(name=name))
    assert path.resolve().parent == (tmp_path / FOLDER).resolve()
    assert load_profile(tmp_path, name).name == name
    assert sorted(p.name for p in tmp_path.iterdir()) == [FOLDER]


@pytest.mark.parametrize("name", ["", "  ", "x" * 300])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="can't be the name"):
        save_profile(tmp_path, profile(name=name))


def test_who_has_none_is_told_who_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nor of anybody yet"):
        load_profile(tmp_path, "Kim")
    save_profile(tmp_path, profile())
    with pytest.raises(InputError, match="did you mean 'Kim Li'"):
        load_profile(tmp_path, "Kim L")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda plain: plain.update(format="x"), "not a profile"),
        (lambda plain: plain.update(schema=2), "newer formcheck"),
        (lambda plain: plain["entries"][0].pop("why"), "damaged"),
        (lambda plain: plain["entries"][0].update(boundary="warm"), "damaged"),
        (lambda plain: plain["entries"][0].update(value=float("inf")), "damaged"),
        (lambda plain: plain["entries"][0].update(at="2026-03-04T09:30:00"), "damaged"),
        (lambda plain: plain.update(entries=3), "damaged"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, spoil: object, words: str) -> None:
    path = save_profile(tmp_path, profile())
    plain = json.loads(path.read_text(encoding="utf-8"))
    assert callable(spoil)
    spoil(plain)
    path.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_profile(tmp_path, "Kim Li")
    path.write_text('{"format": "formch', encoding="utf-8")
    with pytest.raises(InputError, match="can't be read"):
        load_profile(tmp_path, "Kim Li")


def test_a_write_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_profile(tmp_path, profile(SAG))
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    more = with_changes(load_profile(tmp_path, "Kim Li"), PLANK, [PIKE], why="x", by="y")
    with pytest.raises(OutputError, match="No space left"):
        save_profile(tmp_path, more)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("new", ["Kim Lee", "KIM  li"])
def test_a_person_with_another_name_keeps_the_limits(tmp_path: Path, new: str) -> None:
    kept = profile(SAG, PIKE)
    save_profile(tmp_path, kept)
    assert rename_profile(tmp_path, "kim li", new)
    renamed = load_profile(tmp_path, new)
    assert (renamed.name, renamed.entries) == (" ".join(new.split()), kept.entries)
    assert profile_names(tmp_path) == [renamed.name]
    save_profile(tmp_path, with_changes(renamed, PLANK, [SAG], why="again", by="Ana"))


def test_a_rename_never_lands_on_somebody_else(tmp_path: Path) -> None:
    for name in ("Kim Li", "Bo"):
        save_profile(tmp_path, profile(name=name))
    with pytest.raises(InputError, match="already"):
        rename_profile(tmp_path, "Kim Li", "bo")
    assert profile_names(tmp_path) == ["Bo", "Kim Li"]
    assert not rename_profile(tmp_path, "Nobody", "Ann")


def test_a_rename_that_was_cut_short_is_no_second_person(tmp_path: Path) -> None:
    path = save_profile(tmp_path, profile())
    path.rename(path.with_name("kim lee.json"))
    found = load_profile(tmp_path, "Kim Lee")
    assert found.name == "Kim Lee"
    assert save_profile(tmp_path, found) == path.with_name("kim lee.json")


def test_a_person_who_goes_leaves_nothing(tmp_path: Path) -> None:
    path = save_profile(tmp_path, profile())
    assert has_profile(tmp_path, "KIM LI")
    assert delete_profile(tmp_path, "kim li")
    assert list(path.parent.iterdir()) == []
    assert not has_profile(tmp_path, "Kim Li")
    assert not delete_profile(tmp_path, "Kim Li")
