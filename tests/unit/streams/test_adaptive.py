"""Sizes and pauses follow the load; no clock is asked."""

from hypothesis import given
from hypothesis import strategies as st

from streams.lane.adaptive import (
    FIRST_SECONDS,
    LAST_SECONDS,
    LEAST_RECORDS,
    MOST_RECORDS,
    is_worth_folding,
    retry_seconds,
    unit_records,
)


def test_caught_up_a_unit_is_whatever_has_come() -> None:
    """The bound is there, and far from what comes in between two transactions."""
    assert unit_records(0) == unit_records(1) == unit_records(LEAST_RECORDS) == LEAST_RECORDS


def test_behind_units_grow_until_they_would_hold_everything_else_up() -> None:
    """A quarter of what waits, so that a partition is not folded in one stroke."""
    assert unit_records(4_000) == 1_000
    assert unit_records(1_000_000) == MOST_RECORDS


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_more_that_waits_never_makes_a_smaller_unit(few: int, more: int) -> None:
    """Else a backlog could be worked off the slower, the longer it is."""
    sizes = [unit_records(waiting) for waiting in sorted((few, more))]
    assert LEAST_RECORDS <= sizes[0] <= sizes[1] <= MOST_RECORDS


def test_a_refused_transaction_is_tried_soon_and_then_ever_less_often() -> None:
    """A broker that is busy with the markers is not kept from them."""
    waits = [retry_seconds(refused) for refused in range(1, 8)]
    assert waits == [0.002, 0.004, 0.008, 0.016, 0.02, 0.02, 0.02]
    assert (waits[0], waits[-1]) == (FIRST_SECONDS, LAST_SECONDS)
    assert retry_seconds(10_000) == LAST_SECONDS


def test_while_a_transaction_is_on_its_way_a_few_records_wait_for_more() -> None:
    """Folded one by one they would be committed no earlier, and cost more."""
    assert not is_worth_folding(1, committing=True)
    assert not is_worth_folding(LEAST_RECORDS - 1, committing=True)
    assert is_worth_folding(LEAST_RECORDS, committing=True)


@given(st.integers(0, 10**6))
def test_without_a_transaction_nothing_waits(waiting: int) -> None:
    """Not even a tick, for which nothing has come."""
    assert is_worth_folding(waiting, committing=False)
