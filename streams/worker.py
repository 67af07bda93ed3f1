"""One worker process: the app under Faust's worker, and how it ends.

Exit codes: 0 stopped by a signal; 2 a wrong setting; EX_TEMPFAIL anything else, start it again.
"""

import asyncio
import gc
import sys
import threading
from signal import Signals
from typing import NoReturn

from faust import Worker
from typing_extensions import override

from streams.descriptors import require_descriptors
from streams.lane.errors import EX_TEMPFAIL, LaneError
from streams.lane.faust.app import LaneApp
from streams.lane.faust.joints import end_process

GARBAGE_THRESHOLDS = 50_000, 20, 100
"""Objects more than were let go, before the cyclic collector looks: it finds next to nothing in
rows and records, and with Python's own 700 it took a tenth of the worker's time."""


STOP_SECONDS = 30.0
"""At least: a busy machine takes longer than a short session to leave in order."""


class Ending(Worker):
    """Faust's, that ends also where what it waits for never comes: a broker, room on a disk."""

    @override
    def _schedule_shutdown(self, signal: Signals) -> None:
        """Begin to stop; when the session is over, the group has put it out, and it ends."""
        super()._schedule_shutdown(signal)
        seconds = max(STOP_SECONDS, self.app.conf.broker_session_timeout)
        ending = threading.Timer(seconds, end_process, (_stuck(seconds),))
        ending.daemon = True  # one that has stopped in order does not wait for it
        ending.start()


def _stuck(seconds: float) -> LaneError:
    message = (
        f"the worker did not stop within {seconds:g} s: the broker is away, or the disk of its "
        "rows is full; what was not committed never happened, the next start restores"
    )
    return LaneError(message)


def run(app: LaneApp) -> NoReturn:
    """Run until SIGINT or SIGTERM; everything folded is committed before it returns.

    Logging is the caller's: Faust sets up none of its own.
    """
    try:
        require_descriptors()
    except LaneError as error:
        end_process(error)
    gc.freeze()  # what is loaded now stays until the end
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = Ending(app, loop=loop, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as ending:
        sys.exit(EX_TEMPFAIL if ending.code else 0)
