"""Rows on the disk of a machine, in memory: what outlives its process, and what a kill takes."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace
from typing_extensions import override

from streams.lane.fold import AnyFold
from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Held, RowsFolder
from streams.lane.rows.store import AnyRows

Undo = tuple[list[tuple[str, str, bytes | None]], Held]


class MemoryFolder(RowsFolder):
    """See `RowsFolder`. What was written last may be gone after a kill; never what was before."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, bytes]] = {}
        self._held = Held()
        self._undo: list[Undo] = []
        self.closed = False

    @override
    def held(self) -> Held:
        return self._held

    @override
    def get(self, table: str, key: str) -> bytes | None:
        return self._tables.get(table, {}).get(key)

    @override
    def write(self, rows: Iterable[tuple[str, str, bytes | None]], held: Held) -> None:
        before = []
        for table, key, data in rows:
            before.append((table, key, self.get(table, key)))
            self._put(table, key, data)
        self._undo.append((before, self._held))
        self._held = replace(held, reached=dict(held.reached))  # the caller goes on with its own

    def _put(self, table: str, key: str, data: bytes | None) -> None:
        rows = self._tables.setdefault(table, {})
        if data is None:
            rows.pop(key, None)
        else:
            rows[key] = data

    @override
    def rows(self, table: str, after: str = "") -> Iterator[tuple[str, bytes]]:
        rows = self._tables.get(table, {})
        return ((key, rows[key]) for key in sorted(rows) if key > after)

    @override
    def clear(self) -> None:
        self._tables.clear()
        self._held = Held()
        self._undo.clear()

    @override
    def close(self) -> None:
        self._undo.clear()
        self.closed = True

    def left(self, writes: int) -> "MemoryFolder":
        """What is there when the process is gone, and so many of its last writes with it."""
        for _ in range(min(writes, len(self._undo))):
            before, self._held = self._undo.pop()
            for table, key, data in reversed(before):
                self._put(table, key, data)
        folder = MemoryFolder()
        folder._tables = {table: dict(rows) for table, rows in self._tables.items()}
        folder._held = self._held
        return folder


class Machine:
    """A machine with a disk: a worker that starts on it finds what the last one left there."""

    def __init__(self) -> None:
        self.folders: dict[int, MemoryFolder] = {}

    def stores(self, fold: AnyFold) -> "MachineStores":
        """Of a process that starts here."""
        return MachineStores(self, fold)

    def lose(self, writes: int) -> None:
        """What a kill takes with it, in every folder."""
        self.folders = {number: one.left(writes) for number, one in self.folders.items()}


class MachineStores:
    """See `streams.lane.rows.choice.Stores`."""

    def __init__(self, machine: Machine, fold: AnyFold) -> None:
        self._machine = machine
        self._fold = fold

    async def open(self, number: int) -> AnyRows:
        """As it was left."""
        folder = self._machine.folders.setdefault(number, MemoryFolder())
        folder.closed = False
        return DiskRows(self._fold, folder)
