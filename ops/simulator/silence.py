"""Systems that say nothing for days, and then everything at once.

Only systems whose records stand for themselves may be silent (registrations and permits): what they
tell late changes no truth but their own.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ops.simulator.records import System

MAY_BE_SILENT: tuple[System, ...] = ("household", "permits")


@dataclass(frozen=True, slots=True)
class Silence:
    """A system tells nothing on `days` days from the day `first` (0 is the city's first)."""

    system: System
    first: int
    days: int

    def __post_init__(self) -> None:
        if self.system not in MAY_BE_SILENT or self.first < 0 or self.days < 1:
            raise ValueError(
                f"{self} cannot be: a silence has a system of {', '.join(MAY_BE_SILENT)}, "
                "a first day from 0 and one day at least."
            )

    def covers(self, system: System, day: int) -> bool:
        """Whether the system tells nothing on the day."""
        return system == self.system and self.first <= day < self.first + self.days


def told_until(silent: Collection[Silence], system: System, day: int) -> int:
    """The last day of which all has been told by the end of `day`; -1 if none has."""
    while day >= 0 and any(silence.covers(system, day) for silence in silent):
        day -= 1
    return day


def told_on(silent: Collection[Silence], system: System, day: int) -> range:
    """The days whose events are told on `day`: itself, none, or all since a silence began."""
    return range(told_until(silent, system, day - 1) + 1, told_until(silent, system, day) + 1)
