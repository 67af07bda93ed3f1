"""What brokers keep: compacted, trimmed, on a disk that fills up, after a power cut."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import admin
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from bus import Bus
from disk import small_disk
from exactness import WRITTEN, PureFold
from faults.brokers import rounds
from faults.stage import Stage, chance
from workers import pause

from ops.broker import EmbeddedBroker, ports
from streams.community.tables import TABLES
from streams.lane.partition import POSITIONS_KEY, POSITIONS_SCHEMA

HARD = {
    "segment_ms": "300",
    "min_cleanable_dirty_ratio": "0.001",
    "max_compaction_lag_ms": "200",
    "delete_retention_ms": "20000",
}
"""Compacted as soon as it is written; tombstones outlive a restore, as they must."""
EATEN = {"segment_ms": "200", "retention_ms": "1"}
KEPT = {"segment_ms": "604800000", "retention_ms": "-1"}


async def compacted_under_way(stage: Stage, seed: int) -> None:
    """Rows and positions are compacted while workers write, die and restore them."""
    luck = chance(seed)
    bus = await stage.bus()
    changelogs = sorted({bus.names.physical(name) for name in ("state", *_changelogs())})
    await admin.configure(bus.bootstrap, changelogs, **HARD)
    async with stage.play(seed, bus):
        for _ in range(rounds(stage)):
            await asyncio.sleep(pause(luck, 1.0, 3.0))
            stage.started[-1].signal(signal.SIGKILL)
            await stage.until(lambda: stage.started[-1].ready, what="the next worker is ready")
    await _require_holes(bus)


def _changelogs() -> set[str]:
    return {table.topic for table in TABLES}


async def _require_holes(bus: Bus) -> None:
    """The cleaner did its work: most of the positions that were written are gone."""
    written = kept = 0
    for records in (await bus.read(["state"])).values():
        positions = [r.value for r in records if r.key == POSITIONS_KEY.encode() and r.value]
        kept += len(positions)
        written += bus.fold.decode(POSITIONS_SCHEMA, positions[-1])["seq"] if positions else 0
    assert kept < written / 2, f"{kept} of {written} positions are still there"


async def trimmed_behind(stage: Stage, seed: int) -> None:
    """Retention eats what is folded, journal and history included: the rest goes on from there."""
    bus = await stage.bus()
    worker = await stage.start_ready(bus, "before")
    await bus.send(stage.told(seed, stage.records // 2))
    await stage.folded(bus)
    await _nudge(bus)  # positions pass the markers of transactions with what is folded next
    await stage.folded(bus)
    await worker.stop()
    await stage.exact(bus)
    kept = await bus.read({*WRITTEN, *bus.fold.sources})
    eaten = [bus.names.physical(name) for name in ("journal", "task.events", *bus.fold.sources)]
    await _eat(stage, bus, eaten)
    worker = await stage.start_ready(bus, "after")
    await bus.send(stage.told(seed + 1, stage.records // 2))
    await stage.until(lambda: _caught_up(bus), what="what is left is folded")
    await worker.stop()
    found = await bus.read({*WRITTEN, *bus.fold.sources})
    both = {
        place: list({r.offset: r for r in (*kept[place], *found[place])}.values())
        for place in found
    }
    PureFold(bus.fold, both, bus.partitions).require_equal()
    stage.tally.events += stage.records // 2


async def _nudge(bus: Bus) -> None:
    """One more record for each partition."""
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap)
    await producer.start()
    try:
        topic = bus.names.physical("police.incidents")
        for number in range(bus.partitions):
            await producer.send_and_wait(topic, b"nudge", partition=number)
    finally:
        await producer.stop()


async def _eat(stage: Stage, bus: Bus, topics: list[str]) -> None:
    """Real retention, until a good part of what was there is gone; then it stops."""
    before = await admin.beginnings(bus.bootstrap, topics)
    await admin.configure(bus.bootstrap, topics, **EATEN)

    async def gone() -> bool:
        now = await admin.beginnings(bus.bootstrap, topics)
        return sum(now[place] > first for place, first in before.items()) >= len(topics)

    await stage.until(gone, what="retention has eaten")
    await admin.configure(bus.bootstrap, topics, **KEPT)


async def _caught_up(bus: Bus) -> bool:
    """Whether the positions are at the end of every source."""
    await asyncio.sleep(0.5)
    said = await bus.read(bus.fold.sources)
    state = await bus.read(["state"])
    for number in range(bus.partitions):
        last = [r.value for r in state["state", number] if r.key == POSITIONS_KEY.encode()][-1]
        folded = bus.fold.decode(POSITIONS_SCHEMA, last or b"")["offsets"]
        for place in folded:
            records = said[place["topic"], number]
            if records and records[-1].offset >= place["next"]:
                return False
    return True


@asynccontextmanager
async def alone(
    stage: Stage, folder: Path, **settings: str
) -> AsyncIterator[tuple[Stage, EmbeddedBroker]]:
    """A broker of the scenario's own, on a folder; dots of its settings as underscores."""
    overrides = {name.replace("_", "."): value for name, value in settings.items()}
    broker = EmbeddedBroker(folder, port=ports.choose(), heap_mib=256, overrides=overrides)
    address = await broker.start()
    here = replace(stage, bootstrap=address, direct=address, cluster=None, _buses=[])
    try:
        yield here, broker  # its topics go with it
    finally:
        broker.kill()


async def power_cut(stage: Stage, seed: int) -> None:
    """The only broker dies, or ends in order, and comes back with the data that it kept."""
    luck = chance(seed)
    async with alone(stage, stage.folder / "kafka") as (here, broker), here.play(seed):
        for turn in range(rounds(stage)):
            await asyncio.sleep(pause(luck, 0.2, 1.5))
            if (turn + seed) % 2:
                broker.kill()
            else:
                await broker.stop()
            await asyncio.sleep(pause(luck, 0.1, 3.0))
            await broker.start()


async def disk_full(stage: Stage, seed: int) -> None:
    """The broker's disk is full and it ends; an operator makes room and starts it again."""
    luck = chance(seed)
    with small_disk(stage.folder / "disk") as disk:
        async with alone(stage, disk.folder / "kafka") as (here, broker):
            bus = await here.bus()
            async with here.play(seed, bus):
                await asyncio.sleep(pause(luck, 0.2, 1.5))
                disk.fill(broker.pid)
                more = stage.spawn(_insist(here, bus, seed + 1))
                await stage.until(lambda: not broker.alive, what="the broker has ended")
                more.cancel()
                disk.make_room(broker.pid)
                await broker.start()


async def _insist(stage: Stage, bus: Bus, seed: int) -> None:
    """Say on and on, also to a broker that is just going."""
    while True:
        with suppress(KafkaError, OSError):
            await bus.send(stage.told(seed, 200))


STORAGE_ON_THREE = (compacted_under_way, trimmed_behind)
STORAGE_ALONE = (power_cut, disk_full)
