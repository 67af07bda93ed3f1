"""Walks through the police's incident system by update time, page by page.

Pages drift while they are read: an incident that is updated goes to the end, and the next page
would leave out another one. So each request asks anew for what follows the last row read
(`updated_since` includes that time; a row read twice is harmless). Each walk begins some minutes
before the newest row known, because rows come late.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.kit.adapter import Batch, Marks, Row
from adapters.kit.errors import Finding, RetryError
from adapters.kit.times import china, milliseconds
from adapters.police_incidents.client import PATH, Client, Stated
from adapters.police_incidents.settings import PoliceIncidentsSettings

WATERMARK = "watermark"
"""Mark: the greatest update time read, ms UTC."""

MOST_PASSES = 10

Frozen = tuple[tuple[str, str | None], ...]


@dataclass(slots=True)
class PagedSource:
    """A walk after the other; between two walks `read` says None once. Times are ms UTC."""

    client: Client
    watermark: int
    overlap: int
    page_size: int
    poll: float
    _at: int | None = None
    _over: bool = False
    _recent: dict[Frozen, int] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """After a walk nothing is left."""
        return True

    async def read(self) -> Batch | None:
        """The next rows of the walk that were not read in the walk before."""
        if self._over:
            self._at, self._over = None, False
            return None
        since = max(0, self.watermark - self.overlap) if self._at is None else self._at
        page = await self.client.page(china(since), 1, self.page_size)
        rows = page.stated
        last = _latest(rows)
        if page.total > len(rows) and last <= since:
            rows, last, ended = await self._crowd(since)
        else:
            ended = page.total <= len(rows)
        self._at, self._over = last, ended
        return self._batch(rows, last)

    async def wait(self) -> None:
        """Until the next walk is due."""
        await asyncio.sleep(self.poll)

    async def close(self) -> None:
        """Close the connection."""
        await self.client.close()

    async def _crowd(self, since: int) -> tuple[list[Stated], int, bool]:
        """Rows of one update time that fill a page and more: read until two passes agree."""
        before: list[Stated] | None = None
        for _ in range(MOST_PASSES):
            rows, ended = await self._pass(since)
            if rows == before:
                return rows, _latest(rows), ended
            before = rows
        advice = "The pages change faster than they can be read. Trying again."
        raise RetryError(Finding(rule="source.drifts", place=PATH, advice=advice))

    async def _pass(self, since: int) -> tuple[list[Stated], bool]:
        """Pages from the first until one goes beyond `since`, and whether it was the last."""
        rows: list[Stated] = []
        for number in range(1, 1_000_000):
            page = await self.client.page(china(since), number, self.page_size)
            if page.rows and page.stated == rows[-len(page.rows) :]:
                advice = "It answers every page with the same rows. Trying again."
                raise RetryError(Finding(rule="source.drifts", place=PATH, advice=advice))
            rows += page.stated
            if not page.rows or len(rows) >= page.total:
                return rows, True
            if _latest(page.stated) > since:
                return rows, False
        return rows, True

    def _batch(self, rows: Iterable[Stated], last: int) -> Batch:
        now = time.time_ns() // 1_000_000  # what is dated later has a wrong clock: it hides nothing
        self.watermark = max(self.watermark, min(last, now))
        news = [row for row in rows if self._is_news(row)]
        oldest = self.watermark - self.overlap
        self._recent = {row: at for row, at in self._recent.items() if at >= oldest}
        return Batch([Row(row, PATH) for row in news], marks={WATERMARK: str(self.watermark)})

    def _is_news(self, row: Stated) -> bool:
        frozen = tuple(row.items())
        news = frozen not in self._recent
        self._recent[frozen] = _time(row)
        return news


def open_source(settings: PoliceIncidentsSettings, marks: Marks) -> PagedSource:
    """Walk from where the marks say."""
    key = settings.api_key.get_secret_value()
    return PagedSource(
        Client(settings.base_url, key, settings.timeout_seconds),
        watermark=int(marks.get(WATERMARK, "0")),
        overlap=int(settings.overlap_minutes * 60_000),
        page_size=settings.page_size,
        poll=settings.poll_seconds,
    )


def _time(row: Stated) -> int:
    """Update time of a row; 0 where it has none that can be read (the mapping sets it aside)."""
    return milliseconds(row.get("gxsj") or "") or 0


def _latest(rows: Iterable[Stated]) -> int:
    return max(map(_time, rows), default=0)
