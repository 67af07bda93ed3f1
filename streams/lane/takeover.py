"""Taking partitions over: fence, restore, seek; what a newer assignment overtakes goes back.

In that order: after the fence nothing of an earlier owner is still on its way, so that what is
restored is all there is.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from streams.lane.fold import AnyFold
from streams.lane.partition import AnyPartition
from streams.lane.port import Log, Seek
from streams.lane.progress import Progress
from streams.lane.restore import restore
from streams.lane.topic_map import TopicMap

logger = structlog.get_logger()

RESTORES_AT_ONCE = 8
"""Each has readers of its own on the broker."""


class Takeover:
    """Takes partitions over for one worker; one assignment at a time."""

    def __init__(
        self,
        fold: AnyFold,
        log: Log,
        topics: TopicMap,
        clock: Callable[[], int],
        progress: Progress,
    ) -> None:
        self._fold = fold
        self._log = log
        self._topics = topics
        self._clock = clock
        self._progress = progress
        self._turn = asyncio.Lock()

    async def take(
        self, numbers: Sequence[int], seek: Seek, is_current: Callable[[], bool]
    ) -> dict[int, AnyPartition] | None:
        """Partitions restored and sought, or None where a newer assignment has overtaken this one.

        `is_current`: whether it is still the newest. What was claimed and is not taken is released.
        """
        async with self._turn:
            claimed: list[int] = []
            try:
                restored = await self._claim(numbers, claimed, is_current)
                if restored is None:
                    return None
                await seek(self._topics.places(restored))
                if not is_current():
                    return None
                claimed.clear()
                return restored
            finally:
                for number in claimed:
                    await self._log.release(number)

    async def _claim(
        self, numbers: Sequence[int], claimed: list[int], is_current: Callable[[], bool]
    ) -> dict[int, AnyPartition] | None:
        """Fence and restore, or None where it is overtaken: do not fence the newer owner."""
        for number in numbers:
            if not is_current():
                return None
            claimed.append(number)
            await self._log.fence(number)
        room = asyncio.Semaphore(RESTORES_AT_ONCE)
        restored = await asyncio.gather(*(self._restore(number, room) for number in numbers))
        if not is_current():
            return None
        return {partition.number: partition for partition in restored}

    async def _restore(self, number: int, room: asyncio.Semaphore) -> AnyPartition:
        async with room:
            started = self._clock()
            partition = await restore(number, self._fold, self._log, self._topics, self._progress)
        logger.info("partition restored", partition=number, rows=len(partition.rows),
                    seq=partition.seq, ms=self._clock() - started)  # fmt: skip
        return partition
