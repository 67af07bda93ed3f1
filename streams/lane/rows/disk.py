"""Rows on disk: for partitions whose rows outgrow memory. What is not committed is in memory."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Generic

from streams.lane.fold import Fold, R, T
from streams.lane.rows.cache import CACHE_ROWS, RowCache
from streams.lane.rows.digest import DIGEST_BYTES, MASK, digest_of, number
from streams.lane.rows.folder import Held, RowsFolder
from streams.lane.rows.timers import WINDOW, WindowedTimers, due_of

ABSENT_WEIGHT = 64
NO_ROW = b""
"""Digest of a row that is not there."""

Changes = dict[tuple[str, str], bytes | None]
"""Digest and bytes by table and key; None where the row went."""


class DiskRows(Generic[T, R]):
    """A `streams.lane.rows.store.RowStore`. Newest first: set, frozen, folder; a cache over all."""

    def __init__(
        self,
        fold: Fold[T, R],
        folder: RowsFolder,
        cache_rows: int = CACHE_ROWS,
        window: int = WINDOW,
    ) -> None:
        """`window`: how many of the timers are looked at together."""
        self._fold = fold
        self._folder = folder
        self._cache_rows = cache_rows
        self._window = window
        self._tables = {table.name: table for table in fold.tables}
        self._digests = {name: digest_of(name) for name in self._tables}
        self._begin(folder.held())

    def _begin(self, held: Held) -> None:
        self._cache: RowCache[R | None] = RowCache(self._cache_rows)
        self._set: Changes = {}
        self._frozen: Changes = {}
        self._count = self._frozen_count = held.count
        self.state = self._frozen_state = number(held.state)
        self.reached = dict(held.reached)
        self.kept_at = held.kept_at
        self.timers = WindowedTimers(self._timers_after, self._window)
        self._alive: str | None = None

    def get(self, table: str, key: str) -> R | None:
        """Decoded row, or None."""
        cached = self._cache.get(table, key)
        if cached is not None:
            return cached[0]
        kept = self._find(table, key)
        if kept is None:
            self._cache.put(table, key, None, ABSENT_WEIGHT, NO_ROW)
            return None
        row = self._fold.decode_row(self._tables[table], kept[DIGEST_BYTES:])
        self._cache.put(table, key, row, len(kept), kept[:DIGEST_BYTES])
        return row

    def _find(self, table: str, key: str) -> bytes | None:
        place = (table, key)
        for changes in (self._set, self._frozen):
            if place in changes:
                return changes[place]
        return self._folder.get(table, key)

    def _digest_before(self, table: str, key: str) -> bytes:
        digest = self._cache.digest(table, key)
        if digest is not None:
            return digest
        kept = self._find(table, key)
        return NO_ROW if kept is None else kept[:DIGEST_BYTES]

    def set(self, table: str, key: str, data: bytes | None, row: R | None = None) -> bool:
        """Put or remove (None) a row; False where it was already so."""
        before = self._digest_before(table, key)
        digest = NO_ROW if data is None else self._digests[table](key, data)
        if digest == before:
            return False
        self._set[table, key] = None if data is None else digest + data
        self.state = (self.state + number(digest) - number(before)) & MASK
        self._count += bool(digest) - bool(before)
        if table == self._fold.timers:
            self._note_timer(key, there=data is not None)
        if data is None:
            self._cache.put(table, key, None, ABSENT_WEIGHT, NO_ROW)
        elif row is None:
            self._cache.drop(table, key)
        else:
            self._cache.put(table, key, row, len(data), digest)
        return True

    def _note_timer(self, key: str, *, there: bool) -> None:
        if there:
            self.timers.note(key)
        elif key == self._alive:
            self._alive = None

    def first_due(self) -> int | None:
        """Time of the earliest timer, ms."""
        while (key := self.timers.first()) is not None:
            if key == self._alive or self._find(self._fold.timers, key) is not None:
                self._alive = key  # asked for at every turn: the folder is asked once
                return due_of(key)
            self.timers.skip()
        return None

    def _timers_after(self, after: str, count: int) -> tuple[Iterable[str], str | None]:
        """See `streams.lane.rows.timers.After`: of the folder, and of what is not there yet."""
        table = self._fold.timers
        found = [key for key, _ in islice(self._folder.rows(table, after), count)]
        until = found[-1] if len(found) == count else None
        waiting = [
            key
            for changes in (self._frozen, self._set)
            for (name, key), kept in changes.items()
            if name == table and kept is not None and key > after
        ]
        found += [key for key in waiting if until is None or key <= until]
        return found, until

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Keys and bytes of a table."""
        changes = {
            key: kept
            for layer in (self._frozen, self._set)
            for (name, key), kept in layer.items()
            if name == table
        }
        for key, kept in self._folder.rows(table):
            if key not in changes:
                yield key, kept[DIGEST_BYTES:]
        for key, changed in changes.items():
            if changed is not None:
                yield key, changed[DIGEST_BYTES:]

    def freeze(self) -> None:
        """All that was set until now goes into the next transaction."""
        self._frozen, self._set = self._set, {}
        self._frozen_state, self._frozen_count = self.state, self._count

    def keep(self, reached: Mapping[str, int], now: int) -> None:
        """Write what was frozen, and how far it is, in one batch."""
        self.reached |= reached
        self.kept_at = now
        digest = self._frozen_state.to_bytes(DIGEST_BYTES, "big")
        held = Held(state=digest, count=self._frozen_count, reached=self.reached, kept_at=now)
        rows = ((table, key, kept) for (table, key), kept in self._frozen.items())
        self._folder.write(rows, held)
        self._frozen = {}
        self.timers.shrink()

    def clear(self) -> None:
        """Hold nothing, on disk neither."""
        self._folder.clear()
        self._begin(Held())

    def close(self) -> None:
        """Let go; what was kept is there the next time."""
        self._folder.close()

    def __len__(self) -> int:
        return self._count
