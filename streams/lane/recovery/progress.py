"""How far a restore is: what the lane says of it, and to whom it may be said.

`NoProgress` says nothing, `streams.lane.telemetry.telling` writes log lines, and the command
line draws a bar on a terminal. The lane calls these from its loop: none of them may wait.
"""

from typing import Protocol


class Progress(Protocol):
    """Told of each partition that is restored: begin, advance any number of times, then done."""

    def begin(self, partition: int, total: int) -> None:
        """A restore begins. `total`: records to read, as the offsets have it; 0: not known.

        Holes of compaction and markers count in offsets and never come: `done` may be called
        before `total` is reached.
        """

    def advance(self, partition: int, count: int) -> None:
        """So many records more were read; call it once for each chunk, not for each record."""

    def done(self, partition: int) -> None:
        """It is restored, or was given up because a newer assignment has overtaken it."""


class NoProgress:
    """Says nothing."""

    def begin(self, partition: int, total: int) -> None:
        """Nothing."""

    def advance(self, partition: int, count: int) -> None:
        """Nothing."""

    def done(self, partition: int) -> None:
        """Nothing."""
