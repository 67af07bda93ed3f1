"""A bar on the terminal while rows are restored."""

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text
from typing_extensions import override

from streams.lane.recovery.progress import Progress as Told

BAR_WIDTH = 16
"""Columns: with it, millions of rows fit a terminal of 80."""


class ProgressBar:
    """One bar for all partitions restored together; see `streams.lane.recovery.progress`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._tasks: dict[int, TaskID] = {}

    def begin(self, partition: int, total: int) -> None:
        """A line of its own."""
        if self._bar is None:
            self._bar = _new(self._console)
            self._bar.start()
        self._tasks[partition] = self._bar.add_task(f"partition {partition}", total=total or None)

    def advance(self, partition: int, count: int) -> None:
        """So many more."""
        if self._bar is not None and (task := self._tasks.get(partition)) is not None:
            self._bar.advance(task, count)

    def done(self, partition: int) -> None:
        """Its line goes; with the last one, the bar."""
        task = self._tasks.pop(partition, None)
        if self._bar is None or task is None:
            return
        self._bar.refresh()
        self._bar.remove_task(task)
        if not self._tasks:
            self._bar.stop()
            self._bar = None


class Rows(ProgressColumn):
    """How many were read, of how many, how fast."""

    @override
    def render(self, task: Task) -> Text:
        """As text."""
        of = "" if task.total is None else f" of {task.total:,.0f}"
        return Text(f"{task.completed:,.0f}{of} rows, {task.speed or 0:,.0f}/s")


def _new(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(BAR_WIDTH),
        Rows(Column(no_wrap=True)),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def on_terminal() -> Told | None:
    """A bar where standard error is a terminal; else None, and the log tells it."""
    return ProgressBar(Console(stderr=True)) if sys.stderr.isatty() else None
