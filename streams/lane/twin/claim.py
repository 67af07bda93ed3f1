"""One worker's hold on the log in memory: see `streams.lane.port.Log`."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from streams.lane.errors import CommitFailedError, FencedError, LaneError, TailGoneError
from streams.lane.port import Approve, Chunk, Committed, Write, approve_all

if TYPE_CHECKING:
    from streams.lane.twin.log import MemoryLog

SLOW_TURNS = 8
HANG_SECONDS = 120.0


class MemoryClaim:
    """Transactions of one worker. A stopped process does nothing, a killed one never again."""

    def __init__(self, log: "MemoryLog") -> None:
        self._log = log
        self._owned: dict[int, int] = {}
        self._awake: asyncio.Event | None = None
        self._killed = False

    def kill(self) -> None:
        """Kill -9: what is open stays open, until somebody fences or its time is up."""
        self._killed = True
        self.wake()

    def stop(self) -> None:
        """SIGSTOP: every request waits."""
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """SIGCONT: they go on."""
        if self._awake is not None:
            self._awake.set()
            self._awake = None

    async def fence(self, partition: int) -> None:
        """Become the owner."""
        await self._request()
        self._owned[partition] = self._log.take_over(partition)

    async def release(self, partition: int) -> None:
        """Own no longer."""
        self._owned.pop(partition, None)

    async def commit(
        self, partition: int, writes: Iterable[Write], approve: Approve = approve_all
    ) -> Committed:
        """All or nothing: begin, write, end, and each may be the last that is heard of it."""
        log, fault = self._log, self._log.fault()
        if fault:
            log.tell("fault", partition, fault)
        await self._request()
        for _ in range(SLOW_TURNS if fault == "slow" else 0):
            await self._request()
        self._require_owner(partition)
        if fault == "before":
            message = "the log failed before it wrote"
            raise CommitFailedError(message)
        opened = log.begin(partition, writes)
        done = Committed(log.clock(), opened.reached(partition))
        approve(done)
        if fault == "hang":
            await asyncio.sleep(HANG_SECONDS)
        await self._request()
        if not log.is_open(partition, opened):
            message = f"partition {partition}: the transaction was aborted by another owner"
            raise FencedError(message)
        log.end_transaction(partition, commit=fault != "abort")
        if fault in {"abort", "after"}:
            message = f"the transaction ended ({fault}), and its answer was lost"
            raise CommitFailedError(message)
        return done

    async def read(
        self, topics: Sequence[str], partition: int, since: Mapping[str, int] | None = None
    ) -> AsyncIterator[Chunk]:
        """Topic by topic to the ends as of now: first how much there is, then a chunk for each."""
        await self._request()
        wanted = [(topic, *self._bounds(topic, partition, since or {})) for topic in topics]
        for topic, start, end in wanted:
            yield Chunk(topic, (), start, end)
        await self._request()
        for topic, start, end in wanted:
            if start < end:
                found = self._log.read(topic, partition, start, end)
                yield Chunk(topic, [r for r in found if r.offset < end], end, end)

    def _bounds(self, topic: str, partition: int, since: Mapping[str, int]) -> tuple[int, int]:
        first, end = self._log.start(topic, partition), self._log.stable(topic, partition)
        start = since.get(topic, first)
        if not first <= start <= end:
            message = f"{topic}-{partition} has no tail from {start}: it holds {first} to {end}"
            raise TailGoneError(message)
        return start, end

    async def bounds(self, topics: Sequence[str], partition: int) -> Mapping[str, tuple[int, int]]:
        """First offset still there, and the end."""
        await self._request()
        return {topic: self._bounds(topic, partition, {}) for topic in topics}

    async def hanging(self, topics: Sequence[str], partition: int) -> Mapping[str, int]:
        """Where the last stable offset is behind the end."""
        await self._request()
        stable = {topic: self._log.stable(topic, partition) for topic in topics}
        return {t: offset for t, offset in stable.items() if offset < self._log.end(t, partition)}

    async def _request(self) -> None:
        await self._log.pause()
        if self._awake is not None:
            await self._awake.wait()
        if self._killed:
            message = "this worker was killed"
            raise LaneError(message)

    def _require_owner(self, partition: int) -> None:
        if self._owned.get(partition) != self._log.owners.get(partition):
            message = f"partition {partition} was taken over by another worker"
            raise FencedError(message)
