"""A city's view topics on a real broker, filled as the streams app fills them: in transactions."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import select

from dashboard.model import tables
from dashboard.model.engine import open_reader
from dashboard.projection.consumer import Cluster, connected
from dashboard.projection.topics import readings, watched
from dashboard.projector import Projector
from dashboard.settings import Settings
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
VIEWED = ("incidents", "cases", "requests", "tasks", "task_events", "summaries", "letters")


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

    def message(self, name: str, key: str, **given: object) -> tuple[str, bytes, bytes]:
        """Topic, key and value of one row."""
        schema = "shequ.dlq.Letter" if name.startswith("dlq.") else catalogue().topics[name].schema
        value = self.codec.encode(schema, example(schema, **given))
        return self.topic(name), key.encode(), value

    def removed(self, name: str, key: str) -> tuple[str, bytes, None]:
        """A tombstone."""
        return self.topic(name), key.encode(), None

    async def say(self, *messages: tuple[str, bytes, bytes | None], commit: bool = True) -> None:
        """Append in one transaction; one that is not committed is aborted."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, transactional_id=f"t-{uuid.uuid4()}"
        )
        await producer.start()
        try:
            await producer.begin_transaction()
            sent = [await producer.send(topic, value, key) for topic, key, value in messages]
            await asyncio.gather(*sent)
            await (producer.commit_transaction() if commit else producer.abort_transaction())
        finally:
            await producer.stop()

    async def rows(self, name: str) -> list[dict[str, Any]]:
        """A table of the read model, by key."""
        table = tables.metadata.tables[name]
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
        with suppress(Exception):
            return {row["name"]: row["value"] for row in await self.rows("meta")}
        return {}

    async def caught_up(self) -> bool:
        """The projector has read all that is on the broker now, and everybody can see it."""
        ends = await self.ends()
        stored = {(r["topic"], r["partition"]): r["next_offset"] for r in await self.positions()}
        return bool(stored) and all(stored.get(p, -1) >= end for p, end in ends.items())

    async def positions(self) -> list[dict[str, Any]]:
        with suppress(Exception):
            return await self.rows("positions")
        return []

    async def ends(self) -> dict[tuple[str, int], int]:
        found = await self.reader.end_offsets(sorted(self.reader.assignment()))
        return {(p.topic, p.partition): end for p, end in found.items()}

    @asynccontextmanager
    async def projecting(self, **given: object) -> AsyncIterator[Projector]:
        """A projector at work in this process."""
        projector = Projector(self.settings.model_copy(update=given))
        running = asyncio.create_task(projector.run())
        try:
            yield projector
        finally:
            projector.stop()
            await running


@pytest.fixture
async def city(bootstrap: str, tmp_path: Path) -> AsyncIterator[City]:
    """A fresh city with all its topics."""
    prefix = f"test-{uuid.uuid4().hex[:8]}."
    settings = Settings(bootstrap=bootstrap, home=tmp_path, topic_prefix=prefix)
    await make_topics(bootstrap, settings)
    async with Cluster.at(bootstrap) as cluster, connected(bootstrap, "test") as reader:
        reader.assign(await cluster.partitions(readings(settings.names)))
        reader.pause(*reader.assignment())
        yield City(settings, bootstrap, reader)


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
