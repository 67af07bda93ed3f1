"""Columns and indexes that several tables of the read model share.

Column names are the field names of the row that a topic holds, so that `rows` can carry them
over; what has no column is not shown. A change here rebuilds every read model by itself.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, text

metadata = MetaData()

CODE = String(12)


def key(name: str = "row_key") -> Column[str]:
    """The primary key: the key of the record on its topic."""
    return Column(name, String, primary_key=True)


def words(name: str, *, null: bool = False) -> Column[str]:
    """Text of any length."""
    return Column(name, String, nullable=null)


def time(name: str, *, null: bool = False) -> Column[int]:
    """Ms since 1970 UTC."""
    return Column(name, BigInteger, nullable=null)


def count(name: str) -> Column[int]:
    """A number that no city outgrows."""
    return Column(name, BigInteger, nullable=False)


def coded(name: str, *, null: bool = False) -> list[Column[str]]:
    """A code as stated, with the list and the edition that define it."""
    return [words(part, null=null) for part in (f"{name}_list", f"{name}_version", name)]


def kind() -> list[Column[str]]:
    """A kind as stated, and the hub's own."""
    return [*coded("kind"), words("kind_id")]


def identity() -> list[Column[str] | Column[int]]:
    """Which record of which source it is, in which version, and when it happened."""
    return [
        Column("code", CODE, nullable=False),
        words("source"),
        words("record_id"),
        count("version_order"),
        time("occurred_at"),
    ]


def whereabouts() -> list[Column[str] | Column[int] | Column[bool]]:
    """Where a record went or came from, and the half of a move that waits for its other half."""
    return [
        words("moved_direction", null=True),
        words("moved_counterpart", null=True),
        words("transit_direction", null=True),
        words("transit_counterpart", null=True),
        time("transit_since", null=True),
        Column("transit_overdue", Boolean, nullable=True),
        time("updated_at"),
    ]


def in_transit(table: str) -> Index:
    """Finds the few records in transit among all others."""
    some = text("transit_since IS NOT NULL")
    return Index(f"{table}_in_transit", "transit_since", sqlite_where=some, postgresql_where=some)
