"""What a worker cannot work with: it names it, says what to do, and ends rather than guess."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import admin
import pytest
from aiokafka import AIOKafkaProducer
from bus import Bus
from confluent_kafka.admin._acl import AclOperation
from confluent_kafka.admin._resource import ResourceType
from faults.stage import Stage
from town import COMMUNITY
from workers import Worker

from ops import topics
from ops.broker import EmbeddedBroker
from ops.settings import Settings

GUARDED = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}


def _last_word(worker: Worker) -> dict[str, str]:
    """Its last line: what ended it, never a traceback."""
    last: dict[str, str] = json.loads(worker.said.strip().splitlines()[-1])
    return last


async def _fed(stage: Stage) -> Bus:
    """A lineage that has folded something and has no worker now."""
    bus = await stage.bus()
    await bus.send(stage.told(41, 60))
    worker = await stage.start_ready(bus, "first")
    await stage.folded(bus)
    await worker.stop()
    return bus


async def _refused(stage: Stage, bus: Bus, name: str) -> dict[str, str]:
    worker = await stage.start(bus, name)
    assert await worker.ended() == 75
    return _last_word(worker)


async def _make_missing(bus: Bus) -> None:
    """As an operator does who sees that a topic is gone."""
    wanted = topics.wanted_topics(Settings(topic_prefix=bus.names.prefix))
    await topics.apply(bus.bootstrap, wanted)


async def test_topics_that_somebody_deleted_and_made_anew_are_not_taken_for_a_beginning(
    one: Stage,
) -> None:
    """Nothing is folded a second time, and nobody goes on without what proves the rows."""
    bus = await _fed(one)
    views = bus.names.physical("views.cases")
    await admin.delete_topics(bus.bootstrap, bus.names.physical("journal"))
    await _make_missing(bus)
    last = await _refused(one, bus, "journal-empty")
    assert last["kind"] == "MadeAnewError"
    assert "SHEQU_VIEW_VERSION" in last["error"]
    await admin.delete_topics(bus.bootstrap, views)
    last = await _refused(one, bus, "views-gone")
    assert f"the broker has no topic {views}, but others of this lineage are there" in last["error"]
    assert "SHEQU_VIEW_VERSION" in last["error"]
    await _make_missing(bus)
    last = await _refused(one, bus, "views-empty")
    assert last["kind"] == "DigestMismatchError"
    assert "rebuild the lineage" in last["error"]
    await admin.delete_topics(bus.bootstrap, bus.names.physical("state"))
    await _make_missing(bus)
    last = await _refused(one, bus, "state-empty")
    assert last["kind"] == "PositionsGoneError"
    assert "rebuild the lineage" in last["error"]


@pytest.mark.parametrize("logical", ["views.cases", "dlq.city.cases"])
async def test_a_topic_with_another_count_of_partitions_stops_the_start(
    one: Stage, logical: str
) -> None:
    """Rows of a partition would have no place."""
    bus = await one.bus()
    topic = bus.names.physical(logical)
    await admin.delete_topics(bus.bootstrap, topic)
    await admin.make_topic(bus.bootstrap, topic, 3)
    last = await _refused(one, bus, "refused")
    assert last["kind"] == "LaneError"
    assert f"most have 4, {{'{topic}': 3}} have another" in last["error"]


async def test_a_topic_that_takes_smaller_records_is_named_at_the_record(one: Stage) -> None:
    """The city's administrator lowered the limit."""
    bus = await one.bus()
    await admin.configure(
        bus.bootstrap, [bus.names.physical("views.cases")], max_message_bytes="120"
    )
    await bus.send(one.told(43, 60))
    last = await _refused(one, bus, "refused")
    assert last["kind"] == "CommitFailedError"
    assert bus.names.physical("views.cases") in last["error"]
    assert "max.message.bytes" in last["error"]


async def test_an_unknown_schema_id_is_a_dead_letter_and_the_lane_goes_on(one: Stage) -> None:
    """The record is set aside; what follows is folded."""
    bus = await one.bus()
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap)
    await producer.start()
    unknown = b"\x00\x7f\xff\xff\xff" + b"who knows"
    await producer.send_and_wait(bus.names.physical("city.cases"), unknown, COMMUNITY.encode())
    await producer.stop()
    await bus.send(one.told(44, 60))
    await one.start_ready(bus, "worker")
    await one.finish(bus)


async def test_a_transactional_id_that_another_application_uses_is_named(one: Stage) -> None:
    """It cannot tell a colleague from a stranger by itself: it says how an operator can."""
    bus = await one.bus()
    worker = await one.start_ready(bus, "worker")
    identity = bus.names.transactional_id(2)
    stranger = AIOKafkaProducer(bootstrap_servers=bus.bootstrap, transactional_id=identity)
    await stranger.start()
    try:
        sending = one.spawn(bus.send(one.told(45, 300), a_second=50))
        assert await worker.ended() == 75
        await sending
    finally:
        await stranger.stop()
    last = _last_word(worker)
    assert last["kind"] == "FencedError"
    assert f"transactional id {identity}" in last["error"]
    assert "another application" in last["error"]
    await one.start_ready(bus, "again")
    await one.finish(bus)


async def test_a_transaction_that_hangs_in_the_journal_is_named_until_it_is_aborted(
    one: Stage,
) -> None:
    """A broker may lose the end of a transaction; to go on would count its records twice."""
    bus = await _fed(one)
    journal = bus.names.physical("journal")
    stranger = AIOKafkaProducer(
        bootstrap_servers=bus.bootstrap, transactional_id=f"{bus.names.prefix}stranger"
    )
    await stranger.start()
    try:
        await stranger.begin_transaction()
        await stranger.send_and_wait(journal, b"hangs", partition=2)
        last = await _refused(one, bus, "refused")
        await stranger.abort_transaction()
    finally:
        await stranger.stop()
    assert last["kind"] == "HangingTransactionError"
    assert f"--topic {journal} --partition 2 --start-offset" in last["error"]
    await one.start_ready(bus, "again")
    await one.finish(bus)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """A broker that heeds ACLs."""
    node = EmbeddedBroker(tmp_path_factory.mktemp("guarded"), heap_mib=256, overrides=GUARDED)
    asyncio.run(node.start())
    yield node
    asyncio.run(node.stop())


@pytest.fixture
async def behind_acls(guarded: EmbeddedBroker, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on it."""
    async with Stage(tmp_path, guarded.bootstrap, guarded.bootstrap) as stage:
        yield stage


@pytest.mark.parametrize(
    ("logical", "operation", "advice"),
    [
        ("city.cases", AclOperation.READ, "forbid this worker"),
        ("city.cases", AclOperation.DESCRIBE, "forbid this worker to see"),
        ("views.cases", AclOperation.WRITE, "forbid this worker"),
    ],
)
async def test_an_acl_that_forbids_a_topic_is_named(
    behind_acls: Stage, logical: str, operation: AclOperation, advice: str
) -> None:
    """At the start, or at the first record."""
    bus = await behind_acls.bus()
    topic = bus.names.physical(logical)
    await bus.send(behind_acls.told(46, 60))
    await admin.forbid(bus.bootstrap, ResourceType.TOPIC, topic, operation)
    last = await _refused(behind_acls, bus, "refused")
    assert topic in last["error"]
    assert advice in last["error"]
    assert "allow" in last["error"]


async def test_an_acl_that_forbids_rows_to_be_read_is_named_where_there_are_rows(
    behind_acls: Stage,
) -> None:
    """At the restore: without them it cannot go on."""
    bus = await _fed(behind_acls)
    topic = bus.names.physical("views.cases")
    await admin.forbid(bus.bootstrap, ResourceType.TOPIC, topic, AclOperation.READ)
    last = await _refused(behind_acls, bus, "refused")
    assert f"forbid this worker {topic}" in last["error"]


@pytest.mark.parametrize("kind", [ResourceType.TRANSACTIONAL_ID, ResourceType.GROUP])
async def test_an_acl_that_forbids_the_id_or_the_group_is_named(
    behind_acls: Stage, kind: ResourceType
) -> None:
    """Without either it cannot begin."""
    bus = await behind_acls.bus()
    name = bus.names.transactional_id(1)
    operation = AclOperation.WRITE
    if kind == ResourceType.GROUP:
        name, operation = f"{bus.names.prefix}{bus.names.lineage}", AclOperation.READ
    await admin.forbid(bus.bootstrap, kind, name, operation)
    last = await _refused(behind_acls, bus, "refused")
    assert name in last["error"]
    assert "allow" in last["error"]
