"""The register of a city, day by day: what is committed, in which order, and by which way."""

from collections.abc import Iterator
from dataclasses import dataclass

from ops.simulator.city import City
from ops.simulator.moves import Drawing
from ops.simulator.register import Register
from ops.simulator.registrations import Batch, Household, Resident
from ops.simulator.silence import told_on, told_until


@dataclass(frozen=True, slots=True)
class Committed:
    """What can be read of the table from a time (plan ms) on."""

    at: int
    batch: Batch


class Population:
    """Day n depends on the seed, the settings and the days before it, and on nothing else."""

    def __init__(self, city: City) -> None:
        self.city, self.register = city, Register(city)
        self.households = self.register.households
        self._days: list[tuple[Batch, ...]] = []

    def day(self, day: int) -> tuple[Batch, ...]:
        """All commits of the day, in their order."""
        while len(self._days) <= day:
            self._days.append(Drawing(self.register, len(self._days)).draw())
        return self._days[day]

    def told(self, day: int) -> Iterator[Committed]:
        """What becomes readable of the table on the day, in its order.

        After a silence everything since it began comes first, at midnight.
        """
        for earlier in told_on(self.city.dirt.silent, "household", day):
            for batch in self.day(earlier):
                if batch.system == "household":
                    yield Committed(max(batch.at, self.city.settings.day_start(day)), batch)

    def told_until(self, day: int) -> int:
        """The last day of which the table tells all by the end of `day`."""
        return told_until(self.city.dirt.silent, "household", day)

    def loaded(self, first: int = 0) -> Iterator[Household]:
        """Every household of the first load from the number on, as it was then."""
        return (self.households.draw(number) for number in range(first, len(self.households)))

    def residents(self, day: int) -> Iterator[Resident]:
        """Everybody who is on record by the end of the day, in no order that matters."""
        self.day(day)
        for number in range(len(self.households)):
            if number not in self.register.kept:
                yield from self.households.draw(number).members
        yield from self.register.known

    def own_loaded(self) -> Iterator[Household]:
        """Those of the first load whose registrations do not come by the table."""
        for number in range(len(self.households)):
            if self.households.system(self.households.community(number)) == "own_moves":
                yield self.households.draw(number)
