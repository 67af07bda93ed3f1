"""A commit whose answer is lost on the way is asked for again, in time."""

import time

from cluster import TRANSACTIONS
from faults.stage import Stage

from streams.lane.kafka.log import KafkaLog
from streams.lane.port import Write

TIMEOUT_MS = 12_000
CLIENTS_OWN_MS = 30_000
"""By itself the client waits 40 s, and the broker has ended the transaction by then."""


async def test_a_commit_outlives_connections_that_a_firewall_forgot(three: Stage) -> None:
    """The coordinator's are dead and nobody is told; it asks again while there is time."""
    bus = await three.bus()
    log = KafkaLog(three.bootstrap, bus.names, TIMEOUT_MS)
    topic = bus.names.physical("journal")
    await log.fence(0)
    try:
        await log.commit(0, [Write(topic, b"key", b"before")])
        identity = bus.names.transactional_id(0)
        three.brokers.proxies.lose(await three.brokers.coordinator(TRANSACTIONS, identity))
        began = time.monotonic()
        await log.commit(0, [Write(topic, b"key", b"after")])
        assert TIMEOUT_MS / 2 - 100 <= (time.monotonic() - began) * 1000 < CLIENTS_OWN_MS
    finally:
        await log.release(0)
    written = [chunk.records async for chunk in log.read([topic], 0)]
    assert [r.value for records in written for r in records] == [b"before", b"after"]
