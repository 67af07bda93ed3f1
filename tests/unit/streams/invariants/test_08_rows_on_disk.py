"""Invariant 8: rows on disk are written after the commit returned, in one batch with positions."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
from lane_work import NAMES, STATE, Recorder, counts, say, settle
from toy import ToyFold
from toy import say as chatter
from typing_extensions import override

from streams.lane.lane import Lane
from streams.lane.recovery import restore
from streams.lane.rows.folder import Held, Room, RowsFolder
from streams.lane.twin import ACTS, Machine, MemoryLog, MemoryWorker, Schedule
from streams.lane.twin.disk import MemoryFolder

Batch = tuple[dict[str, bytes | None], dict[str, int]]


class Watched(MemoryFolder):
    """A folder that remembers what was written into it, batch by batch."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Batch] = []

    @override
    def write(self, rows: Iterable[tuple[str, str, bytes | None]], held: Held) -> None:
        listed = list(rows)
        self.batches.append(({key: data for _, key, data in listed}, dict(held.reached)))
        super().write(listed, held)


def on(machine: Machine, log: MemoryLog) -> tuple[MemoryWorker, Recorder]:
    """A worker with its rows on the machine's disk, whose commits may be held up."""
    worker, claim = MemoryWorker(log, ToyFold(), NAMES, machine), Recorder(log)
    worker.lane = Lane(
        ToyFold(), claim, NAMES, worker._end, log.clock, stores=machine.stores(ToyFold())
    )
    return worker, claim


async def test_nothing_is_on_disk_before_the_commit_returned(log: MemoryLog) -> None:
    """The log may refuse it, and what is on disk would be ahead of the log for ever."""
    machine, folder = Machine(), Watched()
    machine.folders[0] = folder
    worker, claim = on(machine, log)
    await worker.assign([0])
    claim.hold = asyncio.Event()
    say(log, "n+1")
    worker.fetch()
    worker.fold()
    await settle()
    assert len(claim.commits) == 1
    assert folder.batches == []
    claim.hold.set()
    await worker.drain()
    ((rows, reached),) = folder.batches
    assert list(rows) == ["x/n"]
    assert reached == {"views.counts": 1, STATE: 0}


async def test_what_is_folded_while_a_commit_is_under_way_goes_with_its_own(
    log: MemoryLog,
) -> None:
    """The first batch holds the first transaction's rows, and not the second's."""
    machine, folder = Machine(), Watched()
    machine.folders[0] = folder
    worker, claim = on(machine, log)
    await worker.assign([0])
    claim.hold = asyncio.Event()
    for value in ("n+1", "m+1"):
        say(log, value)
        worker.fetch()
        worker.fold()
        await settle()
    claim.hold.set()
    await worker.drain()
    assert [list(rows) for rows, _ in folder.batches] == [["x/n"], ["x/m"]]
    assert [reached["views.counts"] for _, reached in folder.batches] == [1, 3]


@pytest.mark.parametrize("lost", [0, 1, 2, 9])
async def test_a_disk_that_lags_is_brought_up_by_the_tail(log: MemoryLog, lost: int) -> None:
    """However much of it was in the memory of the process that was killed."""
    machine = Machine()
    first, _ = on(machine, log)
    await first.assign([0])
    for _ in range(4):
        say(log, "n+1", "timer:t")
        await first.drain()
    first.kill()
    machine.lose(lost)
    second, _ = on(machine, log)
    await second.assign([0])
    say(log, "n+1")
    await second.drain()
    assert second.failure is None
    assert counts(log) == {"n": b"5"}


async def test_a_disk_that_another_log_filled_is_dropped_and_read_anew(log: MemoryLog) -> None:
    """As long as this one, so that its offsets say nothing: its digest is not the journal's."""
    machine, other = Machine(), MemoryLog(log.clock)
    for source, name, on_it in ((log, "n", Machine()), (other, "m", machine)):
        say(source, f"{name}+1", f"{name}+1")
        worker, _ = on(on_it, source)
        await worker.assign([0])
        await worker.drain()
        worker.kill()
        on_it.lose(0)
    worker, _ = on(machine, log)
    await worker.assign([0])
    assert worker.failure is None
    assert list(worker.lane.partitions[0].rows.items("counts")) == [("x/n", b"2")]


def test_without_compaction_no_schedule_reads_its_rows_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a tombstone that is gone from the log can make a disk that lags unusable."""
    monkeypatch.setattr(restore, "logger", None)
    acts = {act: weight for act, weight in ACTS.items() if act != "compact"}
    for seed in range(30):
        Schedule(seed, ToyFold, chatter, acts=acts, on_disk=True).play().require_exact()


def test_the_folder_of_the_twin_does_what_the_real_one_does(tmp_path: Path) -> None:
    """The same batches, the same answers."""
    real, twin = RowsFolder(tmp_path / "rows", Room()), MemoryFolder()
    batches: list[tuple[list[tuple[str, str, bytes | None]], Held]] = [
        ([("a", "k1", b"1"), ("a", "k2", b"2"), ("b", "k1", b"3")], Held(count=3)),
        ([("a", "k1", None), ("a", "k3", b"4")], Held(count=3, reached={"t": 7}, kept_at=9)),
    ]
    for rows, held in batches:
        for folder in (real, twin):
            folder.write(rows, held)
        assert real.held() == twin.held() == held
        for table in ("a", "b", "c"):
            for after in ("", "k1", "k2"):
                assert list(real.rows(table, after)) == list(twin.rows(table, after))
        for key in ("k1", "k2", "k3"):
            assert real.get("a", key) == twin.get("a", key)
    for folder in (real, twin):
        folder.clear()
    assert real.held() == twin.held() == Held()
    real.close()
