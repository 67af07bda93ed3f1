"""Read topics whole, committed records only, as of now."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import ConsumerRecord

from adapters.kit.consumer import stop
from ops.errors import OperatorError
from schemas.kafka_access import access

Found = ConsumerRecord[bytes, bytes]
"""A record as it was read: nothing is decoded."""


@asynccontextmanager
async def reader(bootstrap: str, topics: Sequence[str]) -> AsyncIterator[AIOKafkaConsumer]:
    """A group-less consumer with all partitions of the topics; each is fetched while it is read.

    Raises OperatorError naming the topics that are not there: the consumer would wait for them.
    """
    await _demand(bootstrap, topics)
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        **access(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=10_000,
    )
    try:
        await consumer.start()
        consumer.pause(*consumer.assignment())
        for place in consumer.assignment():
            consumer.seek(place, 0)  # drops what was fetched ahead: it would hold the others back
        yield consumer
    finally:
        await stop(consumer)


async def _demand(bootstrap: str, topics: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access())
    await admin.start()
    try:
        missing = sorted(set(topics) - set(await admin.list_topics()))
    finally:
        await admin.close()
    if missing:
        raise OperatorError(
            f"the broker has no topic {', '.join(missing)}: `shequ topics apply` makes them; "
            "check SHEQU_TOPIC_PREFIX and SHEQU_VIEW_VERSION."
        )


def places(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Partitions of one of its topics, in order."""
    return sorted(place for place in consumer.assignment() if place.topic == topic)


async def read_from(
    consumer: AIOKafkaConsumer, place: TopicPartition, start: int, end: int
) -> list[Found]:
    """Records with start <= offset < end; done when the position is behind trailing markers."""
    consumer.seek(place, start)
    consumer.resume(place)
    found: list[Found] = []
    while await consumer.position(place) < end:
        found += (await consumer.getmany(place, timeout_ms=20)).get(place, [])
    consumer.pause(place)
    return [record for record in found if record.offset < end]


async def read_all(consumer: AIOKafkaConsumer, place: TopicPartition) -> list[Found]:
    """All records of a partition that are there now."""
    start = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    return await read_from(consumer, place, start, end)


async def read_last(consumer: AIOKafkaConsumer, place: TopicPartition) -> Found | None:
    """Last committed record of a partition: what stands behind it are markers."""
    start = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    back = 16
    while start < end:
        found = await read_from(consumer, place, max(start, end - back), end)
        if found or end - back <= start:
            return found[-1] if found else None
        back *= 4
    return None
