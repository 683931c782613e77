"""Persistence in seconds, back-dated; holds; spans that can be taken back."""

import pytest

from formcheck.judgement.phases import Debounced, HoldPhase, Spans
from formcheck.judgement.rule import HoldMovement
from formcheck.types import Phase


def switch_times(
    rate_hz: float, condition: object, seconds: float = 6.0
) -> list[tuple[str, float]]:
    d = Debounced(0.8, 0.5)
    switched = []
    for i in range(int(seconds * rate_hz) + 1):
        t_s = i / rate_hz
        if d.update(t_s, condition(t_s)):  # type: ignore[operator]
            switched.append(("on" if d.on else "off", t_s, d.since_s))
    return switched  # type: ignore[return-value]


@pytest.mark.parametrize("rate_hz", [12.0, 15.0, 24.0, 30.0, 60.0, 120.0])
def test_switches_after_its_window_and_is_back_dated(rate_hz: float) -> None:
    (on, t_on, since_on), (off, t_off, since_off) = switch_times(
        rate_hz,
        lambda t_s: 1.0 <= t_s < 4.0,
    )
    assert (on, off) == ("on", "off")
    frame_s = 1.0 / rate_hz
    assert since_on == pytest.approx(1.0, abs=frame_s)
    assert t_on == pytest.approx(1.8, abs=frame_s + 1e-6)
    assert since_off == pytest.approx(4.0, abs=frame_s)
    assert t_off == pytest.approx(4.5, abs=frame_s + 1e-6)


def test_a_flicker_does_not_switch() -> None:
    assert switch_times(30.0, lambda t_s: (t_s * 5.0) % 1.0 < 0.5) == []


def test_short_interruptions_are_tolerated() -> None:
    switched = switch_times(30.0, lambda t_s: t_s >= 1.0 and not 1.4 < t_s < 1.47)
    assert switched[0][1] == pytest.approx(1.8, abs=0.04)


def test_a_gap_starts_over() -> None:
    d = Debounced(0.8, 0.5)
    for t_s in (0.0, 0.2, 0.4, 2.0, 2.2, 2.4, 2.6):
        assert not d.update(t_s, True)
    assert d.update(2.8, True)
    assert d.since_s == 2.0


def test_spans_take_back_what_turns_out_wrong() -> None:
    spans = Spans()
    for i in range(11):
        spans.update(i * 0.1, True)
    spans.update(1.1, False, since_s=0.4)
    assert spans.all() == ((0.0, 0.4),)
    for i in range(20, 31):
        spans.update(i * 0.1, True)
    assert spans.total_s() == pytest.approx(1.4)
    assert spans.longest_s() == pytest.approx(1.0)
    spans.trim(2.5)
    assert spans.total_s() == pytest.approx(0.9)


def test_a_short_break_ends_no_streak_but_does_not_count() -> None:
    spans = Spans()
    for t_s in (0.0, 0.5, 1.0):
        spans.update(t_s, True)
    spans.update(1.1, False)
    for t_s in (1.3, 2.0):
        spans.update(t_s, True)
    assert spans.all() == ((0.0, 1.0), (1.3, 2.0))
    assert spans.longest_s() == pytest.approx(1.0)
    assert spans.longest_s(bridge_s=0.5) == spans.total_s() == pytest.approx(1.7)


def hold_phase(enter_s: float = 1.0) -> HoldPhase:
    return HoldPhase(
        HoldMovement(
            position=lambda body: None,
            stance=lambda body: None,
            passing=frozenset({"arms-bent"}),
            enter_s=enter_s,
        )
    )


def run(phase: HoldPhase, state: object, start_s: float, end_s: float) -> list[float]:
    switched = []
    for i in range(round(start_s * 30), round(end_s * 30)):
        t_s = i / 30
        in_position, code = state  # type: ignore[misc]
        if phase.update(t_s, in_position, True, code):
            switched.append(t_s)
    return switched


def test_hold_is_back_dated_at_both_ends() -> None:
    phase = hold_phase()
    run(phase, (False, "x"), 0, 2)
    assert phase.phase is Phase.AWAY
    run(phase, (True, None), 2, 2.5)
    assert phase.phase is Phase.GETTING_READY
    (began,) = run(phase, (True, None), 2.5, 6)
    assert (began, phase.start_s) == (pytest.approx(3.0), pytest.approx(2.0))
    (ended,) = run(phase, (False, "x"), 6, 9)
    assert (ended, phase.end_s) == (pytest.approx(7.0), pytest.approx(6.0))


def test_a_short_blind_time_does_not_end_a_hold_but_a_long_one_does() -> None:
    phase = hold_phase()
    run(phase, (True, None), 0, 3)
    assert run(phase, (None, None), 3, 4.5) == []
    assert run(phase, (True, None), 4.5, 6) == []
    assert run(phase, (None, None), 6, 9) == [pytest.approx(8.0)]
    assert phase.end_s == pytest.approx(6.0)


def test_after_repetitions_a_hold_must_last_longer() -> None:
    phase = hold_phase()
    run(phase, (False, "arms-bent"), 0, 1)
    assert run(phase, (True, None), 1, 4.9) == []
    assert run(phase, (True, None), 4.9, 6) == [pytest.approx(5.0)]


def test_a_repetition_within_a_hold_ends_it_where_it_began() -> None:
    phase = hold_phase()
    run(phase, (True, None), 0, 5)
    (ended,) = run(phase, (False, "arms-bent"), 5, 5.5)
    assert ended == pytest.approx(5.2, abs=0.04)
    assert phase.end_s == pytest.approx(5.0)
    assert phase.ended_by_repetition


def test_knees_on_the_way_in_are_no_repetition() -> None:
    movement = HoldMovement(
        position=lambda body: None,
        stance=lambda body: None,
        alternating=frozenset({"knees-folded"}),
    )
    phase = HoldPhase(movement)
    run(phase, (False, "knees-folded"), 0, 3)
    assert run(phase, (True, None), 3, 5) == [pytest.approx(4.0)]
    (ended,) = run(phase, (False, "knees-folded"), 5, 6)
    assert ended == pytest.approx(5.2, abs=0.04)
    assert run(phase, (True, None), 6, 9.9) == []


def test_a_gap_is_time_of_which_nothing_is_known() -> None:
    phase = hold_phase()
    run(phase, (True, None), 0, 3)
    assert not phase.gap(2.97, 4.0)
    run(phase, (True, None), 4, 5)
    assert phase.gap(4.97, 9.0)
    assert phase.end_s == 4.97


def moved(phase: HoldPhase, moving: object, start_s: float, end_s: float, *, held: bool) -> None:
    for i in range(round(start_s * 30), round(end_s * 30)):
        t_s = i / 30
        phase.update(t_s, held, True, None if held else "x", 0.5 * moving(t_s))  # type: ignore[operator]


def test_moving_into_place_and_out_of_it_is_not_holding() -> None:
    phase = hold_phase()
    moved(phase, lambda t_s: False, 0, 1, held=False)
    moved(phase, lambda t_s: t_s < 1.8 or t_s >= 8.0, 1, 9, held=True)
    assert phase.start_s == pytest.approx(1.6, abs=0.1)
    moved(phase, lambda t_s: True, 9, 11, held=False)
    assert phase.end_s == pytest.approx(7.8, abs=0.1)


def test_unrest_in_the_hold_is_not_arriving() -> None:
    phase = hold_phase()
    moved(phase, lambda t_s: t_s < 3.0, 0, 4, held=True)
    assert phase.start_s <= 0.7
    phase = hold_phase()
    moved(phase, lambda t_s: 0.6 < t_s < 0.7, 0, 4, held=True)
    assert phase.start_s == 0.0
