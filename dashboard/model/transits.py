"""Records in transit 在途: one half of a move was seen, the other one not yet."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.model import reads, registers, tables

Where = Callable[[Table], list[ColumnElement[bool]]]

MOVING: Mapping[str, Table] = {
    "residents": registers.residents,
    "permits": registers.permits,
    "incidents": tables.incidents,
    "cases": tables.cases,
}
"""Tables whose records may move from one code to another."""

FIELDS = ("row_key", "source", "record_id", "version_order", "code", "status")


def _waiting(name: str, where: Where) -> Select[Any]:
    table = MOVING[name]
    transit = ("direction", "counterpart", "since", "overdue")
    return select(
        literal(name).label("table"),
        *(table.c[field] for field in FIELDS),
        *(table.c[f"transit_{field}"].label(field) for field in transit),
    ).where(table.c.transit_since.is_not(None), *where(table))


async def page(
    connection: AsyncConnection, where: Where, *, sort: str, number: int, size: int
) -> tuple[list[dict[str, Any]], int]:
    """Rows of one page (the first is 1) over all tables, and how many there are."""
    found = union_all(*(_waiting(name, where) for name in MOVING)).subquery()
    column = found.c[sort.removeprefix("-")]
    order = (column.desc() if sort.startswith("-") else column.asc(), found.c.row_key)
    total = await connection.scalar(select(func.count()).select_from(found))
    wanted = select(found).order_by(*order).limit(size).offset((number - 1) * size)
    return await reads.rows(connection, wanted), total or 0


async def counts(connection: AsyncConnection, where: Where) -> dict[str, int]:
    """How many records of each table are in transit, and how many of all are overdue."""
    found = {"overdue": 0}
    for name, table in MOVING.items():
        late = func.coalesce(func.sum(case((table.c.transit_overdue.is_(True), 1), else_=0)), 0)
        statement = select(func.count(), late).where(
            table.c.transit_since.is_not(None), *where(table)
        )
        [(all_of_it, overdue)] = await connection.execute(statement)
        found[name] = all_of_it
        found["overdue"] += overdue
    return found
