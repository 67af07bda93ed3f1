"""Out and in again: more workers, on one machine or many, on a real Kafka; exact after it all."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaConsumer
from bus import Bus
from stories import Told, story
from workers import SESSION_SECONDS, Worker

from ops import topics
from ops.broker import ports
from ops.settings import Settings

Start = Callable[..., Awaitable[Worker]]
Until = Callable[..., Awaitable[None]]

EARLIER = (str(Path(__file__).parents[2] / "support" / "earlier_worker.py"), "worker")
TWO = ("-m", "ops", "worker", "--processes", "2")


def _told(seed: int, length: int) -> list[Told]:
    return list(story(seed, length, time.time_ns() // 1_000_000 - 7_200_000))


def _lines(worker: Worker, event: str) -> list[dict[str, Any]]:
    """What it logged under this name."""
    said = [json.loads(line) for line in worker.said.splitlines() if line.startswith("{")]
    return [line for line in said if line["event"] == event]


def _last(worker: Worker) -> dict[str, Any]:
    """Its last rebalance."""
    return _lines(worker, "rebalanced")[-1]


def _shared(*workers: Worker) -> Callable[[], bool]:
    """Whether these workers have told of a rebalance in which they had all there is."""

    def holds() -> bool:
        if not all(_lines(worker, "rebalanced") for worker in workers):
            return False
        held = [number for worker in workers for number in _last(worker)["partitions"]]
        return sorted(held) == [0, 1, 2, 3]

    return holds


async def test_what_stays_with_a_worker_is_not_restored_again(
    bus: Bus, start: Start, until: Until
) -> None:
    """A worker joins and leaves: the first keeps what it can, and each rebalance is one line."""
    sending = asyncio.create_task(bus.send(_told(31, 1_200), a_second=60))
    first = await start("first")
    await until(_shared(first), limit=40, what="the first has all")
    second = await start("second")
    await until(_shared(first, second), limit=40, what="both share")
    told = _last(first)
    assert (told["kept"], told["taken"]) == (told["partitions"], [])
    assert len(told["given_up"]) == 2
    assert told["joined"] == [_last(second)["worker"]]
    assert told["shares"] == {
        _last(worker)["worker"]: _last(worker)["partitions"] for worker in (first, second)
    }
    assert told["pause_ms"] > 0
    assert _last(second)["restored_rows"] > 0
    await second.stop()
    await until(_shared(first), limit=40, what="the first has all again")
    assert (_last(first)["kept"], _last(first)["left"]) == (
        told["partitions"], [_last(second)["worker"]],
    )  # fmt: skip
    await sending
    await until(bus.folded, limit=60, what="everything is folded")
    await first.stop()
    await bus.require_exact()


async def test_workers_of_the_version_before_share_in_a_rolling_upgrade(
    bus: Bus, start: Start, until: Until
) -> None:
    """One old, one new beside it, the old one goes, another new one comes."""
    sending = asyncio.create_task(bus.send(_told(32, 1_200), a_second=60))
    old = await start("old", words=EARLIER)
    await until(lambda: old.ready, limit=40, what="the old one has all")
    new = await start("new")
    await until(lambda: len(_lines(new, "rebalanced")) > 0, limit=40, what="the new one shares")
    assert len(_last(new)["partitions"]) == 2
    await until(lambda: len(_lines(old, "partitions taken over")) > 1, limit=40)
    await old.stop()
    await until(_shared(new), limit=40, what="the new one has all")
    newer = await start("newer")
    await until(_shared(new, newer), limit=40, what="the new ones share")
    assert _last(new)["kept"] == _last(new)["partitions"]
    await sending
    await until(bus.folded, limit=60, what="everything is folded")
    await new.stop()
    await newer.stop()
    await bus.require_exact()


async def test_several_processes_under_one_supervisor_share_and_survive_each_other(
    bus: Bus, start: Start, until: Until
) -> None:
    """One is killed and comes again; a signal to the supervisor ends both in order."""
    sending = asyncio.create_task(bus.send(_told(33, 1_600), a_second=60))
    port = ports.choose()
    both = await start("both", words=TWO, SHEQU_METRICS_PORT=str(port))

    def named(name: str) -> list[dict[str, Any]]:
        return [line for line in _lines(both, "rebalanced") if line["process"] == name]

    def shared(after: int) -> bool:
        lines = [named("worker-0"), named("worker-1")]
        held = [number for found in lines if found for number in found[-1]["partitions"]]
        return sorted(held) == [0, 1, 2, 3] and min(map(len, lines)) > after

    await until(lambda: shared(0), limit=40, what="both share")
    async with aiohttp.ClientSession() as session:
        for of in (port, port + 1):
            async with session.get(f"http://127.0.0.1:{of}/metrics") as answer:
                assert "shequ_lane_partitions 2.0" in await answer.text()
    before = len(named("worker-1"))
    victim = int(named("worker-0")[-1]["worker"].rpartition(":")[2])
    os.kill(victim, signal.SIGKILL)

    def back() -> bool:
        return shared(0) and len(named("worker-1")) > before and str(victim) not in (
            named("worker-0")[-1]["worker"]
        )  # fmt: skip

    await until(back, limit=SESSION_SECONDS + 40, what="the killed one is back")
    await sending
    await until(bus.folded, limit=60, what="everything is folded")
    await both.stop()
    await bus.require_exact()


async def test_another_installation_under_the_same_group_is_named(
    bus: Bus, start: Start, until: Until
) -> None:
    """`p.` + `community-v1` and `p.com` + `munity-v1` are one name; who owns goes on."""
    first = await start("first")
    await until(_shared(first), limit=40, what="the first has all")
    prefix = f"{bus.names.prefix}com"
    settings = Settings(topic_prefix=prefix, app="munity")
    await topics.apply(bus.bootstrap, topics.wanted_topics(settings))
    other = await start("other", SHEQU_TOPIC_PREFIX=prefix, SHEQU_APP="munity")
    assert await other.ended() == 75
    last = json.loads(other.said.strip().splitlines()[-1])
    assert last["kind"] == "LaneError"
    assert f"group {bus.names.prefix}community-v1 is another installation's" in last["error"]
    assert "SHEQU_TOPIC_PREFIX" in last["error"]
    assert _last(first)["worker"] in last["error"]
    await until(lambda: _last(first)["partitions"] == [0, 1, 2, 3], limit=40)
    await first.stop()


async def test_a_group_that_another_application_uses_is_named(bus: Bus, start: Start) -> None:
    """It shares by another protocol: the broker refuses one of the two."""
    group = f"{bus.names.prefix}{bus.names.lineage}"
    stranger = AIOKafkaConsumer(
        bus.names.physical("control"), bootstrap_servers=bus.bootstrap, group_id=group
    )
    await stranger.start()
    try:
        worker = await start("worker")
        assert await worker.ended() == 75
    finally:
        await stranger.stop()
    last = json.loads(worker.said.strip().splitlines()[-1])
    assert last["kind"] == "LaneError"
    assert f"group {group} has members that are no workers of this lane" in last["error"]
