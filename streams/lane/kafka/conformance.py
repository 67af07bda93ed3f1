"""A check for whoever reads our topics: does their client show committed records only, or more.

A killed worker leaves on the topics what it never finished. Most clients show it by default.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaProducer

from schemas.kafka_access import access

COMMITTED = b"committed"
ABORTED = b"aborted: no reader may see this"
OPEN = b"open: no reader may see this before it is committed"
AFTER = b"behind an open transaction: not to be seen yet"

Read = Callable[[str], Awaitable[Sequence[bytes | None]]]
"""Reads a topic from its beginning, until nothing comes any more; gives the values in order."""


class ReadsUncommittedError(AssertionError):
    """A reader showed a record that was never committed: set `isolation.level=read_committed`."""


async def require_reads_committed(bootstrap: str, topic: str, read: Read) -> None:
    """Raises ReadsUncommittedError where a reader shows what was aborted, or is open.

    `topic`: an empty one of one partition, made for this. Raises ValueError where the reader
    does not show what was committed.
    """
    producers = [
        AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=uuid.uuid4().hex, **access())
        for _ in range(3)
    ]
    plain = AIOKafkaProducer(bootstrap_servers=bootstrap, **access())
    for producer in (*producers, plain):
        await producer.start()
    try:
        for producer, value in zip(producers, (COMMITTED, ABORTED, OPEN), strict=True):
            await producer.begin_transaction()
            await producer.send_and_wait(topic, value)
            if value is COMMITTED:
                await producer.commit_transaction()
            elif value is ABORTED:
                await producer.abort_transaction()
        await plain.send_and_wait(topic, AFTER)
        _require(list(await read(topic)))
    finally:
        for producer in (*producers, plain):
            await producer.stop()


def _require(seen: list[bytes | None]) -> None:
    wrong = [value for value in seen if value != COMMITTED]
    if wrong:
        message = f"the reader showed {wrong!r}: set its isolation.level to read_committed"
        raise ReadsUncommittedError(message)
    if seen != [COMMITTED]:
        message = f"the reader showed {seen!r} and not the one committed record"
        raise ValueError(message)
