"""In which order and at which time the records of one partition are folded.

Caught up, the time is the clock. Behind, time moves with the log: records of all topics are
merged by append time in slices of one second, so that a deadline which the backlog itself would
have met does not fire.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from streams.lane.port import Record, Slice

SLICE_MS = 1000


class Intake:
    """Buffers of one partition, one per source topic, in the app's fixed order."""

    def __init__(self, topics: Sequence[str], now: int) -> None:
        self._order = {topic: index for index, topic in enumerate(topics)}
        self._buffers: dict[str, deque[Record]] = {topic: deque() for topic in topics}
        self._at_end = dict.fromkeys(topics, False)
        self._now = now

    def feed(self, topic: str, records: Iterable[Record], *, at_end: bool) -> None:
        """Add what was fetched; `at_end`: nothing more was there."""
        self._buffers[topic].extend(records)
        self._at_end[topic] = at_end

    def buffered(self, topic: str) -> int:
        """How many records of a topic wait here."""
        return len(self._buffers[topic])

    @property
    def caught_up(self) -> bool:
        """Whether every topic was read to its end and nothing waits."""
        return all(self._at_end.values()) and not any(self._buffers.values())

    def take(self, clock: int, limit: int) -> list[Slice]:
        """Next records to fold, at most `limit`; `clock` in ms.

        A topic that is not at its end holds the others back to the append time of what it
        has delivered; one that has delivered nothing holds back everything.
        """
        frontier = self._frontier()
        slices: list[Slice] = []
        while limit > 0:
            head = self._earliest(frontier)
            if head is None:
                break
            taken = self._slice(*head, clock, limit, frontier)
            slices.append(taken)
            limit -= len(taken.records)
        return slices

    def tick(self, clock: int) -> Slice:
        """A step without a record."""
        self._now = max(self._now, clock)
        return Slice(self._now)

    def _frontier(self) -> int | None:
        """Append time up to which every topic is known; None where all are at their end."""
        known = [
            buffer[-1].timestamp if buffer else -1
            for topic, buffer in self._buffers.items()
            if not self._at_end[topic]
        ]
        return min(known) if known else None

    def _earliest(self, frontier: int | None) -> tuple[int, str] | None:
        heads = [
            (buffer[0].timestamp // SLICE_MS, self._order[topic], topic)
            for topic, buffer in self._buffers.items()
            if buffer and (frontier is None or buffer[0].timestamp <= frontier)
        ]
        if not heads:
            return None
        number, _, topic = min(heads)
        return number, topic

    def _slice(
        self, number: int, topic: str, clock: int, limit: int, frontier: int | None
    ) -> Slice:
        end = (number + 1) * SLICE_MS
        self._now = max(self._now, min(clock, end))
        buffer = self._buffers[topic]
        records: list[Record] = []
        while buffer and len(records) < limit and buffer[0].timestamp < end:
            if frontier is not None and buffer[0].timestamp > frontier:
                break
            records.append(buffer.popleft())
        return Slice(self._now, topic, records)
