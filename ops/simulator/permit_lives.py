"""When things happen to an application: hours and days from applying to a decision."""

import random
from dataclasses import dataclass
from typing import Literal

from ops.simulator.settings import DAY, FIRST_MINUTE, HOUR, LAST_MINUTE, MINUTE, Settings

What = Literal["apply", "accept", "reject", "decide", "contradict", "withdraw", "place", "ask"]
OUTCOMES = (("decide", "reject", "withdraw", "wait"), (70, 8, 8, 14))


@dataclass(frozen=True, slots=True)
class PermitStep:
    """Something happens to an application at a time (plan ms)."""

    at: int
    what: What


PermitLife = tuple[PermitStep, ...]


class PermitLives:
    """Draws lives of applications that are made on `day`; the truth is free of their order."""

    def __init__(
        self, settings: Settings, rng: random.Random, day: int, contradicted: float
    ) -> None:
        self.settings, self.rng, self.day = settings, rng, day
        self.contradicted = contradicted

    def usual(self, *, asked_again: bool = False) -> PermitLife:
        """Applied; accepted or not within a day; decided after hours or days, or not yet."""
        applied = self._moment(self.day)
        outcome = self.rng.choices(*OUTCOMES)[0]
        steps = [PermitStep(applied, "apply")]
        accepted = self._after(applied, 10 * MINUTE, DAY)
        if outcome == "reject":
            return (*steps, PermitStep(accepted, "reject"))
        if outcome == "wait" and self.rng.random() < 1 / 2:
            return tuple(steps)
        if outcome == "withdraw" and self.rng.random() < 1 / 2:
            return (*steps, PermitStep(accepted, "withdraw"))
        steps.append(PermitStep(accepted, "accept"))
        if asked_again:
            steps.append(PermitStep(self._after(accepted, 5 * MINUTE, 4 * HOUR), "ask"))
        return (*steps, *self._ending(outcome, steps[-1].at))

    def placed(self, times: int) -> PermitLife:
        """Accepted, placed elsewhere `times` times, each on a later day; then decided, or not."""
        applied = self._moment(self.day)
        accepted = self._after(applied, 10 * MINUTE, HOUR)
        steps = [PermitStep(applied, "apply"), PermitStep(accepted, "accept")]
        for _ in range(times):
            day = self.settings.day_of(steps[-1].at) + self.rng.randint(1, 2)
            steps.append(PermitStep(self._moment(day), "place"))
        outcome = self.rng.choice(("decide", "decide", "withdraw", "wait"))
        return (*steps, *self._ending(outcome, steps[-1].at))

    def faulty(self, *, corrected: bool) -> PermitLife:
        """Its first webhook is bad; on a later day a good one follows, or none ever."""
        applied = PermitStep(self._moment(self.day), "apply")
        if not corrected:
            return (applied,)
        day = self.day + self.rng.randint(1, 2)
        return (applied, PermitStep(self._moment(day), "accept"))

    def _ending(self, outcome: str, begin: int) -> PermitLife:
        """Decided, now and then otherwise minutes later; withdrawn; or neither."""
        if outcome == "wait":
            return ()
        at = self._after(begin, HOUR, 4 * DAY)
        if outcome == "withdraw":
            return (PermitStep(at, "withdraw"),)
        decided = PermitStep(at, "decide")
        if self.rng.random() >= self.contradicted:
            return (decided,)
        return (decided, PermitStep(at + self.rng.randint(2, 9) * MINUTE, "contradict"))

    def _moment(self, day: int) -> int:
        """A time of the day, in the hours in which things happen."""
        minutes = self.rng.randint(FIRST_MINUTE, LAST_MINUTE - 1)
        return self.settings.day_start(day) + minutes * MINUTE + self.rng.randrange(MINUTE)

    def _after(self, begin: int, least: int, most: int) -> int:
        """A time so much later; the next morning's if nothing happens at that hour."""
        at = begin + self.rng.randint(least, most)
        day = self.settings.day_of(at)
        minute = (at - self.settings.day_start(day)) // MINUTE
        if minute < FIRST_MINUTE:
            return at + FIRST_MINUTE * MINUTE
        if minute < LAST_MINUTE:
            return at
        return self.settings.day_start(day + 1) + FIRST_MINUTE * MINUTE + at % HOUR
