"""What a worker meets at its start: other code, a trimmed log, a new partition."""

from lane_work import counts, say, work
from toy import ToyFold

from streams.lane.errors import CodeChangedError, LogTrimmedError
from streams.lane.port import Write
from streams.lane.twin import MemoryLog


def epoch(log: MemoryLog, code: str, lineage: str = "community-v1", kind: str = "epoch") -> None:
    """An operator's word."""
    decided = {"kind": kind, "lineage": lineage, "code": code}
    log.append(Write("control", b"k", ToyFold().encode("", decided)), 0)


async def test_other_code_does_not_start_in_place(log: MemoryLog) -> None:
    """From here on it would fold differently from what a replay says."""
    say(log, "n+1")
    await work(log)
    worker = await work(log, code="toy-2")
    assert isinstance(worker.failure, CodeChangedError)
    assert "written by code toy-1, this is toy-2" in str(worker.failure)
    assert "shequ epoch" in str(worker.failure)


async def test_an_epoch_lets_the_code_that_it_names_go_on(log: MemoryLog) -> None:
    """It, and no other; in this lineage, and no other."""
    say(log, "n+1")
    await work(log)
    epoch(log, "toy-3")
    epoch(log, "toy-2", lineage="community-v2")
    epoch(log, "toy-2", kind="alias")
    assert isinstance((await work(log, code="toy-2")).failure, CodeChangedError)
    epoch(log, "toy-2")
    say(log, "n+1")
    assert (await work(log, code="toy-2")).failure is None
    assert counts(log) == {"n": b"2"}


async def test_an_epoch_that_a_later_one_replaced_holds_no_more(log: MemoryLog) -> None:
    """Forth, back, and forth again: each is a decision of its own."""
    say(log, "n+1")
    await work(log)
    epoch(log, "toy-2")
    say(log, "n+1")
    await work(log, code="toy-2")
    assert isinstance((await work(log, code="toy-1")).failure, CodeChangedError)
    epoch(log, "toy-1")
    assert (await work(log, code="toy-1")).failure is None


async def test_records_that_retention_has_eaten_are_not_passed_over(log: MemoryLog) -> None:
    """The worker was away for too long: it says so, and does not start."""
    say(log, "n+1", "n+1")
    await work(log)
    say(log, "n+1", "n+1", "n+1")
    log.trim("a", 0, 4)
    worker = await work(log)
    assert isinstance(worker.failure, LogTrimmedError)
    assert "a-0 goes on at 2, but retention has eaten all before 4" in str(worker.failure)


async def test_a_new_partition_begins_where_its_log_begins(log: MemoryLog) -> None:
    """What was eaten before the hub was there is nobody's loss."""
    say(log, "n+1", "n+1", "n+1")
    log.trim("a", 0, 2)
    worker = await work(log)
    assert worker.failure is None
    assert counts(log) == {"n": b"1"}
    assert worker.lane.positions()["a", 0] == 3
