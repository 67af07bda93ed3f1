"""Sizes and pauses follow the load; no clock is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.lane.adaptive import (
    ASSUMED_SECONDS,
    FEW_RECORDS,
    FIRST_SECONDS,
    LAST_SECONDS,
    LEAST_RECORDS,
    MOST_RECORDS,
    UNIT_SECONDS,
    is_worth_folding,
    retry_seconds,
    seconds_of_a_record,
    unit_records,
)

QUICK = 0.00001
"""Seconds a record: so few that they bound nothing."""


def test_caught_up_a_unit_is_whatever_has_come() -> None:
    """The bound is there, and far from what comes in between two transactions."""
    assert unit_records(0, QUICK) == unit_records(1, QUICK) == FEW_RECORDS
    assert unit_records(0, ASSUMED_SECONDS) == FEW_RECORDS


def test_behind_units_grow_until_they_would_hold_everything_else_up() -> None:
    """A quarter of what waits, so that a partition is not folded in one stroke."""
    assert unit_records(3_200, QUICK) == 800
    assert unit_records(1_000_000, QUICK) == MOST_RECORDS


def test_on_a_busy_machine_units_are_small_and_transactions_get_through() -> None:
    """A record that takes ten times as long is one of a unit of a tenth."""
    assert unit_records(1_000_000, UNIT_SECONDS / 50) == 50
    assert unit_records(1_000_000, 3_600.0) == LEAST_RECORDS


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.floats(1e-6, 10))
def test_more_that_waits_never_makes_a_smaller_unit(few: int, more: int, each: float) -> None:
    """Else a backlog could be worked off the slower, the longer it is."""
    sizes = [unit_records(waiting, each) for waiting in sorted((few, more))]
    assert LEAST_RECORDS <= sizes[0] <= sizes[1] <= MOST_RECORDS


def test_what_a_record_takes_follows_the_machine_within_a_few_units() -> None:
    """It was quick, becomes slow, and is quick again."""
    seconds = ASSUMED_SECONDS
    for _ in range(10):
        seconds = seconds_of_a_record(seconds, 100, 200)
    assert seconds == pytest.approx(0.002, rel=0.1)
    for _ in range(20):
        seconds = seconds_of_a_record(seconds, 100, 10)
    assert seconds == pytest.approx(0.0001, rel=0.1)


@given(st.integers(0, 10**6), st.integers(-(10**6), 10**6), st.floats(1e-6, 10))
def test_what_a_record_takes_is_never_nothing(records: int, ms: int, before: float) -> None:
    """A clock that stands still, or was set back, has measured nothing."""
    after = seconds_of_a_record(before, records, ms)
    assert after > 0
    if records < LEAST_RECORDS or ms <= 0:
        assert after == before


def test_a_refused_transaction_is_tried_soon_and_then_ever_less_often() -> None:
    """A broker that is busy with the markers is not kept from them."""
    waits = [retry_seconds(refused) for refused in range(1, 8)]
    assert waits == [0.002, 0.004, 0.008, 0.016, 0.02, 0.02, 0.02]
    assert (waits[0], waits[-1]) == (FIRST_SECONDS, LAST_SECONDS)
    assert retry_seconds(10_000) == LAST_SECONDS


def test_while_a_transaction_is_on_its_way_a_few_records_wait_for_more() -> None:
    """Folded one by one they would be committed no earlier, and cost more."""
    assert not is_worth_folding(1, committing=True)
    assert not is_worth_folding(FEW_RECORDS - 1, committing=True)
    assert is_worth_folding(FEW_RECORDS, committing=True)


@given(st.integers(0, 10**6))
def test_without_a_transaction_nothing_waits(waiting: int) -> None:
    """Not even a tick, for which nothing has come."""
    assert is_worth_folding(waiting, committing=False)
