"""A fetch that is under way when a reader lets go of Kafka cancels nobody."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer

from ops.reading import reader
from schemas.naming import Lineage, Names
from streams.lane.kafka.log import KafkaLog

Made = Callable[..., Awaitable[str]]


def _under_way(consumer: AIOKafkaConsumer) -> None:
    assert consumer._fetcher is not None
    consumer._fetcher._pending_tasks.add(asyncio.create_task(asyncio.sleep(60)))  # no other door


async def test_an_operators_reader(bootstrap: str, make_topic: Made) -> None:
    async with reader(bootstrap, [await make_topic(1)]) as consumer:
        _under_way(consumer)


async def test_the_lanes_reader(
    bootstrap: str, make_topic: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await make_topic(1)
    log = KafkaLog(bootstrap, Names(Lineage("community", 1), ""))
    ends = AIOKafkaConsumer.end_offsets

    async def meanwhile(self: AIOKafkaConsumer, tps: object) -> object:
        found = await ends(self, tps)  # type: ignore[no-untyped-call]
        _under_way(self)
        return found

    monkeypatch.setattr(AIOKafkaConsumer, "end_offsets", meanwhile)
    assert [chunk.records async for chunk in log.read([topic], 0)] == [()]
