"""Invariant 6: rows belong to a partition, and leave with it."""

import asyncio

from lane_work import EVENTS, NAMES, counts, recorded, say, work
from toy import ToyFold

from streams.lane.port import Write
from streams.lane.twin import Machine, MemoryLog, MemoryWorker


async def test_before_partitions_go_what_is_folded_is_committed(log: MemoryLog) -> None:
    """And then the rows are forgotten: they are another's."""
    say(log, "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker.fetch()
    worker.fold()
    await worker.quiesce()
    assert counts(log) == {"n": b"1"}
    assert worker.lane.partitions == {}
    assert not worker.lane.wants("a", 0)


async def test_a_partition_that_comes_back_has_what_the_other_one_wrote(log: MemoryLog) -> None:
    """Not what this worker remembers of it."""
    first = MemoryWorker(log, ToyFold(), NAMES)
    say(log, "n+1")
    await first.assign([0])
    await first.drain()
    await first.quiesce()
    say(log, "n+1")
    second = await work(log)
    await second.quiesce()
    say(log, "n+1")
    await first.assign([0])
    await first.drain()
    assert first.failure is None
    assert counts(log) == {"n": b"3"}
    assert len(log.records(EVENTS, 0)) == 3


async def test_the_same_key_of_two_partitions_is_two_rows(log: MemoryLog) -> None:
    """One worker has both, and one folds nothing of the other."""
    for number in (0, 1):
        log.append(Write("a", b"k", b"n+1"), number)
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0, 1])
    await worker.drain()
    rows = [list(worker.lane.partitions[number].rows.items("counts")) for number in (0, 1)]
    assert rows == [[("x/n", b"1")]] * 2
    assert [len(log.records("views.counts", number)) for number in (0, 1)] == [1, 1]


async def test_what_stays_when_another_partition_goes_is_right(log: MemoryLog) -> None:
    """Of two partitions one goes to somebody else, and comes back changed."""
    both, other = (MemoryWorker(log, ToyFold(), NAMES) for _ in range(2))
    for turn, (mine, others) in enumerate([((0, 1), ()), ((0,), (1,)), ((0, 1), ())]):
        for number in (0, 1):
            log.append(Write("a", b"k", b"n+1"), number)
        await both.quiesce()
        await other.quiesce()
        await both.assign(mine)
        await other.assign(others)
        await both.drain()
        await other.drain()
        assert (both.failure, other.failure) == (None, None), turn
    for number in (0, 1):
        last = {record.key: record.value for record in log.records("views.counts", number)}
        assert last == {b"x/n": b"3"}


async def test_rows_leave_with_their_partition(log: MemoryLog) -> None:
    """They stay until somebody knows whose they are: another's go with the next assignment."""
    machine = Machine()
    worker = MemoryWorker(log, ToyFold(), NAMES, machine)
    for number in (0, 1):
        log.append(Write("a", b"k", b"n+1"), number)
    await worker.assign([0, 1])
    await worker.drain()
    await worker.quiesce()
    await worker.assign([0])
    assert [machine.folders[number].closed for number in (0, 1)] == [False, True]


async def test_what_was_not_committed_does_not_stay(log: MemoryLog) -> None:
    """Rows that are ahead of the log are another answer than the next owner's."""
    worker, claim = recorded(log, quiesce_seconds=0.01)
    claim.hold = asyncio.Event()
    await worker.assign([0])
    say(log, "n+1", "m+1")
    worker.fetch(1)
    worker.fold()
    await worker.quiesce()
    assert worker.failure is not None
    assert worker.lane._takeover._held == {}
