"""Kill -9 while departments go on sending: at every point that has a name, and at any moment."""

import asyncio
import random
import signal
from collections.abc import Sequence
from pathlib import Path

from bus import Bus
from faults.points import COMMIT, EACH_PARTITION, GIVING_UP, TAKEOVER
from faults.stage import Stage, chance
from workers import SHEQU, Worker, pause

from streams.lane.errors import EX_TEMPFAIL

FAULTY = ("-m", "fault_worker")
SUPPORT = Path(__file__).parents[1]
TRACKS = 6
"""So many lineages are broken side by side: most of the time a dead member is waited for."""
PARTITIONS = 3
A_SECOND, MOST = 10, 6_000
HIT_SECONDS = 180.0
TRIES = 6
"""A busy machine lets a transaction outlast its timeout: then the worker ends before its point."""
TAKING, COMMITTING, LEAVING = "taking over", "committing", "giving up"
Target = tuple[str, str]
"""What a worker is doing, and the point."""

TARGETS: tuple[Target, ...] = (
    *((TAKING, point) for point in TAKEOVER),
    *((COMMITTING, point) for point in COMMIT),
    *((LEAVING, point) for point in GIVING_UP),
)


def faulty(**told: str) -> dict[str, str]:
    """Environment of a worker that breaks on purpose."""
    return {"PYTHONPATH": str(SUPPORT), **{f"FAULT_{name}": text for name, text in told.items()}}


def any_settings(luck: random.Random) -> dict[str, str]:
    """Environment of workers with rows in memory or on disk, and either decoder."""
    return {
        "SHEQU_ROWS": luck.choice(("memory", "disk")),
        "SHEQU_DECODER": luck.choice(("fastavro", "compiled")),
    }


async def killed_at_every_point(stage: Stage, seed: int) -> None:
    """Each one is really hit, the n-th time by the seed; after all of them all is exact."""
    luck = chance(seed)
    targets = luck.sample(TARGETS, len(TARGETS))
    shares = [targets[number::TRACKS] for number in range(TRACKS)]
    hit = await asyncio.gather(
        *(_track(stage, seed + number, share) for number, share in enumerate(shares))
    )
    assert sorted(one for track in hit for one in track) == sorted(TARGETS)


async def _track(stage: Stage, seed: int, targets: Sequence[Target]) -> list[Target]:
    """One lineage, killed again and again; gives what was hit."""
    luck, bus = chance(seed), await stage.bus(partitions=PARTITIONS)
    settings = any_settings(luck)
    sending = stage.spawn(bus.send(stage.telling(seed, MOST), a_second=A_SECOND))
    hit = []
    for number, target in enumerate(targets):
        hit.append(await _kill(stage, bus, f"{number}", luck, target, settings))
    await stage.hush(sending)
    await stage.start_ready(bus, "last", **settings)
    await stage.finish(bus)
    return hit


async def _kill(
    stage: Stage,
    bus: Bus,
    name: str,
    luck: random.Random,
    target: Target,
    settings: dict[str, str],
) -> Target:
    """A worker that kills itself there; gives what it left word of."""
    doing, point = target
    mark = bus.home / f"{name}.mark"
    told = faulty(POINT=point, TURN=str(_turn(luck, target)), MARK=str(mark)) | settings
    if doing == LEAVING:
        told["FAULT_LATE"] = "1"
    for attempt in range(TRIES):
        victim = await stage.start(bus, f"victim-{name}-{attempt}", FAULTY, **told)
        if doing == LEAVING:
            await stage.until_ready(victim)
            await _disturb(stage, bus, f"{name}-{attempt}", luck, victim, point, settings)
        await stage.until(victim.has_ended, HIT_SECONDS, f"{point} is hit")
        if victim.code == -signal.SIGKILL:
            return doing, mark.read_text("utf-8")
        assert victim.code == EX_TEMPFAIL, (target, victim.code, victim.said[-2000:])
    raise AssertionError(f"{target} was not hit: {victim.said[-2000:]}")


def _turn(luck: random.Random, target: Target) -> int:
    """How often it may pass: a point that every partition comes to, or every commit."""
    doing, point = target
    if doing == COMMITTING:
        return luck.randint(1, 12)
    if doing == TAKING and point in EACH_PARTITION:
        return luck.randint(1, PARTITIONS)
    return 1


async def _disturb(
    stage: Stage,
    bus: Bus,
    name: str,
    luck: random.Random,
    victim: Worker,
    point: str,
    settings: dict[str, str],
) -> None:
    """What makes it give up: it is stopped, or another one joins."""
    if luck.random() < 0.5 or "LeaveGroup" in point:
        victim.signal(signal.SIGTERM)
    else:
        other = await stage.start(bus, f"other-{name}", SHEQU, **settings)
        await stage.until(victim.has_ended, HIT_SECONDS, f"{point} is hit")
        await stage.until_ready(other)
        await other.stop()


async def killed_at_random_moments(stage: Stage, seed: int) -> None:
    """From before a worker is ready until it is well at work."""
    luck = chance(seed)
    bus, settings = await stage.bus(), any_settings(luck)
    sending = stage.spawn(bus.send(stage.told(seed, 1_200), a_second=75))
    for turn in range(3):
        worker = await stage.start(bus, f"worker-{turn}", **settings)
        if luck.random() < 0.7:
            await stage.until_ready(worker)
        await asyncio.sleep(pause(luck, 0.1, 2.0))
        worker.signal(signal.SIGKILL)
        await worker.ended()
    await stage.start_ready(bus, "last", **settings)
    await sending
    await stage.finish(bus)


KILLED = (killed_at_every_point, killed_at_random_moments)
