"""What brokers forget: a group's offsets, a transactional id that was idle for too long."""

import struct

import admin
from bus import Bus
from cluster import TRANSACTIONS
from faults.stage import Stage
from faults.storage import alone

from ops.reading import places, read_all, reader

IDLE_MS = 6_000


async def offsets_deleted(stage: Stage, seed: int) -> None:
    """Somebody deletes the group while no worker runs: the lane keeps its own positions."""
    bus = await stage.bus()
    group = f"{bus.names.prefix}{bus.names.lineage}"
    for turn in range(2):
        worker = await stage.start_ready(bus, f"worker-{turn}")
        await bus.send(stage.told(seed + turn, stage.records // 2))
        await stage.folded(bus)
        await stage.until(lambda: _committed(bus, group), what="the group has committed")
        await worker.stop()
        await admin.delete_group(bus.bootstrap, group)
        assert not await admin.group_offsets(bus.bootstrap, group)
    await stage.start_ready(bus, "last")
    await stage.finish(bus)


async def _committed(bus: Bus, group: str) -> bool:
    return bool(await admin.group_offsets(bus.bootstrap, group))


async def offsets_expired(stage: Stage, seed: int) -> None:
    """They expire a minute after the last worker went; it takes a minute, so: for the soak."""
    settings = {"offsets_retention_minutes": "1", "offsets_retention_check_interval_ms": "1000"}
    async with alone(stage, stage.folder / "kafka", **settings) as (here, _):
        bus = await here.bus()
        group = f"{bus.names.prefix}{bus.names.lineage}"
        worker = await here.start_ready(bus, "before")
        await bus.send(here.told(seed, stage.records // 2))
        await here.folded(bus)
        await here.until(lambda: _committed(bus, group), what="the group has committed")
        await worker.stop()

        async def expired() -> bool:
            return not await _committed(bus, group)

        await here.until(expired, limit=120, what="the offsets have expired")
        await bus.send(here.told(seed + 1, stage.records // 2))
        await here.start_ready(bus, "after")
        await here.finish(bus)


async def transactional_id_expired(stage: Stage, seed: int) -> None:
    """Idle for too long, the broker forgets the worker's claim: it ends with 75 and claims anew."""
    settings = {
        "transactional_id_expiration_ms": str(IDLE_MS),
        "transaction_remove_expired_transaction_cleanup_interval_ms": "300",
    }
    async with alone(stage, stage.folder / "kafka", **settings) as (here, _):
        bus = await here.bus()
        kept = here.supervise(bus, "worker")
        await here.ready(kept)
        await bus.send(here.told(seed, stage.records // 2))
        await here.folded(bus)
        await here.until(lambda: _forgotten(bus), what="the ids have expired")
        await bus.send(here.told(seed + 1, stage.records // 2))
        await here.folded(bus)
        assert 75 in kept.codes, "the broker forgot nothing"
        await here.finish(bus)


async def _forgotten(bus: Bus) -> bool:
    """Whether the last that the broker wrote of each id is that it is gone."""
    last: dict[bytes, bool] = {}
    async with reader(bus.bootstrap, [TRANSACTIONS]) as consumer:
        for place in places(consumer, TRANSACTIONS):
            for record in await read_all(consumer, place):
                last[record.key or b""] = record.value is None
    wanted = [_key(bus.names.transactional_id(number)) for number in range(bus.partitions)]
    return all(last.get(key, False) for key in wanted)


def _key(transactional_id: str) -> bytes:
    """Version 0, and a string with its length, as the broker's key."""
    return struct.pack(">hh", 0, len(transactional_id)) + transactional_id.encode()


FORGETTING = (offsets_deleted,)
FORGETTING_ALONE = (transactional_id_expired,)
FORGETTING_SLOWLY = (offsets_expired,)
