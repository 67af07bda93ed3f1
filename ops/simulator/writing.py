"""Writes versions of registrations down as the register's clerks and its clock do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ops.simulator.records import System
from ops.simulator.register import Register
from ops.simulator.registrations import Batch, Change, Entry, Resident
from ops.simulator.settings import FIRST_MINUTE, HOUR, LAST_MINUTE, MINUTE, SECOND

MOST_BATCHES = 1_000_000  # on a day


@dataclass(frozen=True, slots=True)
class When:
    """A commit: when it can be read, what time it is stamped with, when the change took place."""

    at: int
    stamp: int
    changed_at: int

    def after(self, span: int) -> "When":
        """As much later (ms)."""
        return When(self.at + span, self.stamp + span, self.changed_at)

    def with_same_stamp(self, span: int) -> "When":
        """Later (ms), under the same time."""
        return replace(self, at=self.at + span)


class Writing:
    """What is committed to the register on one day."""

    def __init__(self, register: Register, day: int) -> None:
        self.register, self.city, self.day = register, register.city, day
        self.dirt, self.settings = self.city.dirt, self.city.settings
        self.rng = self.city.chance("registrations", day)
        self._midnight = self.settings.day_start(day)
        self._batches: list[tuple[int, tuple[tuple[Resident, Entry], ...]]] = []
        self._slow = range(0)
        if self.rng.random() < self.dirt.clocks_set_back:
            begin = self._moment()
            self._slow = range(begin, begin + self.rng.randint(30, 120) * MINUTE)
        self._back = self.rng.randint(2, 6) * HOUR

    def when(self, system: System) -> When:
        """A moment of the day; only the table's stamps are late, or of a clock set back."""
        at = self._moment()
        late = self.rng.random() < self.dirt.late_commits
        lag = self._back if at in self._slow else self.rng.randint(2, 9) * MINUTE if late else 0
        changed = (at - self.rng.randint(1, 8) * HOUR) // SECOND * SECOND
        return When(at, at - lag if system == "household" else at, changed)

    def version(self, resident: Resident, when: When, change: Change, **differs: Any) -> Entry:  # noqa: ANN401 - fields of an Entry, which checks them
        """The resident's next version: as the last, but for what differs."""
        new = {"stamp": when.stamp, "changed_at": when.changed_at, "fault": None, **differs}
        return replace(resident.last, at=when.at, change=change, **new)

    def write(self, when: When, rows: Sequence[tuple[Resident, Entry]]) -> None:
        """Commit versions together; nothing else happens to these people on this day."""
        for resident, entry in rows:
            resident.entries.append(entry)
            resident.free_from = max(resident.free_from, self.day + 1)
        if rows:
            self._batches.append((when.at, tuple(rows)))

    def batches(self) -> tuple[Batch, ...]:
        """All commits of the day in their order."""
        first = (self.day + 1) * MOST_BATCHES
        ordered = sorted(self._batches, key=lambda batch: batch[0])
        return tuple(Batch(first + n, at, rows) for n, (at, rows) in enumerate(ordered))

    def _moment(self) -> int:
        minute = self.rng.randint(FIRST_MINUTE, LAST_MINUTE)
        return self._midnight + minute * MINUTE + self.rng.randrange(MINUTE)

    def about(self, per_thousand: float) -> int:
        """How often something happens that comes so often to a thousand people."""
        count = self.settings.people * per_thousand / 1000
        return int(count * self.rng.uniform(0.85, 1.15) + self.rng.random())
