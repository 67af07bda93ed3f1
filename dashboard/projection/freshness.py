"""When did a source last bring something? The broker's time of the newest record of its topic.

Only the newest record is fetched, never the topic: a first load is not read twice.
"""

import asyncio
from collections.abc import Callable

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from dashboard.model.rows import Row
from dashboard.projection.consumer import Cluster, connected
from dashboard.projection.every import Every

log = structlog.get_logger()

EVERY_SECONDS = 1.0
RETRY_SECONDS = 5.0
TOPICS_SECONDS = 30.0
DEEPEST = 1024


class Freshness:
    """Watches the ends of the source topics in a task of its own; `take` hands out the news."""

    def __init__(self, bootstrap: Callable[[], str], topics: dict[str, str]) -> None:
        """`topics`: physical name -> logical name."""
        self._bootstrap = bootstrap
        self._topics = topics
        self._news: dict[TopicPartition, Row] = {}

    def take(self) -> list[Row]:
        """Rows of `appends` that changed since the last call."""
        news, self._news = self._news, {}
        return list(news.values())

    def give_back(self, rows: list[Row]) -> None:
        """Rows that could not be stored, unless there are newer ones."""
        for row in rows:
            self._news.setdefault(TopicPartition(row["topic"], row["partition"]), row)

    async def run(self) -> None:
        """Watch until cancelled; a broker that is away is asked again later."""
        while True:
            try:
                bootstrap = self._bootstrap()
                async with (
                    Cluster.at(bootstrap) as cluster,
                    connected(bootstrap, "shequ-freshness") as consumer,
                ):
                    await self._watch(cluster, consumer)
            except (KafkaError, OSError) as error:
                log.info("freshness.waits", reason=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, cluster: Cluster, consumer: AIOKafkaConsumer) -> None:
        seen: dict[TopicPartition, int] = {}
        again = Every(TOPICS_SECONDS)
        while True:
            if again.due():
                partitions = await cluster.partitions(self._topics)
                consumer.assign(partitions)
                consumer.pause(*partitions)
            for partition, end in (await consumer.end_offsets(partitions)).items():
                if seen.get(partition) != end:
                    self._note(partition, end, await newest_append(consumer, partition, end))
                    seen[partition] = end
            await asyncio.sleep(EVERY_SECONDS)

    def _note(self, partition: TopicPartition, end: int, last_at: int | None) -> None:
        logical = TopicPartition(self._topics[partition.topic], partition.partition)
        self._news[logical] = {
            "topic": logical.topic,
            "partition": logical.partition,
            "end_offset": end,
            "last_at": last_at,
        }


async def newest_append(
    consumer: AIOKafkaConsumer, partition: TopicPartition, end: int
) -> int | None:
    """Broker's time (ms) of the newest record before `end`; None where there is none.

    The last offsets may hold transaction markers only: then further back, at most DEEPEST.
    """
    begin = (await consumer.beginning_offsets([partition]))[partition]
    back = 1
    consumer.resume(partition)
    try:
        while begin < end:
            first = max(begin, end - back)
            consumer.seek(partition, first)
            times = await _times(consumer, partition, end)
            if times or first == begin or back >= DEEPEST:
                return max(times, default=None)
            back *= 4
        return None
    finally:
        consumer.pause(partition)


async def _times(consumer: AIOKafkaConsumer, partition: TopicPartition, end: int) -> list[int]:
    """Timestamps of the records from the consumer's position to `end`."""
    times: list[int] = []
    async with asyncio.timeout(RETRY_SECONDS):
        while await consumer.position(partition) < end:
            found = await consumer.getmany(partition, timeout_ms=200)
            times += [record.timestamp for record in found.get(partition, [])]
    return times
