"""Timers of a partition in the order in which they are due.

A timer is a row whose key is `-/<table>/<due, 13 digits>/...`: keys of one table sort by due
time, so that a heap of keys is all it takes: a reference for each, where a pair of number and key
took ten times as much.
"""

import heapq
from collections.abc import Callable, Iterable

DUE_PLACE = 2
"""Which part of the key, between slashes, is the time."""
WINDOW = 10_000
"""How many timers of those on disk are looked at together."""


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


After = Callable[[str, int], tuple[Iterable[str], str | None]]
"""About so many keys of timers that come after one, and up to which key these are all there are.

In any order; None where nothing comes behind them. A key may come again another time.
"""


class WindowedTimers(Timers):
    """The earliest in memory, the others where the rows are: a million of them take no memory.

    All timers up to `_horizon` are in the heap, and some beyond it may be; None: all there are.
    """

    def __init__(self, after: After, window: int = WINDOW) -> None:
        super().__init__()
        self._after = after
        self._window = window
        self._horizon: str | None = ""

    def note(self, key: str) -> None:
        """A timer stands among the rows now: it is entered when its time comes near."""
        if self._horizon is None or key <= self._horizon:
            self.push(key)

    def first(self) -> str | None:
        """The earliest, or None."""
        while True:
            key = super().first()
            if self._horizon is None or (key is not None and key <= self._horizon):
                return key
            found, self._horizon = self._after(self._horizon, self._window)
            self._heap.extend(found)
            heapq.heapify(self._heap)

    def shrink(self) -> None:
        """Leave the later ones to the rows. All of them must stand there: between two units."""
        if len(self._heap) > 4 * self._window:
            self._heap = heapq.nsmallest(self._window, self._heap)
            last = self._heap[-1]
            self._horizon = last if self._horizon is None else min(self._horizon, last)
