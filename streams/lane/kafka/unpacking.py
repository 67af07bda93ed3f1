# ruff: noqa: SLF001 -- aiokafka gives records in no other shape than its own
"""What aiokafka's fetcher holds, as the lane's records, without the eleven fields of its own.

A `ConsumerRecord` costs more than all that the lane does with a record before it is decoded; nine
of its fields are never looked at. The rules of reading are aiokafka 0.14's: aborted transactions
and markers are left out, and the position moves behind them.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED, Fetcher, FetchError, PartitionRecords
from aiokafka.errors import CorruptRecordException

from streams.lane.port import Record


async def until_fetched(
    fetcher: Fetcher, places: Collection[TopicPartition], seconds: float
) -> None:
    """Return when the fetcher holds something of these places, or has nothing for so long."""
    if seconds <= 0 or any(place in fetcher._records for place in places):
        return
    waiter = fetcher._create_fetch_waiter()
    await asyncio.wait((waiter,), timeout=seconds)
    if waiter.done():
        waiter.result()  # an error of the group
    else:
        waiter.cancel()


def take(fetcher: Fetcher, place: TopicPartition) -> list[Record]:
    """All that the fetcher holds of a place; its position moves behind it.

    Raises what the broker answered instead, and CorruptRecordException where bytes were damaged.
    """
    held = fetcher._records.pop(place, None)
    if held is None:
        return []
    fetcher._notify(fetcher._wait_consume_future)
    if isinstance(held, FetchError):
        held.check_raise()
    if not held.check_assignment(place):
        return []
    found = _unpacked(held._partition_records)
    held._update_position()
    return found


def _unpacked(source: PartitionRecords) -> list[Record]:
    """Its records; `next_fetch_offset` moves behind each batch, whatever became of it."""
    batches, found = source._records, list[Record]()
    while batches.has_next():
        batch = batches.next_batch()
        if source._check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {source._tp}")
        if not (_is_aborted(source, batch) or batch.is_control_batch):
            _append(found, batch, source.next_fetch_offset)
        source.next_fetch_offset = batch.next_offset
    return found


def _is_aborted(source: PartitionRecords, batch: Any) -> bool:  # noqa: ANN401 -- of two compiled types
    """Whether it is of a transaction that did not happen. A marker of one ends that."""
    if source._isolation_level != READ_COMMITTED or batch.producer_id is None:
        return False
    source._consume_aborted_up_to(batch.base_offset)
    aborted = source._aborted_producers
    if batch.is_control_batch and source._contains_abort_marker(batch):
        aborted.discard(batch.producer_id)
    return batch.is_transactional and batch.producer_id in aborted


def _append(found: list[Record], batch: Any, start: int) -> None:  # noqa: ANN401 -- the same
    """Records from `start` on: a batch may begin before what was asked for."""
    new, shape = tuple.__new__, Record
    found += [
        new(shape, (record.offset, record.timestamp, record.key, record.value))
        for record in batch
        if record.offset >= start
    ]
