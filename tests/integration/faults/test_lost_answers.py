"""What is lost on the way is asked for again in time, or given up in words."""

import time

import pytest
from cluster import TRANSACTIONS
from faults.stage import Stage

from streams.lane.errors import LaneError
from streams.lane.kafka import log as kafka
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


async def test_a_claim_whose_coordinator_is_out_of_reach_is_given_up(
    three: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker says which and ends: by itself the client asks for ever."""
    monkeypatch.setattr(kafka, "CLAIM_SECONDS", 3.0)
    bus = await three.bus()
    log, identity = KafkaLog(three.bootstrap, bus.names, TIMEOUT_MS), bus.names.transactional_id(1)
    number = await three.brokers.coordinator(TRANSACTIONS, identity)
    three.brokers.proxies[number].silent = True
    try:
        with pytest.raises(LaneError, match=f"{identity} could not be claimed .* out of reach"):
            await log.fence(1)
    finally:
        three.brokers.proxies.mend()
        await log.release(1)
    await log.fence(1)
    await log.release(1)
