"""Rows that stay over a rebalance or a start: what is read anew, and what is never served."""

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from lane_work import NAMES, Clock, counts, say
from structlog.testing import capture_logs
from toy import ToyFold
from typing_extensions import override

from streams.lane.errors import DigestMismatchError, PositionsGoneError
from streams.lane.lane import Lane
from streams.lane.port import Chunk, Write
from streams.lane.recovery.restore import TRUSTED_MS
from streams.lane.rows.choice import DiskStores, MemoryStores, Stores
from streams.lane.twin import MemoryClaim, MemoryLog, MemoryWorker


class Counting(MemoryClaim):
    """A claim that counts the records that its reads bring."""

    read_records = 0

    @override
    async def read(
        self, topics: Sequence[str], partition: int, since: Mapping[str, int] | None = None
    ) -> AsyncIterator[Chunk]:
        async for chunk in super().read(topics, partition, since):
            self.read_records += len(chunk.records)
            yield chunk


class Keeper(MemoryWorker):
    """A worker with its rows where the test says."""

    def __init__(self, log: MemoryLog, stores: Stores) -> None:
        super().__init__(log, ToyFold(), NAMES)
        self.counting = Counting(log)
        clock = self._clock
        self.lane = Lane(ToyFold(), self.counting, NAMES, self._end, clock, stores=stores)

    async def take(self, *numbers: int) -> int:
        """Gives how many records were read for it."""
        before = self.counting.read_records
        await self.quiesce()
        assert await self.assign(numbers), self.failure
        return self.counting.read_records - before

    async def end(self) -> None:
        """Stop in order: rows on disk are let go."""
        if self.failure is None:
            await self.lane.stop()


@pytest.fixture(params=["memory", "disk"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Both."""
    fold = ToyFold()
    return MemoryStores(fold) if request.param == "memory" else DiskStores(fold, tmp_path / "rows")


@pytest.fixture
def disk(tmp_path: Path) -> DiskStores:
    """On disk, where a next worker finds them."""
    return DiskStores(ToyFold(), tmp_path / "rows")


async def test_of_a_partition_that_stays_its_last_positions_are_read_and_nothing_else(
    log: MemoryLog, stores: Stores
) -> None:
    """They are still the last: nobody wrote meanwhile."""
    worker = Keeper(log, stores)
    await worker.take(0)
    say(log, "a+1", "b+1", "timer:t", "a+1")
    await worker.drain()
    assert await worker.take(0) == 1
    say(log, "a+1")
    await worker.drain()
    assert worker.failure is None
    assert counts(log) == {"a": b"3", "b": b"1"}
    await worker.end()


async def test_what_another_worker_wrote_meanwhile_is_read_and_no_more(
    clock: Clock, log: MemoryLog, stores: Stores
) -> None:
    """The partition went and came back before this worker dropped it: its rows catch up."""
    first, second = Keeper(log, stores), Keeper(log, MemoryStores(ToyFold()))
    await first.take(0)
    say(log, *(f"n{number}+1" for number in range(50)), "timer:t")
    await first.drain()
    await first.quiesce()
    await second.take(0)
    say(log, "n1+1", "n2+-1")
    clock.now += 60_000
    await second.drain()
    await second.quiesce()
    read = await first.take(0)
    assert 0 < read < 15
    say(log, "n1+1", "n2+1")
    await first.drain()
    assert first.failure is None
    assert counts(log) == {f"n{n}": b"3" if n == 1 else b"1" for n in range(50)} | {"timer-t": b"1"}
    await first.end()


async def test_rows_of_a_partition_that_went_are_dropped_at_once(
    log: MemoryLog, stores: Stores
) -> None:
    """And read anew, all of them or the tail of what is on disk, when it comes back."""
    worker = Keeper(log, stores)
    log.append(Write("a", b"k", b"n+1"), 1)
    say(log, "n+1")
    await worker.take(0, 1)
    await worker.drain()
    went = worker.lane.partitions[1].rows
    await worker.take(0)
    assert not isinstance(stores, MemoryStores) or len(went) == 0
    assert set(worker.lane._takeover._held) | set(worker.lane.partitions) == {0}
    on_disk = isinstance(stores, DiskStores)
    assert await worker.take(0, 1) == 1 + (1 if on_disk else _committed(log, 1))
    await worker.drain()
    await worker.end()


def _committed(log: MemoryLog, number: int) -> int:
    return sum(len(log.records(topic, number)) for topic in ("views.counts", "state.community-v1"))


async def test_a_timer_that_a_dropped_unit_had_taken_fires_after_the_rebalance(
    clock: Clock, log: MemoryLog, stores: Stores
) -> None:
    """The unit was delivered and never folded; and one had failed and been folded singly."""
    worker = Keeper(log, stores)
    await worker.take(0)
    say(log, "timer:t", "timer:u")
    await worker.drain()
    clock.now += 5_000
    say(log, "poison", "n+1")
    worker.fetch()
    units = list(worker.lane.units())
    assert units
    assert await worker.take(0) == 1
    for unit in units:
        worker.lane.process(unit)
    await worker.drain()
    assert worker.failure is None
    assert counts(log) == {"n": b"1", "timer-t": b"1", "timer-u": b"1"}
    await worker.end()


async def test_an_overtaken_assignment_leaves_rows_that_go_on_where_they_were(
    log: MemoryLog, stores: Stores
) -> None:
    """Another assignment came while the first one restored."""
    first = Keeper(log, MemoryStores(ToyFold()))
    await first.take(0)
    say(log, "n+1", "m+1")
    await first.drain()
    await first.quiesce()
    worker = Keeper(log, stores)
    generations = iter([0])

    class Overtaken(Counting):
        @override
        async def read(
            self, topics: Sequence[str], partition: int, since: Mapping[str, int] | None = None
        ) -> AsyncIterator[Chunk]:
            async for chunk in super().read(topics, partition, since):
                yield chunk
                if chunk.records and next(generations, None) is not None:
                    worker.lane.generation += 1

    worker.lane._takeover._restore._log = Overtaken(log)
    assert await worker.assign([0]) is False
    assert worker.lane.partitions == {}
    await worker.take(0)
    say(log, "n+1")
    await worker.drain()
    assert worker.failure is None
    assert counts(log) == {"n": b"2", "m": b"1"}
    await worker.end()


async def test_a_worker_that_starts_anew_reads_the_tail_of_what_is_on_disk(
    log: MemoryLog, disk: DiskStores
) -> None:
    """What was written since by others, and its last positions."""
    first = Keeper(log, disk)
    await first.take(0)
    say(log, *(f"n{number}+1" for number in range(50)))
    await first.drain()
    await first.end()
    other = Keeper(log, MemoryStores(ToyFold()))
    await other.take(0)
    say(log, "n1+1")
    await other.drain()
    await other.quiesce()
    second = Keeper(log, disk)
    assert await second.take(0) == 3
    assert dict(second.lane.partitions[0].rows.items("counts"))["x/n1"] == b"2"
    await second.end()


@pytest.mark.parametrize("damage", ["row", "topic made anew", "topic trimmed", "old"])
async def test_rows_on_disk_that_are_not_the_logs_are_read_anew_and_it_is_said(
    clock: Clock, log: MemoryLog, disk: DiskStores, damage: str
) -> None:
    """Once; the log decides."""
    first = Keeper(log, disk)
    await first.take(0)
    for words in (("n+1",), ("m+1", "n+1")):
        say(log, *words)
        await first.drain()
    await first.end()
    store = await disk.open(0)
    if damage == "row":
        store.set("counts", "x/n", b"7")
        store.freeze()
        store.keep({}, clock.now)
    elif damage == "topic made anew":
        store.keep({"views.counts": 1_000}, clock.now)
    elif damage == "topic trimmed":
        store.keep({"views.counts": 0}, clock.now)
        log.trim("views.counts", 0, 1)
    store.close()
    if damage == "old":
        clock.now += TRUSTED_MS + 1
    second = Keeper(log, disk)
    with capture_logs() as said:
        await second.take(0)
    assert [one["event"] for one in said if one["log_level"] == "warning"] == [
        "rows held here are not as the log has them: all are read anew"
    ]
    assert dict(second.lane.partitions[0].rows.items("counts")) == {"x/n": b"2", "x/m": b"1"}
    await second.end()


async def test_rows_that_the_log_itself_does_not_agree_with_end_the_worker(
    log: MemoryLog, disk: DiskStores
) -> None:
    """Read anew they are wrong again: now it is the log."""
    first = Keeper(log, disk)
    await first.take(0)
    say(log, "n+1")
    await first.drain()
    await first.end()
    log.append(Write("views.counts", b"x/forged", b"1"), 0)
    second = Keeper(log, disk)
    assert await second.assign([0]) is False
    assert isinstance(second.failure, DigestMismatchError)


@pytest.mark.parametrize("key", [b"-/nobodys/x", b"nonsense", b"\xff", None])
async def test_a_row_of_no_table_ends_the_worker_and_is_named(
    log: MemoryLog, stores: Stores, key: bytes | None
) -> None:
    """Somebody wrote to `state`: which record it was is what one asks first."""
    first = Keeper(log, MemoryStores(ToyFold()))
    await first.take(0)
    say(log, "n+1")
    await first.drain()
    offset = log.append(Write("state.community-v1", key, b"1"), 0)
    worker = Keeper(log, stores)
    assert await worker.assign([0]) is False
    assert isinstance(worker.failure, DigestMismatchError)
    assert f"state.community-v1-0 has at offset {offset} the key {key!r}" in str(worker.failure)


async def test_positions_that_somebody_deleted_end_a_worker_with_rows_too(
    log: MemoryLog, disk: DiskStores
) -> None:
    """What it holds on disk is no reason to go on."""
    first = Keeper(log, disk)
    await first.take(0)
    say(log, "n+1")
    await first.drain()
    await first.end()
    log._records["state.community-v1", 0].clear()
    second = Keeper(log, disk)
    assert await second.assign([0]) is False
    assert isinstance(second.failure, PositionsGoneError)


async def test_rows_without_positions_end_the_worker(log: MemoryLog, stores: Stores) -> None:
    """Somebody deleted `state`: to fold all anew over such rows would count twice."""
    log.append(Write("views.counts", b"x/n", b"1"), 0)
    worker = Keeper(log, stores)
    assert await worker.assign([0]) is False
    assert isinstance(worker.failure, PositionsGoneError)


async def test_a_folder_that_another_worker_has_open_is_waited_for_and_named(
    log: MemoryLog, disk: DiskStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers of one machine, and a partition that one of them does not let go of."""
    monkeypatch.setattr("streams.lane.rows.choice.RowsFolder.__init__.__defaults__", (0.3,))
    first = Keeper(log, disk)
    await first.take(0)
    second = Keeper(log, DiskStores(ToyFold(), disk._folder))
    assert await second.assign([0]) is False
    assert "are open in another process" in str(second.failure)
    assert str(disk._folder / "0") in str(second.failure)
    await first.end()
    third = Keeper(log, disk)
    assert await third.assign([0]) is True
    await third.end()


async def test_files_that_are_damaged_are_dropped_at_the_next_start(
    log: MemoryLog, disk: DiskStores
) -> None:
    """A disk that forgot: the folder is no reason not to start."""
    first = Keeper(log, disk)
    await first.take(0)
    say(log, "n+1")
    await first.drain()
    await first.end()
    folder = disk._folder / "0"
    for path in folder.glob("MANIFEST-*"):
        path.write_bytes(b"nonsense")
    second = Keeper(log, disk)
    await second.take(0)
    assert dict(second.lane.partitions[0].rows.items("counts")) == {"x/n": b"1"}
    await second.end()
    shutil.rmtree(folder)
