"""Sizes and pauses that follow the load: small when idle, large behind. Pure functions."""

LEAST_RECORDS, MOST_RECORDS = 500, 2_000
"""Of a unit. Nothing else runs while one is folded: 2,000 of the real core take about 0.2 s."""
UNITS_WAITING = 4

FIRST_SECONDS, LAST_SECONDS = 0.002, 0.02


def unit_records(waiting: int) -> int:
    """How many records the next unit of a partition takes at most, where so many wait.

    A row that changes several times within a unit is encoded and hashed once: behind, larger
    units are cheaper by the record; caught up, a unit is whatever has come.
    """
    return min(MOST_RECORDS, max(LEAST_RECORDS, waiting // UNITS_WAITING))


def is_worth_folding(waiting: int, *, committing: bool) -> bool:
    """Whether a unit of a partition is to be folded now, or may wait for more records.

    While its transaction is on its way, no record gets through any earlier by being folded: what
    comes meanwhile is one unit, folded when the transaction is back, unless it is much.
    """
    return not committing or waiting >= LEAST_RECORDS


def retry_seconds(refused: int) -> float:
    """How long to wait before a transaction is begun again that was refused so many times.

    The broker refuses it while it still writes the markers of the one before, which takes 2 ms
    where it has nothing else to do; asking more often than that keeps it from it.
    """
    return min(LAST_SECONDS, FIRST_SECONDS * float(1 << min(refused - 1, 10)))
