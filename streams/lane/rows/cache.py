"""Decoded rows of a partition, up to a bound: what was not looked at for longest goes first."""

from collections import OrderedDict
from typing import Generic, TypeVar

R = TypeVar("R")

CACHE_ROWS = 10_000
CACHE_BYTES = 4 * 1024 * 1024
"""Encoded; a decoded row takes several times as much."""


class RowCache(Generic[R]):
    """Rows by table and key, each with what it weighs and with its digest where one is needed."""

    def __init__(self, rows: int = CACHE_ROWS, size: int = CACHE_BYTES) -> None:
        """`rows`, `size`: how many at most, and how many encoded bytes at most."""
        self._rows, self._size = rows, size
        self._held = 0
        self._entries: OrderedDict[tuple[str, str], tuple[R, int, bytes]] = OrderedDict()

    def get(self, table: str, key: str) -> tuple[R, int, bytes] | None:
        """Row, its weight and its digest, or None; it is the last to go from now on."""
        place = (table, key)
        entry = self._entries.get(place)
        if entry is not None:
            self._entries.move_to_end(place)
        return entry

    def put(self, table: str, key: str, row: R, weight: int, digest: bytes = b"") -> None:
        """Keep a row, and let others go where they are too many or too heavy."""
        entries, place = self._entries, (table, key)
        before = entries.pop(place, None)
        entries[place] = (row, weight, digest)
        self._held += weight if before is None else weight - before[1]
        while self._held > self._size or len(entries) > self._rows:
            _, (_, gone, _) = entries.popitem(last=False)
            self._held -= gone

    def digest(self, table: str, key: str) -> bytes | None:
        """Its digest, or None; it stays as near to going as it was."""
        entry = self._entries.get((table, key))
        return None if entry is None else entry[2]

    def drop(self, table: str, key: str) -> None:
        """Forget a row, if it is here."""
        entry = self._entries.pop((table, key), None)
        if entry is not None:
            self._held -= entry[1]

    def __len__(self) -> int:
        return len(self._entries)
