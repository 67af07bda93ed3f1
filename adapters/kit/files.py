"""A source of rows in files that are dropped into a folder."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from pathlib import Path

from watchfiles import awatch

from adapters.kit.adapter import Batch, Rejected, Row
from adapters.kit.errors import Finding
from adapters.kit.inbox import BAD, DONE, Dropped, Inbox
from adapters.kit.letters import LARGEST
from adapters.kit.tables import Line, NotWholeError, Table, open_table


class FileSource:
    """Reads whole files in the order of their export sequence, a chunk of rows at a time."""

    def __init__(
        self,
        inbox: Inbox,
        *,
        columns: Collection[str],
        named_like: str,
        chunk: int,
        give_up: float,
        poll: float,
        delimiter: str = ",",
        opened: Callable[[Path, str], Table] = open_table,
    ) -> None:
        """`columns` must be there; a file not whole after `give_up` seconds is set aside.

        `opened` takes a file apart, given the delimiter of what is text.
        """
        self._delimiter, self._opened = delimiter, opened
        self._inbox, self._columns, self._named_like = inbox, columns, named_like
        self._chunk, self._give_up, self._poll = chunk, give_up, poll
        self._open: tuple[Dropped, Iterator[Line]] | None = None
        self._pending = True

    @property
    def idle(self) -> bool:
        """Whether no file waits to become whole."""
        return not self._pending

    async def read(self) -> Batch | None:
        """The next chunk of the open file, or the first chunk of another one."""
        if self._open is None:
            rejected = await self._open_next()
            if rejected is not None:
                return rejected
        return self._next_chunk() if self._open else None

    async def wait(self) -> None:
        """Until something happens in the folder, or the time between two looks is over."""
        milliseconds = max(1, int(self._poll * 1000))
        with contextlib.suppress(FileNotFoundError):
            async for _ in awatch(
                self._inbox.folder,
                recursive=False,
                rust_timeout=milliseconds,
                yield_on_timeout=True,
            ):
                return
        await asyncio.sleep(self._poll)

    async def close(self) -> None:
        """Forget the open file."""
        self._open = None

    async def _open_next(self) -> Batch | None:
        """Open the first file that is whole; a batch where one is found to be unusable.

        Raises RetryError where there are files and none of them can be read.
        """
        trouble: OSError | None = None
        waiting = await asyncio.to_thread(self._inbox.waiting)
        self._pending = bool(waiting)
        settled = filter(self._inbox.has_settled, waiting)
        for file in sorted(settled, key=self._inbox.is_failing):  # one that fails holds up none
            try:
                table = await asyncio.to_thread(self._opened, file.path, self._delimiter)
            except FileNotFoundError:
                continue
            except OSError as error:
                if found := self._given_up(file, error):
                    return found
                trouble = error
                continue
            except NotWholeError as error:
                if self._inbox.still_for(file) >= self._give_up:
                    return self._set_aside(file, "file.broken", self._not_whole(error))
                continue
            if wrong := self._wrong(file, table):
                return self._set_aside(file, *wrong)
            self._open = file, islice(table.lines, file.read, None)
            return None
        if trouble is not None:
            raise self._inbox.unreadable(trouble)
        return None

    def _next_chunk(self) -> Batch | None:
        if self._open is None:
            return Batch()
        file, lines = self._open
        try:
            chunk = list(islice(lines, self._chunk))
        except NotWholeError as error:
            self._open = None
            return self._set_aside(file, "file.broken", self._not_whole(error))
        except OSError as error:
            self._open = None
            if found := self._given_up(file, error):
                return found
            raise self._inbox.unreadable(error) from error
        self._inbox.reads(file)
        return self._batch(file, chunk)

    def _batch(self, file: Dropped, chunk: list[Line]) -> Batch:
        read = file.read + len(chunk)
        if len(chunk) < self._chunk:
            marks, self._open = file.mark(DONE), None
        else:
            further = Dropped(file.path, file.signature, file.sequence, read)
            marks, self._open = file.mark(read), (further, self._open[1]) if self._open else None
        self._inbox.remember(marks)
        rows = [_row(file, line) for line in chunk if not line.fault]
        return Batch(rows, [_rejected(file, line) for line in chunk if line.fault], marks)

    def _wrong(self, file: Dropped, table: Table) -> tuple[str, str] | None:
        """Rule and advice where the whole file cannot be used."""
        if file.sequence is None:
            why = ": the number orders the exports" if self._inbox.ordered else ""
            return "file.broken", f"Name the file {self._named_like}{why}."
        absent = [column for column in self._columns if column not in table.header]
        if absent:
            return "file.columns", (
                f"Columns {' '.join(absent)} are missing. Export again with the agreed columns; "
                "the file lies in bad/."
            )
        return None

    def _given_up(self, file: Dropped, error: OSError) -> Batch | None:
        """A batch where others could be read, and this one not for too long; it is tried again."""
        if self._inbox.fails_alone_for(file) < self._give_up:
            return None
        return self._set_aside(
            file,
            "file.broken",
            f"The file cannot be read ({error.strerror or error}): may this account read it, and "
            "is its disk sound? Then export it again under a new number; this one lies in bad/.",
        )

    def _not_whole(self, error: NotWholeError) -> str:
        return (
            f"The file never became whole: {error}. Export it again under a new number; "
            "the broken one lies in bad/."
        )

    def _set_aside(self, file: Dropped, rule: str, advice: str) -> Batch:
        marks = file.mark(BAD)
        self._inbox.remember(marks)
        finding = Finding(rule=rule, place=file.name, advice=advice)
        return Batch(rejected=[Rejected(_beginning(file), finding)], marks=marks)


def _beginning(file: Dropped) -> bytes:
    """What a letter carries of a file; its name where the file cannot be read."""
    try:
        with file.path.open("rb") as opened:
            return opened.read(LARGEST)
    except OSError:
        return file.name.encode()


def _row(file: Dropped, line: Line) -> Row:
    return Row(line.cells, f"{file.name}:{line.number}", file.sequence or 0)


def _rejected(file: Dropped, line: Line) -> Rejected:
    original = ",".join(cell or "" for cell in line.cells.values()).encode()
    advice = f"The row cannot be read: {line.fault}. Correct it at the source and export it again."
    finding = Finding(rule="row.unreadable", place=f"{file.name}:{line.number}", advice=advice)
    return Rejected(original, finding)
