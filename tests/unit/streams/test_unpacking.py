"""The lane reads what was fetched by itself: it must read what aiokafka would have read."""

import asyncio
import struct
from collections.abc import Sequence
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import (
    READ_COMMITTED,
    READ_UNCOMMITTED,
    Fetcher,
    FetchError,
    FetchResult,
    PartitionRecords,
)
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.errors import CorruptRecordException, OffsetOutOfRangeError
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from streams.lane.kafka.unpacking import take
from streams.lane.port import Record

PLACE = TopicPartition("a", 0)
ATTRIBUTES = 21
"""Where a batch has its flags; the four bytes before are the checksum of all that follows."""
CONTROL = 0x20
ABORT, COMMIT = 0, 1
Batch = tuple[str, int, int]
"""Kind (plain, sent, aborted), records, and how many offsets are missing before it."""


def _batch(first: int, count: int, producer: int = -1, *, packed: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(
        2, packed, producer >= 0, producer, 0 if producer >= 0 else -1, 0, 1 << 20
    )
    for number in range(count):
        key = None if number % 3 == 0 else b"key-%d" % number
        value = None if number % 5 == 4 else b"value-%d" % (first + number)
        builder.append(number, 1_000 + first + number, key, value, [("h", b"1")])
    built = builder.build()
    built[:8] = struct.pack(">q", first)
    return bytes(built)


def _marker(first: int, producer: int, kind: int) -> bytes:
    """The end of a transaction."""
    builder = DefaultRecordBatchBuilder(2, 0, 1, producer, 0, 0, 1 << 20)
    builder.append(0, 1_000, struct.pack(">hh", 0, kind), b"\0\0\0\0\0\0", [])
    built = builder.build()
    built[:8] = struct.pack(">q", first)
    built[ATTRIBUTES : ATTRIBUTES + 2] = struct.pack(">h", 0x10 | CONTROL)
    built[ATTRIBUTES - 4 : ATTRIBUTES] = struct.pack(">I", calc_crc32c(built[ATTRIBUTES:]))
    return bytes(built)


def _log(batches: Sequence[Batch]) -> tuple[bytes, list[tuple[int, int]], int]:
    """Bytes of a log, its aborted transactions (producer, first offset), and its end."""
    data, aborted, offset = b"", list[tuple[int, int]](), 0
    for producer, (kind, count, gap) in enumerate(batches):
        offset += gap
        if kind == "plain":
            data += _batch(offset, count, packed=DefaultRecordBatch.CODEC_GZIP * (count % 2))
            offset += count
            continue
        if kind == "aborted":
            aborted.append((producer, offset))
        data += _batch(offset, count, producer)
        data += _marker(offset + count, producer, ABORT if kind == "aborted" else COMMIT)
        offset += count + 1
    return data, aborted, offset


class Held:
    """A fetcher that holds one answer, and tells whether it was woken."""

    def __init__(self, *, committed: bool = True, start: int = 0) -> None:
        self._records: dict[TopicPartition, Any] = {}
        self._wait_consume_future = "woken"
        self.woken: list[object] = []
        self.isolation = READ_COMMITTED if committed else READ_UNCOMMITTED
        self.assignment = Assignment([PLACE])
        self.state = self.assignment.state_value(PLACE)
        self.state.seek(start)

    def _notify(self, future: object) -> None:
        self.woken.append(future)

    def hold(self, data: bytes, aborted: list[tuple[int, int]], start: int = 0) -> PartitionRecords:
        source = PartitionRecords(
            PLACE,
            MemoryRecords(data),
            aborted,
            start,
            None,
            None,
            check_crcs=True,
            isolation_level=self.isolation,
        )
        self._records[PLACE] = FetchResult(
            PLACE, assignment=self.assignment, partition_records=source, backoff=0
        )
        return source


def _taken(held: Held) -> list[Record]:
    return take(cast("Fetcher", held), PLACE)


async def test_nothing_held_is_nothing_read() -> None:
    assert _taken(Held()) == []


KINDS = st.sampled_from(["plain", "sent", "aborted"])
BATCHES = st.lists(st.tuples(KINDS, st.integers(1, 7), st.integers(0, 3)), max_size=8)


@given(BATCHES, st.booleans(), st.integers(0, 12))
def test_it_reads_what_aiokafka_reads_and_stands_where_aiokafka_stands(
    batches: list[Batch],
    committed: bool,  # noqa: FBT001 -- drawn
    start: int,
) -> None:
    """Compressed or not, committed, aborted, with gaps, from the middle of a batch."""
    asyncio.run(_compare(_log(batches), start, committed=committed))


async def _compare(
    log: tuple[bytes, list[tuple[int, int]], int], start: int, *, committed: bool
) -> None:
    data, aborted, end = log
    start = min(start, end)
    theirs, ours = (Held(committed=committed, start=start) for _ in range(2))
    source = theirs.hold(data, list(aborted), start)
    wanted = [Record(r.offset, r.timestamp, r.key, r.value) for r in source]
    ours.hold(data, list(aborted), start)
    assert _taken(ours) == wanted
    assert ours.state.position == source.next_fetch_offset
    assert ours.woken == ["woken"]
    assert _taken(ours) == []


async def test_what_was_fetched_before_a_seek_is_dropped() -> None:
    """It is not what comes next."""
    held = Held()
    held.hold(_batch(0, 5), [])
    held.state.seek(3)
    assert _taken(held) == []
    assert held.state.position == 3


async def test_damaged_bytes_are_no_records() -> None:
    """The disk or the wire did it; the broker is asked again by the worker that starts next."""
    held = Held()
    held.hold(_batch(0, 5)[:-1] + b"\xff", [])
    with pytest.raises(CorruptRecordException, match="Invalid CRC"):
        _taken(held)


async def test_what_the_broker_refused_is_raised() -> None:
    """A position that retention has eaten, for example."""
    held = Held()
    held._records[PLACE] = FetchError(error=OffsetOutOfRangeError({PLACE: 0}), backoff=0)
    with pytest.raises(OffsetOutOfRangeError):
        _taken(held)
    assert held._records == {}
