"""A restore under way: measured, and told in log lines every few seconds."""

import time
from collections.abc import Callable

import structlog

from streams.lane.recovery.progress import Progress
from streams.lane.telemetry import metrics
from streams.lane.telemetry.metrics import Sink

logger = structlog.get_logger()

EVERY_SECONDS = 5.0


class Course:
    """How far the restores under way are, all together. `clock`: seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = 0.0
        self._totals: dict[int, int] = {}
        self._read: dict[int, int] = {}
        self._open: set[int] = set()

    def begin(self, partition: int, total: int) -> None:
        """One more; the first of a group sets the clock."""
        if not self._open:
            self._totals.clear()
            self._read.clear()
            self._began = self._clock()
        self._open.add(partition)
        self._totals[partition] = total
        self._read[partition] = 0

    def advance(self, partition: int, count: int) -> None:
        """So many more were read."""
        self._read[partition] = self._read.get(partition, 0) + count

    def done(self, partition: int) -> bool:
        """One is done: its total is what it was. True where it was the last one."""
        was_open = partition in self._open
        self._open.discard(partition)
        self._totals[partition] = self._read.get(partition, 0)
        return was_open and not self._open

    @property
    def under_way(self) -> bool:
        """Whether any is."""
        return bool(self._open)

    @property
    def read(self) -> int:
        """Records read."""
        return sum(self._read.values())

    @property
    def total(self) -> int:
        """Records to read, as far as that is known."""
        return max(sum(self._totals.values()), self.read)

    @property
    def seconds(self) -> float:
        """Since the first began."""
        return self._clock() - self._began

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.read / max(self.seconds, 0.001)

    @property
    def seconds_left(self) -> float:
        """By the rate so far; 0 before anything was read."""
        return (self.total - self.read) / self.rate if self.read else 0.0


class LoggedProgress:
    """One log line every few seconds; a restore that is quicker is told by its rebalance."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._course = Course(clock)
        self._told = 0.0

    def begin(self, partition: int, total: int) -> None:
        """Nothing yet."""
        if not self._course.under_way:
            self._told = self._clock()
        self._course.begin(partition, total)

    def advance(self, partition: int, count: int) -> None:
        """A line, where it is time for one."""
        self._course.advance(partition, count)
        if self._clock() - self._told >= EVERY_SECONDS:
            self._told = self._clock()
            course = self._course
            logger.info("rows are restored", rows=course.read, of=course.total,
                        rows_per_second=round(course.rate),
                        seconds_left=round(course.seconds_left))  # fmt: skip

    def done(self, partition: int) -> None:
        """Nothing."""
        self._course.done(partition)


class MeasuredProgress:
    """Counts what is restored, and passes it on."""

    def __init__(self, sink: Sink, onward: Progress, clock: Callable[[], float]) -> None:
        self.rows = 0
        """Changelog records read since the start."""
        self._sink = sink
        self._onward = onward
        self._course = Course(clock)

    def begin(self, partition: int, total: int) -> None:
        """See Progress."""
        self._course.begin(partition, total)
        self._onward.begin(partition, total)

    def advance(self, partition: int, count: int) -> None:
        """See Progress."""
        self.rows += count
        self._course.advance(partition, count)
        self._sink.count(metrics.RESTORED_ROWS, by=count)
        self._sink.set(metrics.RESTORE_RATE, self._course.rate)
        self._sink.set(metrics.RESTORE_SECONDS_LEFT, self._course.seconds_left)
        self._onward.advance(partition, count)

    def done(self, partition: int) -> None:
        """See Progress."""
        if self._course.done(partition):
            self._sink.set(metrics.RESTORE_RATE, 0)
            self._sink.set(metrics.RESTORE_SECONDS_LEFT, 0)
        self._onward.done(partition)
