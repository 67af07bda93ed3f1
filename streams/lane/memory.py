"""The in-memory twin of the log: same port, virtual time, faults on demand. Public, for tests."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

from streams.lane.errors import CommitFailedError, FencedError
from streams.lane.port import Record, Write


class MemoryLog:
    """Topics of numbered partitions in memory.

    `fault` is asked before each commit: "before" fails it with nothing written, "after" fails it
    with everything written (the answer was lost), None lets it pass.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        fault: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.topics: dict[tuple[str, int], list[Record]] = {}
        self._clock = clock
        self._fault = fault
        self._owner: dict[int, int] = {}

    def claim(self) -> "MemoryClaim":
        """One worker's view of the log: it can be fenced by another's."""
        return MemoryClaim(self)

    def append(self, write: Write, partition: int) -> int:
        """Append one record, as a producer outside the lane does; gives its offset."""
        records = self.topics.setdefault((write.topic, partition), [])
        records.append(Record(len(records), self._clock(), write.key, write.value))
        return len(records) - 1

    def records(self, topic: str, partition: int) -> list[Record]:
        """All records of a topic's partition."""
        return self.topics.get((topic, partition), [])


class MemoryClaim:
    """See `streams.lane.port.Log`."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._epochs: dict[int, int] = {}

    async def fence(self, partition: int) -> None:
        """Become the owner."""
        epoch = self._log._owner.get(partition, 0) + 1  # noqa: SLF001
        self._log._owner[partition] = self._epochs[partition] = epoch  # noqa: SLF001

    async def release(self, partition: int) -> None:
        """Own no longer."""
        self._epochs.pop(partition, None)

    async def commit(self, partition: int, writes: Iterable[Write]) -> int | None:
        """All or nothing."""
        if self._epochs.get(partition) != self._log._owner.get(partition):  # noqa: SLF001
            message = f"partition {partition} was taken over by another worker"
            raise FencedError(message)
        fault = self._log._fault()  # noqa: SLF001
        if fault == "before":
            message = "the log failed before it wrote"
            raise CommitFailedError(message)
        for write in writes:
            self._log.append(write, partition)
        if fault == "after":
            message = "the log wrote, and its answer was lost"
            raise CommitFailedError(message)
        return self._log._clock()  # noqa: SLF001

    async def read(
        self, topics: Sequence[str], partition: int
    ) -> AsyncIterator[tuple[str, Record]]:
        """Everything, topic by topic."""
        for topic in topics:
            for record in list(self._log.records(topic, partition)):
                yield topic, record

    async def earliest(self, topics: Sequence[str], partition: int) -> Mapping[str, int]:
        """First offset still there."""
        return {t: r[0].offset if (r := self._log.records(t, partition)) else 0 for t in topics}
