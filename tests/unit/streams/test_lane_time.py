"""Time in the lane: clocks that are off, deadlines, backlogs, lists that go ahead."""

import pytest
from lane_work import EVENTS, NAMES, START, Clock, counts, say, settle, work
from toy import ToyFold

from streams.lane.errors import ClockSkewError
from streams.lane.lane import Lane
from streams.lane.port import Unit
from streams.lane.twin import MemoryLog, MemoryWorker


@pytest.mark.parametrize("ms", [86_400_000, 60_000, -60_000])
async def test_a_clock_that_is_off_ends_the_worker_and_nothing_of_its_time_is_committed(
    clock: Clock, log: MemoryLog, ms: int
) -> None:
    """A day ahead it would stay ahead: every deadline would be wrong."""
    worker = off_by(log, clock, ms)
    await worker.assign([0])
    say(log, "n+1")
    await worker.drain()
    assert isinstance(worker.failure, ClockSkewError)
    assert "NTP" in str(worker.failure)
    assert log.records("journal.community-v1", 0) == []


async def test_no_step_ahead_of_the_log_is_committed_behind_either(
    clock: Clock, log: MemoryLog
) -> None:
    """A tick merges with what follows: that the last unit is behind excuses no clock."""
    worker = off_by(log, clock, 0)
    await worker.assign([0])
    say(log, "timer:x", "n+1")
    await worker.drain()
    before = len(log.records("journal.community-v1", 0))
    worker.lane._clock = lambda: clock.now + 86_400_000
    (tick,) = worker.lane.units()
    worker.lane.process(Unit(tick.partition, tick.generation, tick.slices, caught_up=False))
    await settle()
    assert isinstance(worker.failure, ClockSkewError)
    assert len(log.records("journal.community-v1", 0)) == before


def off_by(log: MemoryLog, clock: Clock, ms: int) -> MemoryWorker:
    """A worker whose clock is off."""
    worker = MemoryWorker(log, ToyFold(), NAMES)
    worker.lane = Lane(ToyFold(), log.claim(), NAMES, worker._end, lambda: clock.now + ms)
    return worker


@pytest.mark.parametrize("ms", [-4_900, 0, 4_900])
async def test_a_clock_that_is_off_by_less_than_the_limit_is_none(
    clock: Clock, log: MemoryLog, ms: int
) -> None:
    """Five seconds are allowed."""
    worker = off_by(log, clock, ms)
    await worker.assign([0])
    say(log, "n+1")
    await worker.drain()
    assert worker.failure is None


async def test_an_idle_partition_folds_what_is_due(clock: Clock, log: MemoryLog) -> None:
    """No record comes, and still a deadline is a deadline."""
    say(log, "timer:t")
    worker = await work(log)
    clock.now += 4_999
    await worker.drain()
    assert counts(log) == {}
    clock.now += 1
    await worker.drain()
    assert counts(log) == {"timer-t": b"1"}


async def test_a_deadline_that_the_backlog_would_have_met_does_not_fire_early(
    clock: Clock, log: MemoryLog
) -> None:
    """Time moves with the log: the timer fires between the records, not before them all."""
    say(log, "timer:t", "n+1")
    clock.now += 60_000
    say(log, "m+1")
    clock.now += 36_000_000
    await work(log)
    keys = [(record.key or b"").decode() for record in log.records(EVENTS, 0)]
    assert keys == ["x/n", "x/timer-t", "x/m"]


async def test_a_new_partition_folds_its_lists_before_its_events(
    clock: Clock, log: MemoryLog
) -> None:
    """They were published after the first events; its own time begins with the events'."""
    say(log, "n+1")
    clock.now += 3_600_000
    say(log, "list:L", topic="lists")
    await work(log)
    (event,) = log.records(EVENTS, 0)
    assert ToyFold().decode("", b'{"out": ' + (event.value or b"") + b"}")["out"][2:] == [
        START + 1_000,
        "L",
    ]


async def test_a_partition_that_has_begun_folds_lists_in_their_time(
    clock: Clock, log: MemoryLog
) -> None:
    """A list holds from when it was published."""
    worker = await work(log)
    await worker.quiesce()
    say(log, "n+1")
    clock.now += 3_600_000
    say(log, "list:L", topic="lists")
    await work(log)
    (event,) = log.records(EVENTS, 0)
    assert (event.value or b"").endswith(b',""]')


async def test_a_tick_that_fails_ends_the_worker(clock: Clock, log: MemoryLog) -> None:
    """It is a defect of the app; going on would be a guess."""
    say(log, "tick-poison")
    worker = await work(log)
    clock.now += 5_000
    await worker.drain()
    assert type(worker.failure).__name__ == "PoisonError"
