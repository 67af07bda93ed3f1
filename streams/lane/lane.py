"""All partitions of one worker: claim, restore, feed, fold, commit, give up.

Exactly once, in batches: rows, positions, outputs, dead letters and the journal record of a
partition go into one transaction; one transaction per partition is in flight; units folded
meanwhile merge into the next (group commit).
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator

from schemas.naming import Names
from streams.lane import adaptive
from streams.lane.errors import ClockSkewError, CommitFailedError, LaneError
from streams.lane.fold import AnyFold
from streams.lane.intake import Intake
from streams.lane.partition import AnyPartition
from streams.lane.pending import Frozen
from streams.lane.port import Committed, Fetched, Log, Place, Seek, Unit
from streams.lane.recovery.takeover import Takeover
from streams.lane.rows.choice import Stores
from streams.lane.telemetry.telling import Telling
from streams.lane.topic_map import TopicMap

PENDING_RECORDS = 20_000
"""Units of a partition wait when this many records wait for a transaction."""
CLOCK_LIMIT_MS = 5_000
IDLE_MS = 24 * 3_600_000
"""A partition without a record still writes its journal daily: idle transactional ids expire."""
QUIESCE_SECONDS = 10.0
"""A commit that takes longer ends the process: what waits for it would outlast the session."""


def wall_clock() -> int:
    """This machine's clock, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Lane:
    """The lane of one worker. `on_failure` ends the process: memory has run ahead of the log."""

    def __init__(
        self,
        fold: AnyFold,
        log: Log,
        names: Names,
        on_failure: Callable[[BaseException], None],
        clock: Callable[[], int] = wall_clock,
        quiesce_seconds: float = QUIESCE_SECONDS,
        telling: Telling | None = None,
        stores: Stores | None = None,
    ) -> None:
        """`stores`: of rows; in memory, where none is given."""
        self.fold = fold
        self.telling = telling or Telling()
        self.topics = TopicMap(fold, names)
        self.generation = 0
        self.partitions: dict[int, AnyPartition] = {}
        self.moved = asyncio.Event()
        """Set where a unit was folded or a transaction ended: there may be units to deliver."""
        self._log = log
        self._on_failure = on_failure
        self._clock = clock
        self._quiesce_seconds = quiesce_seconds
        self._takeover = Takeover(fold, log, self.topics, clock, self.telling.restoring, stores)
        self._intakes: dict[int, Intake] = {}
        self._delivered: set[int] = set()
        self._commits: dict[int, asyncio.Task[None]] = {}
        self._count = 0
        self._seconds_each = adaptive.ASSUMED_SECONDS

    @property
    def source_topics(self) -> list[str]:
        """Physical names of the sources."""
        return list(self.topics.sources)

    async def assign(self, numbers: Collection[int], count: int, seek: Seek) -> bool:
        """Take partitions over, in this order: quiesce, fence all, restore, seek, resume.

        `count`: how many there are, the others' included. Until it returns, nothing is wanted
        and nothing is delivered. An assignment that a newer one overtakes gives back what it
        has claimed, and False.
        """
        generation = await self.quiesce()
        self._count = count
        restored = await self._takeover.take(
            sorted(numbers), seek, lambda: generation == self.generation
        )
        if restored is None:
            return False
        self._resume(restored)
        return True

    def _resume(self, restored: dict[int, AnyPartition]) -> None:
        self.partitions = restored
        self._intakes = {
            number: Intake(
                self.fold.sources,
                partition.offsets,
                partition.now,
                ahead=self.fold.ahead if partition.now == 0 else (),
            )
            for number, partition in restored.items()
        }
        self.telling.taken(restored)

    async def quiesce(self) -> int:
        """Commit what is folded, then give all up; gives the generation that began with it."""
        self.generation = generation = self.generation + 1
        self.telling.revoked()
        self._intakes.clear()
        self._delivered.clear()
        if self._commits:
            _, late = await asyncio.wait(self._commits.values(), timeout=self._quiesce_seconds)
            if late:
                message = f"a commit took longer than {self._quiesce_seconds:g} s: start again"
                self._fail(CommitFailedError(message))
        given_up, self.partitions = list(self.partitions.values()), {}
        if given_up:  # else there may be a restore under way, which is not to be waited for
            await self._takeover.hold(given_up)
        return generation

    async def stop(self) -> None:
        """Commit what is folded, and let go of all rows: what is on disk is whole then."""
        await self.quiesce()
        try:
            await self._takeover.drop_all()
        except LaneError as error:
            self._fail(error)

    def wants(self, topic: str, number: int) -> bool:
        """Whether a topic (physical name) of a partition should be fetched now."""
        intake = self._intakes.get(number)
        source = self.topics.sources.get(topic)
        return intake is not None and source is not None and intake.wants(source)

    def feed(self, fetched: Fetched) -> None:
        """Hand over what a fetch brought. Raises ChainBrokenError where it is not what is next."""
        self._intakes[fetched.partition].feed(self.topics.sources[fetched.topic], fetched)

    @property
    def waiting(self) -> bool:
        """Whether fetched records wait to be folded."""
        return any(intake.waiting for intake in self._intakes.values())

    @property
    def idle(self) -> bool:
        """Whether every partition is read to its end, folded and committed."""
        return not self._commits and all(intake.caught_up for intake in self._intakes.values())

    @property
    def committing(self) -> bool:
        """Whether a transaction is on its way."""
        return bool(self._commits)

    def units(self, *, patient: bool = False) -> Iterator[Unit]:
        """Next units to deliver: at most one per partition is out, and none while it is full.

        `patient`: a few records wait for the transaction that is on its way.
        """
        generation = self.generation
        for number, intake in list(self._intakes.items()):
            if generation != self.generation:
                return  # whoever takes one unit after another may be overtaken by a rebalance
            partition = self.partitions[number]
            if number in self._delivered or partition.pending.records >= PENDING_RECORDS:
                continue
            busy = patient and number in self._commits
            if not adaptive.is_worth_folding(intake.waiting, committing=busy):
                continue
            most = adaptive.unit_records(intake.waiting, self._seconds_each)
            slices = intake.take(self._clock(), most)
            if not slices and intake.caught_up and self._is_due(partition):
                slices = [intake.tick(self._clock())]
            if slices:
                self._delivered.add(number)
                yield Unit(number, self.generation, slices, intake.caught_up, intake.reached())

    def _is_due(self, partition: AnyPartition) -> bool:
        due, clock = partition.rows.first_due(), self._clock()
        return (due is not None and due <= clock) or clock - partition.now >= IDLE_MS

    def process(self, unit: Unit) -> None:
        """Fold a unit and see that it is committed. One of an older generation is dropped.

        Does not await: between fold and merge nobody else runs. Any failure ends the process.
        """
        if unit.generation != self.generation:
            return
        began = self._clock()
        try:
            partition = self.partitions[unit.partition]
            partition.fold_unit(unit)
        except Exception as error:  # a defect of the app's tick, or a broken chain: never go on
            self._fail(error)
            raise
        took = self._clock() - began
        self._seconds_each = adaptive.seconds_of_a_record(self._seconds_each, unit.records, took)
        self._delivered.discard(unit.partition)
        self.moved.set()
        self.telling.folded(unit, partition)
        if unit.partition not in self._commits:
            task = asyncio.create_task(self._commit(partition), name=f"commit-{unit.partition}")
            self._commits[unit.partition] = task

    async def _commit(self, partition: AnyPartition) -> None:
        try:
            while (frozen := partition.freeze()) is not None:
                partition.ahead = True
                await self._commit_one(partition, frozen)
                partition.ahead = False
        except BaseException as error:  # noqa: BLE001 -- cancelled, too, memory is ahead of the log
            self._fail(error)
        finally:
            self._commits.pop(partition.number, None)
            self.moved.set()

    def _fail(self, error: BaseException) -> None:
        self.telling.ended(error)
        self._on_failure(error)

    async def _commit_one(self, partition: AnyPartition, frozen: Frozen) -> None:
        started, began = self._clock(), self.telling.clock()
        writes = self.topics.addressed(frozen.writes, self._count)

        def approve(done: Committed) -> None:
            if done.appended is not None:
                self._check_clock(frozen, started, done.appended)

        done = await self._log.commit(partition.number, writes, approve)
        partition.rows.keep(self.topics.tails(done.reached), self._clock())
        self.telling.committed(partition, frozen, began, self._clock())

    def _check_clock(self, frozen: Frozen, started: int, appended: int) -> None:
        """Before it is committed: what a clock a day ahead has fired could not be taken back.

        Caught up, the broker appended between now and then, by our clock: else one of the clocks
        is off. Behind, no step may lie ahead of the broker's time.
        """
        seen = started <= appended + CLOCK_LIMIT_MS and appended <= self._clock() + CLOCK_LIMIT_MS
        if frozen.now <= appended + CLOCK_LIMIT_MS and (seen or not frozen.caught_up):
            return
        message = (
            f"the broker appended at {appended} ms, by this machine's clock it was {started}: "
            "mend the clock (NTP) and start again"
        )
        raise ClockSkewError(message)

    def positions(self) -> dict[Place, int]:
        """Folded so far, for lag tools only: the truth is in the state topic."""
        return self.topics.places(self.partitions)
