"""Asks the front-end database 前置库. Everything is read as text, and nothing is ever written.

A page is one transaction of its own, read-only, so no snapshot of the department's is held.
Names are quoted by SQLAlchemy and values are bound: neither can say anything else.
"""

import asyncio
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.household_registration.engine import SLACK_SECONDS, open_engine, place_of
from adapters.household_registration.trouble import (
    TROUBLES,
    UnreadableError,
    explained,
    no_keys,
    no_such,
)

NUMBER, UPDATED = "人员编号", "更新时间"

COLUMNS = (
    NUMBER, "公民身份号码", "姓名", "性别", "出生日期", "户号", "与户主关系", "户籍社区代码",
    "住址", "联系电话", "变动类别", "变动时间", "注销原因", UPDATED,
)  # fmt: skip

UNREADABLE = "\ufffd"
"""Stands for characters, or for a whole value, that the database cannot give as text."""

ASKED_AT_ONCE = 500
"""Numbers in one question."""

T = TypeVar("T")
Stated = Mapping[str, str | None]
Types = Mapping[str, sa.types.TypeEngine[Any]]
Position = tuple[str, str]
"""Update time and number of a row, as the database writes them."""


class Database:
    """One table, or view; connected on first use, and again after any trouble.

    Every question raises RetryError where the database is away, HaltError where only a person
    can help.
    """

    def __init__(self, url: str, table: str, *, timeout: float, page: int) -> None:
        """`table` is name or schema.name, `timeout` in seconds, `page` the most rows at a time."""
        self._url, self._timeout, self.page = sa.make_url(url), timeout, page
        schema, _, self._name = table.rpartition(".")
        self._schema = sa.quoted_name(schema, quote=True) if schema else None
        named = [_column(name) for name in COLUMNS]
        self._table = sa.table(sa.quoted_name(self._name, quote=True), *named, schema=self._schema)
        self.place = f"{place_of(self._url)} {table}"
        self._engine: AsyncEngine | None = None
        self._types: Types = {}

    async def newest(self, until: str | None = None) -> str | None:
        """The greatest update time, of those up to `until`; None where there is none."""
        await self._inspected()
        updated = self._table.c[UPDATED]
        query = sa.select(_as_text(sa.func.max(updated)))
        if until is not None:
            query = query.where(updated <= self._bound(UPDATED, until))
        return (await self._ask(query))[0][0]

    async def changed_since(self, since: str) -> list[Stated]:
        """A page of rows updated at `since` or later, in order of (update time, number)."""
        await self._inspected()
        later = self._table.c[UPDATED] >= self._bound(UPDATED, since)
        return await self._page(later, (UPDATED, NUMBER))

    async def changed_after(self, position: Position) -> list[Stated]:
        """The page that follows a row, in the same order."""
        await self._inspected()
        order = (UPDATED, NUMBER)
        here = sa.tuple_(*(self._table.c[name] for name in order))
        there = sa.tuple_(*map(self._bound, order, position))
        return await self._page(here > there, order)

    async def numbered_after(self, number: str | None) -> list[Stated]:
        """A page of all rows in the order of their numbers, after one; None: from the first."""
        await self._inspected()
        column = self._table.c[NUMBER]
        rest = sa.true() if number is None else column > self._bound(NUMBER, number)
        return await self._page(rest, (NUMBER,))

    async def held(self, numbers: Sequence[str]) -> set[str]:
        """Those of the numbers that stand in the table now."""
        await self._inspected()
        column, found = self._table.c[NUMBER], set[str]()
        for start in range(0, len(numbers), ASKED_AT_ONCE):
            some = numbers[start : start + ASKED_AT_ONCE]
            wanted = column.in_([self._bound(NUMBER, number) for number in some])
            rows = await self._ask(sa.select(_as_text(column)).where(wanted))
            found.update((row[0] or "").strip() for row in rows)
        return found

    async def close(self) -> None:
        """Let go of the database; what was found out about it is found out again."""
        engine, self._engine, self._types = self._engine, None, {}
        if engine is not None:
            await engine.dispose()

    async def _page(self, which: sa.ColumnElement[bool], order: Sequence[str]) -> list[Stated]:
        by = [self._table.c[name] for name in order]
        try:
            return await self._rows(COLUMNS, which, by)
        except UnreadableError:
            pass
        try:
            keys = await self._rows((NUMBER,), which, by)
        except UnreadableError:
            raise no_keys(self.place) from None
        return [row for key in keys if (row := await self._one(key[NUMBER] or ""))]

    async def _one(self, number: str) -> Stated | None:
        """A row, column by column where it cannot be had whole; None where it is gone."""
        which = self._table.c[NUMBER] == self._bound(NUMBER, number)
        try:
            rows = await self._rows(COLUMNS, which, ())
            return rows[0] if rows else None
        except UnreadableError:
            return {name: await self._value(name, which) for name in COLUMNS}

    async def _value(self, name: str, which: sa.ColumnElement[bool]) -> str | None:
        try:
            rows = await self._rows((name,), which, ())
        except UnreadableError:
            return UNREADABLE
        return rows[0][name] if rows else None

    async def _rows(
        self,
        names: Sequence[str],
        which: sa.ColumnElement[bool],
        by: Sequence[sa.ColumnElement[Any]],
    ) -> list[Stated]:
        wanted = [_as_text(self._table.c[name]) for name in names]
        query = sa.select(*wanted).where(which).order_by(*by).limit(self.page)
        return [dict(zip(names, row, strict=True)) for row in await self._ask(query)]

    async def _ask(self, query: sa.Select[Any]) -> Sequence[Sequence[str | None]]:
        """All rows of a question."""
        return await self._within_time(lambda connection: connection.execute(query).fetchall())

    async def _inspected(self) -> None:
        """Know the columns' types. Raises HaltError where one that was agreed is not there."""
        if self._types:
            return
        types = await self._within_time(self._columns)
        if types is None or (lacking := [name for name in COLUMNS if name not in types]):
            await self.close()
            raise no_such(self.place, None if types is None else lacking)
        self._types = types

    async def _within_time(self, step: Callable[[sa.Connection], T]) -> T:
        """What a step gives on a connection; a connection that had trouble is not used again."""
        if self._engine is None:
            self._engine = open_engine(self._url, self._timeout)
        limit = asyncio.timeout(self._timeout + 2 * SLACK_SECONDS)
        try:
            async with limit, self._engine.connect() as connection:
                return await connection.run_sync(step)
        except TROUBLES as error:
            meant = explained(error, self.place)
            if not isinstance(meant, UnreadableError):
                await self.close()
            raise meant from error

    def _columns(self, connection: sa.Connection) -> Types | None:
        """Types of the columns; None where there is no such table."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", sa.exc.SAWarning)  # of types that nobody reads
                found = sa.inspect(connection).get_columns(self._name, schema=self._schema)
        except sa.exc.NoSuchTableError:
            return None
        return {column["name"]: column["type"] for column in found}

    def _bound(self, name: str, value: str) -> sa.ColumnElement[Any]:
        """A text as a value of that column."""
        given = sa.literal(value, sa.String())
        is_sqlite = self._url.get_backend_name() == "sqlite"
        return given if is_sqlite else sa.cast(given, self._types[name])


def _column(name: str) -> sa.ColumnClause[Any]:
    return sa.column(sa.quoted_name(name, quote=True))


def _as_text(column: sa.ColumnElement[Any]) -> sa.Cast[str]:
    """In UTF-8, whatever the column's type: what a driver cannot read would hide a whole page."""
    return sa.cast(column, sa.String())
