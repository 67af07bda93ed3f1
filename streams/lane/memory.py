"""The in-memory twin of the log: same port, virtual time, faults on demand. Public, for tests.

`MemoryLog` is the broker, `MemoryClaim` one worker's transactions on it, `MemoryWorker` what
Faust's consumer does around the lane, one step at a time and in whatever order a test wants.
"""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence

from schemas.naming import Names
from streams.lane.errors import CommitFailedError, FencedError, LogTrimmedError, TailGoneError
from streams.lane.fold import AnyFold
from streams.lane.lane import Lane
from streams.lane.port import Chunk, Committed, Fetched, Place, Record, Write

Fault = Callable[[], str | None]
"""Asked before each commit: "before" fails it with nothing written, "after" with everything
written (the answer was lost), "slow" lets others run first, None lets it pass."""


class MemoryLog:
    """Topics of numbered partitions in memory; offsets have gaps, as transactions leave them."""

    def __init__(
        self, clock: Callable[[], int], fault: Fault = lambda: None, partitions: int = 1
    ) -> None:
        """`clock`: ms, what records are stamped with. `partitions`: of every topic."""
        self.clock = clock
        self.partitions = partitions
        self.fault = fault
        self.owners: dict[int, int] = {}
        self._records: dict[Place, list[Record]] = {}
        self._ends: dict[Place, int] = {}
        self._starts: dict[Place, int] = {}

    def claim(self) -> "MemoryClaim":
        """One worker's view of the log: it can be fenced by another's."""
        return MemoryClaim(self)

    def append(self, write: Write, partition: int) -> int:
        """Append one record, as a producer outside the lane does; gives its offset."""
        place, offset = (write.topic, partition), self.end(write.topic, partition)
        record = Record(offset, self.clock(), write.key, write.value)
        self._records.setdefault(place, []).append(record)
        self._ends[place] = offset + 1
        return offset

    def transact(self, writes: Iterable[Write], partition: int) -> dict[Place, int]:
        """Append all of a transaction, each where it says or to `partition`, and end it there.

        Gives the offset behind the last write, by place.
        """
        places: dict[Place, int] = {}
        for write in writes:
            target = partition if write.partition is None else write.partition
            places[write.topic, target] = self.append(write, target) + 1
        for place in places:
            self.mark(*place)
        return places

    def mark(self, topic: str, partition: int) -> None:
        """End a transaction: its marker takes an offset, and no reader ever sees it."""
        self._ends[topic, partition] = self.end(topic, partition) + 1

    def trim(self, topic: str, partition: int, before: int) -> None:
        """Let retention eat what stands before an offset."""
        place = (topic, partition)
        self._records[place] = [r for r in self.records(topic, partition) if r.offset >= before]
        self._starts[place] = before

    def records(self, topic: str, partition: int) -> list[Record]:
        """All records of a topic's partition that are still there."""
        return self._records.get((topic, partition), [])

    def end(self, topic: str, partition: int) -> int:
        """Offset behind the last record and marker."""
        return self._ends.get((topic, partition), 0)

    def start(self, topic: str, partition: int) -> int:
        """First offset that is still there."""
        return self._starts.get((topic, partition), 0)


class MemoryClaim:
    """See `streams.lane.port.Log`."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._epochs: dict[int, int] = {}

    async def fence(self, partition: int) -> None:
        """Become the owner."""
        await asyncio.sleep(0)
        owners = self._log.owners
        owners[partition] = self._epochs[partition] = owners.get(partition, 0) + 1

    async def release(self, partition: int) -> None:
        """Own no longer."""
        self._epochs.pop(partition, None)

    async def commit(self, partition: int, writes: Iterable[Write]) -> Committed:
        """All or nothing."""
        await asyncio.sleep(0)
        fault = self._log.fault()
        for _ in range(8 if fault == "slow" else 0):
            await asyncio.sleep(0)
        if self._epochs.get(partition) != self._log.owners.get(partition):
            message = f"partition {partition} was taken over by another worker"
            raise FencedError(message)
        if fault == "before":
            message = "the log failed before it wrote"
            raise CommitFailedError(message)
        places = self._log.transact(writes, partition)
        if fault == "after":
            message = "the log wrote, and its answer was lost"
            raise CommitFailedError(message)
        reached = {topic: offset for (topic, at), offset in places.items() if at == partition}
        return Committed(self._log.clock(), reached)

    async def read(
        self, topics: Sequence[str], partition: int, since: Mapping[str, int] | None = None
    ) -> AsyncIterator[Chunk]:
        """Everything, topic by topic; a chunk for each."""
        chunks = [self._chunk(topic, partition, (since or {}).get(topic)) for topic in topics]
        for start, chunk in chunks:
            yield Chunk(chunk.topic, (), start, chunk.end)
        for start, chunk in chunks:
            if chunk.next > start:
                yield chunk

    def _chunk(self, topic: str, partition: int, since: int | None) -> tuple[int, Chunk]:
        """Where a read begins, and all that it brings."""
        first, end = self._log.start(topic, partition), self._log.end(topic, partition)
        start = first if since is None else since
        if not first <= start <= end:
            message = f"{topic}-{partition} has no tail from {start}: it holds {first} to {end}"
            raise TailGoneError(message)
        records = self._log.records(topic, partition)
        found = records[bisect_left(records, start, key=lambda record: record.offset) :]
        return start, Chunk(topic, found, end, end)

    async def earliest(self, topics: Sequence[str], partition: int) -> Mapping[str, int]:
        """First offset still there."""
        return {topic: self._log.start(topic, partition) for topic in topics}


class MemoryWorker:
    """One worker on the twin. `failure` is what ended it; then it does nothing any more."""

    def __init__(self, log: MemoryLog, fold: AnyFold, names: Names) -> None:
        self.failure: BaseException | None = None
        self._log = log
        self._positions: dict[Place, int] = {}
        self.lane = Lane(fold, log.claim(), names, self._end, log.clock)

    def _end(self, error: BaseException) -> None:
        self.failure = self.failure or error

    async def assign(self, numbers: Collection[int]) -> bool:
        """Take partitions over, as after a rebalance."""
        if self.failure is not None:
            return False
        try:
            return await self.lane.assign(numbers, self._log.partitions, self._seek)
        except Exception as error:  # noqa: BLE001 -- as the consumer does: whatever it is, it ends
            self._end(error)
            return False

    async def _seek(self, places: Mapping[Place, int]) -> None:
        self._positions = dict(places)

    def fetch(self, limit: int = 1_000) -> int:
        """One fetch of all that is wanted, at most `limit` records each; gives how many came."""
        if self.failure is not None:
            return 0
        wanted = [place for place in self._positions if self.lane.wants(*place)]
        try:
            fetched = [self._fetch(place, limit) for place in wanted]
            for one in fetched:
                self.lane.feed(one)
        except Exception as error:  # noqa: BLE001 -- as the consumer does: whatever it is, it ends
            self._end(error)
            return 0
        return sum(len(one.records) for one in fetched)

    def _fetch(self, place: Place, limit: int) -> Fetched:
        start, end = self._positions[place], self._log.end(*place)
        if start < self._log.start(*place):
            message = f"{place}: {start} is gone"
            raise LogTrimmedError(message)
        records = self._log.records(*place)
        first = bisect_left(records, start, key=lambda record: record.offset)
        found = records[first : first + limit]
        position = end if len(found) < limit else found[-1].offset + 1
        self._positions[place] = position
        return Fetched(*place, start, found, position, at_end=position >= end)

    def fold(self) -> int:
        """Fold every unit that is ready; its commit goes on by itself. Gives how many."""
        if self.failure is not None:
            return 0
        units = list(self.lane.units())
        for unit in units:
            try:
                self.lane.process(unit)
            except Exception as error:  # noqa: BLE001 -- as the agent does: whatever it is, it ends
                self._end(error)
                break
        return len(units)

    async def quiesce(self) -> None:
        """Commit and give everything up, as before a rebalance."""
        if self.failure is None:
            await self.lane.quiesce()

    async def drain(self) -> None:
        """Fetch, fold and commit until nothing is left to do, or it ends."""
        while self.failure is None and (self.fetch() or self.fold() or self.lane.committing):
            await asyncio.sleep(0)
