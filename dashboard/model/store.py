"""The projector's side of the read model: take it over, fill it batch by batch, build it anew."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from aiokafka import TopicPartition
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dashboard.model import columns, tables, writes
from dashboard.model.engine import upsert
from dashboard.model.meta import Meta, fingerprint
from dashboard.model.rows import Row

Offsets = dict[TopicPartition, int]
DAY_MS = 86_400_000


class FencedError(Exception):
    """Another projector has taken this read model over: leave it to that one.

    What to do: run one projector for each read model, or give this one a database of its own
    (SHEQU_DATABASE_URL, SHEQU_HOME).
    """


def now_ms() -> int:
    """Wall clock, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Commit:
    """What goes into one SQL transaction beside the rows."""

    next: Mapping[TopicPartition, int] = field(default_factory=dict)
    ends: Mapping[TopicPartition, int] = field(default_factory=dict)
    appends: list[Row] = field(default_factory=list)
    seen_at: int = 0
    state: str = ""


class Store:
    """One projector's hold on a read model; a newer hold fences it (`FencedError`)."""

    def __init__(self, engine: AsyncEngine, *, lineage: str, tombstone_days: float) -> None:
        self._engine = engine
        self._lineage = lineage
        self._tombstones_ms = int(tombstone_days * DAY_MS)
        self.name = uuid.uuid4().hex
        self.state = "rebuilding"
        self._taken = False

    async def take_over(self, cluster: str, *, rebuild: bool) -> tuple[Offsets, str]:
        """Become the writer. Offsets to go on from, and why the model was emptied, or ''."""
        async with self._engine.begin() as connection:
            meta = await Meta.read(connection, lock=True)
            if self._taken and meta is not None and meta.writer != self.name:
                raise FencedError(FencedError.__doc__)
            why = "asked for" if rebuild else self._why_rebuild(meta, cluster)
            offsets: Offsets = {}
            if why or meta is None:
                await self._empty(connection, cluster)
            else:
                self.state = meta.state
                await msgspec.structs.replace(meta, writer=self.name).write(connection)
                offsets = await _offsets(connection)
        self._taken = True
        return offsets, why

    async def empty(self, cluster: str) -> None:
        """Forget all rows and positions, in one transaction."""
        async with self._engine.begin() as connection:
            await self._empty(connection, cluster)

    def _why_rebuild(self, meta: Meta | None, cluster: str) -> str:
        if meta is None:
            return "there is none yet"
        away = now_ms() - meta.seen_at
        reasons = {
            "other code filled it": meta.fingerprint != fingerprint(),
            f"it was filled from cluster {meta.cluster}": meta.cluster != cluster,
            f"it was filled from lineage {meta.lineage}": meta.lineage != self._lineage,
            f"nobody kept it for {away // DAY_MS} days": away > self._tombstones_ms,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    async def _empty(self, connection: AsyncConnection, cluster: str) -> None:
        await connection.run_sync(columns.metadata.drop_all)
        await connection.run_sync(columns.metadata.create_all)
        self.state = "rebuilding"
        now = now_ms()
        fresh = Meta(
            fingerprint=fingerprint(),
            cluster=cluster,
            lineage=self._lineage,
            generation=uuid.uuid4().hex[:12],
            writer=self.name,
            state=self.state,
            seen_at=now,
            built_at=now,
        )
        await fresh.write(connection)

    async def commit(self, batch: writes.Batch, commit: Commit) -> None:
        """Rows, positions, freshness and the journal of changes, all or nothing."""
        now = now_ms()
        async with self._engine.begin() as connection:
            await self._hold(connection)
            await writes.write_rows(connection, batch)
            await writes.write_positions(connection, _positions(commit))
            await writes.write_change(connection, batch, now)
            if commit.appends:
                statement = upsert(connection.dialect.name, tables.appends)
                await connection.execute(statement, commit.appends)
            self.state = commit.state or self.state
            await _note(connection, state=self.state, error="")
            if commit.seen_at:
                await _note(connection, seen_at=commit.seen_at)

    async def fail(self, error: str) -> None:
        """Leave word of what the projector waits for; `seen_at` stays, it is not reading."""
        async with self._engine.begin() as connection:
            if self._taken:
                await self._hold(connection)
            await _note(connection, error=error)

    async def trim(self, before: Mapping[str, int]) -> None:
        """Forget history: table name -> ms since 1970 UTC."""
        async with self._engine.begin() as connection:
            await self._hold(connection)
            for name, moment in before.items():
                await writes.trim(connection, columns.metadata.tables[name], moment)

    async def _hold(self, connection: AsyncConnection) -> None:
        stored = select(tables.meta.c.value).where(tables.meta.c.name == "writer")
        if await connection.scalar(stored.with_for_update()) != self.name:
            raise FencedError(FencedError.__doc__)


async def _note(connection: AsyncConnection, **values: object) -> None:
    for name, value in values.items():
        statement = update(tables.meta).where(tables.meta.c.name == name)
        await connection.execute(statement.values(value=str(value)))


async def _offsets(connection: AsyncConnection) -> Offsets:
    found = await connection.execute(select(tables.positions))
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in found}


def _positions(commit: Commit) -> list[Row]:
    return [
        {
            "topic": partition.topic,
            "partition": partition.partition,
            "next_offset": offset,
            "end_offset": max(offset, commit.ends.get(partition, offset)),
        }
        for partition, offset in commit.next.items()
    ]
