"""Faults of stock Faust 0.15.3 on a real Kafka, each beside the lane that does not have it."""

import asyncio
import os
import sys
import uuid
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
import stock_faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from kafka_bench import KafkaBench
from stock_faust import TOPICS

SAID = [b'"1"', b'"2"', b'"bad"', b'"4"', b'"5"']
UNDECODABLE = [b'"1"', b'"2"', b"{no json", b'"4"', b'"5"']
SECONDS = 40.0


class Stock(NamedTuple):
    """What a stock worker has committed, by topic, and what its agents have done."""

    committed: dict[str, int]
    done: dict[str, Counter[str]]


@pytest.fixture(scope="module")
def stock(bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """One worker for all tests here: it is started, fed, and killed when it has committed."""
    return asyncio.run(_run(bootstrap, tmp_path_factory.mktemp("stock")))


async def _run(bootstrap: str, home: Path) -> Stock:
    prefix, file = f"t{uuid.uuid4().hex[:8]}.", home / "done"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(prefix + topic, 1, 1) for topic in TOPICS])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for topic in TOPICS:
        for value in UNDECODABLE if topic == "decodes" else SAID:
            await producer.send_and_wait(prefix + topic, value)
    await producer.stop()
    env = {**os.environ, "STOCK_BROKER": bootstrap, "STOCK_PREFIX": prefix, "STOCK_FILE": str(file)}
    with (home / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", stock_faust.__file__, env=env, stdout=log, stderr=log
        )
    try:
        committed = await _committed(bootstrap, prefix)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    done = [line.split() for line in file.read_text().splitlines()]
    return Stock(committed, {topic: Counter(v for a, v in done if a == topic) for topic in TOPICS})


async def _committed(bootstrap: str, prefix: str) -> dict[str, int]:
    """What the group has committed, when that is everything, or when it stays as it is."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=f"{prefix}stock", enable_auto_commit=False
    )
    await consumer.start()
    places = {topic: TopicPartition(prefix + topic, 0) for topic in TOPICS}
    consumer.assign(list(places.values()))
    loop = asyncio.get_running_loop()
    end, found = loop.time() + SECONDS, dict[str, int]()
    try:
        while loop.time() < end and set(found.values()) != {len(SAID)}:
            await asyncio.sleep(0.2)
            found = {t: await consumer.committed(place) or 0 for t, place in places.items()}
    finally:
        await consumer.stop()
    return found


def _require(stock: Stock, agent: str, done: set[str]) -> None:
    assert stock.committed[agent] == len(SAID), "mended upstream? see docs/lane.md"
    assert set(stock.done[agent]) == done


def test_an_exception_in_an_agent_acks_its_message_and_goes_on(stock: Stock) -> None:
    """Nobody has "bad" any more: faust-streaming/faust 315 and 189, robinhood/faust 604."""
    _require(stock, "raises", {"1", "2", "4", "5"})


def test_take_acks_the_whole_batch_of_which_one_message_raised(stock: Stock) -> None:
    """All five are gone, the four good ones with the bad one: faust-streaming/faust 192."""
    _require(stock, "takes", set())


def test_what_does_not_decode_is_acked_at_once(stock: Stock) -> None:
    """Those before and after it are done; it is nowhere. No issue found; 586 is of its kind."""
    _require(stock, "decodes", {"1", "2", "4", "5"})


async def test_the_lane_keeps_each_of_them_as_a_letter(bench: KafkaBench) -> None:
    """One that raises, one that is no text, in one batch with good ones: none is lost."""
    await bench.append("a", b"n+1", b"poison", b"\xff\xfe", b"n+1")
    worker = bench.worker()
    await worker.assign([0])
    await worker.drain()
    await worker.quiesce()
    assert worker.failure is None
    letters = [record.value for record in await bench.records("dlq.a")]
    assert letters == [b"poison", b"\xff\xfe"]
    assert [r.value for r in await bench.records("views.counts")][-1] == b"2"
    assert len(await bench.records("journal")) >= 1
