"""How far a restore is: in metrics, in lines of the log, in a bar on a terminal."""

import io
import re

import pytest
from hearing import Seconds, heard
from rich.console import Console

from streams.lane.recovery.restoring import EVERY_SECONDS, LoggedProgress
from streams.lane.telemetry import metrics
from streams.lane.telemetry.metrics import Recorded
from streams.lane.telemetry.telling import Telling
from streams.progress_bar import ProgressBar


@pytest.fixture
def clock() -> Seconds:
    """At the beginning."""
    return Seconds()


@pytest.fixture
def recorded() -> Recorded:
    """Everything that is measured."""
    return Recorded()


@pytest.fixture
def telling(recorded: Recorded, clock: Seconds) -> Telling:
    """Of one worker."""
    return Telling(recorded, clock=clock)


def test_a_long_restore_tells_how_far_it_is_every_few_seconds(clock: Seconds) -> None:
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
    telling: Telling, recorded: Recorded, clock: Seconds
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


def test_a_bar_of_millions_fits_a_terminal_of_80_columns() -> None:
    """One that wraps jumps with every figure."""
    out = io.StringIO()
    bar = ProgressBar(Console(file=out, force_terminal=True, width=80))
    bar.begin(63, 2_000_000)
    bar.advance(63, 1_000_000)
    bar.done(63)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
    lines = [line for line in re.split(r"[\r\n]+", shown) if line.strip()]
    assert all(line.startswith("partition 63") for line in lines)
    assert "1,000,000 of 2,000,000 rows, " in lines[-1]
    assert "/s" in lines[-1]


def test_the_line_comes_as_late_in_the_second_restore_as_in_the_first(clock: Seconds) -> None:
    """A quick one is told by its rebalance alone, however long the worker has run."""
    logged = LoggedProgress(clock)
    with heard() as lines:
        for _ in range(2):
            logged.begin(0, 1_000)
            clock.now += EVERY_SECONDS / 2
            logged.advance(0, 1_000)
            logged.done(0)
            clock.now += 10 * EVERY_SECONDS
    assert lines == []
