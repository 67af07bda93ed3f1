"""Invariant 3: all of a unit in one transaction; one in flight; what waits is bounded."""

import asyncio

import pytest
from lane_work import EVENTS, counts, recorded, say, settle

from streams.lane import adaptive
from streams.lane import lane as lane_module
from streams.lane.twin import MemoryLog


async def test_everything_of_a_unit_is_in_one_transaction(log: MemoryLog) -> None:
    """Rows, outputs, dead letters, positions and the journal record."""
    worker, recorder = recorded(log)
    say(log, "n+1", "poison", "timer:t")
    await worker.assign([0])
    await worker.drain()
    (transaction,) = [c for c in recorder.commits if any(w.topic == EVENTS for w in c)]
    topics = [write.topic for write in transaction]
    assert sorted(set(topics)) == [
        "dlq.a", "journal.community-v1", "state.community-v1", EVENTS, "views.counts",
    ]  # fmt: skip
    assert [(w.topic, w.key) for w in transaction[-2:]] == [
        ("state.community-v1", b"-/positions"),
        ("journal.community-v1", None),
    ]


async def test_one_transaction_of_a_partition_is_on_its_way_and_the_rest_waits_as_one(
    log: MemoryLog,
) -> None:
    """Group commit: a transaction right after another draws retries with backoff."""
    worker, recorder = recorded(log)
    recorder.hold = asyncio.Event()
    await worker.assign([0])
    for _ in range(5):
        say(log, "n+1")
        worker.fetch()
        worker.fold()
        await settle()
    assert (len(recorder.commits), recorder.most_at_once) == (1, 1)
    recorder.hold.set()
    await worker.drain()
    assert (len(recorder.commits), recorder.most_at_once) == (2, 1)
    assert counts(log) == {"n": b"5"}


async def test_a_partition_that_waits_for_its_commit_is_given_only_so_much(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backpressure: memory is bounded while the broker is slow."""
    monkeypatch.setattr(lane_module, "PENDING_RECORDS", 10)
    monkeypatch.setattr(adaptive, "LEAST_RECORDS", 4)
    monkeypatch.setattr(adaptive, "MOST_RECORDS", 4)
    worker, recorder = recorded(log)
    recorder.hold = asyncio.Event()
    await worker.assign([0])
    say(log, *["n+1"] * 100)
    worker.fetch()
    for _ in range(50):
        worker.fold()
        await settle()
    assert worker.lane.partitions[0].pending.records == 12
    recorder.hold.set()
    await worker.drain()
    assert counts(log) == {"n": b"100"}


async def test_at_most_one_unit_of_a_partition_is_out(log: MemoryLog) -> None:
    """Two would be folded in whichever order the agent likes."""
    worker, _ = recorded(log)
    await worker.assign([0])
    say(log, *["n+1"] * 2_000)
    worker.fetch(5_000)
    (first,) = list(worker.lane.units())
    assert list(worker.lane.units()) == []
    worker.lane.process(first)
    assert len(list(worker.lane.units())) == 1
