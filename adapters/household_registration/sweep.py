"""Walks the whole table by its key, and tells which records stand in it no more.

A walk by update time cannot find everything: a clock set back, a transaction that stays open for
longer than the overlap, a row that is deleted. What is known of already costs a comparison only.

Which numbers stand in the table is kept in a nameless SQLite file that goes with the sweep, and
compared, some thousands at a time, with those that the checkpoint knows: so a million of them need
no memory, and the order in which the database sorts texts does not matter.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from adapters.household_registration.client import NUMBER, Database
from adapters.household_registration.trouble import no_keys
from adapters.kit.adapter import Batch, Gone, Known, Row, nothing_known
from adapters.kit.fields import text

SWEPT_AT, SWEPT_ROWS = "swept at", "swept rows"
"""Marks: when the last sweep ended, ms UTC, and how many rows there were."""

COMPARED_AT_ONCE = 2_000

log = structlog.get_logger(__name__)


class Numbers:
    """Numbers of rows, on the disk where they are many."""

    def __init__(self) -> None:
        """An empty file without a name: it is gone once it is closed, or its process killed."""
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE numbers (number TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, numbers: Iterable[str]) -> None:
        """Remember these."""
        self._db.execute("BEGIN")
        given = ((number,) for number in numbers)
        self._db.executemany("INSERT OR IGNORE INTO numbers VALUES (?)", given)
        self._db.execute("COMMIT")

    def lacking(self, numbers: Sequence[str]) -> list[str]:
        """Those that were never added."""
        query = "SELECT 1 FROM numbers WHERE number = ?"
        return [one for one in numbers if not self._db.execute(query, (one,)).fetchone()]

    def __len__(self) -> int:
        """How many."""
        return int(self._db.execute("SELECT count(*) FROM numbers").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


@dataclass(slots=True)
class _Course:
    """How far a sweep has come."""

    numbers: Numbers = field(default_factory=Numbers)
    after: str | None = None
    walked: bool = False
    compared: str = ""


@dataclass(slots=True)
class Sweep:
    """One sweep after the other; between them it rests. Times are ms UTC."""

    database: Database
    every: int
    ended: int
    rows_before: int
    known: Known = nothing_known
    _course: _Course | None = None

    def is_wanted(self, now: int) -> bool:
        """Whether one is under way, or due: also where the clock was set back since the last."""
        return self._course is not None or not 0 <= now - self.ended < self.every

    @property
    def is_over(self) -> bool:
        """Whether the sweep that was read from has ended."""
        return self._course is None

    async def read(self, now: int) -> Batch:
        """The next rows; after them the records that are gone; the last batch has the marks.

        A question that fails may be asked again: nothing moves on before it is answered.
        """
        course = self._course = self._course or _Course()
        if course.walked:
            return await self._compare(course, now)
        rows = await self.database.numbered_after(course.after)
        if rows and rows[-1][NUMBER] == course.after:
            raise no_keys(self.database.place)
        course.numbers.add(text(row, NUMBER) for row in rows)
        course.after = rows[-1][NUMBER] if rows else course.after
        course.walked = len(rows) < self.database.page
        return Batch([Row(row, self.database.place) for row in rows])

    def close(self) -> None:
        """Forget a sweep under way: the next one begins anew."""
        if self._course is not None:
            self._course.numbers.close()
            self._course = None

    async def _compare(self, course: _Course, now: int) -> Batch:
        """The next known records that the table has no more; asked for again one by one.

        A row that is deleted and written again, as some systems update, may have been missed.
        """
        rows = len(course.numbers)
        before = self.rows_before = self.rows_before or self._records()
        if rows * 2 < before:
            log.warning("table shrank, nothing is told as gone", rows=rows, before=before)
            return self._end(rows, now)
        some = self.known(course.compared, COMPARED_AT_ONCE)
        if not some:
            return self._end(rows, now)
        lacking = course.numbers.lacking(some)
        held = await self.database.held(lacking)
        course.compared = some[-1]
        gone = [Gone(number, self.database.place) for number in lacking if number not in held]
        return Batch(gone=gone)

    def _records(self) -> int:
        """How many records are known: the measure of a first sweep, or after a lost checkpoint."""
        count, after = 0, ""
        while some := self.known(after, COMPARED_AT_ONCE):
            count, after = count + len(some), some[-1]
        return count

    def _end(self, rows: int, now: int) -> Batch:
        """Half the table gone at once is a table being loaded anew, or it is so the next time."""
        self.close()
        self.ended, self.rows_before = now, rows
        return Batch(marks={SWEPT_AT: str(now), SWEPT_ROWS: str(rows)})
