"""Rows of real workers over restarts and rebalances: what is read back, and what is not."""

import json
import signal
import time
from collections.abc import Awaitable, Callable

from bus import Bus
from stories import Told, story
from workers import Worker

from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Room, RowsFolder

Start = Callable[..., Awaitable[Worker]]
Until = Callable[..., Awaitable[None]]
DISK = {"SHEQU_ROWS": "disk"}
PARTITIONS = 4


def _told(seed: int, length: int) -> list[Told]:
    return list(story(seed, length, time.time_ns() // 1_000_000 - 7_200_000))


def _said(worker: Worker, event: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in worker.said.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


async def _fold_all(
    bus: Bus, start: Start, until: Until, name: str, environment: dict[str, str]
) -> Worker:
    """A worker that has folded all there is, and has told its first rebalance."""
    worker = await start(name, **environment)
    await until(lambda: worker.ready, limit=60, what="the worker is ready")
    await until(bus.folded, limit=90, what="everything is folded")
    await until(lambda: _said(worker, "rebalanced"), limit=20, what="the rebalance is over")
    return worker


def _read(worker: Worker) -> object:
    """Changelog records that its first assignment read."""
    return _said(worker, "rebalanced")[0]["restored_rows"]


async def test_of_rows_on_disk_a_start_reads_what_was_written_since(
    bus: Bus, start: Start, until: Until
) -> None:
    """Nothing: of each partition its last positions alone. What comes then is folded over them."""
    await bus.send(_told(31, 400))
    worker = await _fold_all(bus, start, until, "first", DISK)
    await worker.stop()
    await bus.send(_told(32, 400))
    second = await _fold_all(bus, start, until, "second", DISK)
    assert _read(second) == PARTITIONS
    await second.stop()
    await bus.require_exact()


async def test_a_worker_killed_with_its_rows_on_disk_goes_on_exactly(
    bus: Bus, start: Start, until: Until
) -> None:
    """What it had not written to a file is read from the log."""
    await bus.send(_told(33, 400))
    worker = await _fold_all(bus, start, until, "first", DISK)
    await bus.send(_told(34, 400))
    worker.signal(signal.SIGKILL)
    await worker.ended()
    second = await _fold_all(bus, start, until, "second", DISK)
    await second.stop()
    await bus.require_exact()


async def test_rows_on_disk_that_somebody_changed_are_read_anew(
    bus: Bus, start: Start, until: Until
) -> None:
    """The digest finds it; one line says so; the answer is the log's."""
    await bus.send(_told(35, 200))
    worker = await _fold_all(bus, start, until, "first", DISK)
    await worker.stop()
    changed = _change_a_row(bus)
    second = await _fold_all(bus, start, until, "second", DISK)
    (warning,) = _said(second, "rows held here are not as the log has them: all are read anew")
    assert warning["partition"] == changed
    await second.stop()
    await bus.require_exact()


def _change_a_row(bus: Bus) -> int:
    """Of the first partition that has one; gives its number."""
    for number in range(PARTITIONS):
        below = bus.home / "rows" / f"{bus.names.prefix}{bus.names.lineage}"
        store = DiskRows(bus.fold, RowsFolder(below / str(number), Room()))
        found = next(store.items("cases"), None)
        if found is not None:
            store.set("cases", found[0], found[1] + b"\0")
            store.freeze()
            store.keep({}, store.kept_at)
        store.close()
        if found is not None:
            return number
    raise AssertionError("no partition has a case")


async def test_of_partitions_that_stay_nothing_is_restored_when_others_come_and_go(
    bus: Bus, start: Start, until: Until
) -> None:
    """A second worker comes, takes its share and goes again; each partition is exact."""
    await bus.send(_told(36, 400))
    first = await _fold_all(bus, start, until, "first", {})
    assert len(_said(first, "partition restored")) == PARTITIONS
    second = await start("second")
    await until(lambda: second.ready, limit=60, what="the second one has its share")
    await bus.send(_told(37, 200))
    await until(bus.folded, limit=90, what="both fold")
    joined = _said(first, "rebalanced")[1]
    assert len(_said(first, "partition restored")) == PARTITIONS
    assert joined["kept"] == joined["partitions"]
    assert joined["restored_rows"] == PARTITIONS / 2, "the last positions of each, and no row"
    await second.stop()
    await until(lambda: len(_said(first, "rebalanced")) > 2, limit=60, what="it has all again")
    assert len(_said(first, "partition restored")) == PARTITIONS * 3 / 2
    await bus.send(_told(38, 200))
    await until(bus.folded, limit=90, what="one folds")
    await first.stop()
    await bus.require_exact()
