"""Where a worker's CPU time goes: stacks, weighed by the time that each thread has used.

A timer of the process's CPU time rings in the main thread. What the main thread has used since the
last ring goes to its stack; what the others have used, to that of the thread that fetches.
"""

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

INTERVAL = 0.001
FETCHING = "WorkerThread"
"""Type of the thread that Faust runs its consumer in."""

Stack = tuple[str, ...]
"""`folder/file.function`, the outermost first."""


class Sampler:
    """Collects from the moment at which `is_on` says so. One in a process."""

    def __init__(self, is_on: Callable[[], object]) -> None:
        self.seconds: Counter[Stack] = Counter()
        self._is_on = is_on
        self._main = self._all = 0.0

    def start(self) -> None:
        """From the main thread."""
        self._main, self._all = time.thread_time(), time.process_time()
        signal.signal(signal.SIGPROF, self._ring)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def stop(self) -> None:
        """Ring no more."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _ring(self, _: int, frame: FrameType | None) -> None:
        main, everything = time.thread_time(), time.process_time()
        mine, others = main - self._main, everything - self._all - (main - self._main)
        self._main, self._all = main, everything
        if not self._is_on() or frame is None:
            return
        self.seconds[_stack(frame)] += mine  # type: ignore[assignment] # seconds, not a count
        fetching = _fetching()
        if fetching is not None and others > 0:
            self.seconds[_stack(fetching)] += others  # type: ignore[assignment] # the same

    def write(self, path: Path) -> None:
        """One stack a line, `outermost;...;innermost microseconds`."""
        lines = [f"{';'.join(stack)} {used * 1e6:.0f}" for stack, used in self.seconds.items()]
        path.write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")


def read(path: Path) -> dict[Stack, float]:
    """What `write` wrote: microseconds by stack."""
    found = dict[Stack, float]()
    for line in path.read_text("utf-8").splitlines():
        stack, _, used = line.rpartition(" ")
        found[tuple(stack.split(";"))] = float(used)
    return found


def _fetching() -> FrameType | None:
    for thread in threading.enumerate():
        if type(thread).__name__ == FETCHING and thread.ident is not None:
            return sys._current_frames().get(thread.ident)
    return None


def _stack(frame: FrameType | None) -> Stack:
    found = list[str]()
    while frame is not None:
        code = frame.f_code
        file = Path(code.co_filename)
        found.append(f"{file.parent.name}/{file.stem}.{code.co_qualname}")
        frame = frame.f_back
    return tuple(reversed(found))
