"""The folder in which the rows of one partition are kept on disk: an ordered store of bytes."""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import msgspec
import structlog
from rocksdict import (
    BlockBasedIndexType,
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
    WriteBufferManager,
    WriteOptions,
)

from streams.lane.errors import RowsFolderError

logger = structlog.get_logger()

FORMAT = 1
HELD = b"\0held"
"""Where the store says how far it is: before every table's first key."""
MIB = 1024 * 1024
CACHE_BYTES = 48 * MIB
"""Blocks, indexes and filters of all partitions of a process."""
BUFFER_BYTES = 32 * MIB
"""Written and not in a file yet, of all partitions of a process."""
ONE_BUFFER_BYTES = 8 * MIB
OPEN_FILES = 256
BLOOM_BITS = 10
"""A key: one look in a hundred for a row that is not there goes to the disk."""
LOCK_SECONDS = 10.0
"""A partition that moves between workers of one machine is closed by one within that time."""
RETRY_SECONDS = 0.1
LOCKED = "/LOCK: "
"""In what is said of a folder that is open elsewhere: its lock file."""


class Held(msgspec.Struct, frozen=True):
    """How far a store is. `state`, `count`: of its rows; `reached`: by changelog; ms."""

    format: int = FORMAT
    state: bytes = bytes(16)
    count: int = 0
    reached: dict[str, int] = {}
    kept_at: int = 0


class Room:
    """Memory that all folders of a process share, so that it is bounded whatever the rows."""

    def __init__(self) -> None:
        self.cache = Cache(CACHE_BYTES)
        self.buffers = WriteBufferManager(BUFFER_BYTES, allow_stall=False)

    def options(self) -> Options:
        """Small blocks for single rows; no compression, which made each look dearer.

        Indexes and filters in pieces: whole, those of a large file did not fit a shard of the
        cache, and every look read them anew.
        """
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self.cache)
        blocks.set_cache_index_and_filter_blocks(v=True)
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(v=True)
        blocks.set_bloom_filter(BLOOM_BITS, block_based=False)
        blocks.set_index_type(BlockBasedIndexType.two_level_index_search())
        blocks.set_partition_filters(size=True)
        blocks.set_pin_top_level_index_and_filter(v=True)
        options = Options(raw_mode=True)
        options.create_if_missing(create_if_missing=True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_manager(self.buffers)
        options.set_write_buffer_size(ONE_BUFFER_BYTES)
        options.set_max_open_files(OPEN_FILES)
        options.set_compression_type(DBCompressionType.none())
        options.set_keep_log_file_num(1)
        return options


class RowsFolder:
    """Bytes by table and key, changed in batches: each is there whole or not at all.

    What was written last may be gone after a kill, never what was written before it: nothing is
    written twice for the sake of a crash, since the log has it all.
    """

    def __init__(self, path: Path, room: Room, lock_seconds: float = LOCK_SECONDS) -> None:
        """Open it, or make it; waits for another process that has it open.

        Raises RowsFolderError where that one keeps it, or the disk fails.
        """
        self.path = path
        self._room = room
        self._writing = WriteOptions()
        self._writing.disable_wal = True  # type: ignore[assignment,method-assign] # its stub is wrong
        self._db = self._open(time.monotonic() + lock_seconds)

    def _open(self, until: float) -> Rdict:
        """Rocksdict raises nothing more exact than Exception: its text says what it is."""
        while True:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._drop_damaged()
                return Rdict(str(self.path), self._room.options())
            except Exception as error:
                failed = self._failed(error)
                locked = LOCKED in str(error)
                if not (locked and time.monotonic() < until) and not self._damaged.exists():
                    raise failed from error
            time.sleep(RETRY_SECONDS)

    @property
    def _damaged(self) -> Path:
        """Stands beside a folder that is to be dropped before it is opened again."""
        return self.path.with_suffix(".damaged")

    def _drop_damaged(self) -> None:
        if self._damaged.exists():
            logger.warning("rows on disk are damaged: all are read anew", folder=str(self.path))
            shutil.rmtree(self.path, ignore_errors=True)
            self._damaged.unlink()

    def _failed(self, error: Exception) -> RowsFolderError:
        if LOCKED in str(error):
            message = (
                f"the rows in {self.path} are open in another process: let it end, or give each "
                "worker a SHEQU_HOME of its own"
            )
            return RowsFolderError(message)
        if "Corruption" in str(error):
            self._damaged.touch()
        message = (
            f"the rows in {self.path} cannot be read or written: {error}; make room on the disk "
            "or mend it; the folder may be deleted, the log has it all"
        )
        return RowsFolderError(message)

    def held(self) -> Held:
        """How far it is; as new, where it says nothing that is understood here."""
        data = self._get(HELD)
        if data is None:
            return Held()
        try:
            held = msgspec.msgpack.decode(data, type=Held)
        except msgspec.DecodeError:
            held = Held(format=0)
        if held.format != FORMAT:
            self.clear()
            return Held()
        return held

    def get(self, table: str, key: str) -> bytes | None:
        """Bytes of a row, or None."""
        return self._get(_place(table, key))

    def _get(self, place: bytes) -> bytes | None:
        try:
            found: bytes | None = self._db.get(place)
        except Exception as error:
            raise self._failed(error) from error
        return found

    def write(self, rows: Iterable[tuple[str, str, bytes | None]], held: Held) -> None:
        """Rows of table, key and bytes (None: it goes), and how far it is then: in one batch."""
        batch = WriteBatch(raw_mode=True)
        for table, key, data in rows:
            if data is None:
                batch.delete(_place(table, key))
            else:
                batch.put(_place(table, key), data)
        batch.put(HELD, msgspec.msgpack.encode(held))
        try:
            self._db.write(batch, self._writing)
        except Exception as error:
            raise self._failed(error) from error

    def rows(self, table: str, after: str = "") -> Iterator[tuple[str, bytes]]:
        """Keys and bytes of a table, by key, those that come after one.

        Not by `items`: it ends in front of a damaged block as if nothing came behind it.
        """
        prefix = _place(table, "")
        limit = ReadOptions()
        limit.set_iterate_upper_bound(prefix[:-1] + b"\x01")
        try:
            at = self._db.iter(limit)
            at.seek(prefix + after.encode())
            while at.valid():
                key, data = cast("tuple[bytes, bytes]", (at.key(), at.value()))
                if (name := key[len(prefix) :].decode()) != after:
                    yield name, data
                at.next()
            at.status()
        except Exception as error:
            raise self._failed(error) from error

    def clear(self) -> None:
        """Empty it."""
        self._db.close()
        shutil.rmtree(self.path)
        self._db = self._open(0.0)

    def close(self) -> None:
        """Write what is in memory to its files, and let go."""
        try:
            self._db.flush()
        except Exception as error:
            with suppress(Exception):  # what failed once fails again; the first one says why
                self._db.close()
            raise self._failed(error) from error
        self._db.close()


def _place(table: str, key: str) -> bytes:
    return f"{table}\0{key}".encode()
