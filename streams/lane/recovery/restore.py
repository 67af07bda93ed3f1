"""Rows and positions of a partition, read from its own topics: all of them, or what is missing."""

from collections.abc import Callable
from typing import Any

import structlog

from streams.lane.errors import DigestMismatchError, TailGoneError
from streams.lane.fold import AnyFold
from streams.lane.partition import POSITIONS_KEY, POSITIONS_SCHEMA, AnyPartition
from streams.lane.port import Chunk, Log, Record
from streams.lane.recovery.checks import check_code, check_log, check_new, check_settled
from streams.lane.recovery.progress import Progress
from streams.lane.topic_map import TopicMap

logger = structlog.get_logger()

TRUSTED_MS = 29 * 24 * 3_600_000
"""Rows held for longer are read anew: the topics forget after 30 days what was deleted."""


class Restore:
    """Brings partitions to where their last transactions left them."""

    def __init__(
        self, fold: AnyFold, log: Log, topics: TopicMap, progress: Progress,
        clock: Callable[[], int],
    ) -> None:  # fmt: skip
        """`clock`: ms."""
        self._fold = fold
        self._log = log
        self._topics = topics
        self._progress = progress
        self._clock = clock

    async def bring_up(self, partition: AnyPartition, is_current: Callable[[], bool]) -> bool:
        """All that the log has and the partition does not, proven by the digest.

        Call after the fence: then nothing of an earlier owner is still on its way. False where
        `is_current` no longer holds; the partition is then as far as it got, and may be brought
        up another time. Rows held before that do not agree with the log are dropped, and all is
        read anew, once. Raises DigestMismatchError, PositionsGoneError, CodeChangedError or
        LogTrimmedError, each with what to do.
        """
        await check_settled(partition.number, self._log, self._topics, is_current)
        held = bool(partition.rows.reached)
        try:
            if held:
                _require_trusted(self._clock() - partition.rows.kept_at)
            return await self._bring_up(partition, is_current)
        except (TailGoneError, DigestMismatchError) as error:
            if not held:
                raise
            logger.warning("rows held here are not as the log has them: all are read anew",
                           partition=partition.number, because=str(error))  # fmt: skip
            partition.forget()
            return await self._bring_up(partition, is_current)

    async def _bring_up(self, partition: AnyPartition, is_current: Callable[[], bool]) -> bool:
        held = bool(partition.rows.reached)
        positions = await self._read(partition, is_current)
        if not is_current():
            return False
        if positions is None and held:
            message = "the log has no positions behind those that were read before"
            raise TailGoneError(message)
        if positions is None:
            await check_new(partition, self._log, self._topics)
        else:
            _take_positions(partition, positions)
            await check_code(partition, positions["code"], self._log, self._topics)
        await check_log(partition, self._log, self._topics)
        return True

    async def _read(
        self, partition: AnyPartition, is_current: Callable[[], bool]
    ) -> dict[str, Any] | None:
        """Rows into the partition, chunk by chunk; gives the last positions that came."""
        number, topics = partition.number, self._topics.changelogs()
        positions, announced, total = None, 0, 0
        async for chunk in self._log.read(topics, number, dict(partition.rows.reached)):
            if not is_current():
                break
            if announced < len(topics):
                announced, total = announced + 1, total + chunk.end - chunk.next
                if announced == len(topics):
                    self._progress.begin(number, total)
                continue
            positions = self._take(partition, chunk) or positions
            self._progress.advance(number, len(chunk.records))
        self._progress.done(number)
        return positions

    def _take(self, partition: AnyPartition, chunk: Chunk) -> dict[str, Any] | None:
        """A chunk of rows; gives the last positions in it."""
        rows, table_of, topic = partition.rows, self._topics.table_of, chunk.topic
        last = None
        for record in chunk.records:
            try:
                key = (record.key or b"").decode()
                if key == POSITIONS_KEY and record.value is not None:
                    last = record
                else:
                    rows.set(table_of(topic, key), key, record.value)
            except (UnicodeDecodeError, LookupError) as error:
                raise _foreign(f"{topic}-{partition.number}", record) from error
        if chunk.records:
            rows.freeze()
            rows.keep({topic: chunk.next if last is None else last.offset}, self._clock())
        return None if last is None else self._fold.decode(POSITIONS_SCHEMA, last.value or b"")


def _require_trusted(age: int) -> None:
    if age > TRUSTED_MS:
        message = f"they are {age // 86_400_000} days old: what was deleted since may be unknown"
        raise TailGoneError(message)


def _foreign(place: str, record: Record) -> DigestMismatchError:
    """A key that no table of the app has."""
    message = (
        f"{place} has at offset {record.offset} the key {record.key!r}, which is of no table of "
        "this app: somebody wrote to it; rebuild the lineage by a replay, leave the topics as "
        "they are"
    )
    return DigestMismatchError(message)


def _take_positions(partition: AnyPartition, positions: dict[str, Any]) -> None:
    partition.seq = positions["seq"]
    partition.now = positions["now"]
    partition.outs = positions["outs"]
    partition.offsets = {entry["topic"]: entry["next"] for entry in positions["offsets"]}
    if partition.digest() != positions["state"]:
        message = (
            f"partition {partition.number}: the {len(partition.rows)} rows restored have digest "
            f"{partition.digest().hex()}, the journal says {positions['state'].hex()} at seq "
            f"{partition.seq}: rebuild the lineage by a replay, leave the topics as they are"
        )
        raise DigestMismatchError(message)
