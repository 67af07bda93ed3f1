"""From an event's append to its committed row: the lane by itself, and the whole hub's.

With four partitions, and with twelve beside them, each of which takes a transaction of its own.
The hub's rows are of many views: there an event counts as seen when the journal record is that
stands in the same transaction and names it.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from benchmarks import hub
from benchmarks.delay.pace import keep, now
from benchmarks.events import mixed
from benchmarks.peers import contestants, topics
from benchmarks.peers.contestants import Place
from benchmarks.peers.events import generated
from benchmarks.peers.probe import Delays, Load, delays
from benchmarks.peers.process import Peer, running
from benchmarks.peers.views import own_topics
from benchmarks.report import Figure, Report
from ops.broker import EmbeddedBroker
from ops.topics import apply
from schemas.codec import Codec
from schemas.naming import Lineage, Names

RATE, WARM, SECONDS = 2_000.0, 12.0, 20.0
PARTITIONS = (4, 12)
HUB_PREFIX = "hub."
DRAIN_SECONDS = 60.0
JOURNAL = "shequ.lane.Journal"

Offset = tuple[str, int, int]
"""Logical topic, partition, offset."""


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """One after the other; each worker has the machine to itself, but for broker and probe."""
    load = Load(RATE, WARM * scale, SECONDS * scale)
    for number, partitions in enumerate(PARTITIONS, start=1):
        found = await _thin(
            Place(broker.bootstrap, home, number, f"p{partitions}."), load, partitions
        )
        _tell(report, f"the lane, one view and journal, {partitions} partitions", found)
    _tell(
        report, "the whole hub, all views, 4 partitions", await _hub(broker.bootstrap, home, load)
    )


def _tell(report: Report, what: str, found: Delays) -> None:
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        value = found.quantile(share)
        report.add(
            Figure(f"append to committed row at 2,000 events/s, {what}, {name}", value, "ms")
        )


async def _thin(place: Place, load: Load, partitions: int) -> Delays:
    names = Names(Lineage("thin", place.number), place.prefix)
    made = [topics.source(names, partitions), *topics.of_lane(names, partitions)]
    peer = replace(contestants.lane()(place), topics=made)
    await apply(place.bootstrap, made)
    messages = list(generated(load.events, versions=1))
    async with running(peer, place.home / f"lane-{partitions}.log"):
        return await delays(place.bootstrap, place.source, peer.views, messages, load, partitions)


async def _hub(bootstrap: str, home: Path, load: Load) -> Delays:
    names = Names(prefix=HUB_PREFIX)
    await hub.prepare(bootstrap, names)
    environment = {
        **os.environ,
        "SHEQU_BOOTSTRAP": bootstrap,
        "SHEQU_HOME": str(home / "hub"),
        "SHEQU_TOPIC_PREFIX": names.prefix,
    }
    worker = Peer("hub", [sys.executable, "-m", "ops", "worker"], environment, own_topics("", ""))
    async with running(worker, home / "hub.log"), _watching(bootstrap, names) as sight:
        return await _fed(bootstrap, names, load, sight)


@dataclass(slots=True)
class _Sight:
    """When the journal record was first readable that names an offset, ms."""

    at: dict[Offset, int] = field(default_factory=dict)

    async def watch(self, consumer: AIOKafkaConsumer) -> None:
        codec = Codec()
        while True:
            fetched = await consumer.getmany(timeout_ms=1_000)
            moment = now()
            for place, records in fetched.items():
                for record in records:
                    for step in codec.decode(record.value or b"", JOURNAL)[1]["steps"]:
                        for offset in range(step["first"], step["next"]):
                            self.at[step["topic"], place.partition, offset] = moment


@asynccontextmanager
async def _watching(bootstrap: str, names: Names) -> AsyncIterator[_Sight]:
    sight = _Sight()
    consumer = AIOKafkaConsumer(
        names.physical("journal"),
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    watching = asyncio.create_task(sight.watch(consumer))
    try:
        yield sight
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await consumer.stop()


async def _fed(bootstrap: str, names: Names, load: Load, sight: _Sight) -> Delays:
    """Feed it, and wait until everything is folded. Raises TimeoutError where it is not."""
    messages = list(mixed(load.events, time.time_ns() // 1_000_000))
    sent = list[tuple[str, asyncio.Future[RecordMetadata]]]()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:

        async def feed(first: int, count: int) -> None:
            for topic, key, value in messages[first : first + count]:
                sent.append((topic, await producer.send(names.physical(topic), value, key=key)))

        fed = await keep(feed, load.rate, load.warm, load.seconds)
        born = {_place(topic, done): done.timestamp for topic, done in await _answered(sent)}
    finally:
        await producer.stop()
    async with asyncio.timeout(DRAIN_SECONDS):
        while not born.keys() <= sight.at.keys():
            await asyncio.sleep(0.1)
    return _delays(born, sight, fed.begin)


async def _answered(
    sent: list[tuple[str, asyncio.Future[RecordMetadata]]],
) -> list[tuple[str, RecordMetadata]]:
    return [(topic, await done) for topic, done in sent]


def _place(topic: str, done: RecordMetadata) -> Offset:
    return topic, done.partition, done.offset


def _delays(born: Mapping[Offset, int | None], sight: _Sight, begin: int) -> Delays:
    """Of the events appended when it was warm."""
    return Delays(
        sorted(sight.at[place] - at for place, at in born.items() if at is not None and at >= begin)
    )
