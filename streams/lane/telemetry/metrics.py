"""Every metric of the lane, declared once; and the sinks that take what is measured.

Nothing is counted per record: once per unit, per transaction, per chunk of a restore, per
rebalance. docs/operator.md has these in a table, which a test holds equal.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal, Protocol

Kind = Literal["counter", "gauge", "histogram"]

SHORT = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds that a transaction takes: milliseconds, up to the time-out."""
LONG = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 3600.0, 86400.0)
"""Seconds that an event waits: milliseconds caught up, hours behind."""
SIZES = (1, 5, 20, 100, 500, 2_000, 5_000, 10_000, 20_000, 50_000)
"""Records in a unit or a transaction."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `name` as Prometheus has it; `unit` as a reader says it."""

    name: str
    kind: Kind
    unit: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


TRANSACTION_SECONDS = Metric(
    "shequ_lane_transaction_seconds", "histogram", "seconds",
    "from begin to the committed answer of one transaction", buckets=SHORT,
)  # fmt: skip
TRANSACTION_RECORDS = Metric(
    "shequ_lane_transaction_records", "histogram", "records",
    "source records in one transaction (a group commit of several units)", buckets=SIZES,
)  # fmt: skip
UNIT_RECORDS = Metric(
    "shequ_lane_unit_records", "histogram", "records",
    "source records in one unit: the batch that is folded at once", buckets=SIZES,
)  # fmt: skip
RECORDS = Metric(
    "shequ_lane_records_total", "counter", "records",
    "source records folded and committed", ("partition",),
)  # fmt: skip
PENDING_RECORDS = Metric(
    "shequ_lane_pending_records", "gauge", "records",
    "folded and waiting for the transaction in flight; at 20,000 the partition waits",
    ("partition",),
)  # fmt: skip
ROWS = Metric(
    "shequ_lane_rows", "gauge", "rows",
    "rows of the partition, in all its tables", ("partition",),
)  # fmt: skip
BEHIND = Metric(
    "shequ_lane_behind", "gauge", "0 or 1",
    "1 while the partition has a backlog to fold, 0 caught up", ("partition",),
)  # fmt: skip
EVENT_AGE_SECONDS = Metric(
    "shequ_lane_event_age_seconds", "histogram", "seconds",
    "from a record's append to the commit of what it changed; `which` is the transaction's "
    "`oldest` or `newest` record", ("which",), LONG,
)  # fmt: skip
DEAD_LETTERS = Metric(
    "shequ_lane_dead_letters_total", "counter", "letters",
    "records set aside as dead letters, committed", ("topic",),
)  # fmt: skip
OFFSET_GAPS = Metric(
    "shequ_lane_offset_gaps_total", "counter", "offsets",
    "offsets without a record between the records of a unit: transaction markers, aborted "
    "records, compaction; no loss", ("topic",),
)  # fmt: skip
ENDS = Metric(
    "shequ_lane_ends_total", "counter", "ends",
    "what has ended this worker: `FencedError`, `CommitFailedError`, `ChainBrokenError` ...; kept "
    "in `SHEQU_HOME/worker`, so that the next start goes on counting",
    ("error",),
)  # fmt: skip
PARTITIONS = Metric(
    "shequ_lane_partitions", "gauge", "partitions", "partitions that this worker holds",
)  # fmt: skip
REBALANCES = Metric(
    "shequ_lane_rebalances_total", "counter", "rebalances",
    "assignments that this worker was given",
)  # fmt: skip
PAUSE_SECONDS = Metric(
    "shequ_lane_pause_seconds", "histogram", "seconds",
    "pause of a rebalance: from when it was announced to the first commit after it; without "
    "a record to fold, to when folding could go on", buckets=LONG,
)  # fmt: skip
RESTORED_ROWS = Metric(
    "shequ_lane_restored_rows_total", "counter", "records",
    "changelog records read to restore rows",
)  # fmt: skip
RESTORE_RATE = Metric(
    "shequ_lane_restore_rows_per_second", "gauge", "records a second",
    "of the restore under way; 0 when none is",
)  # fmt: skip
RESTORE_SECONDS_LEFT = Metric(
    "shequ_lane_restore_seconds_left", "gauge", "seconds",
    "of the restore under way, by its rate so far; 0 when none is",
)  # fmt: skip

METRICS = (
    TRANSACTION_SECONDS, TRANSACTION_RECORDS, UNIT_RECORDS, RECORDS, PENDING_RECORDS, ROWS, BEHIND,
    EVENT_AGE_SECONDS, DEAD_LETTERS, OFFSET_GAPS, ENDS, PARTITIONS, REBALANCES, PAUSE_SECONDS,
    RESTORED_ROWS, RESTORE_RATE, RESTORE_SECONDS_LEFT,
)  # fmt: skip


class Sink(Protocol):
    """Takes what is measured. Label values are given in the order of the metric's labels."""

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Enter a value into a histogram."""

    def forget(self, metric: Metric, *labels: str) -> None:
        """Drop a gauge: what it was of is another worker's now."""


class NoMetrics:
    """Takes them and keeps none."""

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Nothing."""

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Nothing."""

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Nothing."""

    def forget(self, metric: Metric, *labels: str) -> None:
        """Nothing."""


Series = tuple[Metric, tuple[str, ...]]


@dataclass(slots=True)
class Recorded:
    """Keeps everything, for tests and the in-memory twin."""

    counted: dict[Series, float] = field(default_factory=lambda: defaultdict(float))
    gauges: dict[Series, float] = field(default_factory=dict)
    observed: dict[Series, list[float]] = field(default_factory=dict)

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add."""
        self.counted[_series(metric, labels)] += by

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Replace."""
        self.gauges[_series(metric, labels)] = value

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Append."""
        self.observed.setdefault(_series(metric, labels), []).append(value)

    def forget(self, metric: Metric, *labels: str) -> None:
        """Remove."""
        self.gauges.pop(_series(metric, labels), None)


def _series(metric: Metric, labels: tuple[str, ...]) -> Series:
    if len(labels) != len(metric.labels):
        message = f"{metric.name} has the labels {metric.labels}, got {labels}"
        raise ValueError(message)
    return metric, labels
