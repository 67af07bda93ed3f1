"""A department's ordinary Confluent producer, the hub's registry, and the intake in between."""

import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import TopicPartition
from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from ops.broker import EmbeddedBroker
from tests.integration.adapters.apicurio import apicurio
from tests.integration.adapters.department import (
    LETTERS,
    NAME,
    SECRETS,
    SOURCE,
    TOPIC,
    Department,
    case,
    hub_at,
    hubs_registry,
)
from tests.integration.adapters.test_kills import check_ids
from tests.integration.adapters.town import Hub, Running, Until


@pytest.fixture
async def department(bootstrap: str, tmp_path: Path, until: Until) -> AsyncIterator[Department]:
    """A department that has the hub's registry."""
    hub = await hub_at(bootstrap, tmp_path)
    async with hubs_registry(hub, until) as url:
        yield Department(hub, url)


@pytest.fixture(params=["the hub's registry", "Apicurio"])
async def anywhere(
    request: pytest.FixtureRequest, bootstrap: str, tmp_path: Path, until: Until
) -> AsyncIterator[Department]:
    """A department that has the hub's registry, and one whose city has a registry of its own."""
    hub = await hub_at(bootstrap, tmp_path)
    if request.param == "Apicurio":
        async with apicurio(hub, until) as registry:
            hub.environment["SHEQU_KAFKA_INTAKE__REGISTRY"] = registry.url
            yield Department(hub, registry.url)
    else:
        async with hubs_registry(hub, until) as url:
            yield Department(hub, url)


async def test_the_ten_lines_of_the_readme_bring_a_case(anywhere: Department) -> None:
    """Run twice, it is the same event, forwarded once, whoever keeps the registry."""
    department = anywhere
    for _ in range(2):
        await department.run_readme()
        assert await department.hub.once(NAME) == 0
    (message,) = await department.hub.messages(SOURCE)
    event = message.event
    assert event["event_id"] == message.headers["ce_id"]
    assert event["source"] == "ezhou.intake.city.cases"
    assert event["record_id"] == "CG2026112000001"
    assert event["version"]["order"] == 1_795_134_665_120
    assert event["occurred_at"] == 1_795_134_665_000
    assert event["place"]["unit"] == "420704001013-E01/3/2"
    assert event["summary"] == "门口垃圾成堆，请联系【姓名】：【电话】。"
    assert await department.hub.count(TOPIC) == 2
    assert await department.hub.count(LETTERS) == 0


async def test_nothing_personal_leaves_the_intake(department: Department) -> None:
    """Neither in events nor in letters nor in what the process says."""
    await department.run_readme()
    await department.run_readme([case("2", stage="none")])
    assert await department.hub.once(NAME) == 0
    found = [m for t in (SOURCE, LETTERS) for m in await department.hub.messages(t)]
    assert len(found) == 2
    everything = b"\n".join([m.value + m.key.encode() + repr(m.headers).encode() for m in found])
    everything += (department.hub.home / f"{NAME}.log").read_bytes()
    assert [word for word in SECRETS if word.encode() in everything] == []


async def test_what_cannot_be_used_is_a_letter_with_its_reason_and_holds_nothing_up(
    anywhere: Department,
) -> None:
    """Wrong schema, garbage, nonsense, missing fields; sent twice it is one letter."""
    department = anywhere
    whole = department.framed(case("good"))
    incident = {"at": 1, "adapter": "a", "source": "s", "topic": "t", "state": "x", "detail": ""}
    incident |= {"last_read_at": None, "last_append_at": None}
    incident |= {"events": 0, "letters": 0, "skipped": 0}
    bad = {
        b"garbage": "record.undecodable",
        b"\x00\x00": "record.undecodable",
        b'{"record_id": "1"}': "record.undecodable",
        whole[:-3]: "record.undecodable",
        whole + b"more": "record.undecodable",
        None: "record.undecodable",
        b"\x00\x00\x0f\xff\xff" + whole[5:]: "record.shape",
        department.framed(incident, "adapters.heartbeats"): "record.shape",
        department.framed(case("")): "field.missing",
        department.framed(
            case("a", kind={"list": "", "version": "", "value": ""})
        ): "field.missing",
        department.framed(case("b", order=-1)): "field.unusable",
        department.framed(case("c", order=2**63 - 1)): "field.unusable",
        department.framed(case("d", occurred_at=1_795_134_665)): "time.unreadable",
        department.framed(case("e", stage="不明")): "code.unknown_state",
        department.framed(case("f", category="both")): "code.unknown_state",
        department.framed(case("g", status="void")): "field.unusable",
        department.framed(case("h", personal={"text": "长" * 310_000})): "row.too_large",
    }
    values = [*bad, whole]
    department.write([*values, *values])
    assert await department.hub.once(NAME) == 0
    letters = [m.event for m in await department.hub.messages(LETTERS)]
    assert Counter(one["rule"] for one in letters) == Counter(bad.values())
    for letter in letters:
        assert letter["advice"]
        assert letter["place"].startswith(f"{department.topic}-")
        assert letter["topic"] == SOURCE
    (message,) = await department.hub.messages(SOURCE)
    assert message.event["record_id"] == "good"


async def test_the_greatest_order_stands_however_late_the_others_come(
    department: Department,
) -> None:
    orders = [3, 1, 2, 3]
    for order in orders:
        await department.run_readme([case("x", order)])
    assert await department.hub.once(NAME) == 0
    events = [m.event for m in await department.hub.messages(SOURCE)]
    assert [event["version"]["order"] for event in events] == [3, 1, 2]


async def test_a_case_that_moves_leaves_its_old_community(department: Department) -> None:
    moved = case("x", 2, community="420704001010")
    await department.run_readme([case("x", 1), moved])
    assert await department.hub.once(NAME) == 0
    events = [m.event for m in await department.hub.messages(SOURCE)]
    directions = {(e["community"], (e["moved"] or {}).get("direction")) for e in events}
    assert directions == {
        ("420704001013", None),
        ("420704001013", "left"),
        ("420704001010", "arrived"),
    }


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
        process = await running(hub, NAME)
        fresh = [case(f"{life}-{n}", rng.randint(1, 3)) for n in range(rng.randint(20, 80))]
        again = rng.sample(department.sent, min(len(department.sent), 10))
        wanted |= {(one["record_id"], one["version"]["order"]) for one in fresh}
        enough = await hub.count(SOURCE) + rng.randint(1, len(fresh))
        await department.run_readme([*again, *fresh, *fresh[:5]])
        garbage.add(rng.randbytes(9))
        department.write([*garbage])

        async def far_enough(enough: int = enough) -> bool:
            return await hub.count(SOURCE) >= enough

        await until(far_enough, limit=30, what=f"{enough} events")
        process.kill()
        await process.wait()
    assert await hub.once(NAME) == 0
    messages = await hub.messages(SOURCE)
    check_ids(messages)
    found = {(m.event["record_id"], m.event["version"]["order"]) for m in messages}
    assert found == wanted
    assert len({m.headers["ce_id"] for m in messages}) == len(wanted)
    letters = {m.event["letter_id"] for m in await hub.messages(LETTERS)}
    assert len(letters) == len(garbage)


async def test_while_the_citys_registry_is_away_the_intake_waits_and_loses_nothing(
    bootstrap: str, tmp_path: Path, until: Until, running: Running
) -> None:
    """It cannot know what the ids stand for: it says so, and makes no letters of them."""
    hub = await hub_at(bootstrap, tmp_path)
    async with apicurio(hub, until) as registry:
        hub.environment["SHEQU_KAFKA_INTAKE__REGISTRY"] = registry.url
        hub.environment["SHEQU_KAFKA_INTAKE__TIMEOUT_SECONDS"] = "0.5"
        await Department(hub, registry.url).run_readme([case(str(n)) for n in range(20)])
        registry.process.send_signal(signal.SIGSTOP)
        process = await running(hub, NAME)
        log = tmp_path / f"{NAME}.log"
        await until(lambda: "KAFKA_INTAKE__REGISTRY" in log.read_text(), limit=30, what="retrying")
        registry.process.send_signal(signal.SIGCONT)
        await until(lambda: _stand(hub, SOURCE, 20), limit=60, what="20 events")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert await hub.count(LETTERS) == 0


async def _stand(hub: Hub, topic: str, number: int) -> bool:
    return await hub.count(topic) == number


async def test_a_lost_state_costs_nothing_and_sends_nothing_twice(department: Department) -> None:
    await department.run_readme([case(str(n)) for n in range(20)])
    department.write([b"garbage"])
    assert await department.hub.once(NAME) == 0
    home = department.hub.home
    (home / "home" / "adapters").rename(home / "lost")
    await department.run_readme([case("new")])
    assert await department.hub.once(NAME) == 0
    assert await department.hub.count(SOURCE) == 21
    assert await department.hub.count(LETTERS) == 1


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
    assert await department.hub.once(NAME) == 0
    assert [m.event["record_id"] for m in await department.hub.messages(SOURCE)] == ["kept"]
    assert await department.hub.once(NAME) == 0
    assert await department.hub.count(LETTERS) == 0


async def test_records_that_were_deleted_by_age_before_they_were_read_are_reported(
    department: Department,
) -> None:
    """They are gone; what comes after them is read, and the letter names the gap once."""
    department.write([department.framed(case("read"))])
    assert await department.hub.once(NAME) == 0
    department.write([department.framed(case(name)) for name in ("gone", "gone, too", "there")])
    messages = await department.hub.messages(TOPIC)
    partition = await _partition_with(department, len(messages))
    admin = AIOKafkaAdminClient(bootstrap_servers=department.hub.bootstrap)
    await admin.start()
    await admin.delete_records({partition: RecordsToDelete(before_offset=3)})
    await admin.close()
    for _ in range(2):
        assert await department.hub.once(NAME) == 0
    (letter,) = [m.event for m in await department.hub.messages(LETTERS)]
    assert letter["rule"] == "intake.expired"
    assert letter["place"] == f"{partition.topic}-{partition.partition}@1-2"
    events = await department.hub.messages(SOURCE)
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
    assert await department.hub.once(NAME) == 0
    await department.hub.remake(TOPIC)
    assert await department.hub.once(NAME) == 3
    beat = await department.hub.heartbeat(NAME)
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
            process = await running(hub, NAME)
            await department.run_readme([case(str(n)) for n in range(20)])
            await until(lambda: hub.count(SOURCE), limit=30, what="first events")
            broker.kill()
            log = tmp_path / f"{NAME}.log"
            await until(lambda: '"state": "retrying"' in log.read_text(), limit=90, what="retrying")
            await broker.start()
            await department.run_readme([case(str(n), n % 2 + 1) for n in range(40)])

            async def everything() -> bool:
                ids = {m.headers["ce_id"] for m in await hub.messages(SOURCE)}
                return len(ids) == 50

            await until(everything, limit=60, what="50 events")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            check_ids(await hub.messages(SOURCE))
            assert await hub.count(LETTERS) == 0
    finally:
        await broker.stop()


async def test_another_schema_is_refused_by_the_registry_with_the_reason(
    department: Department,
) -> None:
    """As an ordinary client sees it."""
    with SchemaRegistryClient({"url": department.registry}) as registry:
        subject = f"{department.topic}-value"
        latest = registry.get_latest_version(subject)
        assert registry.register_schema(subject, latest.schema) == latest.schema_id
        assert registry.lookup_schema(subject, latest.schema).version == latest.version
        assert registry.test_compatibility(subject, latest.schema)
        other = Schema('{"type": "record", "name": "Mine", "fields": []}', "AVRO")
        with pytest.raises(SchemaRegistryError, match="read-only") as refused:
            registry.register_schema("mine-value", other)
        assert (refused.value.http_status_code, refused.value.error_code) == (422, 42205)
        with pytest.raises(SchemaRegistryError, match=r"shequ\.intake\.city\.Case") as refused:
            registry.register_schema(subject, other)
        assert refused.value.http_status_code == 409
