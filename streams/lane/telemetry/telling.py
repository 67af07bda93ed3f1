"""What the lane tells of itself: metrics, one log line for each rebalance, progress of a restore.

Everything here is called once per unit, transaction, chunk or rebalance; nothing of it waits,
and nothing of it decides anything.
"""

import time
from collections.abc import Callable, Collection

import structlog

from streams.lane.group.assignor import Decision
from streams.lane.partition import AnyPartition
from streams.lane.pending import Frozen
from streams.lane.port import Unit
from streams.lane.recovery.progress import Progress
from streams.lane.recovery.restoring import LoggedProgress, MeasuredProgress
from streams.lane.telemetry import metrics
from streams.lane.telemetry.metrics import NoMetrics, Sink
from streams.lane.telemetry.rebalance import Rebalance, changes

logger = structlog.get_logger()

GAUGES = (metrics.PENDING_RECORDS, metrics.ROWS, metrics.BEHIND)
"""What is said of each partition held."""


class Telling:
    """One worker's. `clock`: seconds that only grow; virtual in the twin."""

    def __init__(
        self,
        sink: Sink | None = None,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`progress`: log lines every few seconds, where none is given."""
        self.sink: Sink = sink or NoMetrics()
        self.clock = clock
        self._rebalance: Rebalance | None = None
        self._held: list[int] = []
        self._who = ""
        self._before: Decision | None = None
        self._decision: Decision | None = None
        self.restoring = MeasuredProgress(self.sink, progress or LoggedProgress(clock), clock)
        """What a restore is to call."""

    @property
    def unsettled(self) -> bool:
        """Whether a rebalance is not over: nothing was committed since."""
        return self._rebalance is not None and self._rebalance.resumed

    def revoked(self) -> None:
        """A rebalance was announced: from here on nothing new is folded."""
        if self._rebalance is None:
            self._rebalance = Rebalance(self.clock(), self.restoring.rows)

    def decided(self, who: str, decision: Decision | None) -> None:
        """The group has shared; `who` is this worker, None what a leader of before says."""
        self._who, self._decision = who, decision

    def taken(self, numbers: Collection[int]) -> None:
        """Folding goes on, with these partitions."""
        self.revoked()
        self.sink.count(metrics.REBALANCES)
        self.sink.set(metrics.PARTITIONS, len(numbers))
        for number in set(self._held) - set(numbers):
            for gauge in GAUGES:
                self.sink.forget(gauge, str(number))
        if self._rebalance is not None:
            self._rebalance.resume(self._held, numbers)
        self._held = sorted(numbers)
        if not numbers:
            self.settled()

    def folded(self, unit: Unit, partition: AnyPartition) -> None:
        """A unit was folded, and waits for its transaction."""
        number = str(unit.partition)
        count = 0
        for piece in unit.slices:
            records = piece.records
            if records:
                count += len(records)
                gap = records[-1].offset - records[0].offset + 1 - len(records)
                if gap:
                    self.sink.count(metrics.OFFSET_GAPS, piece.topic, by=gap)
        if count:
            self.sink.observe(metrics.UNIT_RECORDS, count)
        self.sink.set(metrics.PENDING_RECORDS, partition.pending.records, number)
        self.sink.set(metrics.BEHIND, not unit.caught_up, number)

    def committed(self, partition: AnyPartition, frozen: Frozen, began: float, now: int) -> None:
        """A transaction that began then, by `clock`, was committed at `now`, ms."""
        sink, number = self.sink, str(partition.number)
        sink.observe(metrics.TRANSACTION_SECONDS, self.clock() - began)
        sink.set(metrics.PENDING_RECORDS, partition.pending.records, number)
        sink.set(metrics.ROWS, len(partition.rows), number)
        if frozen.records:
            sink.observe(metrics.TRANSACTION_RECORDS, frozen.records)
            sink.count(metrics.RECORDS, number, by=frozen.records)
            sink.observe(metrics.EVENT_AGE_SECONDS, (now - frozen.oldest) / 1000, "oldest")
            sink.observe(metrics.EVENT_AGE_SECONDS, (now - frozen.newest) / 1000, "newest")
        for topic in frozen.letters:
            sink.count(metrics.DEAD_LETTERS, topic)
        if self._rebalance is not None:
            self.settled()

    def ended(self, error: BaseException) -> None:
        """The worker ends because of this."""
        self.sink.count(metrics.ENDS, type(error).__name__)

    def settled(self) -> None:
        """A first commit, or nothing to fold: a rebalance is over, and is told in one line."""
        over = self._rebalance
        if over is None or not over.resumed:
            return
        self._rebalance = None
        pause = self.clock() - over.began
        self.sink.observe(metrics.PAUSE_SECONDS, pause)
        logger.info(
            "rebalanced",
            partitions=self._held,
            **over.moves(),
            **changes(self._who, self._before, self._decision),
            pause_ms=round(pause * 1000),
            restored_rows=self.restoring.rows - over.rows_before,
        )
        self._before = self._decision
