"""A worker as an operator meets it: how it starts, what it says when it cannot, how it ends."""

import asyncio
import json
import os
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from bus import Bus
from stories import Told, story
from town import COMMUNITY
from workers import Supervisor, Worker

from ops.broker import EmbeddedBroker, ports
from ops.reading import places, read_all, read_last, reader
from streams.lane.partition import POSITIONS_SCHEMA

Start = Callable[..., Awaitable[Worker]]
Until = Callable[..., Awaitable[None]]


def _told(seed: int, length: int) -> list[Told]:
    return list(story(seed, length, time.time_ns() // 1_000_000 - 7_200_000))


async def _shequ(bus: Bus, *words: str, module: str = "ops", **environment: str) -> tuple[int, str]:
    """Exit code and all that was said."""
    env = {
        **os.environ,
        "SHEQU_HOME": str(bus.home),
        "SHEQU_BOOTSTRAP": bus.bootstrap,
        "SHEQU_TOPIC_PREFIX": bus.names.prefix,
        **environment,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode("utf-8", "replace")


async def _append(bus: Bus, topic: str, key: bytes, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap, max_request_size=2_000_000)
    await producer.start()
    await producer.send_and_wait(bus.names.physical(topic), value, key=key, partition=0)
    await producer.stop()


def _last_word(worker: Worker) -> dict[str, str]:
    """Its last line: what ended it, never a traceback."""
    last: dict[str, str] = json.loads(worker.said.strip().splitlines()[-1])
    return last


async def _fold_all(bus: Bus, start: Start, until: Until, name: str = "first") -> Worker:
    worker = await start(name)
    await until(lambda: worker.ready, limit=40, what="the worker is ready")
    await until(bus.folded, limit=60, what="everything is folded")
    await worker.stop()
    return worker


async def test_its_whole_life_leaves_no_error_and_the_proof_holds(
    bus: Bus, start: Start, until: Until
) -> None:
    """Started, fed, stopped: nothing but its own words, and `shequ verify` agrees."""
    await bus.send(_told(21, 400))
    worker = await _fold_all(bus, start, until)
    events = [json.loads(line)["event"] for line in worker.said.splitlines()]
    assert set(events) == {"partition restored", "partitions taken over", "rebalanced"}
    code, said = await _shequ(bus, "verify")
    assert code == 0, said
    assert said.count("partition ") == 4
    assert said.endswith("the replay gave the same answer\n")
    await bus.require_exact()


async def test_lag_tools_see_how_far_it_is(bus: Bus, start: Start, until: Until) -> None:
    """Offsets of the group are committed now and then, for them alone."""
    await bus.send(_told(22, 200))
    worker = await start("worker")
    group = f"{bus.names.prefix}{bus.names.lineage}"
    consumer = AIOKafkaConsumer(bootstrap_servers=bus.bootstrap, group_id=group)
    await consumer.start()
    try:
        places = [TopicPartition(bus.names.physical("city.cases"), n) for n in range(4)]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)

        async def shown() -> bool:
            return all([await consumer.committed(p) == ends[p] for p in places if ends[p]])

        await until(shown, limit=60, what="the group shows no lag")
    finally:
        await consumer.stop()
    await worker.stop()


@pytest.mark.parametrize(
    ("environment", "code", "kind", "advice"),
    [
        ({"SHEQU_BOOTSTRAP": "127.0.0.1:1"}, 75, "LaneError", "no broker answers at 127.0.0.1:1"),
        ({"SHEQU_TOPIC_PREFIX": "nobody."}, 75, "LaneError", "run `shequ topics apply`"),
    ],
)
async def test_what_it_waits_for_is_its_last_word(
    start: Start, environment: dict[str, str], code: int, kind: str, advice: str
) -> None:
    """A supervisor starts it again; an operator reads what is missing."""
    worker = await start("worker", **environment)
    assert await worker.ended() == code
    last = _last_word(worker)
    assert last["kind"] == kind
    assert advice in last["error"]


async def test_a_wrong_setting_is_one_message(start: Start) -> None:
    """No supervisor can put that right: exit code 2."""
    worker = await start("worker", SHEQU_SESSION_TIMEOUT="soon", SHEQU_VIEW_VERSION="1")
    assert await worker.ended() == 2
    assert worker.said.strip().startswith("setting SHEQU_SESSION_TIMEOUT='soon' is not allowed.")
    assert "Traceback" not in worker.said


async def test_without_a_broker_of_its_own_it_says_how_to_start_one(tmp_path: Path) -> None:
    """The embedded one does not run, and none is set."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("SHEQU_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops", "worker", env={**env, "SHEQU_HOME": str(tmp_path / "none")},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 75
    assert b"shequ broker start" in said
    assert b"Traceback" not in said


async def test_other_code_starts_only_after_an_epoch(bus: Bus, start: Start, until: Until) -> None:
    """Until an operator says so, it ends with what to do; then it goes on."""
    await bus.send(_told(23, 60))
    await _fold_all(bus, start, until)
    await _forge_code(bus)
    worker = await start("refused")
    assert await worker.ended() == 75
    last = _last_word(worker)
    assert last["kind"] == "CodeChangedError"
    assert "record an epoch: shequ epoch" in last["error"]
    code, said = await _shequ(bus, "epoch", "--reason", "a test")
    assert (code, "epoch recorded" in said) == (0, True)
    await _fold_all(bus, start, until, "allowed")


async def _forge_code(bus: Bus) -> None:
    """The positions of partition 0 as other code would have left them."""
    topic = bus.names.physical("state")
    async with reader(bus.bootstrap, [topic]) as consumer:
        last = await read_last(consumer, TopicPartition(topic, 0))
    assert last is not None
    positions = bus.fold.decode(POSITIONS_SCHEMA, last.value or b"")
    forged = bus.fold.encode(POSITIONS_SCHEMA, {**positions, "code": "0123456789abcdef"})
    await _append(bus, "state", last.key or b"", forged)


async def test_rows_that_somebody_changed_are_found_by_the_proof_and_by_the_next_worker(
    bus: Bus, start: Start, until: Until
) -> None:
    """Exit code 5 names the row; a worker on such rows does not start."""
    await bus.send(_told(24, 60))
    await _fold_all(bus, start, until)
    await _append(bus, "views.cases", f"{COMMUNITY}/forged".encode(), b"\x00nonsense")
    code, said = await _shequ(bus, "verify")
    assert code == 5
    assert f"row cases {COMMUNITY}/forged recorded" in said
    worker = await start("refused")
    assert await worker.ended() == 75
    assert _last_word(worker)["kind"] == "DigestMismatchError"


async def test_a_crossing_that_somebody_wrote_is_found_by_the_proof(
    bus: Bus, start: Start, until: Until
) -> None:
    """What one code tells another stands on the topic once: exit code 5 says where it does not."""
    await bus.send(_told(28, 200))
    await _fold_all(bus, start, until)
    topic = bus.names.physical("crossings")
    async with reader(bus.bootstrap, [topic]) as consumer:
        last = await read_last(consumer, TopicPartition(topic, 0))
    assert last is not None
    await _append(bus, "crossings", last.key or b"", last.value or b"")
    code, said = await _shequ(bus, "verify")
    assert code == 5
    assert f"{topic} recorded" in said
    assert said.count("DIFFERS") == 1


async def test_two_lineages_tell_the_same_topic_and_each_has_its_proof(
    bus: Bus, start: Start, until: Until
) -> None:
    """A new view version folds all from the beginning, and says again what the old one said."""
    await bus.send(_told(29, 400))
    await _fold_all(bus, start, until)
    other = Bus(bus.bootstrap, bus.home, bus.names.prefix, version=2)
    await other.make()
    worker = await start("second", SHEQU_VIEW_VERSION="2")
    await until(other.folded, limit=60, what="the second lineage has folded everything")
    await worker.stop()
    for version in ("1", "2"):
        code, said = await _shequ(bus, "verify", SHEQU_VIEW_VERSION=version)
        assert code == 0, said
    topic = bus.names.physical("crossings")
    async with reader(bus.bootstrap, [topic]) as consumer:
        told = [r for place in places(consumer, topic) for r in await read_all(consumer, place)]
    marks = Counter(mark for record in told for mark in record.headers)
    assert set(marks) == {("shequ_lineage", b"community-v1"), ("shequ_lineage", b"community-v2")}
    assert len(told) == sum(marks.values())


async def test_records_that_retention_has_eaten_stop_the_start(
    bus: Bus, start: Start, until: Until
) -> None:
    """It was away for too long: it says so instead of going on behind the gap."""
    await bus.send(_told(25, 60))
    await _fold_all(bus, start, until)
    topic = bus.names.physical("city.cases")
    for _ in range(3):
        await _append(bus, "city.cases", b"k", b"nonsense")
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.bootstrap)
    await admin.start()
    try:
        async with reader(bus.bootstrap, [topic]) as consumer:
            place = TopicPartition(topic, 0)
            end = (await consumer.end_offsets([place]))[place]
        await admin.delete_records({place: RecordsToDelete(before_offset=end - 1)})
    finally:
        await admin.close()
    worker = await start("refused")
    assert await worker.ended() == 75
    last = _last_word(worker)
    assert last["kind"] == "LogTrimmedError"
    assert "raise retention_ms" in last["error"]


async def test_a_record_as_great_as_a_topic_takes_becomes_a_letter(
    bus: Bus, start: Start, until: Until
) -> None:
    """Its letter is greater than that: it must not stop the lane, for ever."""
    giant = os.urandom(1_048_000)
    await _append(bus, "city.cases", COMMUNITY.encode(), giant)
    await _append(bus, "police.incidents", COMMUNITY.encode(), b"")
    await _fold_all(bus, start, until)
    topic = bus.names.physical("dlq.city.cases")
    async with reader(bus.bootstrap, [topic]) as consumer:
        letter = await read_last(consumer, TopicPartition(topic, 0))
    assert letter is not None
    assert len(letter.value or b"") > len(giant)
    await bus.require_exact()


async def test_a_broker_that_goes_and_comes_back_costs_no_record(
    tmp_path: Path, until: Until
) -> None:
    """The worker goes on, or ends with 75 and is started again."""
    broker = EmbeddedBroker(tmp_path / "kafka", port=ports.choose())
    bus = Bus(await broker.start(), tmp_path, f"t{uuid.uuid4().hex[:8]}.")
    await bus.make()
    supervisor = Supervisor(bus, "supervised")
    try:
        await until(lambda: bool(supervisor.worker and supervisor.worker.ready), limit=40)
        await bus.send(_told(26, 300), a_second=300)
        broker.kill()
        await asyncio.sleep(2)
        assert await broker.start() == bus.bootstrap
        await bus.send(_told(27, 300), a_second=300)
        await until(bus.folded, limit=90, what="everything is folded")
        await supervisor.stop()
        assert set(supervisor.codes) <= {75}
        await bus.require_exact()
    finally:
        await supervisor.stop()
        await broker.stop()


async def test_ctrl_c_from_the_first_line_is_heard(start: Start, until: Until) -> None:
    """While it restores, too; nothing hangs."""
    worker = await start("worker")
    await until(lambda: worker.said != "" or worker.code is not None, limit=40)
    worker.signal(signal.SIGINT)
    assert await worker.ended() == 0, worker.said


@pytest.mark.parametrize("command", ["agents", "tables", "models"])
async def test_fausts_own_command_line_works(bus: Bus, command: str) -> None:
    """`faust -A streams.app:app ...`: Faust stays the app."""
    words = ("-A", "streams.app:app", command)
    code, said = await _shequ(bus, *words, module="faust")
    assert code == 0, said
    assert "Traceback" not in said
    if command == "agents":
        assert "@community" in said


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("topics", "apply"), "all topics are as the catalogue says"),
        (("lists", "publish"), "all lists are in force already"),
        (("epoch", "--reason", "a test", "--if-changed"), "the journal was written by this code"),
        (("verify",), "the replay gave the same answer"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
async def test_every_command_works_under_the_prefix(
    bus: Bus, words: tuple[str, ...], answer: str
) -> None:
    """Two installations on one Kafka never touch each other's topics."""
    code, said = await _shequ(bus, *words)
    assert code == 0, said
    assert answer in said
