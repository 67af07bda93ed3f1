"""What the lane tells of itself: in metrics, in one line for each rebalance, of a restore."""

import io
import logging
import re
import socket
import urllib.request
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from rich.console import Console
from structlog.testing import capture_logs
from toy import ToyFold

from streams.lane import metrics
from streams.lane.assignor import Decision, Share
from streams.lane.errors import FencedError
from streams.lane.metrics import METRICS, Recorded
from streams.lane.metrics_prometheus import PrometheusSink
from streams.lane.partition import Partition
from streams.lane.port import Record, Slice, Unit
from streams.lane.restoring import EVERY_SECONDS, LoggedProgress
from streams.lane.telling import Telling
from streams.metering import WorkerSink, sink
from streams.progress_bar import ProgressBar
from streams.settings import StreamsSettings, WrongSettingError

NOW = 1_000_000
Line = MutableMapping[str, Any]


@contextmanager
def heard() -> Iterator[list[Line]]:
    """What is logged meanwhile, from information up."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    try:
        with capture_logs() as lines:
            yield lines
    finally:
        structlog.configure(wrapper_class=before)


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """At the beginning."""
    return Clock()


@pytest.fixture
def recorded() -> Recorded:
    """Everything that is measured."""
    return Recorded()


@pytest.fixture
def telling(recorded: Recorded, clock: Clock) -> Telling:
    """Of one worker."""
    return Telling(recorded, clock=clock)


def unit(*records: Record, partition: int = 0, caught_up: bool = True) -> Unit:
    """Of topic `a`."""
    return Unit(partition, 0, [Slice(NOW, "a", list(records))], caught_up)


def fold_and_commit(telling: Telling, one: Unit, seconds: float, clock: Clock) -> None:
    """As the lane does."""
    partition = Partition(one.partition, ToyFold())
    partition.offsets = {"a": one.slices[0].records[0].offset}
    partition.fold_unit(one)
    telling.folded(one, partition)
    frozen = partition.freeze()
    assert frozen is not None
    began = clock()
    clock.now += seconds
    telling.committed(partition, frozen, began, NOW + 500)


def test_a_transaction_tells_how_long_it_took_and_how_old_its_records_are(
    telling: Telling, recorded: Recorded, clock: Clock
) -> None:
    """From append to commit: the oldest says how late, the newest how quick."""
    records = [Record(4, NOW - 1_000, b"k", b"n+1"), Record(5, NOW, b"k", b"n+1")]
    fold_and_commit(telling, unit(*records), 0.25, clock)
    assert recorded.observed[metrics.TRANSACTION_SECONDS, ()] == [0.25]
    assert recorded.observed[metrics.EVENT_AGE_SECONDS, ("oldest",)] == [1.5]
    assert recorded.observed[metrics.EVENT_AGE_SECONDS, ("newest",)] == [0.5]
    assert recorded.observed[metrics.UNIT_RECORDS, ()] == [2]
    assert recorded.counted[metrics.RECORDS, ("0",)] == 2
    assert recorded.gauges[metrics.PENDING_RECORDS, ("0",)] == 0
    assert recorded.gauges[metrics.ROWS, ("0",)] == 1


def test_dead_letters_gaps_and_a_backlog_are_told(
    telling: Telling, recorded: Recorded, clock: Clock
) -> None:
    """Offsets 5 and 6 are markers: no loss, and counted as what they are."""
    records = [Record(4, NOW, b"k", b"poison"), Record(7, NOW, b"k", b"n+1")]
    fold_and_commit(telling, unit(*records, caught_up=False), 0.1, clock)
    assert recorded.counted[metrics.DEAD_LETTERS, ("a",)] == 1
    assert recorded.counted[metrics.OFFSET_GAPS, ("a",)] == 2
    assert recorded.gauges[metrics.BEHIND, ("0",)] == 1


def test_of_a_partition_that_went_nothing_is_said_any_more(
    telling: Telling, recorded: Recorded, clock: Clock
) -> None:
    """Its new owner speaks of it."""
    telling.taken([0, 1])
    for number in (0, 1):
        fold_and_commit(telling, unit(Record(0, NOW, b"k", b"n"), partition=number), 0.1, clock)
    telling.revoked()
    telling.taken([1])
    assert {labels for metric, labels in recorded.gauges if metric == metrics.ROWS} == {("1",)}
    assert recorded.gauges[metrics.PARTITIONS, ()] == 1


def decision(number: int, **shares: list[int]) -> Decision:
    """Of one round."""
    return Decision(number, {name: Share(f"host:{name}", got) for name, got in shares.items()})


def test_a_rebalance_is_one_line_that_says_who_got_what_and_why(
    telling: Telling, recorded: Recorded, clock: Clock
) -> None:
    """When the first commit after it is through: till then nothing was folded."""
    telling.decided("host:x", decision(1, x=[0, 1, 2], y=[3]))
    telling.taken([0, 1, 2])
    telling.settled()
    with heard() as lines:
        telling.revoked()
        clock.now = 2.0
        telling.decided("host:x", decision(2, x=[0, 1], z=[2, 3]))
        telling.restoring.begin(0, 10)
        telling.restoring.advance(0, 10)
        telling.restoring.done(0)
        telling.taken([0, 1])
        assert lines == []
        assert telling.unsettled
        fold_and_commit(telling, unit(Record(0, NOW, b"k", b"n")), 0.5, clock)
        fold_and_commit(telling, unit(Record(1, NOW, b"k", b"n")), 0.5, clock)
    assert lines == [
        {
            "event": "rebalanced",
            "log_level": "info",
            "partitions": [0, 1],
            "kept": [0, 1],
            "taken": [],
            "given_up": [2],
            "worker": "host:x",
            "round": 2,
            "shares": {"host:x": [0, 1], "host:z": [2, 3]},
            "joined": ["host:z"],
            "left": ["host:y"],
            "pause_ms": 2500,
            "restored_rows": 10,
        }
    ]
    assert recorded.observed[metrics.PAUSE_SECONDS, ()] == [0.0, 2.5]
    assert recorded.counted[metrics.REBALANCES, ()] == 2


def test_two_rebalances_in_one_are_told_as_one(telling: Telling, clock: Clock) -> None:
    """The second was announced before the first was over: the pause is that of both."""
    telling.decided("host:x", decision(1, x=[0, 1]))
    telling.taken([0, 1])
    telling.settled()
    with heard() as lines:
        telling.revoked()
        clock.now = 1.0
        telling.decided("host:x", decision(2, x=[0], y=[1]))
        telling.revoked()
        clock.now = 3.0
        telling.decided("host:x", decision(3, x=[0], y=[1], z=[]))
        telling.taken([0])
        telling.settled()
    assert [line["pause_ms"] for line in lines] == [3000]
    assert lines[0]["joined"] == ["host:y", "host:z"]


def test_a_worker_that_gets_nothing_says_so_at_once(telling: Telling) -> None:
    """There is no commit to wait for."""
    with heard() as lines:
        told = decision(4, x=[0, 1])
        telling.decided("host:y", Decision(4, told.shares, older=["host:y"]))
        telling.taken(())
    assert [(line["event"], line["older_topics"]) for line in lines] == [("rebalanced", ["host:y"])]


def test_a_leader_of_an_earlier_version_leaves_the_reasons_out(telling: Telling) -> None:
    """What this worker has is known all the same."""
    with heard() as lines:
        telling.decided("host:x", None)
        telling.taken([3])
        telling.settled()
    assert lines[0]["taken"] == [3]
    assert "shares" not in lines[0]


def test_a_long_restore_tells_how_far_it_is_every_few_seconds(clock: Clock) -> None:
    """Rows, of how many, how fast, how long still; of a short one, nothing."""
    logged = LoggedProgress(clock)
    with heard() as lines:
        for number in (0, 1):
            logged.begin(number, 1_000)
        for _ in range(4):
            clock.now += EVERY_SECONDS / 2
            logged.advance(0, 200)
        logged.done(0)
    assert [(line["rows"], line["of"]) for line in lines] == [(400, 2_000), (800, 2_000)]
    assert lines[-1]["rows_per_second"] == 80
    assert lines[-1]["seconds_left"] == 15


def test_a_restore_is_measured_while_it_lasts(
    telling: Telling, recorded: Recorded, clock: Clock
) -> None:
    """Rate and time left; nothing when none is under way."""
    telling.restoring.begin(0, 300)
    clock.now = 1.0
    telling.restoring.advance(0, 100)
    assert recorded.gauges[metrics.RESTORE_RATE, ()] == 100
    assert recorded.gauges[metrics.RESTORE_SECONDS_LEFT, ()] == 2
    telling.restoring.done(0)
    assert recorded.gauges[metrics.RESTORE_RATE, ()] == 0
    assert recorded.counted[metrics.RESTORED_ROWS, ()] == 100


def test_on_a_terminal_a_bar_says_how_far_it_is() -> None:
    """Rows of how many; it goes with the last partition."""
    out = io.StringIO()
    bar = ProgressBar(Console(file=out, force_terminal=True, width=100))
    bar.begin(0, 2_000)
    bar.begin(1, 0)
    bar.advance(0, 1_000)
    bar.done(1)
    bar.done(0)
    bar.done(0)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
    assert "partition 0" in shown
    assert "1,000 of 2,000 rows" in shown


@pytest.fixture
def served() -> Iterator[tuple[PrometheusSink, str]]:
    """A sink that answers, and where."""
    made = PrometheusSink()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    end = made.serve("127.0.0.1", port)
    yield made, f"http://127.0.0.1:{port}/metrics"
    end()


def test_prometheus_reads_every_metric(served: tuple[PrometheusSink, str]) -> None:
    """Under the name that is documented, with its labels."""
    made, url = served
    for metric in METRICS:
        labels = ["x" for _ in metric.labels]
        if metric.kind == "counter":
            made.count(metric, *labels, by=2)
        elif metric.kind == "gauge":
            made.set(metric, 3, *labels)
        else:
            made.observe(metric, 0.5, *labels)
    made.forget(metrics.ROWS, "x")
    with urllib.request.urlopen(url) as answer:  # noqa: S310 -- our own address
        text = answer.read().decode()
    for metric in METRICS:
        name = f"{metric.name}_count" if metric.kind == "histogram" else metric.name
        said = [line for line in text.splitlines() if re.match(rf"{name}[ {{]", line)]
        assert bool(said) == (metric is not metrics.ROWS), metric.name
        assert all(f'{label}="x"' in line for line in said for label in metric.labels)
    assert "process_resident_memory_bytes" in text


def test_labels_that_do_not_fit_are_a_defect(recorded: Recorded) -> None:
    """The declaration is the truth, for tests as for Prometheus."""
    with pytest.raises(ValueError, match="shequ_lane_rows has the labels"):
        recorded.set(metrics.ROWS, 1)


def test_a_port_that_is_taken_is_a_wrong_setting() -> None:
    """It names the address and the setting."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = StreamsSettings(metrics_port=server.getsockname()[1])
        with pytest.raises(WrongSettingError, match="SHEQU_METRICS_PORT"):
            sink(settings)


def test_what_ended_a_worker_is_counted_over_its_restarts(tmp_path: Path) -> None:
    """It ends at once: no scrape would ever see the last count of a process."""
    kept = tmp_path / "worker" / "ends.json"
    for _ in range(2):
        Telling(WorkerSink(kept)).ended(FencedError("taken over"))
    again = WorkerSink(kept)
    assert again.registry.get_sample_value(metrics.ENDS.name, {"error": "FencedError"}) == 2


@pytest.mark.parametrize("found", [b"", b"[1]", b'{"x": "y"}'])
def test_counts_that_cannot_be_read_do_not_stop_a_worker(tmp_path: Path, found: bytes) -> None:
    """They are counted anew."""
    kept = tmp_path / "ends.json"
    kept.write_bytes(found)
    Telling(WorkerSink(kept)).ended(FencedError("taken over"))
    again = WorkerSink(kept)
    assert again.registry.get_sample_value(metrics.ENDS.name, {"error": "FencedError"}) == 1
