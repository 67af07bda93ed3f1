"""Points in the life of a transaction and of a takeover at which a worker kills itself.

Those of the wire stand at the edge of the process: what was asked of the broker, and whether the
answer was seen, whatever the lane makes of it.
"""

import os
import signal
from pathlib import Path

MOMENTS = ("before {}", "{} sent", "{} answered")
CLAIM = ("InitProducerId",)
GROUP = ("JoinGroup", "SyncGroup")
TRANSACTION = ("AddPartitionsToTxn", "Produce", "EndTxn")
ON_THE_WIRE = (*CLAIM, *GROUP, *TRANSACTION, "LeaveGroup")


def _moments(*requests: str) -> tuple[str, ...]:
    return tuple(moment.format(request) for request in requests for moment in MOMENTS)


TAKEOVER = (
    "before quiesce",
    "after quiesce",
    "before fence",
    "before release",
    "after release",
    "after fence",
    "before restore",
    "within restore",
    "after restore",
    "log checked",
    "before seek",
    "after seek",
    "taken over",
    *_moments(*GROUP, *CLAIM),
)
"""Every worker meets these when it starts."""

EACH_PARTITION = (
    "before fence",
    "after fence",
    "before restore",
    "within restore",
    "after restore",
    "log checked",
    *_moments(*CLAIM),
)
"""Of these, what is met once for every partition that is taken over."""

COMMIT = (
    "before begin",
    "begun",
    "batch queued",
    "all appended",
    "before commit",
    "committed",
    *_moments(*TRANSACTION),
)
"""And these when it commits."""

GIVING_UP = (
    "before quiesce",
    "after quiesce",
    "before release",
    "after release",
    "LeaveGroup sent",
)
"""And these when another worker joins, or when it is stopped; the last one only then."""

ARM = "taken over"
"""Points of giving up count from here on: a worker that starts gives up nothing, too."""


class Trap:
    """Kills this process, or stops it, when it comes to a point the n-th time."""

    def __init__(
        self,
        point: str,
        turn: int,
        mark: Path,
        *,
        sign: signal.Signals = signal.SIGKILL,
        armed: bool = True,
    ) -> None:
        """`mark`: file in which the point's name is left. `armed`: count from the beginning."""
        self.point, self.mark, self.armed = point, mark, armed
        self._left, self._sign = turn, sign

    def reach(self, point: str) -> None:
        """Say that this point was come to."""
        if self.armed and point == self.point:
            self._left -= 1
            if self._left == 0:
                self.mark.write_text(point, "utf-8")
                os.kill(os.getpid(), self._sign)
        self.armed = self.armed or point == ARM
