"""The log in memory does what a log must do: the same suite runs on Kafka."""

from collections.abc import Iterable

import pytest
from lane_suite import LaneSuite
from lane_work import NAMES, START
from log_suite import LogSuite
from toy import ToyFold
from typing_extensions import override

from streams.lane.port import Log, Record, Write
from streams.lane.twin import MemoryClaim, MemoryLog, MemoryWorker


class PullingWorker(MemoryWorker):
    """Its fetch may be awaited, as one that asks a broker must be."""

    async def pull(self) -> int:
        """One fetch."""
        return self.fetch()

    @override
    async def quiesce(self) -> None:
        await super().quiesce()


class MemoryBench:
    """See `log_suite.Bench`."""

    def __init__(self) -> None:
        self.names = NAMES
        self.log = MemoryLog(lambda: START, partitions=2)

    def claim(self) -> MemoryClaim:
        """Another worker's."""
        return self.log.claim()

    def worker(self) -> PullingWorker:
        """One that has nothing yet."""
        return PullingWorker(self.log, ToyFold(), self.names)

    async def append(self, topic: str, *values: bytes | None, key: bytes = b"k") -> None:
        """Outside any transaction."""
        for value in values:
            self.log.append(Write(self.names.physical(topic), key, value), 0)

    async def transact(self, topic: str, *values: bytes, commit: bool) -> None:
        """Of a producer whose partition number nobody else has."""
        self.log.begin(-1, [Write(self.names.physical(topic), b"k", v, (), 0) for v in values])
        self.log.end_transaction(-1, commit=commit)

    async def begin(self, log: Log, partition: int, writes: Iterable[Write]) -> None:
        """What a worker does that dies before the end."""
        assert isinstance(log, MemoryClaim)
        self.log.begin(partition, writes)

    async def trim(self, topic: str, before: int) -> None:
        """Retention."""
        self.log.trim(self.names.physical(topic), 0, before)

    async def records(self, topic: str, partition: int = 0) -> list[Record]:
        """All."""
        return list(self.log.records(self.names.physical(topic), partition))


@pytest.fixture
def bench() -> MemoryBench:
    """An empty log."""
    return MemoryBench()


class TestLogOfTheTwin(LogSuite):
    """The port."""


class TestLaneOnTheTwin(LaneSuite):
    """The lane."""
