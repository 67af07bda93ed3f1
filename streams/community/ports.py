"""What the core is given: rows to read and write, and a place for outputs. Nothing else."""

from typing import Protocol, TypeVar

from streams.community.rows import Row
from streams.community.tables import Table

R = TypeVar("R", bound=Row)


class Rows(Protocol):
    """A unit's overlay over the rows of one partition."""

    def get(self, table: Table, key: str) -> Row | None:
        """Row as this unit sees it."""

    def put(self, table: Table, key: str, row: Row) -> None:
        """Set a row."""

    def delete(self, table: Table, key: str) -> None:
        """Remove a row; removing what is not there does nothing."""

    def emit(self, topic: str, schema: str, key: str, value: Row) -> None:
        """Append an output that no later change replaces."""

    def pop_due(self, now: int) -> Row | None:
        """Remove and give the earliest timer due at `now`, by (due, key), or None."""


class BadRecordError(Exception):
    """A record against a rule: it becomes a dead letter with `rule`, `field` and what to do."""

    def __init__(self, rule: str, field: str, advice: str) -> None:
        self.rule = rule
        self.field = field
        self.advice = advice
        super().__init__(f"{rule}: {field}: {advice}")


def find(rows: Rows, table: Table, key: str, kind: type[R]) -> R | None:
    """Row of a known type."""
    row = rows.get(table, key)
    return row if isinstance(row, kind) else None
