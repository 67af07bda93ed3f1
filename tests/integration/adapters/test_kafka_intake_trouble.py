"""The intake of departments that produce themselves, killed, cut off and late: nothing is lost."""

import random
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition
from confluent_kafka import Producer

from ops.broker import EmbeddedBroker
from tests.integration.adapters.department import CASES, Department, case, hub_at, hubs_registry
from tests.integration.adapters.test_kills import check_ids
from tests.integration.adapters.town import Running, Until


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_killed_at_random_points_the_intake_loses_nothing(
    department: Department, until: Until, running: Running, seed: int
) -> None:
    """Records, repeats and garbage come while it is killed (-9) four times."""
    rng = random.Random(seed)
    hub = department.hub
    wanted: set[tuple[str, int]] = set()
    garbage: set[bytes] = set()
    for life in range(4):
        process = await running(hub, CASES.name)
        fresh = [case(f"{life}-{n}", rng.randint(1, 3)) for n in range(rng.randint(20, 80))]
        again = rng.sample(department.sent, min(len(department.sent), 10))
        wanted |= {(one["record_id"], one["version"]["order"]) for one in fresh}
        enough = await hub.count(CASES.source) + rng.randint(1, len(fresh))
        await department.run_readme([*again, *fresh, *fresh[:5]])
        garbage.add(rng.randbytes(9))
        department.write([*garbage])

        async def far_enough(enough: int = enough) -> bool:
            return await hub.count(CASES.source) >= enough

        await until(far_enough, limit=30, what=f"{enough} events")
        process.kill()
        await process.wait()
    assert await department.once() == 0
    messages = await hub.messages(CASES.source)
    check_ids(messages)
    found = {(m.event["record_id"], m.event["version"]["order"]) for m in messages}
    assert found == wanted
    assert len({m.headers["ce_id"] for m in messages}) == len(wanted)
    letters = {m.event["letter_id"] for m in await hub.messages(CASES.letters)}
    assert len(letters) == len(garbage)


async def test_a_lost_state_costs_nothing_and_sends_nothing_twice(department: Department) -> None:
    await department.run_readme([case(str(n)) for n in range(20)])
    department.write([b"garbage"])
    assert await department.once() == 0
    home = department.hub.home
    (home / "home" / "adapters").rename(home / "lost")
    await department.run_readme([case("new")])
    assert await department.once() == 0
    assert await department.hub.count(CASES.source) == 21
    assert await department.hub.count(CASES.letters) == 1


async def test_what_a_producer_takes_back_is_never_read(department: Department) -> None:
    """An aborted transaction; a committed one is read, and its marker is no record."""
    settings = {"bootstrap.servers": department.hub.bootstrap, "transactional.id": department.topic}
    producer = Producer(settings)
    producer.init_transactions(20)
    for number, keep in (("taken back", False), ("kept", True)):
        producer.begin_transaction()
        producer.produce(department.topic, department.framed(case(number)), key=b"k")
        producer.flush(20)
        (producer.commit_transaction if keep else producer.abort_transaction)(20)
    assert await department.once() == 0
    assert [m.event["record_id"] for m in await department.hub.messages(CASES.source)] == ["kept"]
    assert await department.once() == 0
    assert await department.hub.count(CASES.letters) == 0


async def test_records_that_were_deleted_by_age_before_they_were_read_are_reported(
    department: Department,
) -> None:
    """They are gone; what comes after them is read, and the letter names the gap once."""
    department.write([department.framed(case("read"))])
    assert await department.once() == 0
    department.write([department.framed(case(name)) for name in ("gone", "gone, too", "there")])
    messages = await department.hub.messages(CASES.topic)
    partition = await _partition_with(department, len(messages))
    admin = AIOKafkaAdminClient(bootstrap_servers=department.hub.bootstrap)
    await admin.start()
    await admin.delete_records({partition: RecordsToDelete(before_offset=3)})
    await admin.close()
    for _ in range(2):
        assert await department.once() == 0
    (letter,) = await department.letters()
    assert letter["rule"] == "intake.expired"
    assert letter["place"] == f"{partition.topic}-{partition.partition}@1-2"
    events = await department.hub.messages(CASES.source)
    assert [m.event["record_id"] for m in events] == ["read", "there"]


async def _partition_with(department: Department, count: int) -> TopicPartition:
    consumer = AIOKafkaConsumer(department.topic, bootstrap_servers=department.hub.bootstrap)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
    finally:
        await consumer.stop()
    found: TopicPartition = next(tp for tp, end in ends.items() if end == count)
    return found


async def test_a_topic_that_was_made_anew_halts_the_intake(department: Department) -> None:
    department.write([department.framed(case("a"))])
    assert await department.once() == 0
    await department.hub.remake(CASES.topic)
    assert await department.once() == 3
    beat = await department.hub.heartbeat(CASES.name)
    assert "topic.replaced" in beat["detail"]


async def test_a_broker_that_is_killed_and_comes_back_costs_nothing(
    tmp_path: Path, until: Until, running: Running
) -> None:
    """The intake says that it tries again, goes on by itself, and everything is there once."""
    broker = EmbeddedBroker(tmp_path / "kafka")
    await broker.start()
    try:
        hub = await hub_at(broker.bootstrap, tmp_path)
        async with hubs_registry(hub, until) as url:
            department = Department(hub, url)
            process = await running(hub, CASES.name)
            await department.run_readme([case(str(n)) for n in range(20)])
            await until(lambda: hub.count(CASES.source), limit=30, what="first events")
            broker.kill()
            log = tmp_path / f"{CASES.name}.log"
            await until(lambda: '"state": "retrying"' in log.read_text(), limit=90, what="retrying")
            await broker.start()
            await department.run_readme([case(str(n), n % 2 + 1) for n in range(40)])

            async def everything() -> bool:
                ids = {m.headers["ce_id"] for m in await hub.messages(CASES.source)}
                return len(ids) == 50

            await until(everything, limit=60, what="50 events")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            check_ids(await hub.messages(CASES.source))
            assert await hub.count(CASES.letters) == 0
    finally:
        await broker.stop()
