"""Invariant 4: a failed commit ends the process; rows are rebuilt, and proven by the digest."""

import asyncio
from collections.abc import Iterable

import pytest
from lane_work import EVENTS, NAMES, STATE, Clock, Recorder, counts, recorded, say, settle, work
from toy import ToyFold
from typing_extensions import override

from streams.lane.errors import CommitFailedError, DigestMismatchError
from streams.lane.lane import Lane
from streams.lane.port import Approve, Committed, Write, approve_all
from streams.lane.twin import MemoryLog, MemoryWorker


@pytest.mark.parametrize(("fault", "there"), [("before", {}), ("after", {"n": b"1"})])
async def test_a_commit_that_fails_ends_the_worker_and_the_next_one_knows_which(
    clock: Clock, fault: str, there: dict[str, bytes]
) -> None:
    """Nothing was written, or everything and the answer was lost: it is read back, not guessed."""
    faults = iter([fault])
    log = MemoryLog(clock, lambda: next(faults, None))
    say(log, "n+1")
    first = await work(log)
    assert isinstance(first.failure, CommitFailedError)
    assert counts(log) == there
    await work(log)
    assert counts(log) == {"n": b"1"}
    assert len(log.records(EVENTS, 0)) == 1


async def test_a_commit_that_hangs_ends_the_worker_before_its_session_does(log: MemoryLog) -> None:
    """What waits for it would outlast the session, and be two owners."""
    worker, recorder = recorded(log, quiesce_seconds=0.01)
    recorder.hold = asyncio.Event()
    say(log, "n+1")
    await worker.assign([0])
    worker.fetch()
    worker.fold()
    await worker.quiesce()
    assert isinstance(worker.failure, CommitFailedError)
    assert "longer than 0.01 s" in str(worker.failure)
    recorder.hold.set()
    await settle()


class Cancelled(Recorder):
    """A claim whose client cancels what it was asked for, as aiokafka's own stop() does."""

    @override
    async def commit(
        self, partition: int, writes: Iterable[Write], approve: Approve = approve_all
    ) -> Committed:
        raise asyncio.CancelledError


async def test_a_commit_that_is_cancelled_has_failed(log: MemoryLog) -> None:
    """What it was to write is nowhere: whoever goes on commits positions behind it."""
    worker = MemoryWorker(log, ToyFold(), NAMES)
    worker.lane = Lane(ToyFold(), Cancelled(log), NAMES, worker._end, log.clock)
    say(log, "n+1")
    await worker.assign([0])
    worker.fetch()
    worker.fold()
    await settle()
    assert isinstance(worker.failure, asyncio.CancelledError)


async def test_after_a_failed_commit_nothing_more_is_committed(clock: Clock) -> None:
    """Memory is ahead of the log: what comes next would stand on what is not there."""
    faults = iter(["before"])
    log = MemoryLog(clock, lambda: next(faults, None))
    say(log, "n+1")
    worker = await work(log)
    assert isinstance(worker.failure, CommitFailedError)
    before = len(log.events)
    say(log, "n+1")
    await worker.drain()
    await worker.assign([0])
    assert [event[1] for event in log.events[before:]] == ["append"]


async def test_rows_that_are_not_what_was_written_are_noticed(log: MemoryLog) -> None:
    """A topic was touched, or restored from elsewhere: the worker does not start."""
    say(log, "n+1", "m+1")
    await work(log)
    log.append(Write("views.counts", b"x/n", b"7"), 0)
    worker = await work(log)
    assert isinstance(worker.failure, DigestMismatchError)
    assert "rebuild the lineage by a replay" in str(worker.failure)
    log.append(Write("views.counts", b"x/n", b"1"), 0)
    assert (await work(log)).failure is None
    log.append(Write("views.counts", b"x/m", None), 0)
    assert isinstance((await work(log)).failure, DigestMismatchError)


async def test_a_compacted_log_restores_the_same_rows(log: MemoryLog) -> None:
    """Compaction keeps the last value of each key, and the positions among them."""
    say(log, *["n+1", "m+1", "n+-1", "timer:t"] * 5)
    worker = await work(log)
    before = worker.lane.partitions[0].digest()
    for topic in ("views.counts", STATE):
        log.compact(topic, 0)
    again = await work(log)
    assert again.failure is None
    assert again.lane.partitions[0].digest() == before
