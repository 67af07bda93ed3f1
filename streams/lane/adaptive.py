"""Sizes and pauses that follow the load: small when idle, large behind. Pure functions."""

LEAST_RECORDS, FEW_RECORDS, MOST_RECORDS = 20, 500, 1_000
UNITS_WAITING = 4
UNIT_SECONDS = 0.1
"""Nothing else runs while a unit is folded, and each step of a transaction waits for one."""
ASSUMED_SECONDS = 0.0002
"""A record, until a unit was measured."""
NEWEST = 0.3
"""Weight of the newest unit in what a record takes."""

FIRST_SECONDS, LAST_SECONDS = 0.002, 0.02


def unit_records(waiting: int, seconds_each: float) -> int:
    """How many records the next unit of a partition takes at most, where so many wait.

    A row that changes several times within a unit is encoded and hashed once: behind, larger
    units are cheaper by the record; caught up, a unit is whatever has come. `seconds_each`: what
    folding a record takes here and now; a busy machine folds small units, and commits them.
    """
    wanted = min(MOST_RECORDS, max(FEW_RECORDS, waiting // UNITS_WAITING))
    return max(LEAST_RECORDS, min(wanted, round(UNIT_SECONDS / seconds_each)))


def seconds_of_a_record(before: float, records: int, ms: int) -> float:
    """What folding a record takes, after a unit of so many took so long; a small one says nothing.

    `before`: what was thought so far.
    """
    if records < LEAST_RECORDS or ms <= 0:
        return before
    return before + NEWEST * (ms / 1000 / records - before)


def is_worth_folding(waiting: int, *, committing: bool) -> bool:
    """Whether a unit of a partition is to be folded now, or may wait for more records.

    While its transaction is on its way, no record gets through any earlier by being folded: what
    comes meanwhile is one unit, folded when the transaction is back, unless it is much.
    """
    return not committing or waiting >= FEW_RECORDS


def retry_seconds(refused: int) -> float:
    """How long to wait before a transaction is begun again that was refused so many times.

    The broker refuses it while it still writes the markers of the one before, which takes 2 ms
    where it has nothing else to do; asking more often than that keeps it from it.
    """
    return min(LAST_SECONDS, FIRST_SECONDS * float(1 << min(refused - 1, 10)))
