"""The households of a city before its first day, each drawn anew whenever it is asked for.

A big city's rows never stand in memory together: household `n` follows from the seed and its number
alone.
"""

import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from ops.simulator.city import City
from ops.simulator.people import Person
from ops.simulator.placings import Telling
from ops.simulator.records import Fault, System
from ops.simulator.registrations import (
    ALONE,
    HEAD,
    NEVER,
    Change,
    Entry,
    Household,
    Resident,
    born_in,
    fault,
    relations,
    sex_of,
)
from ops.simulator.settings import DAY, HOUR

SIZES = ((1, 2, 3, 4, 5, 6), (18, 26, 26, 18, 8, 4))
ALONE_SHARE = 1 / 4  # of households of one: 本人 instead of 户主
SOON = 9  # days within which what is set right of the first load is set right
LONGEST = 4_000  # days since the last change of a registration


@dataclass(frozen=True, slots=True)
class Fate:
    """What a household's rows will lack: days are those on which it is set right; NEVER: not."""

    telling: Telling
    placed_on: int
    faults: tuple[tuple[Fault | None, int], ...]  # of each member, and the day

    @property
    def days(self) -> frozenset[int]:
        """Days on which something of it is set right."""
        days = {self.placed_on, *(day for _, day in self.faults)}
        return frozenset(day for day in days if 0 <= day < NEVER)

    def free_from(self, member: int) -> int:
        """The first day on which something else may happen to the member."""
        bad, corrected = self.faults[member]
        if bad is not None and corrected == NEVER:
            return NEVER
        return max((day + 1 for day in self.days), default=0)


class Households:
    """Groups of people who follow one another in the city's list; the first one gives the home."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.own_street = city.settings.own_street[:9]
        rng, left = city.chance("households"), len(city.people)
        self._firsts = array("L")
        while left > 0:
            self._firsts.append(len(city.people) - left)
            left -= rng.choices(*SIZES)[0]

    def __len__(self) -> int:
        return len(self._firsts)

    def people(self, number: int) -> tuple[Person, ...]:
        """Its members."""
        after = number + 1
        end = self._firsts[after] if after < len(self) else len(self.city.people)
        return self.city.people[self._firsts[number] : end]

    def system(self, community: str) -> System:
        """Which of the department's two ways registrations of a community take."""
        own = bool(self.own_street) and community.startswith(self.own_street)
        return "own_moves" if own else "household"

    def community(self, number: int) -> str:
        """Where the household truly is registered."""
        return self.people(number)[0].home.community

    def fate(self, number: int) -> Fate:
        """What its rows lack; cheap, so that a whole city can be looked through."""
        return self._fate(self._chance(number), number)

    def draw(self, number: int) -> Household:
        """The household with the rows of its first load."""
        rng = self._chance(number)
        fate = self._fate(rng, number)
        people = self.people(number)
        home = people[0].home
        if fate.telling == "told":
            placing = self.city.placings.told(rng, home)
        else:
            placing = self.city.placings.untold(rng, fate.telling, home.community)
        made = Household(number_of(number), self.system(home.community), home.community, placing)
        stamp = self.city.settings.start_ms - DAY - rng.randrange(300 * DAY)
        known = [(sex_of(p.resident_id), born_in(p.resident_id)) for p in people]
        codes = relations(known)
        if len(people) == 1 and rng.random() < ALONE_SHARE:
            codes = [ALONE]
        for place, person in enumerate(people):
            entry = self._entry(rng, made, stamp, person, codes[place], fate.faults[place][0])
            record_id = record_of(self._firsts[number] + place)
            resident = Resident(record_id, made.system, person.name, *known[place], [entry])
            resident.free_from = fate.free_from(place)
            made.members.append(resident)
        return made

    def scheduled(self) -> Iterator[tuple[int, int]]:
        """(day, household) for everything of the first load that is set right on a day."""
        for number in range(len(self)):
            for day in self.fate(number).days:
                yield day, number

    def _entry(
        self,
        rng: random.Random,
        household: Household,
        stamp: int,
        person: Person,
        relation: str,
        bad: Fault | None,
    ) -> Entry:
        return Entry(
            at=self.city.settings.start_ms - 1,
            stamp=stamp,
            change=_first_change(rng, relation),
            changed_at=(stamp - rng.randrange(LONGEST) * DAY - HOUR) // 1000 * 1000,
            household=household.number,
            relation=relation,
            resident_id=person.resident_id,
            phone=person.phone,
            placing=household.placing,
            fault=bad,
        )

    def _chance(self, number: int) -> random.Random:
        return self.city.chance("household", number)

    def _fate(self, rng: random.Random, number: int) -> Fate:
        dirt = self.city.dirt
        telling = self.city.placings.telling(rng)
        placed = telling != "told" and rng.random() < dirt.located_later
        system = self.system(self.community(number))
        faults = tuple(self._fault(rng, system, person) for person in self.people(number))
        return Fate(telling, rng.randint(1, SOON) if placed else NEVER, faults)

    def _fault(
        self, rng: random.Random, system: System, person: Person
    ) -> tuple[Fault | None, int]:
        found = fault(rng, self.city.dirt, system, person.resident_id)
        corrected = found is not None and rng.random() < self.city.dirt.corrected
        return found, rng.randint(1, SOON) if corrected else NEVER


def record_of(place: int) -> str:
    """人员编号 of the person at this place of the register."""
    return f"RK{place + 1:010d}"


def number_of(place: int) -> str:
    """户号 of the household at this place of the register."""
    return f"HH4207{place + 1:08d}"


def _first_change(rng: random.Random, relation: str) -> Change:
    if relation in {HEAD, ALONE}:
        return rng.choice(("立户", "迁入", "变更"))
    return rng.choice(("出生", "迁入", "变更"))
