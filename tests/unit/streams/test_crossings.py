"""What one partition tells another: where it goes, with what, and that it goes once."""

from collections.abc import Sequence

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st
from toy import ToyFold

from schemas.naming import Names
from streams.lane.partition import JOURNAL_SCHEMA, Partition
from streams.lane.port import Record, Write
from streams.lane.replay import Fetch, replay
from streams.lane.topic_map import TopicMap, partition_of
from streams.lane.twin import MemoryLog, MemoryWorker

NAMES = Names()
START = 1_795_132_800_000
PARTITIONS = 4


class Faults:
    """What the next commits meet."""

    def __init__(self) -> None:
        self.next: list[str | None] = []

    def __call__(self) -> str | None:
        return self.next.pop(0) if self.next else None


@pytest.fixture
def faults() -> Faults:
    """None, until a test says so."""
    return Faults()


@pytest.fixture
def log(faults: Faults) -> MemoryLog:
    """An empty log of four partitions."""
    return MemoryLog(lambda: START, faults, PARTITIONS)


async def work(log: MemoryLog, numbers: Sequence[int]) -> MemoryWorker:
    """A worker that folds all there is in some partitions, or ends."""
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign(numbers)
    await worker.drain()
    return worker


def crossings(log: MemoryLog) -> list[tuple[int, bytes | None, bytes | None]]:
    """All of them, with where they went."""
    return [
        (number, record.key, record.value)
        for number in range(PARTITIONS)
        for record in log.records("crossings", number)
    ]


@given(key=st.binary(max_size=20), count=st.integers(1, 64))
def test_a_crossing_goes_where_a_departments_record_of_its_code_goes(
    key: bytes, count: int
) -> None:
    """The partitioner of ordinary producers: the rows of a code are in one partition."""
    numbers = list(range(count))
    assert partition_of(key, count) == DefaultPartitioner()(key, numbers, numbers)


async def test_it_is_folded_where_its_key_belongs(log: MemoryLog) -> None:
    """One worker or two: it comes through the topic, never from memory to memory."""
    log.append(Write("a", b"k", b"cross:420704001002:n+5"), 0)
    first = await work(log, [0])
    assert crossings(log) == [(2, b"420704001002", b'"n+5"')]
    assert log.records("views.counts", 2) == []
    second = await work(log, [2])
    assert [(r.key, r.value) for r in log.records("views.counts", 2)] == [(b"x/n", b"5")]
    assert (first.failure, second.failure) == (None, None)


@pytest.mark.parametrize(("fault", "there"), [("before", 0), ("after", 1)])
async def test_it_is_there_when_what_caused_it_is_there(
    log: MemoryLog, faults: Faults, fault: str, there: int
) -> None:
    """One transaction: neither without the other, and the next worker does not say it again."""
    faults.next = [fault]
    log.append(Write("a", b"k", b"cross:420704001002:n+5"), 0)
    worker = await work(log, [0])
    assert worker.failure is not None
    assert len(crossings(log)) == len(log.records(NAMES.physical("journal"), 0)) == there
    last = await work(log, range(PARTITIONS))
    assert last.failure is None
    assert len(crossings(log)) == 1
    assert [r.value for r in log.records("views.counts", 2)] == [b"5"]


async def test_a_replay_writes_none_and_needs_none_to_be_equal(log: MemoryLog) -> None:
    """What was told before is input as recorded; what is told now is only counted."""
    log.append(Write("a", b"k", b"cross:420704001002:cross:420704001013:n+1"), 0)
    await work(log, range(PARTITIONS))
    told = crossings(log)
    assert [(number, value) for number, _, value in told] == [
        (0, b'"n+1"'), (2, b'"cross:420704001013:n+1"'),
    ]  # fmt: skip
    for number in range(PARTITIONS):
        journal = [r.value or b"" for r in log.records(NAMES.physical("journal"), number)]
        answers = replay(Partition(number, ToyFold()), journal, _recorded(log, number))
        assert list(answers) == [None] * len(journal)
    assert crossings(log) == told


async def test_the_hash_of_outputs_counts_a_crossing_by_its_words_not_by_its_place(
    log: MemoryLog,
) -> None:
    """More partitions another day are another place; the words are the same."""
    log.append(Write("a", b"k", b"cross:420704001002:n+5"), 0)
    await work(log, [0])
    wide = MemoryLog(lambda: START, partitions=12)
    wide.append(Write("a", b"k", b"cross:420704001002:n+5"), 0)
    await work(wide, [0])
    physical = NAMES.physical("journal")
    one, other = (
        ToyFold().decode(JOURNAL_SCHEMA, found.records(physical, 0)[0].value or b"")["outs"]
        for found in (log, wide)
    )
    assert one == other != bytes(16)
    assert [n for n in range(12) if wide.records("crossings", n)] == [
        partition_of(b"420704001002", 12)
    ]


def _recorded(log: MemoryLog, number: int) -> Fetch:
    topics = TopicMap(ToyFold(), NAMES)

    def fetch(topic: str, first: int, following: int) -> list[Record]:
        records = log.records(topics.physical(topic), number)
        return [record for record in records if first <= record.offset < following]

    return fetch
