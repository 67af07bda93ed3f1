"""Where a worker keeps rows: in memory, or in folders of its own on disk."""

import asyncio
from pathlib import Path
from typing import Protocol

from streams.lane.fold import AnyFold
from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Room, RowsFolder
from streams.lane.rows.memory import MemoryRows
from streams.lane.rows.store import AnyRows


class Stores(Protocol):
    """Gives the store of a partition."""

    async def open(self, number: int) -> AnyRows:
        """A new one, or what was left of it. Raises RowsFolderError where it cannot be had."""


class MemoryStores:
    """Every store is new."""

    def __init__(self, fold: AnyFold) -> None:
        self._fold = fold

    async def open(self, number: int) -> AnyRows:
        """A new one."""
        del number
        return MemoryRows(self._fold)


class DiskStores:
    """A folder for each partition, below one of the lineage."""

    def __init__(self, fold: AnyFold, folder: Path) -> None:
        self._fold = fold
        self._folder = folder
        self._room: Room | None = None

    async def open(self, number: int) -> AnyRows:
        """As it was left; another process of this machine may have to let go of it first."""
        self._room = self._room or Room()
        path = self._folder / str(number)
        folder = await asyncio.to_thread(RowsFolder, path, self._room)
        return DiskRows(self._fold, folder)
