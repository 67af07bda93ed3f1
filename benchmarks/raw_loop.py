"""The peer of the lane: a bare aiokafka + fastavro loop around the same fold, at least once.

It keeps rows as objects in a dict, no digest, no journal, no transaction, no positions. What one
partition tells another goes through Kafka, and is folded there, as in the lane.
"""

import heapq
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.events import SCHEMAS
from schemas.naming import Names
from streams.community.rows import Row
from streams.community.tables import Table
from streams.community_fold import CommunityFold
from streams.lane.port import Record
from streams.lane.topic_map import partition_of

BATCH = 2_000
EVENTS = tuple(SCHEMAS)

Written = tuple[bytes, bytes | None]


class PlainRows:
    """Rows of one partition as the core wants them, and nothing more."""

    def __init__(self, fold: CommunityFold) -> None:
        self._fold = fold
        self._rows: dict[tuple[str, str], Row] = {}
        self._timers: list[tuple[int, str]] = []
        self._changed: dict[tuple[str, str], Row | None] = {}
        self._outs: list[tuple[str, str, str, Row]] = []
        self._tables = {table.name: table for table in fold.tables}

    def get(self, table: Table, key: str) -> Row | None:
        """Row or None."""
        return self._rows.get((table.name, key))

    def put(self, table: Table, key: str, row: Row) -> None:
        """Set a row."""
        self._rows[table.name, key] = self._changed[table.name, key] = row
        if table.name == self._fold.timers:
            heapq.heappush(self._timers, (int(key.split("/", 3)[2]), key))

    def delete(self, table: Table, key: str) -> None:
        """Remove a row."""
        self._rows.pop((table.name, key), None)
        self._changed[table.name, key] = None

    def emit(self, topic: str, schema: str, key: str, value: Row) -> None:
        """Append an output."""
        self._outs.append((topic, schema, key, value))

    def pop_due(self, now: int) -> Row | None:
        """Earliest timer due."""
        while self._timers and self._timers[0][0] <= now:
            _, key = heapq.heappop(self._timers)
            row = self._rows.pop((self._fold.timers, key), None)
            if row is not None:
                self._changed[self._fold.timers, key] = None
                return row
        return None

    def drain(self) -> dict[str, list[Written]]:
        """What is to be produced, by logical topic."""
        writes: dict[str, list[Written]] = {}
        for (name, key), row in self._changed.items():
            table = self._tables[name]
            data = None if row is None else self._fold.encode_row(table, row)
            writes.setdefault(table.topic, []).append((key.encode(), data))
        for topic, schema, key, value in self._outs:
            writes.setdefault(topic, []).append((key.encode(), self._fold.encode(schema, value)))
        self._changed.clear()
        self._outs.clear()
        return writes


async def run(bootstrap: str, source: Names, target: Names, fold: CommunityFold) -> float:
    """Events/s over all source topics, until what partitions tell each other is folded, too.

    The lists are folded before the clock starts.
    """
    consumer = AIOKafkaConsumer(
        *(source.physical(topic) for topic in (*fold.ahead, *EVENTS, *fold.crossings)),
        bootstrap_servers=bootstrap, max_poll_records=BATCH, auto_offset_reset="earliest",
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=1_000_000)
    await consumer.start()
    await producer.start()
    try:
        loop = _Loop(consumer, producer, source, target, fold)
        await loop.drain(fold.ahead)
        started = time.perf_counter()
        counts = await loop.drain((*EVENTS, *fold.crossings))
        return sum(counts[topic] for topic in EVENTS) / (time.perf_counter() - started)
    finally:
        await producer.stop()
        await consumer.stop()


class _Loop:
    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        source: Names,
        target: Names,
        fold: CommunityFold,
    ) -> None:
        self._consumer, self._producer, self._fold = consumer, producer, fold
        self._source, self._target = source, target
        self._rows: dict[int, PlainRows] = {}

    async def drain(self, topics: Sequence[str]) -> Counter[str]:
        """Fold topics to their end, and what comes of that; gives how many records each had."""
        logical = {self._source.physical(topic): topic for topic in topics}
        places = [place for place in self._consumer.assignment() if place.topic in logical]
        counts = Counter[str]()
        while await self._is_more(places):
            for place, records in (await self._consumer.getmany(*places, timeout_ms=50)).items():
                counts[logical[place.topic]] += len(records)
                await self._fold_batch(logical[place.topic], place, records)
        return counts

    async def _is_more(self, places: list[TopicPartition]) -> bool:
        """Whether anything is not read yet, once all that was written has arrived."""
        for place in places:
            known = self._consumer.highwater(place)
            if known is None or await self._consumer.position(place) < known:
                return True
        await self._producer.flush()
        ends = await self._consumer.end_offsets(places)
        return any([await self._consumer.position(place) < end for place, end in ends.items()])

    async def _fold_batch(self, topic: str, place: TopicPartition, records: list[Any]) -> None:
        rows = self._rows.setdefault(place.partition, PlainRows(self._fold))
        for record in records:
            self._fold.tick(record.timestamp, rows)
            read = Record(record.offset, record.timestamp, record.key, record.value)
            self._fold.apply(record.timestamp, topic, read, rows)
        for logical, writes in rows.drain().items():
            if logical in self._fold.crossings:
                await self._tell(logical, writes)
            else:
                await self._produce(self._target.physical(logical), place.partition, writes)

    async def _tell(self, logical: str, writes: list[Written]) -> None:
        """Crossings go where their keys belong."""
        topic = self._target.physical(logical)
        count = len(await self._producer.partitions_for(topic))
        found: defaultdict[int, list[Written]] = defaultdict(list)
        for key, value in writes:
            found[partition_of(key, count)].append((key, value))
        for partition, group in found.items():
            await self._produce(topic, partition, group)

    async def _produce(self, topic: str, partition: int, writes: list[Written]) -> None:
        batch = self._producer.create_batch()
        for key, value in writes:
            if batch.append(key=key, value=value, timestamp=None) is None:
                await self._producer.send_batch(batch, topic, partition=partition)
                batch = self._producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        await self._producer.send_batch(batch, topic, partition=partition)
