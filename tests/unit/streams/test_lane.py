"""The lane on its twin: each invariant of it, and what happens without it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from toy import ToyFold
from typing_extensions import override

from schemas.naming import Names
from streams.lane import lane as lane_module
from streams.lane.errors import (
    ChainBrokenError,
    ClockSkewError,
    CodeChangedError,
    CommitFailedError,
    DigestMismatchError,
    FencedError,
    LogTrimmedError,
)
from streams.lane.lane import IDLE_MS, Lane
from streams.lane.memory import MemoryClaim, MemoryLog, MemoryWorker
from streams.lane.port import Committed, Fetched, Place, Record, Unit, Write

NAMES = Names()
START = 1_795_132_800_000
EVENTS = NAMES.physical("task.events")


class Clock:
    """Virtual time."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Time that the test moves."""
    return Clock()


@pytest.fixture
def log(clock: Clock) -> MemoryLog:
    """An empty log."""
    return MemoryLog(clock)


def say(log: MemoryLog, *values: str, topic: str = "a") -> None:
    """Records of a department, on partition 0."""
    for value in values:
        log.append(Write(topic, b"k", value.encode()), 0)


async def work(log: MemoryLog, code: str = "toy-1") -> MemoryWorker:
    """A worker that takes partition 0 and folds all there is."""
    worker = MemoryWorker(log, ToyFold(code), NAMES)
    await worker.assign([0])
    await worker.drain()
    return worker


def counts(log: MemoryLog) -> dict[str, bytes | None]:
    """Committed rows of the counters."""
    found = {(r.key or b"").decode(): r.value for r in log.records("views.counts", 0)}
    return {key.removeprefix("x/"): value for key, value in found.items() if value is not None}


class Recorder(MemoryClaim):
    """A claim that remembers what was asked of it, and may be held up."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__(log)
        self.asked: list[str] = []
        self.commits: list[list[Write]] = []
        self.hold: asyncio.Event | None = None
        self.at_once = self.most_at_once = 0

    @override
    async def fence(self, partition: int) -> None:
        self.asked.append(f"fence {partition}")
        await super().fence(partition)

    @override
    async def release(self, partition: int) -> None:
        self.asked.append(f"release {partition}")
        await super().release(partition)

    @override
    async def earliest(self, topics: Sequence[str], partition: int) -> Mapping[str, int]:
        self.asked.append(f"restore {partition}")
        return await super().earliest(topics, partition)

    @override
    async def commit(self, partition: int, writes: Iterable[Write]) -> Committed:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.commits.append(list(writes))
        if self.hold is not None:
            await self.hold.wait()
        self.asked.append(f"commit {partition}")
        self.at_once -= 1
        return await super().commit(partition, self.commits[-1])


def recorded(log: MemoryLog, **more: Any) -> tuple[MemoryWorker, Recorder]:  # noqa: ANN401 -- the lane's own settings
    """A worker whose claim remembers."""
    worker, recorder = MemoryWorker(log, ToyFold(), NAMES), Recorder(log)
    worker.lane = Lane(ToyFold(), recorder, NAMES, worker._end, log.clock, **more)
    return worker, recorder


async def settle() -> None:
    """Let everything run that can run."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_taking_over_is_done_in_one_order(log: MemoryLog) -> None:
    """Quiesce, fence every partition, restore, seek, resume: another order loses or repeats."""
    worker, recorder = recorded(log)
    say(log, "n+1")
    await worker.assign([0, 1])
    recorder.asked.clear()
    worker.fetch()
    worker.fold()

    async def seek(places: Mapping[Place, int]) -> None:
        assert not any(worker.lane.wants(*place) for place in places)
        assert worker.lane.partitions == {}
        recorder.asked.append("seek")

    await worker.lane.assign([0, 1], 2, seek)
    assert recorder.asked == [
        "commit 0", "commit 1", "release 0", "release 1",
        "fence 0", "fence 1", "restore 0", "restore 1", "seek",
    ]  # fmt: skip
    assert worker.lane.wants("a", 0)


async def test_it_seeks_to_where_each_source_goes_on(log: MemoryLog) -> None:
    """Not to what the group has committed: that may be older, newer, or gone."""
    say(log, "n+1", "n+1")
    log.mark("a", 0)
    await work(log)
    sought: dict[Place, int] = {}

    async def seek(places: Mapping[Place, int]) -> None:
        sought.update(places)

    second, _ = recorded(log)
    await second.lane.assign([0], 1, seek)
    assert sought == {("lists", 0): 0, ("a", 0): 2, ("b", 0): 0, ("crossings", 0): 0}


async def test_who_was_fenced_commits_nothing_and_ends(log: MemoryLog) -> None:
    """A sleeper that wakes up has folded what another one has folded, too."""
    say(log, "n+1")
    sleeper = MemoryWorker(log, ToyFold(), NAMES)
    await sleeper.assign([0])
    sleeper.fetch()
    other = await work(log)
    sleeper.fold()
    await settle()
    assert isinstance(sleeper.failure, FencedError)
    assert other.failure is None
    assert counts(log) == {"n": b"1"}
    assert len(log.records(EVENTS, 0)) == 1


async def test_without_the_fence_it_would_count_twice(log: MemoryLog) -> None:
    """The test before can fail."""
    say(log, "n+1")
    sleeper, recorder = recorded(log)
    await sleeper.assign([0])
    sleeper.fetch()
    await work(log)
    recorder._epochs[0] = log.owners[0]
    sleeper.fold()
    await settle()
    assert len(log.records(EVENTS, 0)) == 2


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
    monkeypatch.setattr(lane_module, "UNIT_RECORDS", 4)
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
    assert counts(log) == {"n": b"1"}


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


async def test_an_assignment_that_a_newer_one_overtakes_gives_back_what_it_claimed(
    log: MemoryLog,
) -> None:
    """It must not go on fencing: the rest belongs to somebody else by now."""
    worker, recorder = recorded(log)
    older = asyncio.create_task(worker.assign(range(5)))
    while "fence 0" not in recorder.asked:
        await asyncio.sleep(0)
    newer = asyncio.create_task(worker.assign([7]))
    assert (await older, await newer) == (False, True)
    claimed = {word.split()[1] for word in recorder.asked if word.startswith("fence")} - {"7"}
    given_back = {word.split()[1] for word in recorder.asked if word.startswith("release")}
    assert "4" not in claimed
    assert given_back == claimed
    assert list(worker.lane.partitions) == [7]


async def test_records_fetched_across_a_seek_end_the_worker(log: MemoryLog) -> None:
    """They were dropped, and the reader's position has moved past them."""
    say(log, "n+1", "n+1", "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker._positions["a", 0] = 2
    worker.fetch()
    assert isinstance(worker.failure, ChainBrokenError)
    assert counts(log) == {}


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
    for topic in ("views.counts", "state.community-v1"):
        records = log.records(topic, 0)
        last = {record.key: record for record in records}
        records[:] = sorted(last.values())
    again = await work(log)
    assert again.failure is None
    assert again.lane.partitions[0].digest() == before


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


async def test_a_clock_that_is_off_ends_the_worker(clock: Clock, log: MemoryLog) -> None:
    """A day ahead it would stay ahead: every deadline would be wrong."""
    worker, recorder = recorded(log)
    await worker.assign([0])
    await worker.drain()
    say(log, "n+1")
    worker.fetch()

    async def a_minute_off(partition: int, writes: Iterable[Write]) -> Committed:
        del partition, writes
        return Committed(clock.now + 60_000, {})

    recorder.commit = a_minute_off  # type: ignore[method-assign] # the broker's clock
    worker.fold()
    await settle()
    assert isinstance(worker.failure, ClockSkewError)
    assert "NTP" in str(worker.failure)


@pytest.mark.parametrize("ms", [-4_900, 0, 4_900])
async def test_a_clock_that_is_off_by_less_than_the_limit_is_none(
    clock: Clock, log: MemoryLog, ms: int
) -> None:
    """Five seconds are allowed."""
    worker, recorder = recorded(log)
    await worker.assign([0])
    say(log, "n+1")
    worker.fetch()

    async def a_little_off(partition: int, writes: Iterable[Write]) -> Committed:
        del partition, writes
        return Committed(clock.now + ms, {})

    recorder.commit = a_little_off  # type: ignore[method-assign] # the broker's clock
    worker.fold()
    await settle()
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


async def test_a_journal_record_is_written_at_least_daily(clock: Clock, log: MemoryLog) -> None:
    """The broker forgets a transactional id that is idle for a week."""
    worker = await work(log)
    before = len(log.records("journal.community-v1", 0))
    clock.now += IDLE_MS - 1
    await worker.drain()
    assert len(log.records("journal.community-v1", 0)) == before
    clock.now += 1
    await worker.drain()
    assert len(log.records("journal.community-v1", 0)) == before + 1


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


async def test_what_is_fed_of_a_partition_that_went_is_an_error_not_a_loss(log: MemoryLog) -> None:
    """The consumer checks the generation first; whoever does not is stopped."""
    worker = await work(log)
    await worker.quiesce()
    with pytest.raises(KeyError):
        worker.lane.feed(Fetched("a", 0, 0, [Record(0, 1, b"k", b"n+1")], 1, at_end=True))
    worker.lane.process(Unit(0, -1, [], caught_up=True))
