"""Whether so much of a source is bad that reading on would only fill the dead letters."""

from collections import deque

from adapters.kit.errors import Finding, HaltError


class BadShare:
    """Watches the latest rows that were news: usable ones and dead letters."""

    def __init__(self, *, most: float, window: int) -> None:
        """Halt where more than `most` (0-1) of the last `window` rows were bad."""
        self._most, self._rows = most, deque[bool](maxlen=window)

    def add(self, *, used: int, bad: int) -> None:
        """Count a batch. Raises HaltError over the limit, once the window is full."""
        self._rows.extend([False] * used + [True] * bad)
        wrong = sum(self._rows)
        if len(self._rows) == self._rows.maxlen and wrong > self._most * len(self._rows):
            advice = (
                f"{wrong} of the last {len(self._rows)} rows became dead letters: the source has "
                "probably changed its form. Look at the letters, have the source or the mapping "
                "corrected, then restart; the letters can be sent again."
            )
            raise HaltError(Finding(rule="source.mostly_bad", advice=advice))
