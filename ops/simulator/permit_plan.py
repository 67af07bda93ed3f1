"""The plan of the platform: the applications that each day brings, and all that becomes of them.

They stand apart from the other systems' records: no application ever joins another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from ops.simulator.city import City
from ops.simulator.permit_drawing import PermitDrawing
from ops.simulator.permits import Permit, PermitState


@dataclass(frozen=True, slots=True)
class PermitChange:
    """An application as it stands from `state.at` on."""

    permit: Permit
    state: PermitState

    @property
    def bad(self) -> bool:
        """Whether readers cannot use what the platform says of it."""
        return self.permit.fault is not None and self.state is self.permit.states[0]


class PermitPlan:
    """Day n depends on the seed, the settings and n: whoever asks again is told the same."""

    def __init__(self, city: City) -> None:
        self.city, self.settings = city, city.settings
        self.permits: list[Permit] = []  # of the days drawn so far
        self._changes: dict[int, list[PermitChange]] = {}
        self._drawn = 0

    def day(self, day: int) -> tuple[PermitChange, ...]:
        """All changes of the day, in the order of their times."""
        while self._drawn <= day:
            self.keep(self._draw(self._drawn))
            self._drawn += 1
        changes = self._changes.get(day, [])
        return tuple(sorted(changes, key=lambda c: (c.state.at, c.permit.record_id)))

    def until(self, day: int) -> Iterator[Permit]:
        """Applications made by the end of the day; none for a day before the first."""
        if day >= 0:
            self.day(day)
        end = self.settings.day_start(day + 1)
        return (permit for permit in self.permits if permit.states[0].at < end)

    def keep(self, permits: Iterable[Permit]) -> None:
        """Take applications into the plan."""
        for permit in permits:
            self.permits.append(permit)
            for state in permit.states:
                day = self.settings.day_of(state.at)
                self._changes.setdefault(day, []).append(PermitChange(permit, state))

    def _draw(self, day: int) -> Iterator[Permit]:
        """The day's applications; their numbers rise with their times."""
        date = self.settings.start + timedelta(days=day)
        drawn = sorted(
            PermitDrawing(self.city, day).permits(), key=lambda permit: permit.states[0].at
        )
        for number, permit in enumerate(drawn, start=1):
            yield replace(
                permit,
                record_id=f"SB{date:%Y%m%d}{number:05d}",
                document=f"鄂审受〔{date.year}〕{date:%m%d}{number:05d}号",
            )
