"""A disk that gives back other bytes than were written: the worker ends, and all is read anew."""

from collections.abc import Callable
from pathlib import Path

import pytest
from toy import ToyFold

from streams.lane.errors import RowsFolderError
from streams.lane.partition import Partition
from streams.lane.port import Record, Slice, Unit
from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Held, Room, RowsFolder

COUNT = 3_000
"""Many blocks of 4 KiB."""
BLOCK_BYTES = 4096


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Counters and timers, in one file."""
    made = tmp_path / "0"
    rows = DiskRows(ToyFold(), RowsFolder(made, Room(), lock_seconds=0))
    for number in range(COUNT):
        rows.set("counts", f"x/n{number:04d}", b"7")
        rows.set("timers", f"-/timers/{number:013d}/a/t", b'"t"')
    rows.freeze()
    rows.keep({"log": 7}, 99)
    rows.close()
    return made


def _damage(folder: Path, word: bytes) -> None:
    """Turn a bit in the block in which a word stands whole."""
    (path,) = folder.glob("*.sst")
    data = bytearray(path.read_bytes())
    data[data.index(word)] ^= 1
    path.write_bytes(data)


def _words(folder: Path) -> Callable[[bytes], bytes]:
    """A block's first key stands whole in it: the first such from a key on."""
    (path,) = folder.glob("*.sst")
    data = path.read_bytes()

    def first(prefix: bytes) -> bytes:
        at = data.index(prefix, BLOCK_BYTES)
        return data[at : at + len(prefix) + 4]

    return first


def _require_made_anew(folder: Path) -> None:
    again = RowsFolder(folder, Room(), lock_seconds=0)
    assert again.held() == Held()
    again.close()


def test_a_row_that_cannot_be_read_is_no_fault_of_the_record_that_asks_for_it(
    folder: Path,
) -> None:
    """A dead letter of it would lose the record, and the worker would go on."""
    word = _words(folder)(b"counts\0x/n")
    _damage(folder, word)
    rows = DiskRows(ToyFold(), RowsFolder(folder, Room(), lock_seconds=0))
    partition = Partition(0, ToyFold(), rows)
    name = word.rpartition(b"/")[2]
    unit = Unit(0, 0, [Slice(1, "a", [Record(0, 1, b"k", name + b"+1")])], caught_up=True)
    with pytest.raises(RowsFolderError, match="mend it"):
        partition.fold_unit(unit)
    assert partition.pending.letters == []
    rows.close()
    _require_made_anew(folder)


def test_timers_that_cannot_be_read_are_not_taken_for_none(folder: Path) -> None:
    """They would never fire, and nobody would know."""
    _damage(folder, _words(folder)(b"timers\0-/timers/000000000"))
    rows = DiskRows(ToyFold(), RowsFolder(folder, Room(), lock_seconds=0))
    with pytest.raises(RowsFolderError):
        list(iter(lambda: rows.timers.pop(COUNT), None))
    rows.close()
    _require_made_anew(folder)


def test_a_store_that_does_not_know_how_far_it_is_is_made_anew(folder: Path) -> None:
    """Else each start would end as this one."""
    _damage(folder, b"\0held")
    damaged = RowsFolder(folder, Room(), lock_seconds=0)
    with pytest.raises(RowsFolderError):
        damaged.held()
    damaged.close()
    _require_made_anew(folder)


def test_what_a_folder_is_called_says_nothing_of_what_is_wrong_with_it(
    folder: Path, tmp_path: Path
) -> None:
    """Somebody keeps rows on a disk of that name."""
    called = tmp_path / "BLOCKS"
    called.mkdir()
    moved = folder.rename(called / "0")
    _damage(moved, b"\0held")
    damaged = RowsFolder(moved, Room(), lock_seconds=0)
    with pytest.raises(RowsFolderError, match="mend it"):
        damaged.held()
    damaged.close()
    _require_made_anew(moved)
