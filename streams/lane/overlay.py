"""What a unit has changed and nobody else sees yet: merged whole, or dropped whole."""

import heapq
from typing import Any

from streams.lane.rows import RowStore


class Overlay:
    """Rows as one unit sees them. `below` is a store, or another overlay (a record within a unit)."""

    def __init__(self, store: RowStore, timers: str, below: "Overlay | None" = None) -> None:
        self._store = store
        self._timers = timers
        self._below = below
        self._changed: dict[str, dict[str, Any]] = {}
        self._taken: list[tuple[int, str]] = []
        self.outs: list[tuple[str, str, str, Any]] = []

    def get(self, table: Any, key: str) -> Any:
        """Row as this unit sees it, or None."""
        return self._find(table.name, key)

    def _find(self, table: str, key: str) -> Any:
        overlay: Overlay | None = self
        while overlay is not None:
            changed = overlay._changed.get(table)
            if changed is not None and key in changed:
                return changed[key]
            overlay = overlay._below
        return self._store.get(table, key)

    def put(self, table: Any, key: str, row: Any) -> None:
        """Set a row."""
        self._changed.setdefault(table.name, {})[key] = row
        if table.name == self._timers:
            self._store.push_timer(key)

    def delete(self, table: Any, key: str) -> None:
        """Remove a row."""
        self._changed.setdefault(table.name, {})[key] = None

    def emit(self, topic: str, schema: str, key: str, value: Any) -> None:
        """Append an output."""
        self.outs.append((topic, schema, key, value))

    def pop_due(self, now: int) -> Any:
        """Remove and give the earliest timer due at `now`, or None."""
        heap = self._store.timers
        while heap and heap[0][0] <= now:
            entry = heapq.heappop(heap)
            self._taken.append(entry)
            row = self._find(self._timers, entry[1])
            if row is not None:
                self._changed.setdefault(self._timers, {})[entry[1]] = None
                return row
        return None

    def merge(self) -> None:
        """Hand everything to the overlay below."""
        below = self._below
        if below is None:
            message = "an overlay over the store is taken by the partition, not merged"
            raise TypeError(message)
        for table, rows in self._changed.items():
            below._changed.setdefault(table, {}).update(rows)
        below.outs.extend(self.outs)
        below._taken.extend(self._taken)

    def drop(self) -> None:
        """Forget it all: timers that were taken are due again."""
        for entry in self._taken:
            heapq.heappush(self._store.timers, entry)
        self._changed.clear()
        self._taken.clear()
        self.outs.clear()

    def changes(self) -> dict[str, dict[str, Any]]:
        """Rows by table and key; None removes."""
        return self._changed
