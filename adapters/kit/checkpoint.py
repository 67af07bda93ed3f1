"""What an adapter must not forget: one SQLite file in its folder, one transaction per batch.

It is written after all of a batch is on the topic, so what it says happened has happened. What
happened after its last write stands on the adapter's own topic, from the offsets it holds on.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from adapters.kit.errors import Finding, HaltError
from adapters.kit.versions import State

_TABLES = """
CREATE TABLE IF NOT EXISTS records (
  record_id TEXT PRIMARY KEY, state BLOB NOT NULL, event BLOB
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS letters (letter_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offsets (
  topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_CHUNK = 500

Partition = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a record: its versions, and its greatest event as it stands on the topic."""

    state: State = field(default_factory=State)
    event: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Changes:
    """What one transaction writes. `marks` with an empty value are deleted; counters add up."""

    records: Mapping[str, Record] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    letters: Iterable[str] = ()
    offsets: Mapping[Partition, int] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)


class Checkpoint:
    """The file, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Open or make it. Raises HaltError where another process holds it."""
        self._path = folder / "checkpoint.sqlite"
        with self._usable():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock(folder / "lock")
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(State)

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        """What is known of these records; those never seen are left out."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Record] = {}
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            query = f"SELECT record_id, state, event FROM records WHERE record_id IN ({marks})"  # noqa: S608 - question marks only
            with self._usable():
                for record_id, state, event in self._db.execute(query, part):
                    found[record_id] = Record(self._decoder.decode(state), event)
        return found

    def ids(self, after: str, most: int) -> list[str]:
        """Ids of known records: `most` of those after one, in their order as UTF-8."""
        query = "SELECT record_id FROM records WHERE record_id > ? ORDER BY record_id LIMIT ?"
        with self._usable():
            return [record_id for (record_id,) in self._db.execute(query, (after, most))]

    def marks(self) -> dict[str, str]:
        """All marks by name."""
        with self._usable():
            return dict(self._db.execute("SELECT name, value FROM marks"))

    def offsets(self) -> dict[Partition, int]:
        """Where the adapter's own topics are known up to: next offset by topic and partition."""
        with self._usable():
            rows = self._db.execute("SELECT topic, partition, next FROM offsets")
            return {(topic, partition): following for topic, partition, following in rows}

    def counters(self) -> dict[str, int]:
        """All counters by name."""
        with self._usable():
            return dict(self._db.execute("SELECT name, value FROM counters"))

    def known_letters(self, ids: Iterable[str]) -> set[str]:
        """Those of the letters that were sent before."""
        query = "SELECT 1 FROM letters WHERE letter_id = ?"
        with self._usable():
            return {one for one in ids if self._db.execute(query, (one,)).fetchone()}

    def write(self, changes: Changes) -> None:
        """All of it, or nothing; on the disk when this returns."""
        with self._transaction() as db:
            db.executemany("REPLACE INTO records VALUES (?, ?, ?)", self._rows(changes.records))
            kept = [(name, value) for name, value in changes.marks.items() if value]
            gone = [(name,) for name, value in changes.marks.items() if not value]
            db.executemany("REPLACE INTO marks VALUES (?, ?)", kept)
            db.executemany("DELETE FROM marks WHERE name = ?", gone)
            letters = ((one,) for one in changes.letters)
            db.executemany("INSERT OR IGNORE INTO letters VALUES (?)", letters)
            offsets = ((*at, following) for at, following in changes.offsets.items())
            db.executemany("REPLACE INTO offsets VALUES (?, ?, ?)", offsets)
            db.executemany(
                "INSERT INTO counters VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                changes.counters.items(),
            )

    def close(self) -> None:
        """Close the file and let others have it."""
        self._db.close()
        os.close(self._lock)

    def _rows(self, records: Mapping[str, Record]) -> Iterator[tuple[str, bytes, bytes | None]]:
        for record_id, record in records.items():
            yield record_id, self._encoder.encode(record.state), record.event

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._usable(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Say what to do where the disk or the file fails. Raises HaltError."""
        try:
            yield
        except (OSError, sqlite3.Error, msgspec.DecodeError) as error:
            advice = (
                f"The checkpoint cannot be read or written ({error}). Look at the disk and the "
                f"rights, then restart; a damaged one is rebuilt once {self._path.parent} is gone."
            )
            finding = Finding(rule="checkpoint.unwritable", place=str(self._path), advice=advice)
            raise HaltError(finding) from error


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        advice = (
            "Another process runs this adapter. Stop it first, or give this one its own SHEQU_HOME."
        )
        raise HaltError(Finding(rule="checkpoint.held", place=str(path), advice=advice)) from None
    return descriptor
