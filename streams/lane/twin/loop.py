"""Virtual time: an event loop that waits for nothing, and whose clock moves all the same."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from typing_extensions import override

Answer = TypeVar("Answer")
RESOLUTION = 1e-6
MOST_TURNS = 10_000_000


class _Clock(selectors.DefaultSelector):
    """What a loop waits in: here no wait takes time, the clock jumps to its end."""

    now = 0.0
    turns = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Move the clock. Raises RuntimeError where nothing would happen, or nothing ends."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            message = f"no end after {MOST_TURNS} turns of the loop, at {self.now:g} s"
            raise RuntimeError(message)
        if timeout is None:
            message = "everybody waits and nothing will happen: a wait without an end"
            raise RuntimeError(message)
        if timeout > 0:
            self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop in virtual time: `sleep(3600)` takes no time, and all in its order.

    What runs on it may not wait for anything outside: threads, sockets, processes.
    """

    def __init__(self) -> None:
        self._virtual = _Clock()
        super().__init__(self._virtual)
        self._clock_resolution = RESOLUTION

    @override
    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual.now


def in_virtual_time(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a coroutine on a loop of its own; what it has left running is cancelled.

    Raises whatever the work raises. Call it where no other loop runs: in a plain function.
    """
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()
