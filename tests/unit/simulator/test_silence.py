"""A system that says nothing for days, and then all at once."""

import pytest

from ops.simulator.silence import Silence, told_on, told_until

TWO_DAYS = (Silence("permits", first=2, days=2),)


def test_a_silent_system_tells_nothing_and_then_everything() -> None:
    told = [list(told_on(TWO_DAYS, "permits", day)) for day in range(6)]
    assert told == [[0], [1], [], [], [2, 3, 4], [5]]
    assert [told_until(TWO_DAYS, "permits", day) for day in range(6)] == [0, 1, 1, 1, 4, 5]


def test_other_systems_go_on_telling() -> None:
    assert [list(told_on(TWO_DAYS, "household", day)) for day in (2, 3)] == [[2], [3]]


def test_silent_from_the_first_day_nothing_is_told_before_it_is_over() -> None:
    silent = (Silence("household", first=0, days=1), Silence("household", first=1, days=1))
    told = [list(told_on(silent, "household", day)) for day in range(3)]
    assert told == [[], [], [0, 1, 2]]
    assert told_until(silent, "household", 1) == -1


def test_only_a_system_whose_records_stand_for_themselves_may_be_silent() -> None:
    with pytest.raises(ValueError, match="household, permits"):
        Silence("police", first=0, days=1)
    with pytest.raises(ValueError, match="one day at least"):
        Silence("permits", first=0, days=0)
