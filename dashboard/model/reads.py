"""The dashboard's questions to the read model."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, ColumnElement, Select, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.model import tables

T = TypeVar("T", bound=msgspec.Struct)
Where = list[ColumnElement[bool]]
Rows = Sequence[dict[str, Any]]


def at_or_below(column: Column[str], code: str) -> ColumnElement[bool]:
    """Rows of a 12-digit code; of a street, district or city also of everything below it."""
    for width in (4, 6, 9):
        if code[width:] == "0" * (12 - width):
            stem = code[:width]
            return and_(column >= stem.ljust(12, "0"), column <= stem.ljust(12, "9"))
    return column == code


def of_kind(table: Table, kind: str) -> ColumnElement[bool]:
    """A kind as a source states it, or the hub's own."""
    return or_(table.c.kind == kind, table.c.kind_id == kind)


def asked_by(source: str) -> ColumnElement[bool]:
    """Tasks with a request from that source that has not left them."""
    asked = tables.requests
    mine = (asked.c.task_id == tables.tasks.c.task_id) & (asked.c.code == tables.tasks.c.code)
    return select(1).where(mine, asked.c.source == source, asked.c.status != "left").exists()


def order_by(table: Table, sort: str) -> list[ColumnElement[Any]]:
    """`-field` is descending; rows without a value come last, ties are settled by the key."""
    column = table.c[sort.removeprefix("-")]
    directed = column.desc() if sort.startswith("-") else column.asc()
    return [directed.nulls_last() if column.nullable else directed, table.c.row_key]


async def page(
    connection: AsyncConnection,
    table: Table,
    shape: type[T],
    where: Where,
    *,
    sort: str,
    number: int,
    size: int,
) -> tuple[list[T], int]:
    """Rows of one page (the first is 1) and how many there are on all pages."""
    total = await connection.scalar(select(func.count()).select_from(table).where(*where))
    order = order_by(table, sort)
    keys = select(table.c.row_key).where(*where).order_by(*order)  # sorts keys, not wide rows
    wanted = keys.limit(size).offset((number - 1) * size)
    statement = select(table).where(table.c.row_key.in_(wanted)).order_by(*order)
    found = await rows(connection, statement)
    return msgspec.convert(found, list[shape]), total or 0  # type: ignore[valid-type]


async def rows(connection: AsyncConnection, statement: Select[Any]) -> list[dict[str, Any]]:
    """All rows of a SELECT, as dicts by plain names: msgspec takes no subclass of str."""
    found = await connection.execute(statement)
    names = [str(name) for name in found.keys()]  # noqa: SIM118 - a Result is no dict
    return [dict(zip(names, row, strict=True)) for row in found]


async def task_states(
    connection: AsyncConnection, where: ColumnElement[bool] | None = None
) -> dict[str, int]:
    """How many tasks are in each state."""
    state = tables.tasks.c.state
    statement = select(state, func.count()).group_by(state).order_by(state)
    found = await connection.execute(statement if where is None else statement.where(where))
    return {name: count for name, count in found}  # noqa: C416 - a Row is no pair to dict()


async def newest_appends(connection: AsyncConnection) -> dict[str, int]:
    """Broker's time of the newest record, by logical topic name."""
    appends = tables.appends.c
    statement = select(appends.topic, func.max(appends.last_at)).group_by(appends.topic)
    found = await connection.execute(statement)
    return {topic: at for topic, at in found if at is not None}
