"""How long partitions stand still when a worker joins, leaves in order, is killed.

Events come all the while. The pause of a partition is the longest time between two of its journal
records around the change: as whoever reads its topics meets it, by the broker's clock.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from itertools import islice, pairwise
from pathlib import Path

from aiokafka import AIOKafkaProducer

from benchmarks.events import SCHEMAS, Message, mixed
from benchmarks.report import Figure, Report
from benchmarks.told import Worker
from ops import lists, topics
from ops.broker import EmbeddedBroker
from ops.reading import places, read_all, reader
from ops.settings import Settings
from schemas.naming import Names
from streams.community_fold import CommunityFold
from streams.lane.partition import JOURNAL_SCHEMA
from streams.lane.port import Record

EVENTS = 50_000
"""They leave about twice as many rows."""
A_SECOND = 400
PARTITIONS = (4, 12)
SESSION_SECONDS = 10
SETTLE_SECONDS = 5.0
LIMIT_SECONDS = 900.0
BEFORE_MS = 500
"""So far back the look begins: the last record before the change belongs to it."""
HOW = {
    signal.SIGTERM: "a worker leaves in order",
    signal.SIGKILL: f"a worker is killed (session {SESSION_SECONDS} s)",
}


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """With few partitions and with many; the rows stay the same."""
    for partitions in PARTITIONS:
        stage = Stage(broker.bootstrap, home, partitions)
        await stage.fill(int(EVENTS * scale))
        await _measure(report, stage)


async def _measure(report: Report, stage: "Stage") -> None:
    first = await stage.start("first")
    feed: asyncio.Task[None] | None = None
    try:
        await stage.folded()
        feed = asyncio.create_task(stage.feed())
        for end in (signal.SIGTERM, signal.SIGKILL):
            began = _now()
            other = await stage.start(f"other-{end.name}")
            await other.until_rebalanced(0)
            await asyncio.sleep(SETTLE_SECONDS)
            moved = other.partitions
            await _say(report, stage, "a worker joins", began, moved)
            began, before = _now(), first.rebalanced
            await other.end(end)
            await first.until_rebalanced(before)
            await asyncio.sleep(SETTLE_SECONDS)
            await _say(report, stage, HOW[end], began, moved)
    finally:
        if feed is not None:
            feed.cancel()
            await asyncio.wait({feed})
        await stage.end()


async def _say(
    report: Report, stage: "Stage", what: str, began: int, moved: Collection[int]
) -> None:
    """The longest pause of the partitions that moved, and of those that stayed."""
    pauses = await stage.pauses(began)
    of = f"{stage.partitions} partitions, {await stage.rows():,} rows, {what}: longest pause"
    stayed = [pause for number, pause in pauses.items() if number not in moved]
    report.add(Figure(f"{of}, moved", max(pauses[number] for number in moved), "ms"))
    report.add(Figure(f"{of}, stayed", max(stayed), "ms"))


class Stage:
    """Topics of so many partitions, workers on them, events that keep coming."""

    def __init__(self, bootstrap: str, home: Path, partitions: int) -> None:
        self.partitions = partitions
        self._bootstrap = bootstrap
        self._home = home
        self._names = Names(prefix=f"bench{partitions}.")
        self._fold = CommunityFold.open(home)
        self._events: Iterator[Message] = iter(())
        self._sent = 0
        self._workers: list[Worker] = []

    async def fill(self, count: int) -> None:
        """Topics, lists, and so many events."""
        settings = Settings(partitions=self.partitions, topic_prefix=self._names.prefix)
        await topics.apply(self._bootstrap, topics.wanted_topics(settings))
        await lists.publish_changed(self._bootstrap, self._names, lists.load_shipped())
        self._events = mixed(count + A_SECOND * 600, _now())
        async with self._producer() as producer:
            await self._send(producer, count)

    async def feed(self) -> None:
        """Events, so many a second, until it is cancelled."""
        async with self._producer() as producer:
            while True:
                await self._send(producer, A_SECOND // 10)
                await asyncio.sleep(0.1)

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, linger_ms=5, max_batch_size=500_000
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def _send(self, producer: AIOKafkaProducer, count: int) -> None:
        for topic, key, value in islice(self._events, count):
            await producer.send(self._names.physical(topic), value, key=key)
        self._sent += count

    async def start(self, name: str) -> Worker:
        """A worker, as an operator starts it."""
        env = {
            "SHEQU_BOOTSTRAP": self._bootstrap,
            "SHEQU_HOME": str(self._home),
            "SHEQU_TOPIC_PREFIX": self._names.prefix,
            "SHEQU_SESSION_TIMEOUT": str(SESSION_SECONDS),
            "SHEQU_LOG_FORMAT": "json",
        }
        log = self._home / f"{name}-{self.partitions}.log"
        self._workers.append(await Worker.started(log, env))
        return self._workers[-1]

    async def end(self) -> None:
        """All workers."""
        await asyncio.gather(*(worker.end(signal.SIGTERM) for worker in self._workers))

    async def folded(self) -> None:
        """Return when everything sent so far is in the journal."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while await self._journalled() < self._sent:
                for worker in self._workers:
                    worker.require_alive()
                await asyncio.sleep(1.0)

    async def _journalled(self) -> int:
        return sum(
            step["count"]
            for records in (await self._journal()).values()
            for record in records
            for step in self._fold.decode(JOURNAL_SCHEMA, record.value or b"")["steps"]
            if step["topic"] in SCHEMAS
        )

    async def _journal(self) -> dict[int, list[Record]]:
        topic = self._names.physical("journal")
        async with reader(self._bootstrap, [topic]) as consumer:
            return {
                place.partition: [
                    Record(r.offset, r.timestamp, r.key, r.value)
                    for r in await read_all(consumer, place)
                ]
                for place in places(consumer, topic)
            }

    async def pauses(self, began: int) -> dict[int, int]:
        """Longest time between two journal records since then, ms, by partition."""
        since = began - BEFORE_MS
        return {
            number: max(
                b - a for a, b in pairwise(r.timestamp for r in records if r.timestamp > since)
            )
            for number, records in (await self._journal()).items()
        }

    async def rows(self) -> int:
        """Rows of all tables, as the workers restored or wrote them: keys of the changelogs."""
        written = {self._names.physical(table.topic) for table in self._fold.tables}
        keys: set[tuple[str, int, bytes | None]] = set()
        async with reader(self._bootstrap, sorted(written)) as consumer:
            for topic in written:
                for place in places(consumer, topic):
                    for record in await read_all(consumer, place):
                        one = (topic, place.partition, record.key)
                        (keys.add if record.value is not None else keys.discard)(one)
        return len(keys)


def _now() -> int:
    return time.time_ns() // 1_000_000
