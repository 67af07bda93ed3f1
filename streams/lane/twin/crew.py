"""Who takes part in a schedule, and all that may happen to them: each public method is an act."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from schemas.naming import Names
from streams.lane.fold import AnyFold
from streams.lane.port import Write
from streams.lane.topic_map import TopicMap
from streams.lane.twin.disk import Machine
from streams.lane.twin.log import MemoryLog
from streams.lane.twin.worker import MemoryWorker

MOST_WORKERS = 3
PAUSES = (0.0, 0.0, 0.001, 0.03, 0.4, 1.5, 7.0)
"""Seconds before departments say something."""
SKEWS = (0, 0, 1_000, -4_000, 4_000, 86_400_000)
"""What a clock may step to, ms; the lane allows five seconds."""
NIGHT = 90_000.0
MARKED = 0.2
"""Share of the departments' records that end a transaction of their own."""
JOINED = 0.5
"""Share of the rebalances in which a worker joins."""


class Said(NamedTuple):
    """The next record of a story; without partitions it comes in one of them, by chance."""

    topic: str
    value: bytes
    key: bytes = b"key"
    at: Sequence[int] = ()


Say = Callable[[random.Random], Said | None]
"""Says the next record, or None where there is none; it chooses by the generator it is given."""


class Crew:
    """Departments, workers and the broker's housekeeping around one log."""

    def __init__(
        self, log: MemoryLog, names: Names, new_fold: Callable[[], AnyFold], say: Say,
        chance: random.Random, machines: int = 0,
    ) -> None:  # fmt: skip
        self.machines = [Machine() for _ in range(machines)]
        """Those that nobody uses now; where there are none, rows are in memory."""
        self.live: list[MemoryWorker] = []
        self.zombies: list[MemoryWorker] = []
        self.ended: list[str] = []
        self._log = log
        self._names = names
        self._new_fold = new_fold
        self._say = say
        self._chance = chance
        self._numbers = range(log.partitions)

    def new_worker(self) -> MemoryWorker:
        """One that has no partition yet, on a machine where one was before, or in memory."""
        free = len(self.machines)
        machine = self.machines.pop(self._chance.randrange(free)) if free else None
        return MemoryWorker(self._log, self._new_fold(), self._names, machine)

    def _leave(self, worker: MemoryWorker) -> None:
        """A process is gone: its machine is there for the next one, without its last writes."""
        if worker.machine is not None:
            worker.machine.lose(self._chance.choice((0, 0, 1, 3, 20)))
            self.machines.append(worker.machine)

    def append(self, said: Said | None) -> None:
        """A department says something; now and then in a transaction of its own."""
        if said is None:
            return
        for number in said.at or (self._chance.choice(self._numbers),):
            self._log.append(Write(said.topic, said.key, said.value), number)
            if self._chance.random() < MARKED:
                self._log.mark(said.topic, number)

    async def say(self) -> None:
        """Departments say something, after a while."""
        await asyncio.sleep(self._chance.choice(PAUSES))
        for _ in range(self._chance.choice((1, 1, 3, 12))):
            self.append(self._say(self._chance))

    async def work(self) -> None:
        """A worker fetches and folds; what it commits is on its way when the next act begins."""
        self._bury()
        if not self.live:
            await self.rebalance()
            return
        await self._step(self._chance.choice(self.live))

    async def _step(self, worker: MemoryWorker) -> None:
        worker.fetch(self._chance.choice((1, 3, 1000)))
        for _ in range(self._chance.randint(0, 3)):
            worker.fold()
            await asyncio.sleep(0)

    async def rebalance(self) -> None:
        """All live workers give up; one may be new; each takes its share, in any order."""
        await self._revoke()
        await asyncio.gather(*self._assign())

    async def overtake(self) -> None:
        """A rebalance begins while workers still take over what the last one gave them."""
        await self._revoke()
        older = self._assign()
        await asyncio.sleep(self._chance.choice((0.0, 0.001, 0.02)))
        await self.rebalance()
        await asyncio.gather(*older)

    async def _revoke(self) -> None:
        self._bury()
        self._chance.shuffle(self.live)
        for worker in self.live:
            await worker.quiesce()
        self._bury()
        few = len(self.live) < MOST_WORKERS
        if not self.live or (few and self._chance.random() < JOINED):
            self.live.append(self.new_worker())

    def _assign(self) -> "list[asyncio.Future[bool]]":
        shares: list[list[int]] = [[] for _ in self.live]
        for number in self._numbers:
            self._chance.choice(shares).append(number)
        return [
            asyncio.ensure_future(worker.assign(share))
            for worker, share in zip(self.live, shares, strict=True)
        ]

    async def kill(self) -> None:
        """Kill -9: a worker is gone with all it knows, its transaction open; others take over."""
        worker = self._leaves(self.live)
        if worker is not None:
            worker.kill()
            self._leave(worker)
            self.ended.append("killed")
            await self.rebalance()

    async def stop(self) -> None:
        """SIGSTOP past the session: the others take over, and it knows nothing of it."""
        worker = self._leaves(self.live)
        if worker is not None:
            worker.claim.stop()
            self.zombies.append(worker)
            await self.rebalance()

    async def wake(self) -> None:
        """SIGCONT: it goes on where it was, until it is fenced or learns of the rebalance."""
        zombie = self._leaves(self.zombies)
        if zombie is not None:
            zombie.claim.wake()
            await self._step(zombie)
            await zombie.quiesce()
            self._leave(zombie)
            self.ended.append("left" if zombie.failure is None else _kind(zombie))

    async def seek(self) -> None:
        """A fetch is under way across a rebalance; or it was handed over all the same, or lost."""
        self._bury()
        if not self.live:
            return
        worker = self._chance.choice(self.live)
        worker.begin_fetch()
        how = self._chance.choice(("dropped", "delivered", "lost"))
        if how == "lost":
            worker.slip()
        else:
            await self.rebalance()
        worker.end_fetch(checked=how != "delivered")

    async def compact(self) -> None:
        """The broker compacts a changelog."""
        changelogs = TopicMap(self._new_fold(), self._names).changelogs()
        topics = sorted(set(changelogs) & {topic for topic, _ in self._log.places()})
        if topics:
            self._log.compact(self._chance.choice(topics), self._chance.choice(self._numbers))

    async def retain(self) -> None:
        """Retention eats source records that a worker has committed, and keeps the others."""
        self._bury()
        for worker in self.live:
            for place, position in worker.lane.positions().items():
                if not worker.lane.committing:
                    self._log.trim(*place, position)

    async def skew(self) -> None:
        """A worker's clock steps: by less than is allowed, or by a day."""
        self._bury()
        if self.live:
            self._chance.choice(self.live).skew = self._chance.choice(SKEWS)

    async def night(self) -> None:
        """Nobody says anything for more than a day."""
        await asyncio.sleep(NIGHT)

    async def finish(self) -> None:
        """All that was sent is folded and committed; who wakes up only now can do no harm.

        Raises what ends the last worker, which nothing disturbs.
        """
        for worker in self.live:
            await worker.quiesce()
        self._bury()
        last = self.new_worker()
        await last.assign(self._numbers)
        for zombie in self.zombies:
            zombie.claim.wake()
            await self._step(zombie)
        await last.drain()
        await last.quiesce()
        if last.failure is not None:
            raise last.failure

    def _leaves(self, workers: list[MemoryWorker]) -> MemoryWorker | None:
        self._bury()
        return workers.pop(self._chance.randrange(len(workers))) if workers else None

    def _bury(self) -> None:
        for worker in [worker for worker in self.live if worker.failure is not None]:
            self.live.remove(worker)
            self._leave(worker)
            self.ended.append(_kind(worker))


def _kind(worker: MemoryWorker) -> str:
    return type(worker.failure).__name__
