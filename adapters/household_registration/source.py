"""Reads a table that shows each record as it stands now: by update time, and whole now and then.

A walk begins some minutes before the newest update time known, because a transaction that wrote
its time first may commit last. Pages follow one another by (update time, number), so that many
rows of one time are no trouble. A sweep of the whole table finds what walks cannot; it goes on
between them, and is what a first load consists of.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.household_registration.client import NUMBER, UPDATED, Database, Position, Stated
from adapters.household_registration.settings import HouseholdRegistrationSettings
from adapters.household_registration.sweep import SWEPT_AT, SWEPT_ROWS, Sweep
from adapters.household_registration.trouble import no_keys
from adapters.kit.adapter import Batch, Known, Marks, Row
from adapters.kit.times import china, milliseconds

WATERMARK = "watermark"
"""Mark: the greatest update time read, ms UTC."""

REMEMBERED = 100_000
"""Rows of a walk that the next one knows again; more are told apart by the checkpoint."""

RESTS = 3
"""A walk over nothing but known rows is followed by a rest of so many times its length."""

Hashes = OrderedDict[str, int]


@dataclass(slots=True)
class TableSource:
    """Walks, and sweeps between them. Times are ms UTC, waits are seconds."""

    database: Database
    sweep: Sweep
    overlap: int
    poll: float
    watermark: int | None
    clock: Callable[[], float] = time.monotonic
    _start: int = 0
    _position: Position | None = None
    _due: float = 0.0
    _began: float = 0.0
    _repeated: float = 0.0
    _walked: bool = False
    _swept: bool = False
    _before: Hashes = field(default_factory=OrderedDict)
    _now: Hashes = field(default_factory=OrderedDict)

    @property
    def idle(self) -> bool:
        """After a walk nothing is left."""
        return True

    def told(self, known: Known) -> None:
        """Where a sweep asks which records were sent."""
        self.sweep.known = known

    async def read(self) -> Batch | None:
        """The next rows that are not known from the walk before.

        None after each walk but where a sweep is under way, which goes on between walks; and None
        after each sweep, however soon the next one is due.
        """
        now = time.time_ns() // 1_000_000
        if self.watermark is None:
            return await self._first_load(now)
        walks = self._position is not None or self.clock() >= self._due
        if walks and not self._walked:
            return await self._walk(now)
        self._walked = False
        if self.sweep.is_wanted(now) and not self._swept:
            batch = self._noted(await self.sweep.read(now))
            self._swept = self.sweep.is_over
            return batch
        self._swept = False
        return None

    async def wait(self) -> None:
        """Until the next walk is due."""
        await asyncio.sleep(max(0.0, self._due - self.clock()))

    async def close(self) -> None:
        """Close the connection."""
        self.sweep.close()
        await self.database.close()

    async def _first_load(self, now: int) -> Batch | None:
        """A sweep; walks begin later at the newest time that there was before it."""
        if self.sweep.is_over:
            self._start = await self._newest(now)
        batch = await self.sweep.read(now)
        if self.sweep.is_over:
            self.watermark, self._walked, self._swept = self._start, True, True
            self._due = self.clock() + self.poll
            return Batch(batch.rows, gone=batch.gone, marks={**batch.marks, **self._mark})
        return batch

    async def _newest(self, now: int) -> int:
        """The greatest update time that is not of the future; 0 where there is none."""
        until = written(now, await self.database.newest())
        return milliseconds(await self.database.newest(until) or "") or 0

    async def _walk(self, now: int) -> Batch:
        rows, watermark = await self._next_page(), self.watermark or 0
        last = _updated(rows[-1]) if rows else 0
        if last <= self._start:
            self._repeated = self.clock() - self._began
        self.watermark = max(watermark, min(last, now))  # a clock ahead hides nothing
        news = [Row(row, self.database.place) for row in rows if self._is_news(row)]
        if len(rows) < self.database.page:
            self._end_walk()
        return Batch(news, marks=self._mark)

    async def _next_page(self) -> list[Stated]:
        if self._position is None:
            began = self.clock()
            self._start = self.watermark or 0
            since = written(self._start - self.overlap, await self.database.newest())
            rows = await self.database.changed_since(since)
            self._began, self._now = began, OrderedDict()
        else:
            rows = await self.database.changed_after(self._position)
        if rows:
            position = rows[-1][UPDATED] or "", rows[-1][NUMBER] or ""
            if position == self._position:
                raise no_keys(self.database.place)
            self._position = position
        return rows

    def _end_walk(self) -> None:
        self._position, self._walked = None, True
        self._before, self._now = self._now, OrderedDict()
        self._due = self.clock() + max(self.poll, RESTS * self._repeated)
        self._repeated = 0.0

    def _is_news(self, row: Stated) -> bool:
        """Whether the walk before read something else, or nothing, of this record."""
        number, content = row[NUMBER] or "", hash(tuple(row.values()))
        self._now[number] = content
        if len(self._now) > REMEMBERED:
            self._now.popitem(last=False)
        return self._before.get(number) != content

    def _noted(self, batch: Batch) -> Batch:
        """What a sweep reads is later than what walks remember."""
        for row in batch.rows:
            self._before.pop(row.raw[NUMBER] or "", None)
            self._now.pop(row.raw[NUMBER] or "", None)
        return batch

    @property
    def _mark(self) -> Marks:
        return {WATERMARK: str(self.watermark)}


def open_source(settings: HouseholdRegistrationSettings, marks: Marks) -> TableSource:
    """Walk from where the marks say; without any, begin with the whole table."""
    database = Database(
        settings.url.get_secret_value(),
        settings.table,
        timeout=settings.timeout_seconds,
        page=settings.page_size,
    )
    sweep = Sweep(
        database,
        every=int(settings.sweep_seconds * 1000),
        ended=int(marks.get(SWEPT_AT, "0")),
        rows_before=int(marks.get(SWEPT_ROWS, "0")),
    )
    watermark = marks.get(WATERMARK)
    return TableSource(
        database,
        sweep,
        overlap=int(settings.overlap_minutes * 60_000),
        poll=settings.poll_seconds,
        watermark=None if watermark is None else int(watermark),
    )


def written(at: int, example: str | None) -> str:
    """A time in China, in the writing of an example: columns of text compare as they are written.

    Without a fraction: 08:31:05 stands before 08:31:05.000, and the seconds before it are read
    again.
    """
    iso = china(at)[:19]
    if example is None or milliseconds(example) is None or len(example) < len(iso):
        return iso.replace("T", " ")
    return f"{iso[:4]}{example[4]}{iso[5:7]}{example[7]}{iso[8:10]}{example[10]}{iso[11:]}"


def _updated(row: Stated) -> int:
    """Update time of a row; 0 where it has none that can be read (the mapping sets it aside)."""
    return milliseconds(row[UPDATED] or "") or 0
