"""Things done now and then within a loop."""

import time


class Every:
    """Due at most once in so many seconds; the first time at once, or only `later`."""

    def __init__(self, seconds: float, *, later: bool = False) -> None:
        self._seconds = seconds
        self._last = time.monotonic() if later else float("-inf")

    def due(self) -> bool:
        """True starts the wait anew."""
        if time.monotonic() - self._last < self._seconds:
            return False
        self._last = time.monotonic()
        return True
