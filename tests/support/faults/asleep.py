"""SIGSTOP past the session timeout, then SIGCONT: a zombie that thinks that it owns."""

import asyncio
import signal
from pathlib import Path

from bus import Bus
from faults.killed import FAULTY, TRIES, faulty
from faults.points import COMMIT, TAKEOVER
from faults.stage import Stage, chance
from workers import SESSION_SECONDS, Worker, pause

TAKEN_SECONDS = SESSION_SECONDS * 20


async def asleep_at_random_moments(stage: Stage, seed: int) -> None:
    """Another takes over meanwhile; when it wakes up, nothing that it does counts."""
    luck = chance(seed)
    bus = await stage.bus()
    sleeper = await stage.start_ready(bus, "sleeper")
    sending = stage.spawn(bus.send(stage.told(seed, 1_200), a_second=100))
    await asyncio.sleep(pause(luck, 0.2, 3.0))
    sleeper.signal(signal.SIGSTOP)
    other = await stage.start(bus, "other")
    await stage.until(other.has_settled, TAKEN_SECONDS, "the other one took over")
    sleeper.signal(signal.SIGCONT)
    await sending
    await stage.finish(bus)
    assert sleeper.code in {0, 75}


async def asleep_within_a_step(stage: Stage, seed: int) -> None:
    """At a point of a transaction, or of a takeover: it goes on with the very next step."""
    luck = chance(seed)
    bus = await stage.bus(partitions=3)
    points = luck.sample((*COMMIT, *TAKEOVER), 4 if stage.long else 2)
    sending = stage.spawn(bus.send(stage.telling(seed, 20_000), a_second=50))
    for number, point in enumerate(points):
        turn = luck.randint(1, 9) if point in COMMIT else 1
        sleeper = await _asleep(stage, bus, f"sleeper-{number}", point, turn)
        other = await stage.start(bus, f"other-{number}")
        await stage.until(other.has_settled, TAKEN_SECONDS, "the other one took over")
        sleeper.signal(signal.SIGCONT)
        await asyncio.sleep(pause(luck, 0.0, 2.0))
        for worker in (sleeper, other):
            worker.signal(signal.SIGTERM)
        assert {await sleeper.ended(), await other.ended()} <= {0, 75}, point
    await stage.hush(sending)
    await stage.start_ready(bus, "last")
    await stage.finish(bus)


async def _asleep(stage: Stage, bus: Bus, name: str, point: str, turn: int) -> Worker:
    """A worker that sleeps at the point; one that a busy machine ends before is replaced."""
    for attempt in range(TRIES):
        mark = bus.home / f"{name}-{attempt}.mark"
        told = faulty(POINT=point, TURN=str(turn), MARK=str(mark), SIGNAL="SIGSTOP")
        sleeper = await stage.start(bus, f"{name}-{attempt}", FAULTY, **told)

        def is_over(mark: Path = mark, sleeper: Worker = sleeper) -> bool:
            return mark.exists() or sleeper.has_ended()

        await stage.until(is_over, TAKEN_SECONDS, f"it sleeps at {point}")
        if mark.exists():
            return sleeper
    raise AssertionError(f"no worker came to {point}")


ASLEEP = (asleep_at_random_moments, asleep_within_a_step)
