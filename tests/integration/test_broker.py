"""The embedded broker on a real machine: starts, survives, refuses."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from ops.broker import EmbeddedBroker, FolderInUseError, ports, ready, running, stop_running

TOPIC = "kept"


async def _write(bootstrap: str, values: list[bytes]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for value in values:
            await producer.send_and_wait(TOPIC, value)


async def _read(bootstrap: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    async with consumer:
        place = TopicPartition(TOPIC, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        found: list[bytes] = []
        while await consumer.position(place) < end:
            batch = await consumer.getmany(place, timeout_ms=1_000)
            found += [record.value or b"" for records in batch.values() for record in records]
        return found


async def test_what_was_written_is_there_after_kill_9_at_the_same_address(tmp_path: Path) -> None:
    """A power cut of the broker costs no acknowledged record, and clients find it again."""
    broker = EmbeddedBroker(tmp_path)
    try:
        first = await broker.start()
        await _write(first, [b"a", b"b"])
        broker.kill()
        assert not broker.alive
        assert running(tmp_path) is None
        assert await broker.start() == first
        assert await _read(first) == [b"a", b"b"]
    finally:
        await broker.stop()


async def test_a_second_broker_on_the_same_folder_is_refused_by_name(tmp_path: Path) -> None:
    """The refusal names the process and the port, and the first goes on undisturbed."""
    async with EmbeddedBroker(tmp_path) as first:
        port = first.bootstrap.rsplit(":", 1)[1]
        with pytest.raises(FolderInUseError, match=rf"process {first.pid}, port {port}"):
            await EmbeddedBroker(tmp_path).start()
        await _write(first.bootstrap, [b"still here"])
        assert await _read(first.bootstrap) == [b"still here"]


async def test_a_taken_port_is_replaced_and_a_changed_port_keeps_the_data(tmp_path: Path) -> None:
    """A wish for a port is a wish; a folder that was served elsewhere before serves again."""
    async with EmbeddedBroker(tmp_path) as broker:
        wished = int(broker.bootstrap.rsplit(":", 1)[1])
        await _write(broker.bootstrap, [b"kept"])
    with socket.create_server(("127.0.0.1", wished)):
        async with EmbeddedBroker(tmp_path, port=wished) as broker:
            assert broker.bootstrap != f"127.0.0.1:{wished}"
            assert await _read(broker.bootstrap) == [b"kept"]


async def test_another_kafka_on_the_port_is_not_taken_for_ours(bootstrap: str) -> None:
    """A node is ready when *it* answers."""
    port = int(bootstrap.rsplit(":", 1)[1])
    assert not await ready.answers(port, "another-cluster")


async def test_a_lost_race_for_a_port_is_run_again_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that was free when chosen and taken when bound costs a moment, not the start."""
    choose = ports.choose
    with socket.create_server(("127.0.0.1", 0)) as rival:
        taken = rival.getsockname()[1]
        chosen = iter([taken])
        monkeypatch.setattr(ports, "choose", lambda *a, **k: next(chosen, None) or choose(*a, **k))
        async with EmbeddedBroker(tmp_path) as broker:
            assert broker.bootstrap != f"127.0.0.1:{taken}"


async def test_a_tied_broker_dies_with_the_process_that_started_it(
    tmp_path: Path, until: Callable[..., Awaitable[None]]
) -> None:
    """Kill -9 of the parent leaves no broker behind, and the folder is free."""
    parent = _start_in_another_process(tmp_path, "tied=True")
    found = running(tmp_path)
    assert found is not None
    parent.kill()
    parent.wait()
    await until(lambda: running(tmp_path) is None, what="the broker is gone")
    assert not ports.is_answered(int(found.bootstrap.rsplit(":", 1)[1]))


async def test_a_detached_broker_outlasts_its_parent_and_can_be_stopped(tmp_path: Path) -> None:
    """`--detach`: the parent goes, the broker stays, and stop finds it."""
    parent = _start_in_another_process(tmp_path, "tied=False")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    found = running(tmp_path)
    assert found is not None
    await _write(found.bootstrap, [b"alive"])
    assert await stop_running(tmp_path) == found.pid
    assert running(tmp_path) is None
    assert await stop_running(tmp_path) is None


async def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    """Ctrl-C while the broker starts frees the folder."""
    broker = EmbeddedBroker(tmp_path)
    starting = asyncio.create_task(broker.start())
    while broker.pid is None:
        await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not broker.alive
    assert await stop_running(tmp_path) is None


async def test_topics_are_not_made_by_accident(bootstrap: str, topic_name: str) -> None:
    """Asking for a topic that nobody made does not make it: a misspelt name is an error."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic_name])
        assert found["error_code"] == UnknownTopicOrPartitionError.errno
        assert topic_name not in await admin.list_topics()
    finally:
        await admin.close()


def _start_in_another_process(folder: Path, how: str) -> subprocess.Popen[str]:
    script = (
        "import asyncio, pathlib, sys\n"
        "from ops.broker import EmbeddedBroker\n"
        "async def main():\n"
        f"    broker = EmbeddedBroker(pathlib.Path(sys.argv[1]), {how})\n"
        "    print(await broker.start(), flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith("127.0.0.1:")
    parent.stdout.close()
    return parent
