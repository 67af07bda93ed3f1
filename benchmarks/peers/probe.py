"""How long it takes until everybody sees it: from an event's append to its row, committed.

The same for whoever folds: a producer appends events at a steady rate, each of a new case; a
read-committed consumer of the views notes when it has the case's row. An event's time begins at
the broker's append time, and the broker's clock is this machine's.
"""

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from benchmarks.delay.pace import keep, now
from benchmarks.peers import thin
from benchmarks.peers.events import Message
from benchmarks.peers.topics import PARTITIONS
from benchmarks.peers.views import CASES, Views
from streams.lane.topic_map import partition_of

DRAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """Events/s, and for how long: what is warm-up is not counted."""

    rate: float
    warm: float
    seconds: float

    @property
    def events(self) -> int:
        """How many messages it takes."""
        return int(self.rate * (self.warm + self.seconds)) + 1


@dataclass(frozen=True, slots=True)
class Delays:
    """Delays of all events that count, ms, sorted."""

    sorted_ms: Sequence[int]

    def quantile(self, share: float) -> float:
        """For example 0.99."""
        return float(self.sorted_ms[min(int(len(self.sorted_ms) * share), len(self.sorted_ms) - 1)])

    @property
    def mean(self) -> float:
        """Mean, ms."""
        return statistics.fmean(self.sorted_ms)


@dataclass(slots=True)
class _Sight:
    """When rows were first seen, ms, by their key."""

    views: Views
    at: dict[bytes, int] = field(default_factory=dict)

    async def watch(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            fetched = await consumer.getmany(timeout_ms=1_000)
            moment = now()
            for records in fetched.values():
                for record in records:
                    row = self.views.row(record)
                    if row is not None and row.table == CASES:
                        self.at.setdefault(row.key, moment)


async def delays(
    bootstrap: str,
    source: str,
    views: Views,
    messages: Sequence[Message],
    load: Load,
    partitions: int = PARTITIONS,
) -> Delays:
    """Append messages to `source`, each of a new case, and watch the views for their rows.

    `messages`: `load.events` of them. Raises TimeoutError where rows do not come.
    """
    sight, appended = _Sight(views), list[asyncio.Future[RecordMetadata]]()
    async with _producer(bootstrap) as producer, _watching(bootstrap, sight):

        async def feed(first: int, count: int) -> None:
            for key, value in messages[first : first + count]:
                number = partition_of(key, partitions)
                appended.append(await producer.send(source, value, key=key, partition=number))

        fed = await keep(feed, load.rate, load.warm, load.seconds)
        born = [_append_time(done) for done in await asyncio.gather(*appended)]
        wanted = [_row_key(message) for message in messages[: len(born)]]
        async with asyncio.timeout(DRAIN_SECONDS):
            while any(key not in sight.at for key in wanted[-partitions * 100 :]):
                await asyncio.sleep(0.1)
    found = [sight.at[key] - at for key, at in zip(wanted, born, strict=True) if at >= fed.begin]
    return Delays(sorted(found))


def _append_time(done: RecordMetadata) -> int:
    if done.timestamp is None:
        raise RuntimeError(f"{done.topic} tells no append time: make it with LogAppendTime")
    return done.timestamp


def _row_key(message: Message) -> bytes:
    event = thin.EVENT.decode(message.value)
    return thin.case_key(event).encode()


@asynccontextmanager
async def _producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def _watching(bootstrap: str, sight: _Sight) -> AsyncIterator[None]:
    consumer = AIOKafkaConsumer(
        *sight.views.topics,
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=500,
    )
    await consumer.start()
    watching = asyncio.create_task(sight.watch(consumer))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await consumer.stop()
