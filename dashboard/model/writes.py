"""One batch of records becomes one SQL transaction: rows, positions and the journal of changes."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.model import tables
from dashboard.model.engine import upsert
from dashboard.model.rows import Message, Projection, Record, Row

MOST_NAMES = 500
"""Tasks named in one change; with more of them the change says that there were more."""

KEPT_CHANGES = 2000
"""Changes kept for a browser that comes back; who is further behind starts anew."""


@dataclass(slots=True)
class Batch:
    """What a run of records does to the read model. The last record of a key wins."""

    rows: dict[str, dict[str, Row | None]] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    adapters: set[str] = field(default_factory=set)

    def put(self, projection: Projection, message: Message, record: Record) -> None:
        """Take a record in."""
        row = projection.row(record, message)
        key = next(iter(projection.table.primary_key)).name
        self._take(projection.table, row[key], row)
        if projection.table is tables.heartbeats:
            self.adapters.add(message.key)
        elif code := row.get("code"):
            self.codes.add(code)
        if task := row.get("task_id"):
            self.tasks.add(task)

    def drop(self, projection: Projection, message: Message) -> None:
        """Take a tombstone in."""
        self._take(projection.table, message.key, None)
        code, _, row = message.key.partition("/")
        if projection.table is tables.heartbeats:
            self.adapters.add(message.key)
        else:
            self.codes.add(code)
        if projection.table is tables.tasks:
            self.tasks.add(row)

    def _take(self, table: Table, key: str, row: Row | None) -> None:
        self.tables[table.name] = table
        self.rows.setdefault(table.name, {})[key] = row

    def change(self, seq: int, at: int) -> Row | None:
        """The row of `changes`, or None where nothing that a page shows has changed."""
        if not (self.codes or self.tasks or self.adapters):
            return None
        return {
            "seq": seq,
            "at": at,
            "codes": sorted(self.codes),
            "tasks": sorted(self.tasks)[:MOST_NAMES],
            "adapters": sorted(self.adapters),
            "more": len(self.tasks) > MOST_NAMES,
        }


async def write_rows(connection: AsyncConnection, batch: Batch) -> None:
    """Upsert and delete a batch's rows; inside the caller's transaction."""
    for name, found in batch.rows.items():
        table = batch.tables[name]
        key = next(iter(table.primary_key))
        kept = [row for row in found.values() if row is not None]
        gone = [{"gone": key_value} for key_value, row in found.items() if row is None]
        if kept:
            await connection.execute(upsert(connection.dialect.name, table), kept)
        if gone:
            await connection.execute(delete(table).where(key == bindparam("gone")), gone)


async def write_positions(connection: AsyncConnection, positions: list[dict[str, Any]]) -> None:
    """Store where each partition goes on: rows of `positions`."""
    if positions:
        await connection.execute(upsert(connection.dialect.name, tables.positions), positions)


async def write_change(connection: AsyncConnection, batch: Batch, at: int) -> None:
    """Append to the journal of changes and keep it short."""
    newest = await connection.scalar(select(func.max(tables.changes.c.seq)))
    if change := batch.change((newest or 0) + 1, at):
        await connection.execute(tables.changes.insert(), change)
        too_old = tables.changes.c.seq <= change["seq"] - KEPT_CHANGES
        await connection.execute(delete(tables.changes).where(too_old))


async def trim(connection: AsyncConnection, table: Table, before: int) -> None:
    """Forget history older than its topic keeps it (ms since 1970 UTC)."""
    await connection.execute(delete(table).where(table.c.at < before))
