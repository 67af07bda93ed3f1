"""Small things with which tests of the lane work on its twin: a clock, a worker, its claim."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from toy import ToyFold
from typing_extensions import override

from schemas.naming import Names
from streams.lane.lane import Lane
from streams.lane.port import Approve, Committed, Write, approve_all
from streams.lane.twin import MemoryClaim, MemoryLog, MemoryWorker

NAMES = Names()
START = 1_795_132_800_000
EVENTS = NAMES.physical("task.events")
STATE = NAMES.physical("state")
JOURNAL = NAMES.physical("journal")


class Clock:
    """Virtual time."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def say(log: MemoryLog, *values: str, topic: str = "a") -> None:
    """Records of a department, on partition 0."""
    for value in values:
        log.append(Write(topic, b"k", value.encode()), 0)


async def work(log: MemoryLog, code: str = "toy-1") -> MemoryWorker:
    """A worker that takes partition 0 and folds all there is."""
    worker = MemoryWorker(log, ToyFold(code), NAMES)
    await worker.assign([0])
    await worker.drain()
    return worker


def counts(log: MemoryLog) -> dict[str, bytes | None]:
    """Committed rows of the counters."""
    found = {(r.key or b"").decode(): r.value for r in log.records("views.counts", 0)}
    return {key.removeprefix("x/"): value for key, value in found.items() if value is not None}


class Recorder(MemoryClaim):
    """A claim that remembers what was asked of it, and may be held up."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__(log)
        self.asked: list[str] = []
        self.commits: list[list[Write]] = []
        self.hold: asyncio.Event | None = None
        self.before_fence: Callable[[], None] = lambda: None
        self.slow_release = False
        self.at_once = self.most_at_once = 0

    @override
    async def fence(self, partition: int) -> None:
        self.asked.append(f"fence {partition}")
        self.before_fence()
        await settle(5)
        await super().fence(partition)

    @override
    async def release(self, partition: int) -> None:
        if self.slow_release:
            await settle()
        self.asked.append(f"release {partition}")
        await super().release(partition)

    @override
    async def bounds(self, topics: Sequence[str], partition: int) -> Mapping[str, tuple[int, int]]:
        self.asked.append(f"restore {partition}")
        return await super().bounds(topics, partition)

    @override
    async def commit(
        self, partition: int, writes: Iterable[Write], approve: Approve = approve_all
    ) -> Committed:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.commits.append(list(writes))
        if self.hold is not None:
            await self.hold.wait()
        self.asked.append(f"commit {partition}")
        self.at_once -= 1
        return await super().commit(partition, self.commits[-1], approve)


def recorded(log: MemoryLog, **more: Any) -> tuple[MemoryWorker, Recorder]:  # noqa: ANN401 -- the lane's own settings
    """A worker whose claim remembers."""
    worker, recorder = MemoryWorker(log, ToyFold(), NAMES), Recorder(log)
    worker.lane = Lane(ToyFold(), recorder, NAMES, worker._end, log.clock, **more)
    return worker, recorder


async def settle(turns: int = 50) -> None:
    """Let everything run that can run."""
    for _ in range(turns):
        await asyncio.sleep(0)
