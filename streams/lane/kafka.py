"""The lane's log on Kafka: one transactional producer per partition, group-less readers."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.naming import Names
from streams.lane.errors import CommitFailedError, FencedError
from streams.lane.letting_go import stop
from streams.lane.port import Place, Record, Write

BATCH_BYTES = 1_000_000
READ_WAIT_MS = 20
"""Short: at the end of a topic stand markers, which move the position and bring no record."""
TRANSACTION_TIMEOUT_MS = 20_000


class KafkaLog:
    """See `streams.lane.port.Log`."""

    def __init__(
        self, bootstrap: str, names: Names, timeout_ms: int = TRANSACTION_TIMEOUT_MS
    ) -> None:
        """`timeout_ms`: of a transaction; below the session's, so that a zombie's ends first."""
        self._timeout_ms = timeout_ms
        self._bootstrap = bootstrap
        self._names = names
        self._producers: dict[int, AIOKafkaProducer] = {}

    async def fence(self, partition: int) -> None:
        """InitProducerId: aborts what an earlier owner has open and fences it."""
        await self.release(partition)
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            transactional_id=self._names.transactional_id(partition),
            transaction_timeout_ms=self._timeout_ms,
            max_batch_size=BATCH_BYTES,
            linger_ms=0,
        )
        await producer.start()
        self._producers[partition] = producer
        # start() claims lazily; the claim must have happened before the end offsets are read
        await producer._txn_manager.wait_for_pid()  # noqa: SLF001 -- aiokafka has no public way

    async def release(self, partition: int) -> None:
        """Stop the partition's producer."""
        producer = self._producers.pop(partition, None)
        if producer is not None:
            await producer.stop()

    async def commit(self, partition: int, writes: Iterable[Write]) -> int | None:
        """One transaction. Batches are built whole: one await per batch, not per record."""
        producer = self._producers[partition]
        by_place: dict[Place, list[Write]] = {}
        for write in writes:
            target = partition if write.partition is None else write.partition
            by_place.setdefault((write.topic, target), []).append(write)
        try:
            await producer.begin_transaction()
            sent = [
                await producer.send_batch(batch, topic, partition=target)
                for (topic, target), group in by_place.items()
                for batch in _batches(producer, group)
            ]
            done = [await future for future in sent]
            await producer.commit_transaction()
        except ProducerFenced as error:
            message = f"partition {partition} was taken over by another worker"
            raise FencedError(message) from error
        except KafkaError as error:
            message = f"partition {partition}: {type(error).__name__}: {error}"
            raise CommitFailedError(message) from error
        last = done[-1]
        return None if last is None else int(last.timestamp)

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


def _batches(producer: AIOKafkaProducer, writes: list[Write]) -> Iterator[BatchBuilder]:
    """Writes of one topic in as few batches as hold them.

    A batch takes its first record whatever its size: rows are limited before, and the topics
    of dead letters take more than a row may have.
    """
    batch = producer.create_batch()
    for write in writes:
        if not _append(batch, write):
            yield batch
            batch = producer.create_batch()
            _append(batch, write)
    yield batch


def _append(batch: BatchBuilder, write: Write) -> bool:
    headers = list(write.headers)
    done = batch.append(timestamp=None, key=write.key, value=write.value, headers=headers)
    return done is not None
