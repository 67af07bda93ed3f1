"""A department's ordinary Confluent producer, the hub's registry, and the intake in between."""

import json
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
from schemas.keystore import KeyStore
from schemas.pseudonyms import pseudonym
from tests.integration.adapters.apicurio import apicurio
from tests.integration.adapters.department import (
    CASES,
    MOMENT,
    MOVES,
    ROADS,
    SECRETS,
    Department,
    Road,
    Stated,
    case,
    hub_at,
    hubs_registry,
    move,
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
    event = await _forwarded_once(anywhere)
    assert event["source"] == "ezhou.intake.city.cases"
    assert event["record_id"] == "CG2026112000001"
    assert event["summary"] == "门口垃圾成堆，请联系【姓名】：【电话】。"


async def test_the_ten_lines_of_the_readme_bring_a_move(anywhere: Department) -> None:
    """The same; and the hub makes the pseudonyms, which join what others send of the person."""
    department = anywhere.on(MOVES)
    event = await _forwarded_once(department)
    assert event["source"] == "ezhou.intake.household.moves"
    assert event["record_id"] == "RK9000000001"
    assert (event["change"], event["status"]) == ("move_in", "registered")
    keys = KeyStore.open(department.hub.home / "home" / "keys")
    assert event["person"] == pseudonym(keys, "resident_id", "11010519491231002X")
    assert event["household"] == pseudonym(keys, "household", "H4207040130001")
    keys.close()


async def _forwarded_once(department: Department) -> Stated:
    road = department.road
    for _ in range(2):
        await department.run_readme()
        assert await department.once() == 0
    (message,) = await department.hub.messages(road.source)
    event = message.event
    assert event["event_id"] == message.headers["ce_id"]
    assert event["version"]["order"] == 1_795_134_665_120
    assert event["occurred_at"] == 1_795_134_665_000
    assert event["place"]["unit"] == "420704001013-E01/3/2"
    assert await department.hub.count(road.topic) == 2
    assert await department.hub.count(road.letters) == 0
    return event


@pytest.mark.parametrize(
    ("road", "wrong"),
    [(CASES, {"stage": "none"}), (MOVES, {"change": "none"})],
    ids=lambda given: getattr(given, "name", ""),
)
async def test_nothing_personal_leaves_the_intake(
    department: Department, road: Road, wrong: Stated
) -> None:
    """Neither in events nor in letters nor in what the process says."""
    department = department.on(road)
    await department.run_readme()
    await department.run_readme([road.record("2", **wrong)])
    assert await department.once() == 0
    topics = (road.source, road.letters)
    found = [m for topic in topics for m in await department.hub.messages(topic)]
    assert len(found) == 2
    everything = b"\n".join([m.value + m.key.encode() + repr(m.headers).encode() for m in found])
    everything += (department.hub.home / f"{road.name}.log").read_bytes()
    assert [word for word in SECRETS if word.encode() in everything] == []


def _bad_bytes(department: Department) -> dict[bytes, str]:
    """Wrong framing, half records, wrong schemas, and the rule for each."""
    whole = department.framed(department.road.record("good"))
    beat: Stated = {"at": 1, "adapter": "a", "source": "s", "topic": "t", "state": "x"}
    beat |= {"detail": "", "last_read_at": None, "last_append_at": None}
    beat |= {"events": 0, "letters": 0, "skipped": 0}
    said = SECRETS[0].encode()
    theirs = SECRETS[0].encode("gb18030").ljust(len(said))
    return {
        b"": "record.undecodable",
        b"garbage": "record.undecodable",
        b"\x00\x00": "record.undecodable",
        b'{"record_id": "1"}': "record.undecodable",
        whole[:-3]: "record.undecodable",
        whole + b"more": "record.undecodable",
        whole.replace(said, theirs): "record.undecodable",
        whole[5:]: "record.shape",
        b"\x00\x00\x0f\xff\xff" + whole[5:]: "record.shape",
        department.framed(beat, "adapters.heartbeats"): "record.shape",
    }


def _bad_cases() -> list[tuple[Stated, str]]:
    return [
        (case(""), "field.missing"),
        (case("a", kind={"list": "", "version": "", "value": ""}), "field.missing"),
        (case("b", order=-1), "field.unusable"),
        (case("c", order=2**63 - 1), "field.unusable"),
        (case("d", occurred_at=1_795_134_665), "time.unreadable"),
        (case("e", stage="不明"), "code.unknown_state"),
        (case("f", category="both"), "code.unknown_state"),
        (case("g", status="void"), "field.unusable"),
        (case("h", personal={"text": "长" * 310_000}), "row.too_large"),
        (case("i", kind={"list": "x", "version": "1", "value": "1"}), "code.unknown_kind"),
        (case("j", department="市\ufffd"), "text.unreadable"),
    ]


def _bad_moves() -> list[tuple[Stated, str]]:
    relation = {"list": "GB/T 4761", "version": "2008", "value": "77"}
    return [
        (move(""), "field.missing"),
        (move("a", change="迁入"), "code.unknown_state"),
        (move("b", change="death", status="registered"), "field.unusable"),
        (move("c", closed_at=MOMENT), "field.unusable"),
        (move("d", relation=relation), "code.unknown_value"),
        (move("e", relation={**relation, "list": "mine"}), "code.unknown_value"),
        (move("f", personal={"resident_id": "110105194912310021"}), "id.check_digit"),
        (move("g", occurred_at=1_795_134_665), "time.unreadable"),
        (move("h", personal={"address": "长" * 310_000}), "row.too_large"),
    ]


@pytest.mark.parametrize(
    ("road", "bad"),
    [(CASES, _bad_cases()), (MOVES, _bad_moves())],
    ids=lambda given: getattr(given, "name", ""),
)
async def test_what_cannot_be_used_is_a_letter_with_its_reason_and_holds_nothing_up(
    anywhere: Department, road: Road, bad: list[tuple[Stated, str]]
) -> None:
    """Wrong schema, garbage, nonsense, missing fields; sent twice it is one letter."""
    department = anywhere.on(road)
    rules = _bad_bytes(department)
    rules |= {department.framed(record): rule for record, rule in bad}
    values = [*rules, department.framed(road.record("good"))]
    department.write([*values, *values])
    assert await department.once() == 0
    letters = await department.letters()
    assert Counter(one["rule"] for one in letters) == Counter(rules.values())
    for letter in letters:
        assert letter["advice"]
        assert letter["place"].startswith(f"{department.topic}-")
        assert letter["topic"] == road.source
    (event,) = await department.events()
    assert event["record_id"] == "good"


async def test_a_record_without_a_value_deletes_nothing_and_is_a_letter_for_its_key(
    department: Department,
) -> None:
    await department.run_readme([case("1"), case("2")])
    for key in (b"1", b"2", b"1"):
        department.write([None], key)
    assert await department.once() == 0
    assert [one["rule"] for one in await department.letters()] == ["row.gone", "row.gone"]
    assert {one["record_id"] for one in await department.events()} == {"1", "2"}
    await department.run_readme([case("1", 2, stage="作废")])
    assert await department.once() == 0
    assert [one["status"] for one in await department.events()].count("void") == 1


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
async def test_what_a_clock_that_jumped_ahead_left_behind_can_be_overtaken(
    department: Department, road: Road
) -> None:
    """It stands until a greater order comes, not until that time comes; beyond 2100 it is none."""
    department = department.on(road)
    right, jumped, never = MOMENT, 4_000_000_000_000, 4_102_444_800_001
    orders = [right, jumped, right + 1, jumped + 1, never]
    await department.run_readme([road.record("x", order) for order in orders])
    assert await department.once() == 0
    events = await department.events()
    assert [event["version"]["order"] for event in events] == orders[:-1]
    (letter,) = await department.letters()
    assert (letter["rule"], letter["field"]) == ("field.unusable", "version.order")


async def test_the_greatest_order_stands_however_late_the_others_come(
    department: Department,
) -> None:
    orders = [3, 1, 2, 3]
    for order in orders:
        await department.run_readme([case("x", order)])
    assert await department.once() == 0
    events = await department.events()
    assert [event["version"]["order"] for event in events] == [3, 1, 2]


async def test_a_case_that_moves_leaves_its_old_community(department: Department) -> None:
    moved = case("x", 2, community="420704001010")
    await department.run_readme([case("x", 1), moved])
    assert await department.once() == 0
    events = await department.events()
    directions = {(e["community"], (e["moved"] or {}).get("direction")) for e in events}
    assert directions == {
        ("420704001013", None),
        ("420704001013", "left"),
        ("420704001010", "arrived"),
    }


async def test_a_person_who_moves_leaves_the_old_community_without_a_trace_of_where_to(
    department: Department,
) -> None:
    """Both halves carry the same version; what is left behind says nothing about the person."""
    department = department.on(MOVES)
    elsewhere = {"resident_id": "11010519491231002X", "household_number": "H2"}
    there = move("x", 2, community="420704001010", personal=elsewhere)
    gone = move("x", 3, community="420704001010", change="move_out", personal=elsewhere)
    await department.run_readme([move("x", 1), there, gone])
    assert await department.once() == 0
    events = {
        (e["community"], (e["moved"] or {}).get("direction"), e["version"]["order"]): e
        for e in await department.events()
    }
    before, after = "420704001013", "420704001010"
    assert events.keys() >= {(before, None, 1), (before, "left", 2), (after, "arrived", 2)}
    left, arrived = events[before, "left", 2], events[after, "arrived", 2]
    assert left["person"] is left["personal"] is left["place"]["unit"] is None
    assert arrived["person"] == events[before, None, 1]["person"]
    assert events[after, None, 3]["status"] == "cancelled"
    assert events[after, None, 3]["closed_at"] == MOMENT


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
        process = await running(hub, CASES.name)
        log = tmp_path / f"{CASES.name}.log"
        await until(lambda: "KAFKA_INTAKE__REGISTRY" in log.read_text(), limit=30, what="retrying")
        registry.process.send_signal(signal.SIGCONT)
        await until(lambda: _stand(hub, CASES.source, 20), limit=60, what="20 events")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert await hub.count(CASES.letters) == 0


async def _stand(hub: Hub, topic: str, number: int) -> bool:
    return await hub.count(topic) == number


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


async def test_the_hubs_registry_may_be_away_while_the_intake_reads(
    bootstrap: str, tmp_path: Path, until: Until
) -> None:
    hub = await hub_at(bootstrap, tmp_path)
    async with hubs_registry(hub, until) as url:
        department = Department(hub, url)
        await department.run_readme()
    assert await department.once() == 0
    assert len(await department.events()) == 1


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
async def test_a_schema_that_the_department_changed_itself_is_a_letter(
    bootstrap: str, tmp_path: Path, until: Until, road: Road
) -> None:
    """A city's own registry may take it; the hub's contract is what counts."""
    hub = await hub_at(bootstrap, tmp_path)
    async with apicurio(hub, until) as registry:
        hub.environment["SHEQU_KAFKA_INTAKE__REGISTRY"] = registry.url
        department = Department(hub, registry.url, road)
        ours = department.framed(road.record("ours"))
        with SchemaRegistryClient({"url": registry.url}) as client:
            subject = f"{department.topic}-value"
            text = json.loads(client.get_latest_version(subject).schema.schema_str)
            text["fields"].append({"name": "colour", "type": ["null", "string"], "default": None})
            client.register_schema(subject, Schema(json.dumps(text), "AVRO"))
        department.write([ours, department.framed(road.record("theirs", colour="red"))])
        assert await department.once() == 0
    assert [event["record_id"] for event in await department.events()] == ["ours"]
    (letter,) = await department.letters()
    assert letter["rule"] == "record.shape"
    assert "newest schema of the topic" in letter["advice"]


@pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)
async def test_another_schema_is_refused_by_the_registry_with_the_reason(
    department: Department, road: Road
) -> None:
    """As an ordinary client sees it, for each topic."""
    subject = f"{department.on(road).topic}-value"
    name = {"kafka_intake": "city.Case", "kafka_intake_moves": "household.Move"}[road.name]
    with SchemaRegistryClient({"url": department.registry}) as registry:
        latest = registry.get_latest_version(subject)
        assert subject in registry.get_subjects()
        assert latest.version in registry.get_versions(subject)
        assert registry.get_schema(latest.schema_id).schema_str == latest.schema.schema_str
        assert registry.register_schema(subject, latest.schema) == latest.schema_id
        assert registry.lookup_schema(subject, latest.schema).version == latest.version
        assert registry.test_compatibility(subject, latest.schema)
        assert registry.get_compatibility(subject) == "BACKWARD_TRANSITIVE"
        other = Schema('{"type": "record", "name": "Mine", "fields": []}', "AVRO")
        assert not registry.test_compatibility(subject, other)
        with pytest.raises(SchemaRegistryError, match="read-only") as refused:
            registry.register_schema("mine-value", other)
        assert (refused.value.http_status_code, refused.value.error_code) == (422, 42205)
        with pytest.raises(SchemaRegistryError, match=rf"shequ\.intake\.{name}") as refused:
            registry.register_schema(subject, other)
        assert refused.value.http_status_code == 409
