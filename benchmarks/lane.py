"""The lane, in a real worker, beside the raw loop: same topic, same fold, in turn."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer

from benchmarks import raw_loop
from benchmarks.events import case_events
from benchmarks.report import Figure, Report
from ops import lists, topics
from ops.reading import places, read_all, reader
from ops.settings import Settings
from schemas.codec import Codec
from schemas.naming import Lineage, Names
from streams.community_fold import CommunityFold

EVENTS = 40_000
ROUNDS = 3
PREFIX = "bench."
LIMIT_SECONDS = 300.0


async def measure(report: Report, bootstrap: str, home: Path, count: int = EVENTS) -> None:
    """Fill a topic once, then let both read it in turn; the median of the rounds' ratios counts."""
    fold = CommunityFold.open(home)
    source = Names(prefix=PREFIX)
    await _fill(bootstrap, source, count)
    pairs = []
    for turn in range(ROUNDS + 1):
        target = Names(Lineage("community", 2 * turn + 2), PREFIX)
        await _make(bootstrap, target)
        raw = await raw_loop.run(bootstrap, source, target, fold)
        target = Names(Lineage("community", 2 * turn + 3), PREFIX)
        await _make(bootstrap, target)
        pairs.append((await _worker(bootstrap, home, target, count), raw))
    counted = sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])  # the first one warms up
    ours, raw = counted[len(counted) // 2]
    report.add(Figure("raw aiokafka + fastavro loop, same fold, at least once", raw, "events/s"))
    report.add(Figure("lane, exactly once, journal and digest on", ours, "events/s",
                      "raw loop", ours / raw))  # fmt: skip


async def _make(bootstrap: str, names: Names) -> None:
    settings = Settings(app=names.lineage.app, view_version=names.lineage.version)
    await topics.apply(bootstrap, topics.wanted_topics(settings, names.prefix))


async def _fill(bootstrap: str, names: Names, count: int) -> None:
    await _make(bootstrap, names)
    await lists.publish_changed(bootstrap, names, lists.load_shipped())
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=500_000)
    await producer.start()
    try:
        now = time.time_ns() // 1_000_000
        topic = names.physical("city.cases")
        sent = [await producer.send(topic, v, key=k) for k, v in case_events(count, now)]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def _worker(bootstrap: str, home: Path, names: Names, count: int) -> float:
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
                ended = await _until_folded(bootstrap, names, count)
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


async def _until_folded(bootstrap: str, names: Names, count: int) -> float:
    """Append time of the last journal record, s: the broker's clock is this machine's."""
    while True:
        await asyncio.sleep(1.0)
        marks = await _journal(bootstrap, names)
        if sum(folded for _, folded in marks) >= count:
            return max(at for at, _ in marks) / 1000


async def _journal(bootstrap: str, names: Names) -> list[tuple[int, int]]:
    """Append time in ms and folded cases of every journal record."""
    topic, codec = names.physical("journal"), Codec()
    async with reader(bootstrap, [topic]) as consumer:
        records = [r for place in places(consumer, topic) for r in await read_all(consumer, place)]
    found = []
    for record in records:
        steps = codec.decode(record.value or b"", "shequ.lane.Journal")[1]["steps"]
        folded = sum(step["count"] for step in steps if step["topic"] == "city.cases")
        if folded:
            found.append((record.timestamp, folded))
    return found
