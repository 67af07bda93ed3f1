"""When things happen to a record: each step lies in its day, a minute or more after the last.

The rules of the city keep its truth free of the order in which two systems are read: what belongs
together is first reported on one day and closed on a later one; a record that changes place does
so on a later day than its report, with nothing else on that day, and closes on a later day still.
"""

import random
from dataclasses import dataclass
from typing import Literal

from ops.simulator.settings import DAY, FIRST_MINUTE, LAST_MINUTE, MINUTE, Settings

What = Literal["open", "update", "place", "correct", "close"]


@dataclass(frozen=True, slots=True)
class Step:
    """Something happens to a record at a time (plan ms)."""

    at: int
    what: What


Life = tuple[Step, ...]


class Lives:
    """Draws lives of records that are first reported on `day`."""

    def __init__(self, settings: Settings, rng: random.Random, day: int) -> None:
        self.rng, self.day = rng, day
        self._midnight = settings.day_start(day)

    def lone(self) -> Life:
        """May close on its first day, later, or never."""
        opened = self._moment(0)
        after = self.rng.choices((0, self.rng.randint(1, 4), None), (35, 45, 20))[0]
        closed = None if after is None else self._moment(after, opened + 10 * MINUTE)
        return self._life(opened, closed)

    def together(self, after: int | None) -> Life:
        """One of a cluster: closes `after` days, one at least, or never."""
        closed = None if after is None else self._moment(max(after, 1))
        return self._life(self._moment(0), closed)

    def placed(self, times: int = 1) -> Life:
        """Changes place so often, each time on a later day; closes on a later day, or never."""
        steps, day = [Step(self._moment(0), "open")], 0
        for _ in range(times):
            day += self.rng.randint(1, 2)
            steps.append(Step(self._moment(day), "place"))
        if self.rng.random() < 2 / 3:
            steps.append(Step(self._moment(day + self.rng.randint(1, 2)), "close"))
        return tuple(steps)

    def faulty(self, *, corrected: bool) -> Life:
        """Its first row is bad; on a later day a good one follows, or none ever."""
        opened = Step(self._moment(0), "open")
        if not corrected:
            return (opened,)
        return (opened, Step(self._moment(self.rng.randint(1, 2)), "correct"))

    def _life(self, opened: int, closed: int | None) -> Life:
        end = closed if closed is not None else opened + 2 * DAY
        times = {opened + self.rng.randint(1, 8) * MINUTE} if self.rng.random() < 1 / 5 else set()
        times |= {
            self._within(opened, end) for _ in range(self.rng.choices((0, 1, 2), (4, 4, 2))[0])
        }
        steps = [Step(opened, "open")]
        for at in sorted(times):
            if steps[-1].at + MINUTE <= at <= end - MINUTE and self._in_hours(at):
                steps.append(Step(at, "update"))
        return (*steps, Step(closed, "close")) if closed is not None else tuple(steps)

    def _within(self, begin: int, end: int) -> int:
        return self.rng.randint(begin, max(begin, end))

    def _moment(self, after_days: int, not_before: int = 0) -> int:
        """A time of the day `after_days` days later, in its hours; the next day's if too late."""
        midnight = self._midnight + after_days * DAY
        first, last = midnight + FIRST_MINUTE * MINUTE, midnight + LAST_MINUTE * MINUTE
        first = max(first, not_before)
        if first > last:
            return self._moment(after_days + 1, not_before)
        return self.rng.randint(first, last)

    def _in_hours(self, at: int) -> bool:
        minute = (at - self._midnight) % DAY // MINUTE
        return FIRST_MINUTE <= minute < LAST_MINUTE
