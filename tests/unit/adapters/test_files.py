"""The folder into which the city's exports are dropped."""

import asyncio
import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from adapters.city_cases.mapping import COLUMNS
from adapters.city_cases.source import NAME
from adapters.kit.adapter import Batch
from adapters.kit.errors import RetryError
from adapters.kit.files import FileSource
from adapters.kit.inbox import Inbox
from adapters.kit.tables import Line, Table, open_table


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A source on a folder, with a clock in the hand of the test."""

    def __init__(
        self,
        folder: Path,
        marks: Mapping[str, str] | None = None,
        opened: Callable[[Path, str], Table] = open_table,
    ) -> None:
        self.clock = Clock()
        inbox = Inbox(folder, name=NAME, settle=2, marks=marks or {}, clock=self.clock)
        self.source = FileSource(
            inbox,
            columns=COLUMNS,
            named_like="n",
            chunk=3,
            give_up=60,
            poll=0.05,
            opened=opened,
        )

    async def everything(self) -> list[Batch]:
        """All batches until there is nothing now, after one look and the settle time."""
        batches = [batch] if (batch := await self.source.read()) else []
        self.clock.now += 2
        while batch := await self.source.read():
            batches.append(batch)
        return batches

    async def what_can_be_read(self) -> list[Batch]:
        """All batches until the source says that no file can be read now."""
        batches = list[Batch]()
        for _ in range(20):
            self.clock.now += 2
            try:
                batch = await self.source.read()
            except RetryError:
                return batches
            batches += [batch] if batch else []
        pytest.fail("it never says that a file cannot be read")


def text(*numbers: int) -> bytes:
    rows = [",".join([str(number)] + ["x"] * (len(COLUMNS) - 1)) for number in numbers]
    return ("\n".join([",".join(COLUMNS), *rows]) + "\n").encode("utf-8-sig")


def drop(folder: Path, sequence: int, content: bytes, suffix: str = ".csv") -> Path:
    path = folder / f"案件导出_20261120_{sequence:06d}{suffix}"
    path.write_bytes(content)
    return path


def read(batches: list[Batch]) -> list[tuple[str | None, int]]:
    return [(row.raw["案件编号"], row.export) for batch in batches for row in batch.rows]


def marks_of(batches: list[Batch]) -> dict[str, str]:
    return {name: value for batch in batches for name, value in batch.marks.items()}


async def test_files_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    drop(tmp_path, 9, text(3))
    drop(tmp_path, 7, text(1, 2))
    drop(tmp_path, 8, text(5), "_副本.csv")
    assert read(await Desk(tmp_path).everything()) == [("1", 7), ("2", 7), ("5", 8), ("3", 9)]


async def test_a_file_is_left_alone_until_it_has_settled(tmp_path: Path) -> None:
    desk, path = Desk(tmp_path), drop(tmp_path, 1, text(1))
    assert await desk.source.read() is None
    assert not desk.source.idle
    desk.clock.now += 1.9
    assert await desk.source.read() is None
    path.write_bytes(text(1, 2))
    desk.clock.now += 1.9
    assert await desk.source.read() is None
    desk.clock.now += 2
    assert read(await desk.everything()) == [("1", 1), ("2", 1)]
    assert desk.source.idle


async def test_a_half_written_file_is_read_once_it_is_whole(tmp_path: Path) -> None:
    desk, whole = Desk(tmp_path), text(1, 2)
    path = drop(tmp_path, 1, whole[:-3])
    assert await desk.everything() == []
    path.write_bytes(whole)
    assert read(await desk.everything()) == [("1", 1), ("2", 1)]


async def test_a_file_that_never_becomes_whole_is_reported_and_moved_aside(tmp_path: Path) -> None:
    desk, path = Desk(tmp_path), drop(tmp_path, 1, text(1)[:-3])
    assert await desk.everything() == []
    desk.clock.now += 60
    (batch,) = await desk.everything()
    (rejected,) = batch.rejected
    assert (rejected.finding.rule, rejected.finding.place) == ("file.broken", path.name)
    assert rejected.original == text(1)[:-3]
    again = Desk(tmp_path, marks_of([batch]))
    assert await again.everything() == []
    assert not path.exists()
    assert (tmp_path / "bad" / path.name).read_bytes() == rejected.original


class Disk:
    """A disk that cannot read one file: neither open it nor, `within`, read its second chunk."""

    def __init__(self, bad: Path, *, within: bool = False) -> None:
        self.bad, self.within, self.mended = bad, within, False

    def __call__(self, path: Path, delimiter: str) -> Table:
        table = open_table(path, delimiter)
        if path != self.bad or self.mended:
            return table
        if not self.within:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return Table(table.header, self._cut(table.lines))

    def _cut(self, lines: Iterator[Line]) -> Iterator[Line]:
        yield from (next(lines) for _ in range(4))
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("within", [False, True], ids=["not at all", "half"])
async def test_a_file_that_cannot_be_read_holds_up_no_other_and_is_tried_again(
    tmp_path: Path, *, within: bool
) -> None:
    disk = Disk(drop(tmp_path, 1, text(*range(6))), within=within)
    drop(tmp_path, 2, text(8))
    desk = Desk(tmp_path, opened=disk)
    batches = [*await desk.what_can_be_read(), *await desk.what_can_be_read()]
    assert ("8", 2) in read(batches)
    assert not desk.source.idle
    disk.mended = True
    batches += await desk.everything()
    assert sorted(read(batches)) == [*((str(n), 1) for n in range(6)), ("8", 2)]
    assert desk.source.idle


@pytest.mark.parametrize("within", [False, True], ids=["not at all", "half"])
async def test_a_file_that_alone_never_can_be_read_is_reported_and_moved_aside(
    tmp_path: Path, *, within: bool
) -> None:
    path = drop(tmp_path, 1, text(*range(6)))
    desk = Desk(tmp_path, opened=Disk(path, within=within))
    await desk.what_can_be_read()
    drop(tmp_path, 2, text(8))
    for _ in range(3):
        await desk.what_can_be_read()
    desk.clock.now += 60
    (rejected,) = [one for batch in await desk.everything() for one in batch.rejected]
    assert (rejected.finding.rule, rejected.finding.place) == ("file.broken", path.name)
    assert "may this account read it" in rejected.finding.advice
    assert await desk.everything() == []
    assert (tmp_path / "bad" / path.name).exists()


async def test_where_no_file_can_be_read_none_is_given_up(tmp_path: Path) -> None:
    """The share or the disk is at fault, and comes back: what lies there is not set aside."""
    disk = Disk(drop(tmp_path, 1, text(1)))
    desk = Desk(tmp_path, opened=disk)
    for _ in range(3):
        assert await desk.what_can_be_read() == []
        desk.clock.now += 3600
    disk.mended = True
    assert read(await desk.everything()) == [("1", 1)]


async def test_a_file_that_became_a_folder_holds_up_no_other(tmp_path: Path) -> None:
    bad = drop(tmp_path, 1, text(1))
    drop(tmp_path, 2, text(2))

    def opened(path: Path, delimiter: str) -> Table:
        if path == bad and path.is_file():
            path.unlink()
            path.mkdir()
        return open_table(path, delimiter)

    assert read(await Desk(tmp_path, opened=opened).everything()) == [("2", 2)]


async def test_files_of_which_nothing_can_be_read_are_letters_of_their_own(tmp_path: Path) -> None:
    """Memory of a process reads as an error of the disk, and as an empty file before that."""
    paths = [tmp_path / f"案件导出_20261120_{number:06d}.csv" for number in (1, 2)]
    for path in paths:
        path.symlink_to("/proc/self/mem")
    desk = Desk(tmp_path)
    assert await desk.everything() == []
    desk.clock.now += 60
    rejected = [one for batch in await desk.everything() for one in batch.rejected]
    assert [one.original for one in rejected] == [path.name.encode() for path in paths]


async def test_two_bad_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    desk, path = Desk(tmp_path), drop(tmp_path, 1, b"another header\n")
    (tmp_path / "bad" / path.name).write_bytes(b"an earlier one")
    (batch,) = await desk.everything()
    assert batch.rejected[0].finding.rule == "file.columns"
    assert "案件编号" in batch.rejected[0].finding.advice
    assert len(list((tmp_path / "bad").iterdir())) == 2


async def test_a_file_without_a_number_cannot_be_ordered(tmp_path: Path) -> None:
    (tmp_path / "导出.csv").write_bytes(text(1))
    (batch,) = await Desk(tmp_path).everything()
    assert batch.rejected[0].finding.rule == "file.broken"
    assert "number orders the exports" in batch.rejected[0].finding.advice


async def test_other_files_are_no_business_of_ours(tmp_path: Path) -> None:
    for name in ("readme.txt", ".案件导出_20261120_000001.csv", "~$案件导出_20261120_000001.xlsx"):
        (tmp_path / name).write_bytes(text(1))
    (tmp_path / "案件导出_20261120_000002.csv.part").write_bytes(text(1))
    assert await Desk(tmp_path).everything() == []


async def test_a_restart_goes_on_in_the_middle_of_a_file(tmp_path: Path) -> None:
    drop(tmp_path, 1, text(*range(8)))
    first = (await Desk(tmp_path).everything())[:2]
    rest = await Desk(tmp_path, marks_of(first)).everything()
    assert [number for number, _ in read([*first, *rest])] == [str(n) for n in range(8)]


async def test_a_file_that_was_done_is_read_again_only_where_it_changed(tmp_path: Path) -> None:
    path = drop(tmp_path, 1, text(1))
    done = marks_of(await Desk(tmp_path).everything())
    assert await Desk(tmp_path, done).everything() == []
    path.write_bytes(text(1, 2))
    assert read(await Desk(tmp_path, done).everything()) == [("1", 1), ("2", 1)]


async def test_a_line_that_is_none_becomes_a_letter_with_its_row(tmp_path: Path) -> None:
    path = drop(tmp_path, 1, text(1) + b"2,too short\n" + text(3).splitlines()[1] + b"\n")
    batches = await Desk(tmp_path).everything()
    assert read(batches) == [("1", 1), ("3", 1)]
    (rejected,) = [one for batch in batches for one in batch.rejected]
    assert (rejected.finding.rule, rejected.finding.place) == ("row.unreadable", f"{path.name}:3")


async def test_a_folder_that_is_away_is_waited_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "share")
    with pytest.raises(RetryError, match="is the share mounted"):
        await desk.source.read()
    async with asyncio.timeout(5):
        await desk.source.wait()


async def test_a_dropped_file_ends_the_wait(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, name=re.compile(r"(?P<seq>\d)"), settle=0, marks={})
    source = FileSource(inbox, columns=(), named_like="n", chunk=3, give_up=60, poll=30)
    waiting = asyncio.ensure_future(source.wait())
    async with asyncio.timeout(10):
        while not waiting.done():
            (tmp_path / "1.csv").write_bytes(text(1))
            await asyncio.wait({waiting}, timeout=0.1)
