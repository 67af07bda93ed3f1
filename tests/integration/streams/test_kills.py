"""Real workers on a real Kafka, killed, put to sleep, joined and left: exact after all of it."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable

from bus import Bus
from stories import Told, story
from workers import SESSION_SECONDS, Worker, pause

Start = Callable[..., Awaitable[Worker]]
Until = Callable[..., Awaitable[None]]


def _told(seed: int, length: int) -> list[Told]:
    """A story that happens now: its times lie in the last hours."""
    return list(story(seed, length, time.time_ns() // 1_000_000 - 7_200_000))


async def test_killed_at_any_point_it_loses_and_repeats_nothing(
    bus: Bus, start: Start, until: Until
) -> None:
    """Kill -9, five times, while police and city management go on sending."""
    chance = random.Random(7)
    sending = asyncio.create_task(bus.send(_told(7, 3_000), a_second=75))
    for turn in range(5):
        worker = await start(f"worker-{turn}")
        await until(lambda w=worker: w.ready, limit=40, what="the worker is ready")
        await asyncio.sleep(pause(chance, 0.2, 1.2))
        worker.signal(signal.SIGKILL)
        assert await worker.ended() == -signal.SIGKILL
    last = await start("last")
    await sending
    await until(bus.folded, limit=60, what="everything is folded")
    await last.stop()
    proofs = await bus.require_exact()
    assert sum(proof.crossings for proof in proofs) > 100


async def test_a_sleeper_that_wakes_up_is_fenced(bus: Bus, start: Start, until: Until) -> None:
    """SIGSTOP past the session, another takes over, SIGCONT: nothing is counted twice."""
    sleeper = await start("sleeper")
    await until(lambda: sleeper.ready, limit=40, what="the first worker is ready")
    sending = asyncio.create_task(bus.send(_told(11, 2_400), a_second=120))
    await asyncio.sleep(1.0)
    sleeper.signal(signal.SIGSTOP)
    other = await start("other")
    await until(lambda: other.ready, limit=SESSION_SECONDS * 5, what="the other one took over")
    sleeper.signal(signal.SIGCONT)
    await sending
    await until(bus.folded, limit=60, what="everything is folded")
    for worker in (sleeper, other):
        if worker.code is None:
            await worker.stop()
    assert sleeper.code in {0, 75}
    assert other.code == 0
    await bus.require_exact()


async def test_workers_that_join_and_leave_share_the_partitions(
    bus: Bus, start: Start, until: Until
) -> None:
    """One, two, three, one: each partition has one owner at any time."""
    sending = asyncio.create_task(bus.send(_told(13, 2_600), a_second=200))
    first = await start("first")
    await until(lambda: first.ready, limit=40, what="the first is ready")
    second = await start("second")
    await until(lambda: second.ready, limit=40, what="the second is ready")
    third = await start("third")
    await until(lambda: third.ready, limit=40, what="the third is ready")
    await first.stop()
    await third.stop()
    await sending
    await until(bus.folded, limit=60, what="everything is folded")
    await second.stop()
    proofs = await bus.require_exact()
    assert [proof.partition for proof in proofs] == [0, 1, 2, 3]
    assert sum(proof.crossings for proof in proofs) > 100
    for worker in (first, second, third):
        assert "error" not in worker.said.lower()
