"""The peers' source topic and the lane's own topics: made and filled.

`python -m benchmarks.peers.topics --bootstrap 127.0.0.1:9092 --lineage thin-v1 --events 200000`
"""

import argparse
import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.peers.events import COUNT, Message, generated
from benchmarks.peers.fold import EVENTS, ThinFold
from ops.topics import Wanted, apply
from schemas.naming import Lineage, Names
from streams.lane.topic_map import TopicMap, partition_of

PARTITIONS = 4
BATCH_BYTES = 128 * 1024


def source(names: Names, partitions: int = PARTITIONS) -> Wanted:
    """The topic of events."""
    return wanted(names.physical(EVENTS), "delete", partitions)


def of_lane(names: Names, partitions: int = PARTITIONS) -> list[Wanted]:
    """Views, state and journal of one lineage of the thin fold."""
    topics = TopicMap(ThinFold(str(names.lineage)), names)
    journal = wanted(topics.physical("journal"), "delete", partitions)
    return [*(wanted(name, "compact", partitions) for name in topics.changelogs()), journal]


def wanted(name: str, cleanup: str, partitions: int = PARTITIONS) -> Wanted:
    """A topic as all of the peers have them: as many partitions, the broker's time."""
    settings = {"cleanup.policy": cleanup, "message.timestamp.type": "LogAppendTime"}
    return Wanted(name, partitions, 1, settings)


async def fill(bootstrap: str, names: Names, messages: Sequence[Message], laps: int = 1) -> None:
    """Append all messages, so many times over; each partition keeps their order."""
    shares: list[list[Message]] = [[] for _ in range(PARTITIONS)]
    for message in messages:
        shares[partition_of(message.key, PARTITIONS)].append(message)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_batch_size=BATCH_BYTES)
    await producer.start()
    try:
        for _ in range(laps):
            for partition, share in enumerate(shares):
                await _append(producer, names.physical(EVENTS), partition, share)
        await producer.flush()
    finally:
        await producer.stop()


async def _append(
    producer: AIOKafkaProducer, topic: str, partition: int, messages: Sequence[Message]
) -> None:
    batch = producer.create_batch()
    for key, value in messages:
        if batch.append(key=key, value=value, timestamp=None) is None:
            await producer.send_batch(batch, topic, partition=partition)
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    await producer.send_batch(batch, topic, partition=partition)


async def drop(bootstrap: str, names: Sequence[str]) -> None:
    """Delete topics: a run leaves hundreds of megabytes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()


async def prepare(bootstrap: str, names: Names, count: int, laps: int = 1) -> None:
    """Everything that a lane worker needs, the events included."""
    await apply(bootstrap, [source(names), *of_lane(names)])
    await fill(bootstrap, names, list(generated(count)), laps)


def main() -> None:
    """Make the topics of a lineage and fill its source."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bootstrap", required=True)
    options.add_argument("--lineage", default="thin-v1")
    options.add_argument("--events", type=int, default=COUNT)
    options.add_argument("--laps", type=int, default=1)
    given = options.parse_args()
    app, _, version = given.lineage.rpartition("-v")
    names = Names(Lineage(app, int(version)))
    asyncio.run(prepare(given.bootstrap, names, given.events, given.laps))


if __name__ == "__main__":
    main()
