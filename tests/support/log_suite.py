"""What a log must do: one suite, for the twin and for Kafka.

`class TestX(LogSuite)` runs it; a fixture `bench` gives the log. `lane_suite` has the lane on it.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import pytest

from schemas.naming import Names
from streams.lane.errors import FencedError, TailGoneError
from streams.lane.lane import Lane
from streams.lane.port import Log, Record, Write


class BenchWorker(Protocol):
    """A lane with a reader around it."""

    lane: Lane
    failure: BaseException | None

    async def assign(self, numbers: Sequence[int]) -> bool: ...
    async def pull(self) -> int:
        """Fetch what there is, once; how many records came."""

    def fold(self) -> int: ...
    async def drain(self) -> None: ...
    async def quiesce(self) -> None: ...
    def kill(self) -> None: ...


class Bench(Protocol):
    """A log with two partitions of every topic, for one test."""

    names: Names

    def claim(self) -> Log: ...
    def worker(self) -> BenchWorker: ...
    async def append(self, topic: str, *values: bytes | None, key: bytes = b"k") -> None:
        """On partition 0, as a producer outside the lane does. `topic`: logical."""

    async def transact(self, topic: str, *values: bytes, commit: bool) -> None:
        """The same in one transaction of a producer outside the lane."""

    async def begin(self, log: Log, partition: int, writes: Iterable[Write]) -> None:
        """Write a transaction of a claim, and leave it open."""

    async def trim(self, topic: str, before: int) -> None:
        """Let retention eat what stands before an offset of partition 0."""

    async def records(self, topic: str, partition: int = 0) -> list[Record]:
        """All committed records. `topic`: logical."""


async def read(log: Log, topics: Sequence[str], partition: int = 0, **since: int) -> list[Record]:
    """All that a log gives, chunk by chunk; each topic says first how much there is."""
    found: list[Record] = []
    announced: set[str] = set()
    async for chunk in log.read(topics, partition, {topics[0]: since["since"]} if since else None):
        assert chunk.topic in announced or not chunk.records
        announced.add(chunk.topic)
        assert chunk.next <= chunk.end
        found.extend(chunk.records)
    assert announced == set(topics)
    return found


class LogSuite:
    """The port: see `streams.lane.port.Log`."""

    async def test_what_is_committed_is_read_in_its_order(self, bench: Bench) -> None:
        log, topic = bench.claim(), bench.names.physical("views.counts")
        await log.fence(0)
        writes = [Write(topic, b"k%d" % n, b"%d" % n) for n in range(5)]
        done = await log.commit(0, writes)
        assert [record.value for record in await read(log, [topic])] == [
            write.value for write in writes
        ]
        assert done.reached == {topic: 5}
        await log.release(0)

    async def test_a_commit_reaches_other_partitions_too(self, bench: Bench) -> None:
        log, topic = bench.claim(), bench.names.physical("crossings")
        await log.fence(0)
        done = await log.commit(0, [Write(topic, b"k", b"x", partition=1)])
        assert done.reached == {}
        assert await read(log, [topic], 0) == []
        assert [record.value for record in await read(log, [topic], 1)] == [b"x"]
        await log.release(0)

    async def test_who_was_fenced_commits_nothing(self, bench: Bench) -> None:
        old, new = bench.claim(), bench.claim()
        topic = bench.names.physical("views.counts")
        await old.fence(0)
        await old.commit(0, [Write(topic, b"k", b"1")])
        await new.fence(0)
        with pytest.raises(FencedError, match="partition 0"):
            await old.commit(0, [Write(topic, b"k", b"2")])
        await new.commit(0, [Write(topic, b"k", b"3")])
        assert [record.value for record in await read(new, [topic])] == [b"1", b"3"]
        await old.release(0)
        await new.release(0)

    async def test_the_fence_is_of_one_partition(self, bench: Bench) -> None:
        old, new = bench.claim(), bench.claim()
        topic = bench.names.physical("views.counts")
        for number in (0, 1):
            await old.fence(number)
        await new.fence(0)
        await old.commit(1, [Write(topic, b"k", b"1")])
        assert [record.value for record in await read(new, [topic], 1)] == [b"1"]
        for number in (0, 1):
            await old.release(number)
        await new.release(0)

    async def test_what_is_open_is_not_read_and_the_next_claim_aborts_it(
        self, bench: Bench
    ) -> None:
        old, new = bench.claim(), bench.claim()
        topic = bench.names.physical("views.counts")
        await old.fence(0)
        await bench.begin(old, 0, [Write(topic, b"k", b"never")])
        await bench.append("views.counts", b"after")
        assert await read(new, [topic]) == []
        assert await new.hanging([topic], 0) == {topic: 0}
        await new.fence(0)
        assert await new.hanging([topic], 0) == {}
        assert [record.value for record in await read(new, [topic])] == [b"after"]
        await new.release(0)

    async def test_who_disapproves_commits_nothing(self, bench: Bench) -> None:
        log, topic = bench.claim(), bench.names.physical("views.counts")
        await log.fence(0)

        def refuse(_: object) -> None:
            message = "no"
            raise ArithmeticError(message)

        with pytest.raises(ArithmeticError):
            await log.commit(0, [Write(topic, b"k", b"1")], refuse)
        await log.release(0)
        await log.fence(0)
        assert await read(log, [topic]) == []
        await log.release(0)

    async def test_a_read_ends_behind_markers_and_aborted_records(self, bench: Bench) -> None:
        """Whoever waits for the last record waits for ever."""
        topic = bench.names.physical("a")
        await bench.transact("a", b"1", b"2", commit=True)
        await bench.transact("a", b"never", commit=False)
        assert [record.value for record in await read(bench.claim(), [topic])] == [b"1", b"2"]

    async def test_an_empty_topic_is_read_to_its_end(self, bench: Bench) -> None:
        topics = [bench.names.physical(name) for name in ("a", "b")]
        assert await read(bench.claim(), topics) == []

    async def test_a_tail_is_read_from_any_offset_that_is_there(self, bench: Bench) -> None:
        topic = bench.names.physical("a")
        await bench.append("a", b"0", b"1", b"2")
        log = bench.claim()
        assert [r.offset for r in await read(log, [topic], since=1)] == [1, 2]
        assert await read(log, [topic], since=3) == []
        await bench.trim("a", 2)
        assert [r.offset for r in await read(log, [topic])] == [2]
        first, end = (await log.bounds([topic], 0))[topic]
        assert first == 2 < end
        for gone in (1, 9):
            with pytest.raises(TailGoneError):
                await read(log, [topic], since=gone)

    async def test_records_come_as_they_were_written(self, bench: Bench) -> None:
        topic = bench.names.physical("a")
        await bench.append("a", b"\x00\xff", None, b"")
        found = await read(bench.claim(), [topic])
        assert [(r.offset, r.key, r.value) for r in found] == [
            (0, b"k", b"\x00\xff"), (1, b"k", None), (2, b"k", b""),
        ]  # fmt: skip
