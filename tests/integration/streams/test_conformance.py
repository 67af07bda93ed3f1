"""Our readers read committed records only, and so must everybody's: the check that is offered."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ops.reading import read_all, reader
from schemas.naming import Names
from streams.lane.kafka.conformance import ReadsUncommittedError, require_reads_committed
from streams.lane.kafka.log import KafkaLog

Made = Callable[..., Awaitable[str]]


async def test_what_restores_the_lane_passes(bootstrap: str, make_topic: Made) -> None:
    async def read(topic: str) -> Sequence[bytes | None]:
        chunks = [chunk async for chunk in KafkaLog(bootstrap, Names()).read([topic], 0)]
        return [record.value for chunk in chunks for record in chunk.records]

    await require_reads_committed(bootstrap, await make_topic(1), read)


async def test_the_operators_reader_passes(bootstrap: str, make_topic: Made) -> None:
    async def read(topic: str) -> Sequence[bytes | None]:
        async with reader(bootstrap, [topic]) as consumer:
            return [found.value for found in await read_all(consumer, TopicPartition(topic, 0))]

    await require_reads_committed(bootstrap, await make_topic(1), read)


@pytest.mark.parametrize("isolation", ["read_committed", "read_uncommitted"])
async def test_a_client_passes_by_its_isolation_level(
    bootstrap: str, make_topic: Made, isolation: str
) -> None:
    """Aiokafka's default shows what was aborted; it is told so."""

    async def read(topic: str) -> Sequence[bytes | None]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, isolation_level=isolation, enable_auto_commit=False
        )
        await consumer.start()
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        found: list[bytes | None] = []
        while records := (await consumer.getmany(place, timeout_ms=1_500)).get(place):
            found += [record.value for record in records]
        await consumer.stop()
        return found

    topic = await make_topic(1)
    if isolation == "read_committed":
        await require_reads_committed(bootstrap, topic, read)
    else:
        with pytest.raises(ReadsUncommittedError, match=r"isolation\.level to read_committed"):
            await require_reads_committed(bootstrap, topic, read)
