"""Rows of one partition: bytes, decoded on first touch, with a digest kept up per row."""

import heapq
from collections.abc import Iterator
from hashlib import blake2b
from typing import Generic

from streams.lane.fold import Fold, R, T

DIGEST_BYTES = 16
MODULUS = 1 << (8 * DIGEST_BYTES)
CACHE_ROWS = 50_000


class RowStore(Generic[T, R]):
    """Rows in memory. `state` is the sum of every row's hash mod 2^128: free of order."""

    def __init__(self, fold: Fold[T, R], cache_rows: int = CACHE_ROWS) -> None:
        self._fold = fold
        self._tables = {table.name: table for table in fold.tables}
        self._tags = {table.name: table.name.encode()[:16] for table in fold.tables}
        self._data: dict[str, dict[str, bytes]] = {name: {} for name in self._tables}
        self._cache: dict[tuple[str, str], R] = {}
        self._cache_rows = cache_rows
        self.state = 0
        self.timers: list[tuple[int, str]] = []

    def get(self, table: str, key: str) -> R | None:
        """Decoded row, or None."""
        cached = self._cache.get((table, key))
        if cached is not None:
            return cached
        data = self._data[table].get(key)
        if data is None:
            return None
        row = self._fold.decode_row(self._tables[table], data)
        self._remember(table, key, row)
        return row

    def _remember(self, table: str, key: str, row: R) -> None:
        if len(self._cache) >= self._cache_rows:
            self._cache.clear()
        self._cache[table, key] = row

    def set(self, table: str, key: str, data: bytes | None, row: R | None = None) -> bool:
        """Put or remove (None) a row; False where it was already so."""
        rows = self._data[table]
        before = rows.get(key)
        if before == data:
            return False
        state = self.state
        if before is not None:
            state -= self._hash(table, key, before)
            self._cache.pop((table, key), None)
        if data is None:
            del rows[key]
        else:
            state += self._hash(table, key, data)
            rows[key] = data
            if row is not None:
                self._remember(table, key, row)
            if table == self._fold.timers:
                self.push_timer(key)
        self.state = state % MODULUS
        return True

    def _hash(self, table: str, key: str, data: bytes) -> int:
        digest = blake2b(digest_size=DIGEST_BYTES, person=self._tags[table])
        digest.update(key.encode())
        digest.update(b"\0")
        digest.update(data)
        return int.from_bytes(digest.digest(), "big")

    def push_timer(self, key: str) -> None:
        """Enter a timer; one whose row is gone when its time comes is skipped."""
        heapq.heappush(self.timers, (int(key.split("/", 3)[2]), key))

    def first_due(self) -> int | None:
        """Time of the earliest timer, ms."""
        while self.timers:
            due, key = self.timers[0]
            if key in self._data[self._fold.timers]:
                return due
            heapq.heappop(self.timers)
        return None

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Keys and bytes of a table."""
        yield from self._data[table].items()

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._data.values())
