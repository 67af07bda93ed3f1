"""All partitions of one worker: claim, restore, feed, fold, commit, give up.

Exactly once, in batches: rows, positions, outputs, dead letters and the journal record of a
partition go into one transaction; one transaction per partition is in flight; units folded
meanwhile merge into the next (group commit).
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Sequence

import structlog

from schemas.naming import Names
from streams.lane.errors import ClockSkewError, LaneError
from streams.lane.fold import Fold
from streams.lane.intake import Intake
from streams.lane.partition import Frozen, Partition
from streams.lane.port import Log, Record, Unit, Write
from streams.lane.restore import TopicMap, restore

logger = structlog.get_logger()

UNIT_RECORDS = 2_000
PENDING_RECORDS = 20_000
"""Units of a partition wait when this many records wait for a transaction."""
BUFFERED_RECORDS = 10_000
"""A topic of a partition is not fetched while this many of its records wait to be folded."""
CLOCK_LIMIT_MS = 5_000


def wall_clock() -> int:
    """This machine's clock, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Lane:
    """The lane of one worker. `on_failure` ends the process: memory has run ahead of the log."""

    def __init__(
        self,
        fold: Fold,
        log: Log,
        names: Names,
        on_failure: Callable[[BaseException], None],
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self.fold = fold
        self.topics = TopicMap(fold, names)
        self.generation = 0
        self.partitions: dict[int, Partition] = {}
        self._log = log
        self._on_failure = on_failure
        self._clock = clock
        self._sources = {self.topics.physical(source): source for source in fold.sources}
        self._intakes: dict[int, Intake] = {}
        self._delivered: set[int] = set()
        self._commits: dict[int, asyncio.Task[None]] = {}

    @property
    def source_topics(self) -> list[str]:
        """Physical names of the sources."""
        return list(self._sources)

    async def assign(self, numbers: Collection[int]) -> dict[tuple[str, int], int]:
        """Take partitions over, in this order: quiesce, fence, restore. Gives where to seek.

        An older assignment that is overtaken by a newer one gives nothing.
        """
        await self.quiesce()
        generation = self.generation
        for number in sorted(numbers):
            await self._log.fence(number)
        partitions = await asyncio.gather(*(self._restore(number) for number in sorted(numbers)))
        restored = {partition.number: partition for partition in partitions}
        if generation != self.generation:
            return {}
        self.partitions = restored
        self._intakes = {n: Intake(self.fold.sources, p.now) for n, p in restored.items()}
        return {
            (physical, number): partition.offsets.get(source, 0)
            for number, partition in restored.items()
            for physical, source in self._sources.items()
        }

    async def _restore(self, number: int) -> Partition:
        started = self._clock()
        partition = await restore(number, self.fold, self._log, self.topics)
        logger.info("partition restored", partition=number, rows=len(partition.rows),
                    seq=partition.seq, ms=self._clock() - started)  # fmt: skip
        return partition

    async def quiesce(self) -> None:
        """Commit what is folded, then forget all rows: they are another's, or are read anew."""
        self.generation += 1
        self._intakes.clear()
        self._delivered.clear()
        while self._commits:
            await asyncio.gather(*self._commits.values())
        for number in self.partitions:
            await self._log.release(number)
        self.partitions = {}

    def wants(self, topic: str, number: int) -> bool:
        """Whether a topic of a partition should be fetched now."""
        intake = self._intakes.get(number)
        source = self._sources.get(topic)
        return (
            intake is not None and source is not None and intake.buffered(source) < BUFFERED_RECORDS
        )

    def feed(self, topic: str, number: int, records: Sequence[Record], *, at_end: bool) -> None:
        """Hand over what was fetched of a topic (physical name)."""
        self._intakes[number].feed(self._sources[topic], records, at_end=at_end)

    def units(self) -> Iterator[Unit]:
        """Next units to deliver: at most one per partition is out, and none while it is full."""
        for number, intake in self._intakes.items():
            partition = self.partitions[number]
            if number in self._delivered or partition.pending.records >= PENDING_RECORDS:
                continue
            slices = intake.take(self._clock(), UNIT_RECORDS)
            if not slices and intake.caught_up and self._is_due(partition):
                slices = [intake.tick(self._clock())]
            if slices:
                self._delivered.add(number)
                yield Unit(number, self.generation, slices, intake.caught_up)

    def _is_due(self, partition: Partition) -> bool:
        due = partition.rows.first_due()
        return due is not None and due <= self._clock()

    def process(self, unit: Unit) -> None:
        """Fold a unit and see that it is committed. One of an older generation is dropped.

        Does not await: between fold and merge nobody else runs. Any failure ends the process.
        """
        if unit.generation != self.generation:
            return
        try:
            partition = self.partitions[unit.partition]
            partition.fold_unit(unit)
        except Exception as error:  # a defect of the app's tick, or a broken chain: never go on
            self._on_failure(error)
            raise
        self._delivered.discard(unit.partition)
        if unit.partition not in self._commits:
            task = asyncio.create_task(self._commit(partition), name=f"commit-{unit.partition}")
            self._commits[unit.partition] = task

    async def _commit(self, partition: Partition) -> None:
        try:
            while (frozen := partition.freeze()) is not None:
                await self._commit_one(partition, frozen)
        except Exception as error:  # whatever it is, memory is ahead of the log: end the process
            self._on_failure(error)
        finally:
            self._commits.pop(partition.number, None)

    async def _commit_one(self, partition: Partition, frozen: Frozen) -> None:
        started = self._clock()
        writes = [
            Write(self.topics.physical(topic), key, value, headers)
            for topic, key, value, headers in frozen.writes
        ]
        appended = await self._log.commit(partition.number, writes)
        if appended is not None and frozen.caught_up:
            self._check_clock(started, appended)

    def _check_clock(self, started: int, appended: int) -> None:
        """The broker appended between now and then, by our clock: else one of the clocks is off."""
        if started - CLOCK_LIMIT_MS <= appended <= self._clock() + CLOCK_LIMIT_MS:
            return
        message = (
            f"the broker appended at {appended} ms, by this machine's clock it was {started}: "
            "mend the clock (NTP) and start again"
        )
        raise ClockSkewError(message)

    def positions(self) -> dict[tuple[str, int], int]:
        """Folded so far, for lag tools only: the truth is in the state topic."""
        return {
            (self.topics.physical(source), number): following
            for number, partition in self.partitions.items()
            for source, following in partition.offsets.items()
        }

    def require_owned(
        self, assigned: Collection[tuple[str, int]], counts: dict[str, int]
    ) -> set[int]:
        """Partition numbers assigned, each with all source topics.

        Raises LaneError where a source is missing, or topics have different partition counts.
        """
        missing = [topic for topic in self._sources if topic not in counts]
        if missing or len(set(counts.values())) > 1:
            message = (
                f"sources {counts}, missing {missing}: run `shequ topics apply`, then start again"
            )
            raise LaneError(message)
        numbers = {number for _, number in assigned}
        for number in numbers:
            if lacking := [t for t in self._sources if (t, number) not in assigned]:
                message = (
                    f"partition {number} came without {lacking}: another assignor is in the group"
                )
                raise LaneError(message)
        return numbers
