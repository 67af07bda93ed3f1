"""The lane, in a real worker, beside the raw loop: same topics, same fold, in turn."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from benchmarks import hub, raw_loop
from benchmarks.events import SCHEMAS, mixed
from benchmarks.report import Figure, Report
from ops import topics
from ops.broker import EmbeddedBroker
from ops.reading import places, read_all, reader
from ops.settings import Settings
from schemas.codec import Codec
from schemas.naming import Lineage, Names
from streams.community_fold import CommunityFold

EVENTS = 40_000
ROUNDS = 3
PREFIX = "bench."
LIMIT_SECONDS = 300.0


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """Fill the topics once, then let both read them in turn; the median of the ratios counts."""
    bootstrap, count = broker.bootstrap, int(EVENTS * scale)
    fold = CommunityFold.open(home)
    source = Names(prefix=PREFIX)
    await _fill(bootstrap, source, count)
    pairs = []
    for turn in range(ROUNDS + 1):
        target = await _fresh(bootstrap, fold, 2 * turn + 2)
        raw = await raw_loop.run(bootstrap, source, target, fold)
        target = await _fresh(bootstrap, fold, 2 * turn + 3)
        pairs.append((await _worker(bootstrap, home, target, fold, count), raw))
        print(f"  round {turn}: lane {pairs[-1][0]:,.0f}, raw {raw:,.0f} events/s", flush=True)
    counted = sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])  # the first one warms up
    ours, raw = counted[len(counted) // 2]
    peer = "raw aiokafka + fastavro loop, same fold, at least once"
    report.add(Figure(peer, raw, "events/s"))
    what = "lane, four systems, all views, exactly once, journal and digest on"
    report.add(Figure(what, ours, "events/s", "raw loop", ours / raw))


async def _fresh(bootstrap: str, fold: CommunityFold, version: int) -> Names:
    """Topics of a new lineage; what earlier ones told each other is no event of its."""
    names = Names(Lineage("community", version), PREFIX)
    settings = Settings(app=names.lineage.app, view_version=version)
    await topics.apply(bootstrap, topics.wanted_topics(settings, PREFIX))
    shared = {names.physical(topic) for topic in fold.crossings}
    written = {names.physical(table.topic) for table in fold.tables}
    async with reader(bootstrap, [*shared, *written]) as consumer:  # every partition has a leader
        found = await consumer.end_offsets(consumer.assignment())
    ends = {place: end for place, end in found.items() if place.topic in shared}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(end) for place, end in ends.items()})
    finally:
        await admin.close()
    return names


async def _fill(bootstrap: str, names: Names, count: int) -> None:
    await hub.prepare(bootstrap, names)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=500_000)
    await producer.start()
    try:
        now = time.time_ns() // 1_000_000
        sent = [
            await producer.send(names.physical(topic), value, key=key)
            for topic, key, value in mixed(count, now)
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def _worker(
    bootstrap: str, home: Path, names: Names, fold: CommunityFold, count: int
) -> float:
    """Events/s of a real worker: from when its partitions are restored to its last commit."""
    env = {**os.environ, "SHEQU_BOOTSTRAP": bootstrap, "SHEQU_HOME": str(home),
           "SHEQU_TOPIC_PREFIX": names.prefix, "SHEQU_APP": names.lineage.app,
           "SHEQU_VIEW_VERSION": str(names.lineage.version)}  # fmt: skip
    log = home / f"worker-{names.lineage}.log"
    with log.open("wb") as sink:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ops", "worker", env=env, stdout=sink, stderr=sink
        )
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                started = await _until_restored(log)
                ended = await _until_folded(bootstrap, names, fold, count)
        finally:
            worker.send_signal(signal.SIGTERM)
            await worker.wait()
    return count / (ended - started)


async def _until_restored(log: Path) -> float:
    while not _says(log, "partitions taken over"):
        await asyncio.sleep(0.01)
    return time.time()


def _says(log: Path, what: str) -> bool:
    return what in log.read_text("utf-8", "replace")


async def _until_folded(bootstrap: str, names: Names, fold: CommunityFold, count: int) -> float:
    """Append time of the last journal record, s: the broker's clock is this machine's.

    It is of an event, or of what partitions told each other, which the raw loop folds to its end.
    """
    wanted, before = {*SCHEMAS, *fold.crossings}, list[Mark]()
    while True:
        await asyncio.sleep(1.0)
        marks = await _journal(bootstrap, names, wanted)
        folded = sum(mark.folded[topic] for mark in marks for topic in SCHEMAS)
        if folded >= count and marks == before:
            return max(mark.at for mark in marks) / 1000
        before = marks


class Mark(NamedTuple):
    """A journal record: its append time in ms, and how many records of which topics it folded."""

    at: int
    folded: Counter[str]


async def _journal(bootstrap: str, names: Names, wanted: set[str]) -> list[Mark]:
    """Journal records that folded anything of the topics wanted."""
    topic, codec = names.physical("journal"), Codec()
    async with reader(bootstrap, [topic]) as consumer:
        records = [r for place in places(consumer, topic) for r in await read_all(consumer, place)]
    found = []
    for record in records:
        steps = codec.decode(record.value or b"", "shequ.lane.Journal")[1]["steps"]
        folded = Counter[str]()
        for step in steps:
            folded[step["topic"]] += step["count"]
        if wanted & folded.keys():
            found.append(Mark(record.timestamp, folded))
    return found
