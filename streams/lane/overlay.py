"""What a unit has changed and nobody else sees yet: merged whole, or dropped whole."""

from typing import Generic, NamedTuple

from streams.lane.fold import R, T
from streams.lane.port import Write
from streams.lane.rows.store import RowStore


class Output(NamedTuple):
    """An append-only output that is still a value: topic and schema are logical names."""

    topic: str
    schema: str
    key: str
    value: object


class Overlay(Generic[T, R]):
    """Rows as one unit sees them.

    `below` is another overlay: the unit's, when this one is a single record's within it.
    """

    def __init__(
        self, store: RowStore[R], timers: str, below: "Overlay[T, R] | None" = None
    ) -> None:
        self.changed: dict[str, dict[str, R | None]] = {}
        self.taken: list[str] = []
        self.outs: list[Output | Write] = []
        self.below = below
        self._store = store
        self._timers = timers

    def get(self, table: T, key: str) -> R | None:
        """Row as this unit sees it, or None."""
        return self._find(table.name, key)

    def _find(self, table: str, key: str) -> R | None:
        overlay: Overlay[T, R] | None = self
        while overlay is not None:
            changed = overlay.changed.get(table)
            if changed is not None and key in changed:
                return changed[key]
            overlay = overlay.below
        return self._store.get(table, key)

    def put(self, table: T, key: str, row: R) -> None:
        """Set a row."""
        self.changed.setdefault(table.name, {})[key] = row
        if table.name == self._timers:
            self._store.timers.push(key)

    def delete(self, table: T, key: str) -> None:
        """Remove a row."""
        self.changed.setdefault(table.name, {})[key] = None

    def emit(self, topic: str, schema: str, key: str, value: R) -> None:
        """Append an output."""
        self.outs.append(Output(topic, schema, key, value))

    def pop_due(self, now: int) -> R | None:
        """Remove and give the earliest timer due at `now`, or None."""
        while (key := self._store.timers.pop(now)) is not None:
            self.taken.append(key)
            row = self._find(self._timers, key)
            if row is not None:
                self.changed.setdefault(self._timers, {})[key] = None
                return row
        return None

    def merge(self) -> None:
        """Hand everything to the overlay below."""
        below = self.below
        if below is None:
            message = "an overlay over the store is taken by the partition, not merged"
            raise TypeError(message)
        for table, rows in self.changed.items():
            below.changed.setdefault(table, {}).update(rows)
        below.outs.extend(self.outs)
        below.taken.extend(self.taken)

    def drop(self) -> None:
        """Forget it all: timers that were taken are due again."""
        for key in self.taken:
            self._store.timers.push(key)
        self.changed.clear()
        self.taken.clear()
        self.outs.clear()
