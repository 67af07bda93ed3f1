"""Epochs: an operator's word that other code goes on from here."""

import time
import uuid
from getpass import getuser

from aiokafka import AIOKafkaProducer

from ops.reading import places, read_last, reader
from schemas.codec import Codec
from schemas.kafka_access import access
from schemas.naming import Names


async def journal_codes(bootstrap: str, names: Names) -> set[str]:
    """Fingerprints of the code that wrote last, by all partitions; none before the first start."""
    topic, codec = names.physical("journal"), Codec()
    async with reader(bootstrap, [topic]) as consumer:
        last = [await read_last(consumer, place) for place in places(consumer, topic)]
    return {
        codec.decode(found.value or b"", "shequ.lane.Journal")[1]["code"]
        for found in last
        if found is not None
    }


async def record(bootstrap: str, names: Names, code: str, reason: str) -> None:
    """Say on every partition of `control` that `code` goes on, and why."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=f"{names.prefix}ops-control",
        acks="all",
        **access(),
    )
    await producer.start()
    topic, codec = names.physical("control"), Codec()
    try:
        async with producer.transaction():
            for partition in sorted(await producer.partitions_for(topic)):
                value = codec.encode("shequ.ops.Control", _epoch(names, code, reason))
                await producer.send(
                    topic, value, key=str(names.lineage).encode(), partition=partition
                )
    finally:
        await producer.stop()


def _epoch(names: Names, code: str, reason: str) -> dict[str, object]:
    return {
        "control_id": str(uuid.uuid4()),
        "kind": "epoch",
        "lineage": str(names.lineage),
        "code": code,
        "to": None,
        "reason": reason,
        "by": getuser(),
        "at": time.time_ns() // 1_000_000,
    }
