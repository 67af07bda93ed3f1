"""Invariant 5: each batch begins where the last one ended; gaps are legitimate, a jump is not."""

import pytest
from lane_work import NAMES, counts, recorded, say, settle, work
from toy import ToyFold

from streams.lane.errors import ChainBrokenError
from streams.lane.port import Fetched, Record
from streams.lane.twin import MemoryLog, MemoryWorker


async def test_records_fetched_across_a_seek_end_the_worker(log: MemoryLog) -> None:
    """They were dropped, and the reader's position has moved past them."""
    say(log, "n+1", "n+1", "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker._positions["a", 0] = 2
    worker.fetch()
    assert isinstance(worker.failure, ChainBrokenError)
    assert counts(log) == {}


async def test_gaps_of_markers_and_aborted_records_are_no_break(log: MemoryLog) -> None:
    """The chain is that of the fetches: between records may stand what nobody reads."""
    for _ in range(3):
        say(log, "n+1")
        log.mark("a", 0)
        log.mark("a", 0)
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    while worker.fetch(1):
        worker.fold()
    await worker.drain()
    assert worker.failure is None
    assert counts(log) == {"n": b"3"}


async def test_what_is_delivered_twice_ends_the_worker(log: MemoryLog) -> None:
    """The same fetch, handed over once more."""
    say(log, "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker.fetch()
    worker._positions["a", 0] = 0
    worker.fetch()
    assert isinstance(worker.failure, ChainBrokenError)
    assert counts(log) == {}


async def test_what_was_fetched_before_a_rebalance_is_dropped_and_read_again(
    log: MemoryLog,
) -> None:
    """The seek has set the positions anew; what was under way belongs to the old assignment."""
    say(log, "n+1", "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker.begin_fetch()
    await worker.assign([0])
    assert worker.end_fetch() == 0
    await worker.drain()
    assert worker.failure is None
    assert counts(log) == {"n": b"2"}


async def test_a_unit_of_before_a_rebalance_is_dropped(log: MemoryLog) -> None:
    """It waited in the agent's queue while its partition went and came back."""
    say(log, "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker.fetch()
    (unit,) = list(worker.lane.units())
    await worker.assign([0])
    worker.lane.process(unit)
    await worker.drain()
    assert worker.failure is None
    assert counts(log) == {"n": b"1"}


async def test_a_unit_that_goes_back_ends_the_worker(log: MemoryLog) -> None:
    """Whoever hands it over: it was folded."""
    worker, _ = recorded(log)
    say(log, "n+1")
    await worker.assign([0])
    worker.fetch()
    (unit,) = list(worker.lane.units())
    worker.lane.process(unit)
    with pytest.raises(ChainBrokenError, match="a-0 goes on at 1, got 0"):
        worker.lane.process(unit)
    assert isinstance(worker.failure, ChainBrokenError)
    await settle()
    assert (await work(log)).lane.positions()["a", 0] == 1
    assert counts(log) == {"n": b"1"}


async def test_the_reader_of_another_start_is_refused(log: MemoryLog) -> None:
    """Not offset + 1 is checked, but the reader's own position before the fetch."""
    worker = await work(log)
    record = Record(7, log.clock(), b"k", b"n+1")
    worker.lane.feed(Fetched("a", 0, 0, [record], 9, at_end=True))
    with pytest.raises(ChainBrokenError, match="a-0 was to go on at 9, the fetch began at 8"):
        worker.lane.feed(Fetched("a", 0, 8, [], 9, at_end=True))
