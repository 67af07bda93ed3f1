"""Reads back what an adapter has sent: lost state, and what a kill cut off, is found there."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka import ConsumerRecord as Consumed
from aiokafka import errors as kafka

from adapters.kit.checkpoint import Changes, Checkpoint, Partition, Record
from adapters.kit.consumer import stop
from adapters.kit.errors import Finding, HaltError
from adapters.kit.events import Events
from adapters.kit.letters import Letters
from adapters.kit.producer import explained
from adapters.kit.versions import Send, restore
from schemas.errors import ContractError
from schemas.kafka_access import access

Stored = Consumed[bytes, bytes]
CHUNK = 2_000
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Tail:
    """What stands on a topic beyond the offsets that the checkpoint holds."""

    consumer: AIOKafkaConsumer
    begins: Mapping[TopicPartition, int]
    ends: Mapping[TopicPartition, int]

    def is_empty(self, topic: str) -> bool:
        """Whether the topic holds nothing at all."""
        return all(self.begins[tp] == end for tp, end in self.ends.items() if tp.topic == topic)

    async def chunks(self) -> AsyncIterator[Sequence[Stored]]:
        """All records up to the end that was found when the tail was opened, in partition order.

        Raises TimeoutError where nothing comes for a minute.
        """
        while True:
            async with asyncio.timeout(PATIENCE_SECONDS):
                chunk = await self._next()
            if not chunk:
                return
            yield chunk

    async def _next(self) -> Sequence[Stored]:
        """Some more records; none at the end."""
        while [tp for tp, end in self.ends.items() if await self.consumer.position(tp) < end]:
            got = await self.consumer.getmany(timeout_ms=200, max_records=CHUNK)
            if got:
                return [record for records in got.values() for record in records]
        return []


@asynccontextmanager
async def tail(
    bootstrap: str, topics: Sequence[str], known: Mapping[Partition, int]
) -> AsyncIterator[Tail]:
    """The tail of topics: read committed, without a group. Raises RetryError, HaltError."""
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        **access(),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        yield await _opened(consumer, known)
    except (kafka.KafkaError, TimeoutError, OSError) as error:
        raise explained(error, bootstrap) from error
    finally:
        await stop(consumer)


async def _opened(consumer: AIOKafkaConsumer, known: Mapping[Partition, int]) -> Tail:
    partitions = sorted(consumer.assignment())
    begins = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    for tp in partitions:
        start = known.get((tp.topic, tp.partition), 0)
        if start > ends[tp]:
            raise _another_topic(tp, start, ends[tp])
        consumer.seek(tp, max(start, begins[tp]))
    return Tail(consumer, begins, ends)


def _another_topic(tp: TopicPartition, start: int, end: int) -> HaltError:
    advice = (
        f"The checkpoint knows {start} records here, the topic has {end}: it was made anew. To "
        "send everything again, delete the adapter's folder in SHEQU_HOME/adapters and restart."
    )
    place = f"{tp.topic}-{tp.partition}"
    return HaltError(Finding(rule="topic.replaced", place=place, advice=advice))


class Memory:
    """Folds the tail of the adapter's own topics into its checkpoint."""

    def __init__(
        self, *, events: Events, letters: Letters, checkpoint: Checkpoint, source: str, topic: str
    ) -> None:
        """`topic` is the physical source topic; the other one holds the letters."""
        self._events, self._letters, self._checkpoint = events, letters, checkpoint
        self._source, self._topic = source, topic

    def fold(self, records: Sequence[Stored]) -> None:
        """Remember what these records say was sent, in one transaction."""
        ours = [record for record in records if record.topic == self._topic]
        changes = Changes(
            records=self._restored(ours),
            letters=[name for record in records if (name := self._letter(record))],
            offsets={(one.topic, one.partition): one.offset + 1 for one in records},
        )
        changes.counters = {"events": len(ours), "letters": len(list(changes.letters))}
        self._checkpoint.write(changes)

    def _restored(self, ours: Sequence[Stored]) -> dict[str, Record]:
        sent = [one for record in ours if (one := self._sent(record)) is not None]
        records = self._checkpoint.records(record_id for record_id, _, _ in sent)
        for record_id, send, value in sent:
            before = records.get(record_id, Record())
            state = restore(before.state, send)
            wins = state.winner is not None and state.winner.version == send.version
            event = value if wins and send.direction != "left" else before.event
            records[record_id] = Record(state, event)
        return records

    def _sent(self, record: Stored) -> tuple[str, Send, bytes] | None:
        value, key = record.value or b"", record.key or b""
        try:
            event, send = self._events.sent(value, key.decode())
        except (ContractError, UnicodeDecodeError):
            return None  # not ours: we encode nothing that cannot be decoded
        if event["source"] != self._source:
            return None
        return str(event["record_id"]), send, value

    def _letter(self, record: Stored) -> str | None:
        try:
            return None if record.topic == self._topic else self._letters.ours(record.value or b"")
        except ContractError:
            return None
