# ruff: noqa: SLF001 -- aiokafka gives what it has fetched in no other shape than its own
"""Reads of no group: what restores rows, and what says where a log begins."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED, Fetcher

from schemas.kafka_access import access
from streams.lane.errors import TailGoneError
from streams.lane.kafka.letting_go import stop
from streams.lane.kafka.unpacking import take, until_fetched
from streams.lane.port import Chunk

READ_WAIT_SECONDS = 0.02
"""Short: at the end of a topic stand markers, which move the position and bring no record."""
PLACE_BYTES = 4 * 1024 * 1024
FETCH_BYTES = 16 * 1024 * 1024
"""Of one topic's partition, and of all that one read asks for together."""


class KafkaReader:
    """The reading half of `streams.lane.port.Log`."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    async def read(
        self, topics: Sequence[str], partition: int, since: Mapping[str, int] | None = None
    ) -> AsyncIterator[Chunk]:
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
            starts = _starts(await consumer.beginning_offsets(tps), ends, since or {})
            for tp in tps:
                consumer.seek(tp, starts[tp])
                yield Chunk(tp.topic, (), starts[tp], ends[tp])
            open_tps = {tp for tp in tps if starts[tp] < ends[tp]}
            fetcher = cast("Fetcher", consumer._fetcher)
            while open_tps:
                await until_fetched(fetcher, open_tps, READ_WAIT_SECONDS)
                for tp in list(open_tps):
                    records, position = take(fetcher, tp), await consumer.position(tp)
                    if position >= ends[tp]:
                        open_tps.discard(tp)
                    if position > starts[tp]:
                        starts[tp] = position
                        yield Chunk(tp.topic, records, position, ends[tp])
        finally:
            await stop(consumer)

    async def bounds(self, topics: Sequence[str], partition: int) -> Mapping[str, tuple[int, int]]:
        """Beginning and end offsets."""
        consumer = self._reader()
        try:
            await consumer.start()
            tps = [TopicPartition(topic, partition) for topic in topics]
            consumer.assign(tps)  # else it learns of one topic at a time, 0.1 s each
            ends = await consumer.end_offsets(tps)
            firsts = await consumer.beginning_offsets(tps)
            return {tp.topic: (firsts[tp], ends[tp]) for tp in tps}
        finally:
            await stop(consumer)

    async def hanging(self, topics: Sequence[str], partition: int) -> Mapping[str, int]:
        """Where the last stable offset is behind the end."""
        consumer = self._reader()
        try:
            await consumer.start()
            tps = [TopicPartition(topic, partition) for topic in topics]
            consumer.assign(tps)
            fetcher = cast("Fetcher", consumer._fetcher)
            fetcher._isolation_level = READ_UNCOMMITTED
            ends = await consumer.end_offsets(tps)
            fetcher._isolation_level = READ_COMMITTED
            stable = await consumer.end_offsets(tps)
            return {tp.topic: stable[tp] for tp in tps if stable[tp] < ends[tp]}
        finally:
            await stop(consumer)

    def _reader(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            **access(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=PLACE_BYTES,
            fetch_max_bytes=FETCH_BYTES,
        )


def _starts(
    first: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
    since: Mapping[str, int],
) -> dict[TopicPartition, int]:
    """Where to read from. Raises TailGoneError where that is no longer, or not yet, there."""
    starts = {tp: since.get(tp.topic, offset) for tp, offset in first.items()}
    for tp, start in starts.items():
        if not first[tp] <= start <= ends[tp]:
            message = (
                f"{tp.topic}-{tp.partition} was to be read on from {start}, but it holds "
                f"{first[tp]} to {ends[tp]}: it was trimmed or made anew"
            )
            raise TailGoneError(message)
    return starts
