"""The log in memory: topics, transactions, markers, retention and compaction, as Kafka has them."""

import asyncio
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from streams.lane.port import Place, Record, Write
from streams.lane.twin.claim import MemoryClaim

TRANSACTION_MS = 20_000
"""An open transaction is aborted by the broker after this time, and its producer fenced."""

Fault = Callable[[], str | None]
"""Asked once for each commit; None lets it pass.

before: it fails, and nothing was written. after: everything was written, and the answer was lost.
abort: written, then aborted. slow: others run first. hang: it takes longer than anybody waits.
"""


@dataclass(slots=True)
class Open:
    """A transaction that has not ended: its records have offsets, and nobody reads them yet."""

    owner: int
    expires: int
    records: list[tuple[Place, Record]] = field(default_factory=list)
    places: dict[Place, int] = field(default_factory=dict)
    """First offset in each place: readers of committed records stop there."""

    def reached(self, partition: int) -> dict[str, int]:
        """Offset behind the last write, by topic, in a partition."""
        return {
            topic: record.offset + 1
            for (topic, number), record in self.records
            if number == partition
        }


class MemoryLog:
    """Topics of numbered partitions in memory; offsets have gaps, as transactions leave them.

    `events` is all that happened to it, in order: two runs are the same if these are.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        fault: Fault = lambda: None,
        partitions: int = 1,
        latency: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`clock`: ms, what records are stamped with. `partitions`: of every topic.

        `latency`: seconds that each request takes, asked for each.
        """
        self.clock = clock
        self.partitions = partitions
        self.fault = fault
        self.latency = latency
        self.owners: dict[int, int] = {}
        self.events: list[tuple[object, ...]] = []
        self._records: dict[Place, list[Record]] = {}
        self._ends: dict[Place, int] = {}
        self._starts: dict[Place, int] = {}
        self._open: dict[int, Open] = {}

    def claim(self) -> MemoryClaim:
        """One worker's view of the log: it can be fenced by another's."""
        return MemoryClaim(self)

    async def pause(self) -> None:
        """A request is on its way."""
        await asyncio.sleep(self.latency())

    def tell(self, *words: object) -> None:
        """Keep what happened, with its time."""
        self.events.append((self.clock(), *words))

    def append(self, write: Write, partition: int) -> int:
        """Append one record, as a producer outside the lane does; gives its offset."""
        place = (write.topic, partition)
        offset = self._ends.get(place, 0)
        self._ends[place] = offset + 1
        record = Record(offset, self.clock(), write.key, write.value)
        self._records.setdefault(place, []).append(record)
        self.events.append((record.timestamp, "append", place, offset))
        return offset

    def begin(self, partition: int, writes: Iterable[Write]) -> Open:
        """Write a transaction of the partition's owner, each record where it says; it is open."""
        now = self.clock()
        opened = Open(self.owners.get(partition, 0), now + TRANSACTION_MS)
        for write in writes:
            place = (write.topic, partition if write.partition is None else write.partition)
            offset = self._ends.get(place, 0)
            self._ends[place] = offset + 1
            opened.places.setdefault(place, offset)
            opened.records.append((place, Record(offset, now, write.key, write.value)))
        self._open[partition] = opened
        self.events.append((now, "begin", partition, list(opened.places.items())))
        return opened

    def end_transaction(self, partition: int, *, commit: bool) -> None:
        """Commit or abort what is open; its markers take an offset in each place, and are unseen.

        Aborted records stay as gaps.
        """
        opened = self._open.pop(partition, None)
        if opened is None:
            return
        if commit:
            for place, record in opened.records:
                records = self._records.setdefault(place, [])
                if records and records[-1].offset > record.offset:
                    insort(records, record, key=_offset)
                else:
                    records.append(record)
        for topic, number in opened.places:
            self.mark(topic, number)
        self.tell("commit" if commit else "abort", partition)

    def is_open(self, partition: int, opened: Open) -> bool:
        """Whether a transaction is still open: not aborted by a newer owner or by its timeout."""
        self._expire()
        return self._open.get(partition) is opened

    def take_over(self, partition: int) -> int:
        """Claim a partition: aborts what an earlier owner has open. Gives the owner's number."""
        self.end_transaction(partition, commit=False)
        owner = self.owners[partition] = self.owners.get(partition, 0) + 1
        self.tell("fence", partition, owner)
        return owner

    def _expire(self) -> None:
        now = self.clock()
        for partition in [n for n, opened in self._open.items() if opened.expires <= now]:
            self.take_over(partition)

    def mark(self, topic: str, partition: int) -> None:
        """End a transaction: its marker takes an offset, and no reader ever sees it."""
        self._ends[topic, partition] = self.end(topic, partition) + 1

    def trim(self, topic: str, partition: int, before: int) -> None:
        """Let retention eat what stands before an offset."""
        place = (topic, partition)
        self._starts[place] = max(before, self._starts.get(place, 0))
        self.tell("trim", place, before)

    def compact(self, topic: str, partition: int) -> None:
        """Keep the last record of each key, and no tombstone: the broker may, at any time."""
        place = (topic, partition)
        last = {record.key: record for record in self.records(topic, partition)}
        kept = [record for record in last.values() if record.value is not None]
        self._records[place] = sorted(kept, key=_offset)
        self.tell("compact", place, len(kept))

    def records(self, topic: str, partition: int) -> list[Record]:
        """All committed records of a topic's partition that are still there."""
        records = self._records.get((topic, partition), [])
        start = self._starts.get((topic, partition), 0)
        return records[bisect_left(records, start, key=_offset) :] if start else records

    def history(self, topic: str, partition: int) -> list[Record]:
        """All committed records, those too that retention has eaten: for checks, not for lanes."""
        return self._records.get((topic, partition), [])

    def read(self, topic: str, partition: int, first: int, limit: int) -> list[Record]:
        """Committed records from an offset on, as a reader sees them: none behind an open end."""
        records = self._records.get((topic, partition), [])
        begin = bisect_left(records, max(first, self.start(topic, partition)), key=_offset)
        stop = bisect_left(records, self.stable(topic, partition), lo=begin, key=_offset)
        return records[begin : min(stop, begin + limit)]

    def places(self) -> list[Place]:
        """Every topic and partition that somebody has written."""
        return list(self._ends)

    def end(self, topic: str, partition: int) -> int:
        """Offset behind the last record and marker."""
        return self._ends.get((topic, partition), 0)

    def stable(self, topic: str, partition: int) -> int:
        """Offset up to which a reader of committed records sees: the first one that is open."""
        if self._open:
            self._expire()
        end = self._ends.get((topic, partition), 0)
        for opened in self._open.values():
            end = min(end, opened.places.get((topic, partition), end))
        return end

    def start(self, topic: str, partition: int) -> int:
        """First offset that is still there."""
        return self._starts.get((topic, partition), 0)


def _offset(record: Record) -> int:
    return record.offset
