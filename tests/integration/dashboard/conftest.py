"""A city's view topics on a real broker, filled as the streams app fills them: in transactions."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import RecordMetadata
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from dashboard.model import columns
from dashboard.model.engine import open_reader
from dashboard.projection.consumer import Cluster, connected
from dashboard.projection.topics import readings, watched
from dashboard.projector import Projector
from dashboard.settings import Settings
from ops.broker import EmbeddedBroker
from schemas.catalogue import catalogue
from schemas.codec import Codec

ZERO: dict[str, object] = {
    "string": "",
    "long": 0,
    "int": 0,
    "boolean": False,
    "bytes": b"",
    "null": None,
}
VIEWED = (
    "incidents",
    "cases",
    "residents",
    "households",
    "permits",
    "requests",
    "tasks",
    "task_events",
    "summaries",
    "letters",
)


def example(schema: str, **given: object) -> dict[str, object]:
    """A record of a schema: what is not given is empty."""
    return _filled(catalogue().definition(schema), given)


def _filled(definition: dict[str, Any], given: dict[str, object]) -> dict[str, object]:
    return {
        f["name"]: given.get(f["name"], f.get("default", _empty(f["type"])))
        for f in definition["fields"]
    }


def _empty(kind: list[Any] | dict[str, Any] | str) -> object:
    if isinstance(kind, list):
        return _empty(kind[0])
    if isinstance(kind, dict):
        if kind["type"] == "record":
            return _filled(kind, {})
        return [] if kind["type"] == "array" else _empty(kind["type"])
    return ZERO[kind] if kind in ZERO else _filled(catalogue().definition(kind), {})


Message = tuple[str, bytes, bytes | None]


@dataclass
class City:
    """One city's topics and read model; `say` appends as the streams app and the adapters do."""

    settings: Settings
    bootstrap: str
    reader: AIOKafkaConsumer
    codec: Codec = field(default_factory=Codec)

    def topic(self, name: str) -> str:
        known = catalogue().topics
        names = self.settings.names
        return names.topic(known[name]) if name in known else self.settings.topic_prefix + name

    def message(self, name: str, key: str, **given: object) -> Message:
        """Topic, key and value of one row."""
        schema = "shequ.dlq.Letter" if name.startswith("dlq.") else catalogue().topics[name].schema
        value = self.codec.encode(schema, example(schema, **given))
        return self.topic(name), key.encode(), value

    def removed(self, name: str, key: str) -> Message:
        """A tombstone."""
        return self.topic(name), key.encode(), None

    async def say(self, *messages: Message, commit: bool = True) -> None:
        """Append in one transaction; one that is not committed is aborted."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, transactional_id=f"t-{uuid.uuid4()}"
        )
        await producer.start()
        try:
            await producer.begin_transaction()
            sent = [await producer.send(topic, value, key) for topic, key, value in messages]
            placed = await asyncio.gather(*sent)
            await (producer.commit_transaction() if commit else producer.abort_transaction())
        finally:
            await producer.stop()
        await self.settled(placed)

    async def settled(self, placed: Iterable[RecordMetadata]) -> None:
        """A transaction's markers are written after its end is confirmed: wait for them."""
        last: dict[TopicPartition, int] = {}
        for record in placed:
            partition = TopicPartition(record.topic, record.partition)
            last[partition] = max(record.offset, last.get(partition, 0))
        async with asyncio.timeout(10):
            while not all(
                end > last[p] + 1 for p, end in (await self.reader.end_offsets(list(last))).items()
            ):
                await asyncio.sleep(0.01)

    async def rows(self, name: str) -> list[dict[str, Any]]:
        """A table of the read model, by key."""
        table = columns.metadata.tables[name]
        engine = open_reader(self.settings.model_url)
        try:
            async with engine.begin() as connection:
                found = await connection.execute(select(table).order_by(*table.primary_key))
                return [dict(row) for row in found.mappings()]
        finally:
            await engine.dispose()

    async def everything(self) -> dict[str, list[dict[str, Any]]]:
        """What the pages are made from."""
        return {name: await self.rows(name) for name in VIEWED}

    async def meta(self) -> dict[str, str]:
        with suppress(DBAPIError):
            return {row["name"]: row["value"] for row in await self.rows("meta")}
        return {}

    async def caught_up(self) -> bool:
        """The projector has read all that is on the broker now, and everybody can see it."""
        ends = await self.ends()
        stored = {(r["topic"], r["partition"]): r["next_offset"] for r in await self.positions()}
        return bool(stored) and all(stored.get(p, -1) >= end for p, end in ends.items())

    async def has_read(self, offsets: int) -> bool:
        """So many offsets, over all partitions, stand in the read model."""
        stored: list[int] = [row["next_offset"] for row in await self.positions()]
        return sum(stored) >= offsets

    async def positions(self) -> list[dict[str, Any]]:
        with suppress(DBAPIError):
            return await self.rows("positions")
        return []

    async def ends(self) -> dict[tuple[str, int], int]:
        found = await self.reader.end_offsets(sorted(self.reader.assignment()))
        return {(p.topic, p.partition): end for p, end in found.items()}

    def partition_ends(self, ends: dict[tuple[str, int], int]) -> dict[TopicPartition, int]:
        return {TopicPartition(*partition): end for partition, end in ends.items()}

    async def append_time(self, topic: str) -> int:
        """Broker's time of the newest committed record of a topic."""
        async with connected(self.bootstrap, "test") as consumer:
            partitions = [TopicPartition(topic, number) for number in range(4)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            times: list[int] = []
            ends = await consumer.end_offsets(partitions)
            while any([await consumer.position(p) < end for p, end in ends.items()]):
                found = await consumer.getmany(timeout_ms=100)
                times += [record.timestamp for records in found.values() for record in records]
        return max(times)

    async def last_append(self, name: str) -> int:
        with suppress(DBAPIError):
            times = [r["last_at"] or 0 for r in await self.rows("appends") if r["topic"] == name]
            return max(times, default=0)
        return 0

    async def fresh(self, name: str, at: int) -> bool:
        return await self.last_append(name) == at

    async def fresher(self, name: str, than: int) -> bool:
        return await self.last_append(name) > than

    async def rebuilt_since(self, generation: str) -> bool:
        meta = await self.meta()
        return meta.get("generation", generation) != generation and meta["state"] == "live"

    async def waits_for(self, what: str) -> bool:
        error = (await self.meta()).get("error", "")
        return bool(error) and what in error

    async def knows(self, topic: str, *, known: bool) -> bool:
        stored = {row["topic"] for row in await self.positions()}
        return bool(stored) and (topic in stored) == known

    async def has_no_topic(self, admin: AIOKafkaAdminClient, topic: str) -> bool:
        return topic not in await admin.list_topics()

    @asynccontextmanager
    async def running(self, projector: Projector) -> AsyncIterator[Projector]:
        """At work in this process until the block ends."""
        working = asyncio.create_task(projector.run())
        try:
            yield projector
        finally:
            projector.stop()
            await working

    @asynccontextmanager
    async def projecting(self) -> AsyncIterator[Projector]:
        """A projector at work in this process."""
        async with self.running(Projector(self.settings)) as projector:
            yield projector


@asynccontextmanager
async def city_at(bootstrap: str, home: Path) -> AsyncIterator[City]:
    """A fresh city with all its topics."""
    prefix = f"test-{uuid.uuid4().hex[:8]}."
    settings = Settings(bootstrap=bootstrap, home=home, topic_prefix=prefix)
    await make_topics(bootstrap, settings)
    async with Cluster.at(bootstrap) as cluster, connected(bootstrap, "test") as reader:
        reader.assign(await cluster.partitions(readings(settings.names)))
        reader.pause(*reader.assignment())
        yield City(settings, bootstrap, reader)


@pytest.fixture
async def city(bootstrap: str, tmp_path: Path) -> AsyncIterator[City]:
    """A city on the run's broker."""
    async with city_at(bootstrap, tmp_path) as found:
        yield found


@pytest.fixture
async def lonely(tmp_path: Path) -> AsyncIterator[tuple[City, EmbeddedBroker]]:
    """A city on a broker of its own, which a test may kill."""
    broker = EmbeddedBroker(tmp_path / "broker")
    async with broker, city_at(await broker.start(), tmp_path) as found:
        yield found, broker


async def make_topics(bootstrap: str, settings: Settings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        views = [NewTopic(name, 4, 1) for name in readings(settings.names)]
        sources = [NewTopic(name, 4, 1) for name in watched(settings.names)]
        configs = {"message.timestamp.type": "LogAppendTime"}
        for topic in (*views, *sources):
            topic.topic_configs.update(configs)
        await admin.create_topics([*views, *sources])
    finally:
        await admin.close()
