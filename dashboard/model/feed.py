"""What changed, for pages that stay open: one look at the journal of changes serves them all.

The journal is read four times a second whatever their number, so none hears more often than that.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.model import reads, tables
from dashboard.model.meta import Meta, NotReadyError
from dashboard.model.writes import KEPT_CHANGES, MOST_NAMES

EVERY_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0

Open = Callable[[], AbstractAsyncContextManager[tuple[AsyncConnection, Meta]]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """Up to where a page has heard: a filling of the read model, and a change in it."""

    generation: str
    seq: int

    def __str__(self) -> str:
        """The event id that browsers send back as Last-Event-ID."""
        return f"{self.generation}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Any text gives a cursor; one that is none of ours stands nowhere."""
        generation, _, seq = text.rpartition("-")
        return cls(generation, int(seq) if seq.isascii() and seq.isdigit() else -1)


@dataclass(slots=True)
class News:
    """Changes of a while, made one. `reset`: the page cannot know what it missed."""

    cursor: Cursor
    reset: bool = False
    quiet: bool = False
    at: int = 0
    codes: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    adapters: set[str] = field(default_factory=set)
    more: bool = False

    def take(self, rows: Iterable[Row]) -> "News":
        """Merge changes in; with more than MOST_NAMES tasks only some are named."""
        for row in rows:
            self.at = max(self.at, row["at"])
            self.codes.update(row["codes"])
            self.tasks.update(row["tasks"])
            self.adapters.update(row["adapters"])
            self.more |= row["more"]
        if len(self.tasks) > MOST_NAMES:
            self.tasks, self.more = set(sorted(self.tasks)[:MOST_NAMES]), True
        return self


class Feed:
    """The newest changes; `run` keeps them new, `follow` hands them to one page."""

    def __init__(self, open_model: Open) -> None:
        """`open_model` opens the read model at one moment."""
        self._open = open_model
        self._moved = asyncio.Condition()
        self._kept: deque[Row] = deque(maxlen=KEPT_CHANGES)
        self._end = Cursor("", 0)
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Look again and again until closed; a read model that is away may come."""
        while not self._closed.is_set():
            with suppress(NotReadyError, SQLAlchemyError):
                await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), EVERY_SECONDS)

    async def look(self) -> None:
        """Fetch what is new and wake the pages."""
        changes = tables.changes
        async with self._open() as (connection, meta):
            same = meta.generation == self._end.generation
            after = self._end.seq if same else 0
            statement = select(changes).where(changes.c.seq > after).order_by(changes.c.seq)
            found = await reads.rows(connection, statement)
        if same and not found:
            return
        async with self._moved:
            if not same:
                self._kept.clear()
            self._kept.extend(found)
            self._end = Cursor(meta.generation, found[-1]["seq"] if found else after)
            self._moved.notify_all()

    async def close(self) -> None:
        """End `run` and every `follow`."""
        self._closed.set()
        async with self._moved:
            self._moved.notify_all()

    async def follow(self, last: str | None) -> AsyncIterator[News]:
        """News after `last` (a cursor's text), or from now on; `quiet` where nothing happened.

        The first one is at once: it says where the page stands.
        """
        news = self._since(self._end if last is None else Cursor.parse(last))
        yield news
        while not self._closed.is_set():
            await self._wait(news.cursor)
            news = self._since(news.cursor)
            yield news

    async def _wait(self, at: Cursor) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS), self._moved:
                await self._moved.wait_for(lambda: self._closed.is_set() or self._end != at)

    def _since(self, at: Cursor) -> News:
        end = self._end
        if at == end:
            return News(end, quiet=True)
        oldest = self._kept[0]["seq"] if self._kept else end.seq + 1
        if at.generation != end.generation or not oldest - 1 <= at.seq <= end.seq:
            return News(end, reset=True)
        return News(end).take(row for row in self._kept if row["seq"] > at.seq)
