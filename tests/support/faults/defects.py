"""What a fold chokes on: poisonous records, handlers that raise; and too few file descriptors."""

import asyncio
import random
import signal
from collections.abc import Iterator

from faults.folds import NEXT_HEAD, NEXT_SCHEMA, fold_named, of_next_schema
from faults.killed import FAULTY, faulty
from faults.stage import CALM, Stage, chance
from sayings import COMMUNITY
from stories import Told
from workers import pause

from ops import epochs
from streams.descriptors import LEAST

LETTER_TOPICS = ("city.cases", "police.incidents", "permits.applications", "household.moves")


async def poisonous_records(stage: Stage, seed: int) -> None:
    """One among good ones, then thousands at once: each is one dead letter, and no more."""
    luck = chance(seed)
    bus = await stage.bus()
    worker = await stage.start_ready(bus, "worker")
    await bus.send(_mixed(luck, stage.told(seed, stage.records)), a_second=300)
    flood = 5_000 if stage.long else 2_000
    await bus.send(_poison(luck) for _ in range(flood))
    await bus.send(stage.told(seed + 1, 50))
    if luck.random() < 0.5:
        worker.signal(signal.SIGKILL)
        await worker.ended()
        await stage.start_ready(bus, "second")
    await stage.finish(bus)
    assert bus.letters >= flood


def _mixed(luck: random.Random, told: list[Told]) -> Iterator[Told]:
    for one in told:
        yield one
        if luck.random() < 0.1:
            yield _poison(luck)


def _poison(luck: random.Random) -> Told:
    """No frame, no schema, another's schema, or the right one and nonsense behind it."""
    topic = luck.choice(LETTER_TOPICS)
    head = luck.choice((b"", b"\0", b"\0\0\0\0\x01", b"\0\0\0\0\x10", b"\0\x7f\xff\xff\xff", b"{"))
    key = luck.choice((COMMUNITY.encode(), b"\xff\xfe", b"420704001002", b"nobody"))
    return Told(0, topic, key, head + luck.randbytes(luck.choice((0, 3, 40, 900))))


async def handlers_raise(stage: Stage, seed: int) -> None:
    """Once, for one record, always: what fails twice is a dead letter, and nothing else goes."""
    await asyncio.gather(*(_raises(stage, seed, kind) for kind in ("once", "one", "always")))


async def _raises(stage: Stage, seed: int, kind: str) -> None:
    luck, bus = chance(seed), await stage.bus(partitions=2)
    bus.fold = fold_named(kind, bus.home)
    sending = stage.spawn(bus.send(stage.told(seed, 600), a_second=80))
    victim = await stage.start_ready(bus, "victim", FAULTY, **faulty(FOLD=kind))
    await asyncio.sleep(pause(luck, 0.2, 2.0))
    victim.signal(signal.SIGKILL)
    await victim.ended()
    await stage.start_ready(bus, "worker", FAULTY, **faulty(FOLD=kind))
    await sending
    await stage.finish(bus)
    assert bus.letters > 0


async def schema_rolled_forward_and_back(stage: Stage, seed: int) -> None:
    """A department's newer schema, known after an upgrade only, beside the one before it.

    Before the upgrade what has an id that nobody knows is a dead letter.
    """
    luck = chance(seed)
    bus = await stage.bus()
    told = stage.told(seed, 600)
    third = len(told) // 3
    older = await stage.start_ready(bus, "older", **CALM)
    await bus.send(told[:third], a_second=300)
    await stage.folded(bus)
    await older.stop()
    bus.fold = fold_named(NEXT_SCHEMA, bus.home)
    await epochs.record(bus.bootstrap, bus.names, bus.fold.code, "rolled forward")
    knows = faulty(FOLD=NEXT_SCHEMA) | CALM
    newer = await stage.start_ready(bus, "newer", FAULTY, **knows)
    await bus.send((_rolled(luck, one) for one in told[third : 2 * third]), a_second=300)
    await stage.folded(bus)
    await newer.stop()
    code = fold_named("", bus.home).code
    await epochs.record(bus.bootstrap, bus.names, code, "rolled back")
    await stage.start_ready(bus, "older-again", **CALM)
    await bus.send(told[2 * third :], a_second=300)
    await stage.finish(bus)


def _rolled(luck: random.Random, told: Told) -> Told:
    """Half of the department's producers write by the newer schema already."""
    if told.topic != "city.cases" or luck.random() < 0.5 or not told.value:
        return told
    return told._replace(value=of_next_schema(told.value))


async def unknown_schema(stage: Stage, seed: int) -> None:
    """A department upgraded before the hub: letters, which can be redriven, and nobody ends."""
    luck = chance(seed)
    bus = await stage.bus()
    await stage.start_ready(bus, "worker", **CALM)
    told = [_rolled(luck, one) for one in stage.told(seed, stage.records)]
    await bus.send(told, a_second=300)
    proofs = await stage.finish(bus)
    assert bus.letters >= sum(one.value.startswith(NEXT_HEAD) for one in told)
    assert all(proof.records for proof in proofs)


async def few_file_descriptors(stage: Stage, seed: int) -> None:
    """A limit that is too low ends it with 75 and is named; it never hangs or half works."""
    luck = chance(seed)
    bus = await stage.bus()
    sending = stage.spawn(bus.send(stage.told(seed, 600), a_second=60))
    for number in range(6 if stage.long else 2):
        files = luck.choice((luck.randint(12, LEAST - 1), luck.randint(LEAST, 300)))
        worker = await stage.start(bus, f"poor-{number}", FAULTY, **faulty(FILES=str(files)))
        await stage.until(
            worker.has_settled,
            what=f"with {files} file descriptors it works or has ended",
        )
        worker.signal(signal.SIGTERM)
        assert await worker.ended() in {0, 75}, (files, worker.said[-2000:])
        assert ("LimitNOFILE" in worker.said) == (files < LEAST), (files, worker.said[-2000:])
    await stage.start_ready(bus, "rich")
    await sending
    await stage.finish(bus)


DEFECTS = (
    poisonous_records,
    handlers_raise,
    schema_rolled_forward_and_back,
    unknown_schema,
    few_file_descriptors,
)
