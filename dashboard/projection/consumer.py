"""The projector's way to Kafka: no group, every partition, committed records only."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from dashboard.model.store import Offsets

FETCH_BYTES = 4 * 1024 * 1024


class TopicMissingError(Exception):
    """A topic is not on the broker yet; the message says which and what to do."""


@asynccontextmanager
async def connected(bootstrap: str, client: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A started consumer that keeps no offsets of its own; raises KafkaError without a broker."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id=client,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        max_partition_fetch_bytes=FETCH_BYTES,
        metadata_max_age_ms=30_000,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def cluster_id(bootstrap: str) -> str:
    """Which cluster this is: another one holds other offsets."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="shequ-projector")
    try:
        await admin.start()
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()


async def partitions_of(
    consumer: AIOKafkaConsumer, topics: Iterable[str], required: Iterable[str] = ()
) -> list[TopicPartition]:
    """All partitions of those topics that exist. Raises TopicMissingError for a required one."""
    existing = await consumer.topics()
    if missing := sorted(set(required) - existing):
        raise TopicMissingError(
            f"the broker has no topic {', '.join(missing)}: create the topics of the catalogue, "
            "and check SHEQU_TOPIC_PREFIX and SHEQU_VIEW_VERSION"
        )
    return [
        TopicPartition(topic, number)
        for topic in sorted(set(topics) & existing)
        for number in sorted(consumer.partitions_for_topic(topic) or ())
    ]


async def starts(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], stored: Offsets
) -> tuple[Offsets, list[TopicPartition]]:
    """Where to go on, and which stored offsets the log no longer has (or does not have yet)."""
    begins = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    lost = [p for p in partitions if p in stored and not begins[p] <= stored[p] <= ends[p]]
    return {p: stored.get(p, begins[p]) for p in partitions}, lost
