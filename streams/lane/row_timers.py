"""Timers of a partition in the order in which they are due.

A timer is a row whose key is `-/<table>/<due, 13 digits>/...`: keys of one table sort by due
time, so that a heap of keys is all it takes: a reference for each, where a pair of number and key
took ten times as much.
"""

import heapq
from collections.abc import Iterable

DUE_PLACE = 2
"""Which part of the key, between slashes, is the time."""


def due_of(key: str) -> int:
    """When a timer is due, ms."""
    return int(key.split("/", DUE_PLACE + 1)[DUE_PLACE])


class Timers:
    """Keys of timers; one whose row is gone when its time comes is passed over by the reader."""

    def __init__(self) -> None:
        self._heap: list[str] = []

    def push(self, key: str) -> None:
        """Enter a timer. Twice is no harm: when it fires its row goes."""
        heapq.heappush(self._heap, key)

    def extend(self, keys: Iterable[str]) -> None:
        """Enter many."""
        self._heap.extend(keys)
        heapq.heapify(self._heap)

    def first(self) -> str | None:
        """The earliest, or None."""
        return self._heap[0] if self._heap else None

    def pop(self, now: int) -> str | None:
        """Take the earliest that is due at `now`, or None."""
        key = self.first()
        return heapq.heappop(self._heap) if key is not None and due_of(key) <= now else None

    def skip(self) -> None:
        """Take the earliest, due or not: its row is gone."""
        heapq.heappop(self._heap)

    def __len__(self) -> int:
        return len(self._heap)
