"""One measurement in a process of its own, so that its memory is its own: prints JSON.

`restore`: a partition from its topics; `cost`: a fold over so many rows that are there.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from pathlib import Path

from benchmarks.peers import thin
from benchmarks.peers.fold import EVENTS, ThinFold
from benchmarks.rows.filling import code_of, record_of, rows, templates
from schemas.naming import Lineage, Names
from streams.lane.kafka.log import KafkaLog
from streams.lane.lane import wall_clock
from streams.lane.partition import AnyPartition, Partition
from streams.lane.port import Record, Slice, Unit
from streams.lane.recovery.progress import NoProgress
from streams.lane.recovery.restore import Restore
from streams.lane.rows.choice import DiskStores, MemoryStores, Stores
from streams.lane.topic_map import TopicMap

UNIT_RECORDS = 500
COMMIT_RECORDS = 2_000
ROUNDS = 3
PAGE_BYTES = 4096


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_BYTES


def stores(kind: str, fold: ThinFold, home: str) -> Stores:
    """Where rows are kept."""
    return DiskStores(fold, Path(home)) if kind == "disk" else MemoryStores(fold)


async def restored(given: argparse.Namespace) -> dict[str, float]:
    """Seconds from the opened store to the digest proven, and memory then."""
    names = Names(Lineage("thin", 1), given.prefix)
    fold = ThinFold(str(names.lineage))
    log, topics = KafkaLog(given.bootstrap, names), TopicMap(fold, names)
    before = resident()
    store = await stores(given.kind, fold, given.home).open(0)
    partition = Partition(0, fold, store)
    began, busy = time.perf_counter(), time.process_time()
    restore = Restore(fold, log, topics, NoProgress(), wall_clock)
    assert await restore.bring_up(partition, lambda: True)
    found = {
        "rows": len(store),
        "seconds": time.perf_counter() - began,
        "busy": time.process_time() - busy,
        "before": before,
        "after": resident(),
    }
    store.close()
    return found


async def cost(given: argparse.Namespace) -> dict[str, float]:
    """CPU time of the fold's own thread for each event, us: the best of three rounds."""
    fold = ThinFold("thin-v1")
    partition = Partition(0, fold, await stores(given.kind, fold, given.home).open(0))
    for place, (key, data) in enumerate(rows(given.rows, given.communities)):
        partition.rows.set("cases", key, data)
        if place % COMMIT_RECORDS == 0:
            _keep(partition)
    _keep(partition)
    units = _units(given)
    spent = [_fold(partition, units, turn * given.events) for turn in range(ROUNDS)]
    partition.rows.close()
    return {"us": min(spent) * 1e6 / given.events, "memory": resident()}


def _keep(partition: AnyPartition) -> None:
    partition.rows.freeze()
    partition.rows.keep({}, 1)


def _units(given: argparse.Namespace) -> list[list[Record]]:
    """Events of cases that are there, chosen by chance; each replaces its row."""
    chance, shapes = random.Random(1), templates()
    records = []
    for at in range(given.events):
        place = chance.randrange(given.rows)
        event = {
            **shapes[at % len(shapes)],
            "record_id": record_of(place),
            "community": code_of(place, given.communities),
            "version": {"order": 1 << 50, "hash": chance.randbytes(16)},
        }
        records.append(Record(at, 1, b"", thin.EVENT.encode(event)))
    return [records[at : at + UNIT_RECORDS] for at in range(0, given.events, UNIT_RECORDS)]


def _fold(partition: AnyPartition, units: list[list[Record]], first: int) -> float:
    began = time.thread_time()
    for unit in units:
        moved = [record._replace(offset=first + record.offset) for record in unit]
        partition.fold_unit(Unit(0, 0, [Slice(1, EVENTS, moved)], caught_up=False))
        if partition.pending.records >= COMMIT_RECORDS and partition.freeze() is not None:
            partition.rows.keep({}, 1)
    return time.thread_time() - began


def main() -> None:
    """Measure what the words say."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("what", choices=["restore", "cost"])
    options.add_argument("kind", choices=["memory", "disk"])
    options.add_argument("--bootstrap", default="")
    options.add_argument("--prefix", default="")
    options.add_argument("--home", default="")
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--communities", type=int, default=358)
    options.add_argument("--events", type=int, default=20_000)
    given = options.parse_args()
    found = asyncio.run(restored(given) if given.what == "restore" else cost(given))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
