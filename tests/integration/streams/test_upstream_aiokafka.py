"""Faults of aiokafka 0.14 on a real Kafka, each beside the lane that does not have it."""

import time
import uuid
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import ConcurrentTransactions
from aiokafka.producer import sender
from kafka_bench import KafkaBench

TRANSACTIONS = 30


async def test_seek_to_committed_leaves_a_place_without_a_commit_where_it_is(
    bench: KafkaBench,
) -> None:
    """aio-libs/aiokafka 1003. What a new group fetched and dropped at a rebalance is lost so."""
    await bench.append("a", b"n+1", b"n+1", b"n+1")
    place = TopicPartition(bench.names.physical("a"), 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bench.bootstrap, group_id=uuid.uuid4().hex, enable_auto_commit=False,
        auto_offset_reset="earliest",
    )  # fmt: skip
    await consumer.start()
    consumer.assign([place])
    assert len((await consumer.getmany(place, timeout_ms=5_000))[place]) == 3
    assert await consumer.seek_to_committed(place) == {place: None}
    assert await consumer.position(place) == 3, "mended upstream? see docs/lane.md"
    await consumer.stop()


async def test_the_lane_seeks_to_its_own_position_and_reads_again_what_was_dropped(
    bench: KafkaBench,
) -> None:
    """Also where it is 0; nothing of a group is asked."""
    await bench.append("a", b"n+1", b"n+1", b"n+1")
    worker = bench.worker()
    await worker.assign([0])
    assert worker._consumer is not None
    place = TopicPartition(bench.names.physical("a"), 0)
    assert len((await worker._consumer.getmany(place, timeout_ms=5_000))[place]) == 3
    await worker.assign([0])
    await worker.drain()
    await worker.quiesce()
    assert worker.failure is None
    assert [r.value for r in await bench.records("views.counts")][-1] == b"3"


async def test_the_lane_asks_no_group_for_its_positions(bench: KafkaBench) -> None:
    """Groups forget after seven idle days, or by somebody's hand; here none was ever committed."""
    for turn in range(2):
        await bench.append("a", b"n+1")
        worker = bench.worker()
        await worker.assign([0])
        assert worker.lane.positions()[bench.names.physical("a"), 0] == turn
        await worker.drain()
        await worker.quiesce()
        assert worker.failure is None
    assert [r.value for r in await bench.records("views.counts")] == [b"1", b"2"]


async def test_one_transaction_right_after_another_is_refused_and_tried_again(
    bench: KafkaBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KAFKA-5477, apache/kafka pull request 3377: the broker still writes the markers."""
    refused = _count_refusals(monkeypatch)
    producer = AIOKafkaProducer(
        bootstrap_servers=bench.bootstrap, transactional_id=uuid.uuid4().hex
    )
    await producer.start()
    for _ in range(TRANSACTIONS):
        async with producer.transaction():
            for topic in ("a", "b", "lists", "crossings"):
                for number in (0, 1):
                    await producer.send(bench.names.physical(topic), b"x", partition=number)
    await producer.stop()
    assert refused


def _count_refusals(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Times at which the broker said that the last transaction has not ended yet."""
    refused: list[float] = []
    handler = sender.AddPartitionsToTxnHandler
    plain: Any = handler.handle_response

    def counting(self: object, answer: object) -> object:
        errors = getattr(answer, "errors", ())
        codes = {code for _, parts in errors for _, code in parts}
        if ConcurrentTransactions.errno in codes:
            refused.append(time.monotonic())
        return plain(self, answer)

    monkeypatch.setattr(handler, "handle_response", counting)
    return refused


async def test_the_lane_commits_what_waits_together(bench: KafkaBench) -> None:
    """A transaction for each record would crawl; `invariants/test_03_*` has those in flight."""
    await bench.append("a", *[b"n+1"] * 300)
    worker = bench.worker()
    await worker.assign([0])
    await worker.drain()
    await worker.quiesce()
    assert worker.failure is None
    assert [r.value for r in await bench.records("views.counts")][-1] == b"300"
    assert len(await bench.records("journal")) < 10
