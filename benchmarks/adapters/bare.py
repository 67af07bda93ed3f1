"""The peer of an adapter: a loop of the bare libraries that reads the same and produces it raw."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

Send = Callable[[bytes], Awaitable[object]]
Loop = Callable[[Send], Awaitable[int]]
"""Reads a source to its end, sends every row as it is, gives how many there were."""


@asynccontextmanager
async def producing(bootstrap: str, linger_ms: int = 5) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that is as careful as ours: acks=all, idempotent."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", linger_ms=linger_ms
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def rows_per_second(bootstrap: str, topic: str, loop: Loop) -> float:
    """From the first read to the last acknowledgement."""
    async with producing(bootstrap) as producer:
        await producer.partitions_for(topic)
        started = time.perf_counter()
        count = await loop(lambda value: producer.send(topic, value))
        await producer.flush()
        return count / (time.perf_counter() - started)
