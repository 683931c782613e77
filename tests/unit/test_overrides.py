"""Limits changed by name: what is taken, what is refused and with which sentence."""

from __future__ import annotations

import pytest

from formcheck.errors import InputError, UnknownExercise
from formcheck.judgement.overrides import Change, base_version, changed, moved, parse_change
from formcheck.judgement.registry import load_exercises
from formcheck.judgement.rule import Exercise, Limits

EXERCISES = load_exercises()
PLANK = EXERCISES["plank"]


def set_to(*texts: str, exercise: Exercise = PLANK) -> Exercise:
    return changed(exercise, [parse_change(text, EXERCISES) for text in texts])


def refused(*texts: str) -> str:
    with pytest.raises(InputError) as error:
        set_to(*texts)
    return str(error.value)


def test_a_boundary_is_put_elsewhere_and_nothing_else_changes() -> None:
    new = set_to("plank.hips-sag.warn=-9")
    assert new.check("hips-sag").limits == Limits(good=-9.0, fault=-12.0)
    assert new.check("hips-sag").absolute == PLANK.check("hips-sag").absolute
    assert [c for c in new.checks if c.code != "hips-sag"] == [
        c for c in PLANK.checks if c.code != "hips-sag"
    ]
    assert PLANK.check("hips-sag").limits == Limits(good=-7.0, fault=-12.0)
    assert (new.name, new.movement, new.features) == (PLANK.name, PLANK.movement, PLANK.features)


def test_good_is_another_word_for_where_the_warning_begins() -> None:
    assert set_to("plank.hips-sag.good=-9") == set_to("plank.hips-sag.warn=-9")


@pytest.mark.parametrize(
    ("text", "band"),
    [
        # Beyond the other boundary: the grey zone keeps its width.
        ("plank.hips-sag.warn=-12", Limits(-12.0, -17.0)),
        ("plank.hips-sag.fault=-5", Limits(0.0, -5.0)),
        ("plank.hips-pike.warn=18", Limits(18.0, 25.0)),
        ("plank.knees-bent.fault=165", Limits(175.0, 165.0)),
    ],
)
def test_a_boundary_takes_the_other_along_where_it_passes_it(text: str, band: Limits) -> None:
    assert set_to(text).check(text.split(".")[1]).limits == band


def test_both_boundaries_in_either_order() -> None:
    texts = ("plank.hips-sag.warn=-14", "plank.hips-sag.fault=-20")
    assert set_to(*texts) == set_to(*reversed(texts))
    assert set_to(*texts).check("hips-sag").limits == Limits(-14.0, -20.0)


def test_the_absolute_band_is_its_own() -> None:
    new = set_to("plank.hips-sag.absolute.warn=-6")
    assert new.check("hips-sag").absolute == Limits(-6.0, -11.0)
    assert new.check("hips-sag").limits == PLANK.check("hips-sag").limits


@pytest.mark.parametrize("number", ["-9deg", "-9°", " -9 deg ", "−9", "-9.0", "-.9e1"])
def test_numbers_as_people_write_them(number: str) -> None:
    assert parse_change(f"plank.hips-sag.warn={number}", EXERCISES) == Change(
        "plank", "hips-sag", "good", -9.0
    )


def test_the_later_of_two_counts_and_other_exercises_are_left_out() -> None:
    assert set_to("plank.hips-sag.warn=-9", "plank.hips-sag.warn=-8") == set_to(
        "plank.hips-sag.warn=-8"
    )
    assert set_to("dead_bug.head-up.warn=7") is PLANK


def test_the_version_shows_the_change_and_is_the_same_for_the_same_limits() -> None:
    one = set_to("plank.hips-sag.warn=-9")
    assert one.version != PLANK.version
    assert base_version(one.version) == base_version(PLANK.version) == PLANK.version
    two = set_to("plank.hips-pike.warn=8", exercise=one)
    assert two.version not in (one.version, PLANK.version)
    assert two == set_to("plank.hips-pike.warn=8", "plank.hips-sag.warn=-9")
    # Put back on a changed exercise: the version of those limits, whatever way they came about.
    assert set_to("plank.hips-pike.warn=9", exercise=two).version == one.version


def test_the_same_limits_are_no_change() -> None:
    assert set_to() is PLANK
    assert set_to("plank.hips-sag.warn=-7") is PLANK


def test_what_moved_is_told_band_by_band() -> None:
    new = set_to("plank.hips-sag.warn=-9", "plank.hips-sag.absolute.warn=-6")
    told = [(m.check.code, m.absolute, m.before, m.after) for m in moved(PLANK, new)]
    assert told == [
        ("hips-sag", False, Limits(-7.0, -12.0), Limits(-9.0, -12.0)),
        ("hips-sag", True, Limits(-4.0, -11.0), Limits(-6.0, -11.0)),
    ]
    assert moved(PLANK, PLANK) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plank.hips-sag.warn", "write exercise.check.boundary=value"),
        ("hips-sag.warn=-9", "write exercise.check.boundary=value"),
        ("plank.hips_sagg.warn=-9", "did you mean 'hips-sag'?"),
        ("plank.xyz.warn=-9", "it has hips-sag, hips-pike"),
        ("plank.hips-sag.level=-9", "there are warn (also called good) and fault"),
        ("plank.hips-sag.abs.warn=-9", "only its own band or 'absolute'"),
        ("plank.knees-bent.absolute.warn=150", "has no absolute band"),
        ("plank.hips-sag.warn=low", "is no number; give one in deg"),
        ("plank.hips-sag.warn=nan", "is no number"),
        ("plank.hips-sag.warn=-9%", "is in pct; this limit is in deg"),
        ("plank.hips-sag.warn=-9cm", "is in cm; this limit is in deg"),
        ("plank.elbows-offset.warn=20", "is out of reach"),
        ("plank.hips-sag.warn=-9000", "is out of reach"),
        ("plank.hips-sag.warn=9", "did you mean -9?"),
        ("plank.hips-sag.fault=12", "did you mean -12?"),
    ],
)
def test_each_mistake_has_its_sentence(text: str, words: str) -> None:
    sentence = refused(text)
    assert words in sentence
    assert "\n" not in sentence


def test_an_exercise_that_does_not_exist() -> None:
    with pytest.raises(UnknownExercise, match="did you mean 'plank'"):
        parse_change("planck.hips-sag.warn=-9", EXERCISES)


def test_a_band_upside_down_is_refused() -> None:
    assert "wrong way round" in refused("plank.hips-sag.warn=-12", "plank.hips-sag.fault=-10")
    assert "are equal" in refused("plank.hips-sag.warn=-12", "plank.hips-sag.fault=-12")
    assert "above the warning" in refused("plank.drift.warn=9", "plank.drift.fault=8")


def test_a_band_about_zero_may_cross_it() -> None:
    new = set_to("jump_rope.heels-first.fault=2", exercise=EXERCISES["jump_rope"])
    assert new.check("heels-first").limits == Limits(good=5.0, fault=2.0)


def test_every_boundary_of_every_check_can_be_moved_and_put_back() -> None:
    for exercise in EXERCISES.values():
        for check in exercise.checks:
            grey = check.limits.fault - check.limits.good
            there = Change(exercise.name, check.code, "fault", check.limits.fault + grey / 10)
            back = Change(exercise.name, check.code, "fault", check.limits.fault)
            new = changed(exercise, [there])
            assert [m.check.code for m in moved(exercise, new)] == [check.code]
            assert changed(new, [back]).checks == exercise.checks
