"""The projector's way to Kafka: no group, every partition, committed records only."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from dashboard.model.store import Offsets
from schemas.kafka_access import access

FETCH_BYTES = 4 * 1024 * 1024
ANSWER_SECONDS = 10.0
"""A broker that answers nothing for so long is away."""


class TopicMissingError(Exception):
    """A topic is not on the broker yet; the message says which and what to do."""


@asynccontextmanager
async def connected(bootstrap: str, client: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A started consumer that keeps no offsets of its own; raises KafkaError without a broker."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        **access(),
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
        await asyncio.sleep(0)  # its own task must have begun before stop() may cancel it
        yield consumer
    finally:
        await _stop(consumer)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Stop it, and its connections too where a fetch was under way.

    aiokafka 0.14 cancels such a fetch, lets its CancelledError out of stop() as if we were
    cancelled, and leaves its connections open.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        await consumer._client.close()  # noqa: SLF001 - what stop() did not come to


class Cluster:
    """What the cluster says of itself: its id, its topics."""

    def __init__(self, admin: AIOKafkaAdminClient) -> None:
        self._admin = admin

    @classmethod
    @asynccontextmanager
    async def at(cls, bootstrap: str) -> AsyncIterator[Self]:
        """Raises KafkaError without a broker."""
        admin = AIOKafkaAdminClient(
            bootstrap_servers=bootstrap, client_id="shequ-projector", **access()
        )
        try:
            await admin.start()
            yield cls(admin)
        finally:
            await admin.close()

    async def id(self) -> str:
        """Another cluster holds other offsets."""
        return str((await self._admin.describe_cluster())["cluster_id"])

    async def partitions(
        self, topics: Iterable[str], required: Iterable[str] = ()
    ) -> list[TopicPartition]:
        """All partitions of those topics that exist. Raises TopicMissingError for a required."""
        described = await self._admin.describe_topics(list(topics))
        found = {topic["topic"]: topic["partitions"] for topic in described}
        if missing := [topic for topic in sorted(required) if not found.get(topic)]:
            raise TopicMissingError(
                f"the broker has no topic {', '.join(missing)}: `shequ topics apply` makes them; "
                "check SHEQU_TOPIC_PREFIX and SHEQU_VIEW_VERSION"
            )
        return [
            TopicPartition(topic, number)
            for topic in sorted(found)
            for number in sorted(partition["partition"] for partition in found[topic])
        ]


async def ends_of(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> Offsets:
    """Where committed records end. Raises ConnectionError where the broker gives no answer.

    While it is away aiokafka hands out no records and no error: only who asks learns of it.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            ends: Offsets = await consumer.end_offsets(partitions)
    except TimeoutError:
        raise ConnectionError(
            f"the broker gave no answer for {ANSWER_SECONDS:g} s: see whether it runs"
        ) from None
    return ends


async def starts(
    consumer: AIOKafkaConsumer, partitions: list[TopicPartition], stored: Offsets
) -> tuple[Offsets, list[TopicPartition]]:
    """Where to go on, and which stored offsets the log no longer has (or does not have yet)."""
    begins = await consumer.beginning_offsets(partitions)
    ends = await ends_of(consumer, partitions)
    lost = [p for p in partitions if p in stored and not begins[p] <= stored[p] <= ends[p]]
    return {p: stored.get(p, begins[p]) for p in partitions}, lost
