"""Rows in memory, as bytes: the default."""

from collections.abc import Iterator, Mapping
from typing import Generic

from streams.lane.fold import Fold, R, T
from streams.lane.rows.cache import CACHE_ROWS, RowCache
from streams.lane.rows.digest import DIGEST_BYTES, MASK, digest_of, number
from streams.lane.rows.timers import Timers, due_of


class MemoryRows(Generic[T, R]):
    """A `streams.lane.rows.store.RowStore`. A row stands behind its digest, in one bytes object."""

    def __init__(self, fold: Fold[T, R], cache_rows: int = CACHE_ROWS) -> None:
        self._fold = fold
        self._cache_rows = cache_rows
        self._tables = {table.name: table for table in fold.tables}
        self._digests = {name: digest_of(name) for name in self._tables}
        self.clear()

    def clear(self) -> None:
        """Hold nothing."""
        self._data: dict[str, dict[str, bytes]] = {name: {} for name in self._tables}
        self._cache: RowCache[R] = RowCache(self._cache_rows)
        self.state = 0
        self.timers = Timers()
        self.reached: dict[str, int] = {}
        self.kept_at = 0

    def get(self, table: str, key: str) -> R | None:
        """Decoded row, or None."""
        cached = self._cache.get(table, key)
        if cached is not None:
            return cached[0]
        kept = self._data[table].get(key)
        if kept is None:
            return None
        row = self._fold.decode_row(self._tables[table], kept[DIGEST_BYTES:])
        self._cache.put(table, key, row, len(kept))
        return row

    def set(self, table: str, key: str, data: bytes | None, row: R | None = None) -> bool:
        """Put or remove (None) a row; False where it was already so."""
        rows = self._data[table]
        before = rows.get(key)
        if data is None:
            return before is not None and self._remove(table, key, before)
        state = self.state
        if before is not None:
            if len(before) == len(data) + DIGEST_BYTES and before.endswith(data):
                return False
            state -= number(before[:DIGEST_BYTES])
        elif table == self._fold.timers:
            self.timers.push(key)
        digest = self._digests[table](key, data)
        rows[key] = digest + data
        self.state = (state + number(digest)) & MASK
        if row is None:
            self._cache.drop(table, key)
        else:
            self._cache.put(table, key, row, len(data))
        return True

    def _remove(self, table: str, key: str, before: bytes) -> bool:
        del self._data[table][key]
        self._cache.drop(table, key)
        self.state = (self.state - number(before[:DIGEST_BYTES])) & MASK
        return True

    def first_due(self) -> int | None:
        """Time of the earliest timer, ms."""
        while (key := self.timers.first()) is not None:
            if key in self._data[self._fold.timers]:
                return due_of(key)
            self.timers.skip()
        return None

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Keys and bytes of a table."""
        for key, kept in self._data[table].items():
            yield key, kept[DIGEST_BYTES:]

    def freeze(self) -> None:
        """Nothing: what the log has is read back from it."""

    def keep(self, reached: Mapping[str, int], now: int) -> None:
        """Only how far it is."""
        self.reached |= reached
        self.kept_at = now

    def close(self) -> None:
        """Let go of everything."""
        self.clear()

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._data.values())
