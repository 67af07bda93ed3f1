"""Reads of no group: what restores rows, and what says where a log begins."""

from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.lane.letting_go import stop
from streams.lane.port import Record

READ_WAIT_MS = 20
"""Short: at the end of a topic stand markers, which move the position and bring no record."""


class KafkaReader:
    """The reading half of `streams.lane.port.Log`."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def read(
        self, topics: Sequence[str], partition: int
    ) -> AsyncIterator[tuple[str, Record]]:
        """Read committed, to where the log ends as of now.

        Done when position >= end: position moves past transaction markers and compacted holes,
        which the last record never does.
        """
        consumer = self._reader()
        try:
            await consumer.start()
            tps = [TopicPartition(topic, partition) for topic in topics]
            consumer.assign(tps)
            ends = await consumer.end_offsets(tps)
            starts = await consumer.beginning_offsets(tps)
            for tp in tps:
                consumer.seek(tp, starts[tp])
            open_tps = {tp for tp in tps if starts[tp] < ends[tp]}
            while open_tps:
                fetched = await consumer.getmany(*open_tps, timeout_ms=READ_WAIT_MS)
                for tp, records in fetched.items():
                    for record in records:
                        yield (
                            tp.topic,
                            Record(record.offset, record.timestamp, record.key, record.value),
                        )
                open_tps = {tp for tp in open_tps if await consumer.position(tp) < ends[tp]}
        finally:
            await stop(consumer)

    async def earliest(self, topics: Sequence[str], partition: int) -> Mapping[str, int]:
        """Beginning offsets."""
        consumer = self._reader()
        try:
            await consumer.start()
            tps = [TopicPartition(topic, partition) for topic in topics]
            return {
                tp.topic: first for tp, first in (await consumer.beginning_offsets(tps)).items()
            }
        finally:
            await stop(consumer)

    def _reader(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=10_000,
        )
