"""A real Kafka for `log_suite` and `lane_suite`; the lane on it with a reader of no group."""

import uuid
from collections.abc import Collection, Iterable, Mapping

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from toy import ToyFold

from ops.reading import read_all, reader
from schemas.naming import Names
from streams.lane.kafka.letting_go import stop
from streams.lane.kafka.log import KafkaLog, _by_place
from streams.lane.lane import Lane
from streams.lane.port import Fetched, Log, Place, Record, Write
from streams.lane.topic_map import TopicMap

PARTITIONS = 2
OUTPUTS = ("task.events", "dlq.a", "dlq.b", "control", "journal")
STAMPED = {"message.timestamp.type": "LogAppendTime"}
TURNS = 200


class KafkaWorker:
    """The lane with a reader of no group; Faust's consumer has its own tests."""

    def __init__(self, bootstrap: str, log: KafkaLog, names: Names) -> None:
        self.failure: BaseException | None = None
        self.log = log
        self.lane = Lane(ToyFold(), log, names, self._end)
        self._bootstrap = bootstrap
        self._consumer: AIOKafkaConsumer | None = None

    def _end(self, error: BaseException) -> None:
        self.failure = self.failure or error

    async def assign(self, numbers: Collection[int]) -> bool:
        """Take partitions over."""
        return await self.lane.assign(numbers, PARTITIONS, self._seek)

    async def _seek(self, places: Mapping[Place, int]) -> None:
        await self.stop()
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, isolation_level="read_committed",
            auto_offset_reset="none", enable_auto_commit=False, fetch_max_wait_ms=50,
        )  # fmt: skip
        await self._consumer.start()
        self._consumer.assign([TopicPartition(*place) for place in places])
        for place, offset in places.items():
            self._consumer.seek(TopicPartition(*place), offset)

    async def pull(self) -> int:
        """One fetch, with the reader's positions before and after."""
        consumer = self._consumer
        assert consumer is not None
        wanted = [tp for tp in consumer.assignment() if self.lane.wants(tp.topic, tp.partition)]
        starts = {tp: await consumer.position(tp) for tp in wanted}
        fetched = await consumer.getmany(*wanted, timeout_ms=100)
        ends = await consumer.end_offsets(wanted)
        for tp in wanted:
            position = await consumer.position(tp)
            records = [Record(r.offset, r.timestamp, r.key, r.value) for r in fetched.get(tp, ())]
            self.lane.feed(
                Fetched(tp.topic, tp.partition, starts[tp], records, position, position >= ends[tp])
            )
        return sum(len(records) for records in fetched.values())

    def fold(self) -> int:
        """Every unit that is ready."""
        units = list(self.lane.units())
        for unit in units:
            self.lane.process(unit)
        return len(units)

    async def drain(self) -> None:
        """Until everything is read to its end, folded and committed."""
        for _ in range(TURNS):
            came, folded = await self.pull(), self.fold()
            if self.failure is not None or (not (came or folded) and self.lane.idle):
                return
        pytest.fail("it does not come to an end")

    async def quiesce(self) -> None:
        """Commit, and give all up."""
        await self.lane.quiesce()

    def kill(self) -> None:
        """Never heard of again; its connections are closed when the test ends."""
        self._end(RuntimeError("killed"))

    async def stop(self) -> None:
        """Let go of the broker."""
        if self._consumer is not None:
            await stop(self._consumer)


class KafkaBench:
    """See `log_suite.Bench`."""

    def __init__(self, bootstrap: str) -> None:
        self.names = Names(prefix=f"t{uuid.uuid4().hex[:8]}.")
        self.bootstrap = bootstrap
        self.logs: list[KafkaLog] = []
        self.workers: list[KafkaWorker] = []

    async def make(self) -> None:
        """All topics."""
        topics = TopicMap(ToyFold(), self.names)
        wanted = {*topics.sources, *topics.changelogs(), *map(self.names.physical, OUTPUTS)}
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics(
            [NewTopic(name, PARTITIONS, 1, topic_configs=STAMPED) for name in sorted(wanted)]
        )
        await admin.close()

    async def close(self) -> None:
        """Let go of the broker."""
        for worker in self.workers:
            await worker.stop()
        for log in self.logs:
            for number in range(PARTITIONS):
                await log.release(number)

    def claim(self) -> KafkaLog:
        """Another worker's."""
        self.logs.append(KafkaLog(self.bootstrap, self.names))
        return self.logs[-1]

    def worker(self) -> KafkaWorker:
        """One that has nothing yet."""
        self.workers.append(KafkaWorker(self.bootstrap, self.claim(), self.names))
        return self.workers[-1]

    async def append(self, topic: str, *values: bytes | None, key: bytes = b"k") -> None:
        """Outside any transaction."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        for value in values:
            await producer.send_and_wait(self.names.physical(topic), value, key, partition=0)
        await producer.stop()

    async def transact(self, topic: str, *values: bytes, commit: bool) -> None:
        """With a transactional id of its own."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, transactional_id=uuid.uuid4().hex
        )
        await producer.start()
        await producer.begin_transaction()
        for value in values:
            await producer.send_and_wait(self.names.physical(topic), value, b"k", partition=0)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
        await producer.stop()

    async def begin(self, log: Log, partition: int, writes: Iterable[Write]) -> None:
        """What a worker does that dies before the end."""
        assert isinstance(log, KafkaLog)
        producer = log._producers[partition]
        await log.begin(producer)
        await log.send(producer, _by_place(writes, partition))

    async def trim(self, topic: str, before: int) -> None:
        """As retention would."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        place = TopicPartition(self.names.physical(topic), 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=before)})
        await admin.close()

    async def records(self, topic: str, partition: int = 0) -> list[Record]:
        """All."""
        physical = self.names.physical(topic)
        async with reader(self.bootstrap, [physical]) as consumer:
            found = await read_all(consumer, TopicPartition(physical, partition))
        return [Record(r.offset, r.timestamp, r.key, r.value) for r in found]
