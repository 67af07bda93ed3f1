"""Reads an `intake.` topic: read committed, without a group, from positions of its own."""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka import errors as kafka

from adapters.kafka_intake.foreign import ForeignRegistry
from adapters.kafka_intake.frames import Frames, Lock, Registry
from adapters.kafka_intake.settings import KafkaIntakeSettings
from adapters.kit.adapter import Batch, Marks, Rejected, Row
from adapters.kit.consumer import stop
from adapters.kit.errors import Finding, HaltError, RetryError
from adapters.kit.producer import explained
from adapters.kit.settings import KitSettings, load
from schemas.catalogue import catalogue
from schemas.intake import PREFIX
from schemas.kafka_access import access
from schemas.naming import Names

MARK = "offset:"
"""Begins the mark of a partition; the rest is its number, the value its next offset."""

REQUEST_MS = 10_000
"""How long the broker may take before it counts as away."""

Record = ConsumerRecord[bytes, bytes]
Fetched = Mapping[TopicPartition, Sequence[Record]]


def open_source(topic: str, settings: KafkaIntakeSettings, marks: Marks) -> "KafkaSource":
    """Read the `intake.` topic of a source topic from where the marks say."""
    kit, stated = load(KitSettings), f"{PREFIX}{topic}"
    return KafkaSource(
        kit.bootstrap,
        Names(prefix=kit.topic_prefix).physical(stated),
        frames=Frames(catalogue().topics[stated].schema, registry_of(settings, stated)),
        settings=settings,
        marks=marks,
    )


def registry_of(settings: KafkaIntakeSettings, topic: str) -> Registry:
    """The registry whose ids stand in front of the records of a topic."""
    if not settings.registry:
        return Lock()
    return ForeignRegistry(
        settings.registry,
        catalogue().topics[topic].schema,
        timeout=settings.timeout_seconds,
        setting=f"{settings.model_config['env_prefix']}REGISTRY",
    )


class KafkaSource:
    """What stands on the topic beyond the marks. Reading waits; so `wait` does not."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        *,
        frames: Frames,
        settings: KafkaIntakeSettings,
        marks: Marks,
    ) -> None:
        """Nothing is connected until the first read."""
        self._bootstrap, self._topic, self._frames = bootstrap, topic, frames
        self._wait_ms = int(settings.poll_seconds * 1000)
        self._most = settings.chunk_rows
        self._next = {
            int(name.removeprefix(MARK)): int(value)
            for name, value in marks.items()
            if name.startswith(MARK)
        }
        self._consumer: AIOKafkaConsumer | None = None
        self._fetched: Fetched = {}
        self._expired: list[Rejected] = []
        self._idle = False

    @property
    def idle(self) -> bool:
        """Whether everything that stood on the topic was read."""
        return self._idle

    async def read(self) -> Batch | None:
        """The next records, or None. What was fetched is kept until it could be taken apart."""
        try:
            consumer = await self._opened()
            self._fetched = self._fetched or await self._fetch(consumer)
        except (kafka.KafkaError, TimeoutError, OSError) as error:
            await self.close()
            raise explained(error, self._bootstrap) from error
        if not (self._fetched or self._expired):
            return None
        batch = await self._batch()
        self._fetched, self._expired = {}, []
        return batch

    async def wait(self) -> None:
        """Read again at once: a read waits for records itself."""
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Let go of the broker."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await stop(consumer)

    async def _opened(self) -> AIOKafkaConsumer:
        if self._consumer is not None:
            return self._consumer
        consumer = AIOKafkaConsumer(
            self._topic,
            bootstrap_servers=self._bootstrap,
            **access(),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            request_timeout_ms=REQUEST_MS,
        )
        self._consumer = consumer
        await consumer.start()
        partitions = consumer.assignment()
        if not partitions:
            advice = f"There is no topic {self._topic}. Make it: shequ topics apply."
            await self.close()
            raise RetryError(Finding(rule="broker.away", place=self._topic, advice=advice))
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        for tp in sorted(partitions):
            known = self._next.get(tp.partition, begins[tp])
            if known > ends[tp]:
                raise _another_topic(tp, known)
            self._note_expired(tp, begins[tp])
            self._next.setdefault(tp.partition, begins[tp])
            consumer.seek(tp, self._next[tp.partition])
        return consumer

    async def _fetch(self, consumer: AIOKafkaConsumer) -> Fetched:
        """Some records of some partitions; where there are none, whether all were read."""
        got: Fetched = await consumer.getmany(timeout_ms=self._wait_ms, max_records=self._most)
        for tp, records in got.items():
            known, first = self._next.get(tp.partition, 0), records[0].offset
            if first < known:
                raise _another_topic(tp, known)
            if first > known:
                self._note_expired(tp, (await consumer.beginning_offsets([tp]))[tp])
        if not got:
            ends = await consumer.end_offsets(consumer.assignment())
            self._idle = all([await consumer.position(tp) >= end for tp, end in ends.items()])
        return got

    def _note_expired(self, tp: TopicPartition, begin: int) -> None:
        """Records that were deleted by age before anybody read them are not passed over."""
        known = self._next.get(tp.partition)
        if known is None or known >= begin:
            return
        self._next[tp.partition] = begin
        place = f"{tp.topic}-{tp.partition}@{known}-{begin - 1}"
        advice = (
            "The intake was away for longer than the topic keeps records: these are gone. Have the "
            "department send again what it sent meanwhile; what is known already is skipped."
        )
        finding = Finding(rule="intake.expired", place=place, advice=advice)
        self._expired.append(Rejected(place.encode(), finding))

    async def _batch(self) -> Batch:
        rows, rejected = list[Row](), list(self._expired)
        for records in self._fetched.values():
            for record in records:
                found = await self._frames.read(record)
                (rows if isinstance(found, Row) else rejected).append(found)  # type: ignore[arg-type]
        after = {tp.partition: records[-1].offset + 1 for tp, records in self._fetched.items()}
        self._next |= after
        marks = {f"{MARK}{partition}": str(at) for partition, at in self._next.items()}
        return Batch(rows, rejected, marks=marks)


def _another_topic(tp: TopicPartition, known: int) -> HaltError:
    advice = (
        f"Records were read up to {known} here, and the topic ends before: it was made anew. To "
        "read it from its beginning, delete the adapter's folder in SHEQU_HOME/adapters, restart."
    )
    place = f"{tp.topic}-{tp.partition}"
    return HaltError(Finding(rule="topic.replaced", place=place, advice=advice))
