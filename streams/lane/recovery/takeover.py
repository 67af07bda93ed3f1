"""Taking partitions over: fence, restore, seek; what a newer assignment overtakes goes back.

In that order: after the fence nothing of an earlier owner is still on its way, so that what is
restored is all there is. Rows that are held here already are brought up by what the log has
besides: nothing, where nobody else wrote meanwhile.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence

import structlog

from streams.lane.fold import AnyFold
from streams.lane.partition import AnyPartition, Partition
from streams.lane.port import Log, Seek
from streams.lane.recovery.progress import NoProgress, Progress
from streams.lane.recovery.restore import Restore
from streams.lane.rows.choice import MemoryStores, Stores
from streams.lane.topic_map import TopicMap

logger = structlog.get_logger()

RESTORES_AT_ONCE = 2
"""One waits for the broker while the other one hashes; more take memory and bring nothing."""


class Takeover:
    """Takes partitions over for one worker; one assignment at a time."""

    def __init__(
        self,
        fold: AnyFold,
        log: Log,
        topics: TopicMap,
        clock: Callable[[], int],
        progress: Progress | None = None,
        stores: Stores | None = None,
    ) -> None:
        """`clock`: ms. `stores`: in memory, where none is given."""
        self._fold = fold
        self._log = log
        self._topics = topics
        self._clock = clock
        self._stores = stores or MemoryStores(fold)
        self._restore = Restore(fold, log, topics, progress or NoProgress(), clock)
        self._held: dict[int, AnyPartition] = {}
        self._turn = asyncio.Lock()

    async def hold(self, given_up: Collection[AnyPartition]) -> None:
        """Keep what was given up and is committed: it may be assigned anew. The log lets go."""
        async with self._turn:
            whole = [one for one in given_up if not one.pending.steps and not one.ahead]
            self._held |= {partition.number: partition for partition in whole}
            for partition in given_up:
                await self._log.release(partition.number)

    def _drop_others(self, numbers: Sequence[int]) -> None:
        """Rows leave with their partition."""
        for number in set(self._held) - set(numbers):
            self._held.pop(number).rows.close()

    async def drop_all(self) -> None:
        """Hold nothing any more."""
        async with self._turn:
            self._drop_others(())

    async def take(
        self, numbers: Sequence[int], seek: Seek, is_current: Callable[[], bool]
    ) -> dict[int, AnyPartition] | None:
        """Partitions restored and sought, or None where a newer assignment has overtaken this one.

        `is_current`: whether it is still the newest. What was claimed and is not taken is released.
        """
        async with self._turn:
            if not is_current():
                return None
            self._drop_others(numbers)
            claimed: list[int] = []
            try:
                if not await self._claim(numbers, claimed, is_current):
                    return None
                restored = {number: self._held[number] for number in numbers}
                if restored:
                    await seek(self._topics.places(restored))
                if not is_current():
                    return None
                claimed.clear()
                self._held.clear()
                return restored
            finally:
                for number in claimed:
                    await self._log.release(number)

    async def _claim(
        self, numbers: Sequence[int], claimed: list[int], is_current: Callable[[], bool]
    ) -> bool:
        """Fence and restore, or False where it is overtaken: do not fence the newer owner."""
        for number in numbers:
            if not is_current():
                return False
            claimed.append(number)
            await self._log.fence(number)
        room = asyncio.Semaphore(RESTORES_AT_ONCE)
        await asyncio.gather(*(self._bring_up(number, room, is_current) for number in numbers))
        return is_current()

    async def _bring_up(
        self, number: int, room: asyncio.Semaphore, is_current: Callable[[], bool]
    ) -> None:
        async with room:
            if not is_current():
                return
            held = self._held.get(number)
            started = self._clock()
            partition = held or Partition(number, self._fold, await self._stores.open(number))
            self._held[number] = partition
            since = partition.seq if held else None
            if await self._restore.bring_up(partition, is_current):
                self._tell(partition, since, self._clock() - started)

    def _tell(self, partition: AnyPartition, since: int | None, ms: int) -> None:
        known = {"partition": partition.number, "rows": len(partition.rows), "seq": partition.seq}
        if since is None:
            logger.info("partition restored", **known, ms=ms)
        elif since != partition.seq:
            logger.info("partition caught up", **known, since=since, ms=ms)
        else:
            logger.debug("partition kept", **known, ms=ms)
