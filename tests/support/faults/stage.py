"""What a scenario of faults is given: topics of its own, workers, waiting; and what its run tells.

A scenario is `async def scenario(stage: Stage, seed: int) -> None`. All chance in it comes of the
seed; it ends with the proof (`play` and `finish` do, or `exact`) and fails by raising. The same
function is a short test with few records and a part of the soak with many. `faults.catalogue`
knows them all.
"""

import asyncio
import random
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from bus import Bus
from cluster import Cluster
from faults.tally import Tally
from stories import Told, story
from workers import READY, SHEQU, Supervisor, Worker

from ops.verification import Proof
from streams.lane.errors import EX_TEMPFAIL

AGO_MS = 7_200_000
POLL_SECONDS = 0.05
CALM = {"SHEQU_SESSION_TIMEOUT": "30"}
"""Where no session is waited for: a busy machine's transactions may take their time."""
READY_SECONDS = 120.0
FOLDED_SECONDS = 300.0


class Scenario(Protocol):
    """One story of faults; it is run with many seeds."""

    async def __call__(self, stage: "Stage", seed: int, /) -> None: ...


@dataclass
class Stage:
    """What a scenario is given. `bootstrap`: of the workers; `direct`: of the test's own tools.

    As a context, whatever it started ends with it, and its topics are deleted.
    """

    folder: Path
    bootstrap: str
    direct: str
    records: int = 300
    """How many are said in all; the soak says more."""
    a_second: int = 100
    workers: int = 1
    cluster: Cluster | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Settings of the workers."""
    codes: list[int] = field(default_factory=list)
    """How supervised workers ended, of all plays."""
    long: bool = False
    """Whether it is the soak's: more rounds."""
    tally: Tally = field(default_factory=Tally)
    started: list[Worker] = field(default_factory=list)
    _buses: list[Bus] = field(default_factory=list)
    _kept: list[Supervisor] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def brokers(self) -> Cluster:
        """The three brokers, for a scenario that breaks them."""
        assert self.cluster is not None, "this scenario needs three brokers"
        return self.cluster

    async def bus(self, *, partitions: int = 4, **configs: str) -> Bus:
        """Topics under a new prefix, made, with the lists that ship.

        `configs`: of the sources, dots as underscores.
        """
        home = self.folder / uuid.uuid4().hex[:8]
        home.mkdir(parents=True)
        copies = 1 if self.cluster is None else 3
        name = f"t{home.name}."
        bus = Bus(self.direct, home, name, partitions=partitions, replication=copies)
        self._buses.append(bus)
        await bus.make(**configs)
        return bus

    @asynccontextmanager
    async def play(self, seed: int, bus: Bus | None = None) -> AsyncIterator[Bus]:
        """Workers fold while the story is told; what happens inside is the fault.

        At the end everything runs again, all is folded, and the topics are proven exact.
        """
        bus = bus or await self.bus()
        kept = [self.supervise(bus, f"worker-{number}") for number in range(self.workers)]
        try:
            await self.ready(*kept)
            told = self.told(seed, self.records)
            telling = self.spawn(bus.send(told, a_second=self.a_second))
            yield bus
            if self.cluster is not None:
                await self.cluster.heal()
            await telling
            await self.folded(bus)
        finally:
            await asyncio.gather(*(one.stop() for one in kept))
        self.codes += [code for one in kept for code in one.codes]
        assert set(self.codes) <= {75, -signal.SIGKILL}, self.codes
        await self.exact(bus)

    def supervise(self, bus: Bus, name: str, **environment: str) -> Supervisor:
        """A worker that is started again whenever it ends; it reads through the proxies."""
        environment = {"SHEQU_BOOTSTRAP": self.bootstrap, **self.environment, **environment}
        supervisor = Supervisor(bus, name, self.started.append, **environment)
        self._kept.append(supervisor)
        return supervisor

    async def ready(self, *kept: Supervisor) -> None:
        """Return once each has taken its partitions over."""
        await self.until(
            lambda: all(one.worker is not None and one.worker.ready for one in kept),
            READY_SECONDS,
            "the workers are ready",
        )

    async def start(
        self, bus: Bus, name: str, words: Sequence[str] = SHEQU, **environment: str
    ) -> Worker:
        """Start a worker once; it is not ready yet. Its log is `<bus.home>/<name>.log`."""
        environment = {"SHEQU_BOOTSTRAP": self.bootstrap, **self.environment, **environment}
        worker = Worker(bus, name, words, **environment)
        self.started.append(worker)
        return await worker.start()

    async def start_ready(
        self, bus: Bus, name: str, words: Sequence[str] = SHEQU, **environment: str
    ) -> Worker:
        """Start a worker, and wait until it has partitions; one that ends is replaced."""
        for attempt in ("", "-again", "-once-more"):
            worker = await self.start(bus, name + attempt, words, **environment)
            await self.until(worker.has_settled, READY_SECONDS, f"{name} is ready")
            if worker.code is None:
                break
        assert worker.ready, worker.said[-3000:]
        return worker

    async def until_ready(self, worker: Worker, limit: float = READY_SECONDS) -> None:
        """Return once it has taken its partitions over."""
        await self.until(lambda: worker.ready, limit, "the worker is ready")

    def told(self, seed: int, count: int) -> list[Told]:
        """A story that happens now: its times lie in the last hours."""
        return list(self.telling(seed, count))

    def telling(self, seed: int, count: int) -> Iterator[Told]:
        """The same, one by one."""
        return story(seed, count, time.time_ns() // 1_000_000 - AGO_MS)

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run beside the scenario; cancelled at its end."""
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        return task

    async def hush(self, sending: asyncio.Task[None]) -> None:
        """Let what is being sent end here."""
        sending.cancel()
        await asyncio.wait([sending])

    async def until(
        self, holds: Callable[[], object], limit: float = READY_SECONDS, what: str = ""
    ) -> None:
        """Wait for a condition, plain or awaitable. Raises TimeoutError saying what for."""
        loop = asyncio.get_running_loop()
        end = loop.time() + limit
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            if loop.time() > end:
                raise TimeoutError(f"not within {limit:g} s: {what}")
            await asyncio.sleep(POLL_SECONDS)

    async def folded(self, bus: Bus, limit: float = FOLDED_SECONDS) -> None:
        """Wait until the journal holds every record of every source."""
        await self.until(bus.folded, limit, "everything is folded")

    async def finish(self, bus: Bus, limit: float = FOLDED_SECONDS) -> list[Proof]:
        """Whoever still runs folds what is left and is stopped in order; then it must be exact.

        Where nobody does, because a busy machine let a transaction time out, another is started.
        """

        async def folded() -> bool:
            if not any(one.bus is bus for one in self._kept) and not self._running(bus):
                await self.start(bus, f"another-{len(self.started)}", last.words, **last.told)
            return await bus.folded()

        last = next(one for one in reversed(self.started) if one.bus is bus)
        await self.until(folded, limit, "everything is folded")
        await asyncio.gather(*(one.stop() for one in self._kept if one.bus is bus))
        running = self._running(bus)
        for one in running:
            one.signal(signal.SIGTERM)
        ended = {await one.ended() for one in running}
        assert ended <= {0, EX_TEMPFAIL}, [one.said[-1000:] for one in running]
        return await self.exact(bus)

    def _running(self, bus: Bus) -> list[Worker]:
        return [one for one in self.started if one.bus is bus and one.code is None]

    async def exact(self, bus: Bus) -> list[Proof]:
        """The topics are the pure fold of the input: else AssertionError. No worker may write."""
        proofs = await bus.require_exact()
        self.tally.events += sum(proof.records for proof in proofs)
        self.tally.kills = sum(one.code == -signal.SIGKILL for one in self.started)
        self.tally.takeovers = sum(one.said.count(READY) for one in self.started)
        self.tally.longest_wait = max(self.tally.longest_wait, bus.longest_wait)
        return proofs

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for one in self._kept:
            one.let_go()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self.started:
            await worker.kill()
        if kind is None:
            for bus in self._buses:  # those of a failed run stay, for whoever looks into it
                await bus.delete()


def chance(seed: int) -> random.Random:
    """Where and when the fault strikes."""
    return random.Random(seed * 7919 + 1)
