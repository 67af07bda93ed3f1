"""What is decided so far about a city's registrations: households touched, and what is due when."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ops.simulator.city import City
from ops.simulator.households import Households, number_of, record_of
from ops.simulator.people import check_digit
from ops.simulator.records import Placing, System
from ops.simulator.registrations import Household, Resident

TRIES = 100
FIRST_BORN = 500
"""Of a day, in an id: an incident's number has the same digits before it, and begins with 0001."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that was decided earlier for a later day."""

    what: Literal["place", "correct", "return", "identify"]
    household: Household
    member: Resident | None = None
    placing: Placing | None = None
    community: str = ""
    number: str = ""


class Register:
    """Households of the first load, by number, and those that were set up later.

    Only what something happens to is kept; the others are drawn whenever they are asked for.
    """

    def __init__(self, city: City) -> None:
        self.city, self.households = city, Households(city)
        self.kept: dict[int, Household] = {}  # of the first load
        self.set_up: list[Household] = []
        self.known: list[Resident] = []  # everybody of kept households, and newcomers
        self._newcomers = 0
        self._numbers = len(self.households)
        self._due: defaultdict[int, list[Due]] = defaultdict(list)
        self._born: defaultdict[tuple[str, date], int] = defaultdict(int)
        self._set_right: defaultdict[int, list[int]] = defaultdict(list)
        for day, number in self.households.scheduled():
            self._set_right[day].append(number)

    def household(self, number: int) -> Household:
        """The household as it is now; it is kept from now on."""
        if number not in self.kept:
            self._keep(number, self.households.draw(number))
        return self.kept[number]

    def pick(
        self, rng: random.Random, day: int, fits: Callable[[Household], bool]
    ) -> Household | None:
        """A household about which nothing is decided for the day; None if none is found."""
        first = len(self.households)
        for _ in range(TRIES):
            number = rng.randrange(first + len(self.set_up))
            if number >= first:
                found = self.set_up[number - first]
            else:
                found = self.kept.get(number) or self.households.draw(number)
            if found.is_free(day) and fits(found):
                if number < first and number not in self.kept:
                    self._keep(number, found)
                return found
        return None

    def number(self) -> str:
        """A 户号 that nobody has had."""
        self._numbers += 1
        return number_of(self._numbers - 1)

    def found(self, system: System, community: str, placing: Placing) -> Household:
        """A household that is set up now, without members yet."""
        self.set_up.append(Household(self.number(), system, community, placing))
        return self.set_up[-1]

    def enter(self, household: Household, name: str, sex: str, born: date) -> Resident:
        """A person whom the register has not known; without entries yet."""
        record_id = record_of(len(self.city.people) + self._newcomers)
        self._newcomers += 1
        resident = Resident(record_id, household.system, name, sex, born, [])
        self.known.append(resident)
        household.members.append(resident)
        return resident

    def resident_id(self, division: str, born: date) -> str:
        """The next id of those born that day in the division; twins get consecutive ones."""
        self._born[division, born] += 1
        first17 = f"{division}{born:%Y%m%d}{FIRST_BORN + self._born[division, born]:03d}"
        return first17 + check_digit(first17)

    def postpone(self, day: int, due: Due) -> None:
        """Let it be done on the day; until then nothing else is decided about the household."""
        self._due[day].append(due)
        for member in due.household.members:
            member.free_from = max(member.free_from, day + 1)

    def due(self, day: int) -> Iterator[Due]:
        """What was decided for the day."""
        for number in self._set_right.pop(day, ()):
            yield from self._of_first_load(day, number)
        yield from self._due.pop(day, ())

    def _keep(self, number: int, household: Household) -> None:
        self.kept[number] = household
        self.known += household.members

    def _of_first_load(self, day: int, number: int) -> Iterator[Due]:
        fate, household = self.households.fate(number), self.household(number)
        if fate.placed_on == day:
            yield Due("place", household)
        for member, (fault, corrected) in zip(household.members, fate.faults, strict=True):
            if fault is not None and corrected == day:
                yield Due("correct", household, member)
