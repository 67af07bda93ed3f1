"""The log of the lane on Kafka: one transactional producer per partition, group-less readers."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, KafkaError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from schemas.kafka_access import access
from schemas.naming import Names
from streams.lane.errors import CommitFailedError, FencedError, LaneError
from streams.lane.kafka.producer import QuickProducer
from streams.lane.kafka.reader import KafkaReader
from streams.lane.port import Approve, Committed, Place, Write, approve_all

BATCH_BYTES = 1_000_000
CLAIM_SECONDS = 60.0
"""aiokafka asks for ever, and the group waits with it: it is better to start again elsewhere."""
TRANSACTION_TIMEOUT_MS = 20_000


class Sent(NamedTuple):
    """What was appended: time of the last write in ms, and the offset behind it, by place."""

    appended: int | None
    reached: dict[Place, int]


class KafkaLog(KafkaReader):
    """See `streams.lane.port.Log`."""

    def __init__(
        self, bootstrap: str, names: Names, timeout_ms: int = TRANSACTION_TIMEOUT_MS
    ) -> None:
        """`timeout_ms`: of a transaction; below the session's, so that a zombie's ends first."""
        super().__init__(bootstrap)
        self._timeout_ms = timeout_ms
        self._names = names
        self._producers: dict[int, AIOKafkaProducer] = {}

    async def fence(self, partition: int) -> None:
        """InitProducerId: aborts what an earlier owner has open and fences it."""
        await self.release(partition)
        producer: AIOKafkaProducer = QuickProducer(
            bootstrap_servers=self._bootstrap,
            **access(),
            transactional_id=self._names.transactional_id(partition),
            transaction_timeout_ms=self._timeout_ms,
            max_batch_size=BATCH_BYTES,
            linger_ms=0,
        )
        self._producers[partition] = producer  # before it starts: cancelled, it is still released
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                await producer.start()
                # it claims lazily; the claim must have happened before the end offsets are read
                await producer._txn_manager.wait_for_pid()  # noqa: SLF001 -- aiokafka has no public way
        except TimeoutError:
            identity = self._names.transactional_id(partition)
            message = (
                f"transactional id {identity} could not be claimed within {CLAIM_SECONDS:g} s: its "
                "coordinator is out of reach; look at the brokers, and at the way to each of them"
            )
            raise LaneError(message) from None

    async def release(self, partition: int) -> None:
        """Stop the partition's producer."""
        producer = self._producers.pop(partition, None)
        if producer is not None:
            await producer.stop()

    async def commit(
        self, partition: int, writes: Iterable[Write], approve: Approve = approve_all
    ) -> Committed:
        """One transaction. Batches are built whole: one await per batch, not per record."""
        producer, began = self._producers[partition], time.monotonic()
        try:
            await self.begin(producer)
            sent = await self.send(producer, _by_place(writes, partition))
            reached = {t: offset for (t, n), offset in sent.reached.items() if n == partition}
            done = Committed(sent.appended, reached)
            approve(done)
            await self.end(producer)
        except ProducerFenced as error:
            raise self._fenced(partition, time.monotonic() - began) from error
        except KafkaError as error:
            where = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
            message = f"partition {partition}{where}: {type(error).__name__}: {error}"
            raise CommitFailedError(message) from error
        return done

    def _fenced(self, partition: int, seconds: float) -> LaneError:
        """The broker takes the claim from whom is too slow, and from whom another one follows."""
        if seconds * 1000 >= self._timeout_ms:
            return CommitFailedError(
                f"partition {partition}: a transaction took {seconds:.1f} s, and the broker ends "
                f"one after {self._timeout_ms / 1000:g} s: it is slow, or was out of reach; where "
                "that goes on, raise SHEQU_SESSION_TIMEOUT"
            )
        own = self._names.transactional_id(partition)
        return FencedError(
            f"partition {partition} was taken over: another producer has claimed the transactional "
            f"id {own}. Another worker of this lineage does so at a rebalance. Where none runs, or "
            "where this comes again and again, another application uses this id: give that one a "
            f"name of its own, and let only this worker's user write ids that begin with "
            f"{own.removesuffix(str(partition))}"
        )

    async def begin(self, producer: AIOKafkaProducer) -> None:
        """Open a transaction: nothing goes to the broker yet."""
        await producer.begin_transaction()

    async def send(self, producer: AIOKafkaProducer, writes: Mapping[Place, list[Write]]) -> Sent:
        """Write within the open transaction, and wait until all of it is appended."""
        sent: list[tuple[Place, int, asyncio.Future[RecordMetadata | None]]] = []
        refused: IllegalOperation | None = None
        try:
            for place, group in writes.items():
                for batch in _batches(producer, group):
                    future = await producer.send_batch(batch, place[0], partition=place[1])
                    sent.append((place, batch.record_count(), future))
        except IllegalOperation as error:  # it was ended meanwhile: why, a future says
            refused = error
        answers = await asyncio.gather(*(future for *_, future in sent), return_exceptions=True)
        for (place, *_), failed in zip(sent, answers, strict=True):
            if isinstance(failed, BaseException):
                failed.add_note(f"writing {place[0]}-{place[1]}")
                raise failed
        if refused is not None:
            raise refused
        return _appended(sent)

    async def end(self, producer: AIOKafkaProducer) -> None:
        """Commit the open transaction."""
        await producer.commit_transaction()


def _appended(sent: "list[tuple[Place, int, asyncio.Future[RecordMetadata | None]]]") -> Sent:
    appended, reached = None, {}
    for place, count, future in sent:
        done = future.result()
        if done is None or done.offset < 0:  # a retry that was a repeat tells no offset
            continue
        if done.timestamp is None or done.timestamp < 0:
            message = (
                f"topic {place[0]} keeps its producers' times: set message.timestamp.type to "
                "LogAppendTime, as `shequ topics apply` makes it, then start again"
            )
            raise LaneError(message)
        appended, reached[place] = done.timestamp, done.offset + count
    return Sent(appended, reached)


def _by_place(writes: Iterable[Write], partition: int) -> dict[Place, list[Write]]:
    found: dict[Place, list[Write]] = {}
    for write in writes:
        target = partition if write.partition is None else write.partition
        found.setdefault((write.topic, target), []).append(write)
    return found


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
