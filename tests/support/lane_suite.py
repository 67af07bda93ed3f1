"""What the lane does on a log: one suite, for the twin and for Kafka.

`class TestX(LaneSuite)` runs it; a fixture `bench` gives the log.
"""

from log_suite import Bench
from toy import ToyFold

from streams.lane.errors import FencedError


class LaneSuite:
    """The lane on a log."""

    async def test_all_that_is_said_is_folded_once(self, bench: Bench) -> None:
        await bench.append("a", b"n+1", b"m+1", b"n+1")
        worker = bench.worker()
        assert await worker.assign([0, 1])
        await worker.drain()
        await bench.append("b", b"n+1")
        await worker.drain()
        await worker.quiesce()
        assert worker.failure is None
        assert await _counts(bench) == {"x/n": b"3", "x/m": b"1"}
        assert len(await bench.records("task.events")) == 4
        assert await _folded(bench) == 4

    async def test_a_poisonous_record_is_one_letter_and_stops_nothing(self, bench: Bench) -> None:
        """Stock Faust acks it and goes on, or stops; either way nobody has it."""
        await bench.append("a", b"n+1", b"poison", b"n+1")
        worker = bench.worker()
        await worker.assign([0])
        await worker.drain()
        await worker.quiesce()
        assert await _counts(bench) == {"x/n": b"2"}
        assert [record.value for record in await bench.records("dlq.a")] == [b"poison"]

    async def test_the_next_worker_goes_on_where_the_last_one_ended(self, bench: Bench) -> None:
        for _ in range(3):
            await bench.append("a", b"n+1")
            worker = bench.worker()
            await worker.assign([0])
            await worker.drain()
            worker.kill()
        assert await _counts(bench) == {"x/n": b"3"}
        assert await _folded(bench) == 3

    async def test_markers_and_aborted_records_break_nothing(self, bench: Bench) -> None:
        await bench.transact("a", b"n+1", commit=True)
        await bench.transact("a", b"n+1", commit=False)
        await bench.transact("a", b"n+1", b"n+1", commit=True)
        worker = bench.worker()
        await worker.assign([0])
        await worker.drain()
        assert worker.failure is None
        await bench.append("a", b"n+1")
        await worker.drain()
        await worker.quiesce()
        assert await _counts(bench) == {"x/n": b"4"}

    async def test_a_worker_that_slept_is_fenced_and_repeats_nothing(self, bench: Bench) -> None:
        await bench.append("a", b"n+1")
        sleeper, other = bench.worker(), bench.worker()
        await sleeper.assign([0])
        await sleeper.pull()
        await other.assign([0])
        await other.drain()
        sleeper.fold()
        await sleeper.quiesce()
        assert isinstance(sleeper.failure, FencedError), repr(sleeper.failure)
        assert other.failure is None
        await other.quiesce()
        assert await _counts(bench) == {"x/n": b"1"}
        assert len(await bench.records("task.events")) == 1

    async def test_partitions_tell_each_other(self, bench: Bench) -> None:
        await bench.append("a", *(b"cross:k%d:n%d+1" % (n, n) for n in range(8)))
        worker = bench.worker()
        await worker.assign([0, 1])
        await worker.drain()
        await worker.quiesce()
        assert worker.failure is None
        told = [await bench.records("crossings", number) for number in (0, 1)]
        assert all(told)
        assert sum(map(len, told)) == 8
        rows = [await _counts(bench, number) for number in (0, 1)]
        assert sum(map(len, rows)) == 8


async def _counts(bench: Bench, number: int = 0) -> dict[str, bytes]:
    found = {(r.key or b"").decode(): r.value for r in await bench.records("views.counts", number)}
    return {key: value for key, value in found.items() if value is not None}


async def _folded(bench: Bench) -> int:
    """Records that the journal names."""
    fold = ToyFold()
    entries = [fold.decode("", r.value or b"") for r in await bench.records("journal")]
    return sum(step["count"] for entry in entries for step in entry["steps"])
