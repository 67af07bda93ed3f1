"""Reads of no group: what restores rows, and what says where a log begins."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.kafka_access import access
from streams.lane.errors import TailGoneError
from streams.lane.letting_go import stop
from streams.lane.port import Chunk, Record

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

READ_WAIT_MS = 20
"""Short: at the end of a topic stand markers, which move the position and bring no record."""


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
            while open_tps:
                fetched = await consumer.getmany(*open_tps, timeout_ms=READ_WAIT_MS)
                for tp in list(open_tps):
                    position = await consumer.position(tp)
                    if position >= ends[tp]:
                        open_tps.discard(tp)
                    if position > starts[tp]:
                        starts[tp] = position
                        yield Chunk(tp.topic, _records(fetched.get(tp, ())), position, ends[tp])
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

    def _reader(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            **access(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=10_000,
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


def _records(found: "Iterable[ConsumerRecord[bytes, bytes]]") -> list[Record]:
    return [Record(r.offset, r.timestamp, r.key, r.value) for r in found]
