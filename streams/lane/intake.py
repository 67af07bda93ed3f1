"""In which order and at which time the records of one partition are folded.

Caught up, the time is the clock. Behind, time moves with the log: records of all topics are
merged by append time in slices of one second, so that a deadline which the backlog itself would
have met does not fire.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from streams.lane.errors import ChainBrokenError
from streams.lane.port import Fetched, Record, Slice

SLICE_MS = 1000
BUFFERED_RECORDS = 10_000
BUFFERED_BYTES = 32 * 1024 * 1024
"""A topic of a partition is not fetched while this much of it waits to be folded."""


class Intake:
    """Buffers of one partition, one per source topic, in the app's fixed order."""

    def __init__(
        self,
        topics: Sequence[str],
        positions: Mapping[str, int],
        now: int,
        ahead: Iterable[str] = (),
    ) -> None:
        """`positions`: where each topic goes on. `now`: time of the last step, ms.

        `ahead`: topics that are folded to their end first, before time begins to move.
        """
        self._order = {topic: index for index, topic in enumerate(topics)}
        self._buffers: dict[str, deque[Record]] = {topic: deque() for topic in topics}
        self._bytes = dict.fromkeys(topics, 0)
        self._next = {topic: positions[topic] for topic in topics}
        self._at_end = dict.fromkeys(topics, False)
        self._ahead = [topic for topic in topics if topic in set(ahead)]
        self._now = now

    def feed(self, topic: str, fetched: Fetched) -> None:
        """Add what was fetched. Raises ChainBrokenError where it is not what comes next."""
        if fetched.start != self._next[topic]:
            message = (
                f"{topic}-{fetched.partition} was to go on at {self._next[topic]}, "
                f"the fetch began at {fetched.start}: start again"
            )
            raise ChainBrokenError(message)
        self._next[topic] = fetched.next
        self._buffers[topic].extend(fetched.records)
        self._bytes[topic] += sum(len(record.value or b"") for record in fetched.records)
        self._at_end[topic] = fetched.at_end

    def wants(self, topic: str) -> bool:
        """Whether a topic should be fetched now."""
        return len(self._buffers[topic]) < BUFFERED_RECORDS and self._bytes[topic] < BUFFERED_BYTES

    @property
    def caught_up(self) -> bool:
        """Whether every topic was read to its end and nothing waits."""
        return all(self._at_end.values()) and not self.waiting

    @property
    def waiting(self) -> int:
        """How many records wait here to be folded."""
        return sum(map(len, self._buffers.values()))

    def reached(self) -> dict[str, int]:
        """Where each topic goes on of which nothing waits, behind what brings no record.

        A position in front of a marker would look trimmed once retention has eaten the marker.
        """
        return {topic: self._next[topic] for topic, buffer in self._buffers.items() if not buffer}

    def take(self, clock: int, limit: int) -> list[Slice]:
        """Next records to fold, at most `limit`; `clock` in ms.

        A topic that is not at its end holds the others back to the append time of what it
        has delivered; one that has delivered nothing holds back everything.
        """
        slices = self._take_ahead(limit)
        if self._ahead:
            return slices
        limit -= sum(len(piece.records) for piece in slices)
        frontier = self._frontier()
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

    def _take_ahead(self, limit: int) -> list[Slice]:
        """Records of what goes ahead, without moving time: what follows is older, or newer."""
        slices: list[Slice] = []
        for topic in list(self._ahead):
            records = [self._pop(topic) for _ in range(min(limit, len(self._buffers[topic])))]
            limit -= len(records)
            if records:
                slices.append(Slice(self._now, topic, records))
            if self._at_end[topic] and not self._buffers[topic]:
                self._ahead.remove(topic)
        return slices

    def _frontier(self) -> int | None:
        """Append time up to which every topic is known; None where all are at their end.

        Never before a topic's own first record: a broker's clock that was set back within the
        buffer, or a new leader's that is slow, would hold that up for ever.
        """
        known = [
            max(buffer[0].timestamp, buffer[-1].timestamp) if buffer else -1
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
            records.append(self._pop(topic))
        return Slice(self._now, topic, records)

    def _pop(self, topic: str) -> Record:
        record = self._buffers[topic].popleft()
        self._bytes[topic] -= len(record.value or b"")
        return record
