"""How many people and households stand where, counted from what the simulator decided.

Nothing here follows events or knows the hub's code: a person counts by the last good row that could
be read, and a household by those of its people who are registered.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ops.simulator.draft import room_words
from ops.simulator.population import Population
from ops.simulator.records import System
from ops.simulator.registrations import Entry, Resident

BOTH: tuple[System, ...] = ("household", "own_moves")
FIRST_LOAD = -1  # the day whose end is the end of the first load


@dataclass(frozen=True, slots=True)
class Registered:
    """A person whom readers know, by the last good row; `gone`: the row was deleted since."""

    resident: Resident
    entry: Entry
    gone: bool = False

    @property
    def filed(self) -> str:
        return self.entry.placing.filed


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could be read and not be used, or (`row.gone`) that could be read no longer."""

    system: System
    record_id: str
    rule: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Heads:
    """Registered persons and their households, by the code under which they are filed."""

    residents: Counter[str]
    households: Counter[str]
    bad: tuple[BadRow, ...] = ()

    @classmethod
    def none(cls) -> "Heads":
        """Those of a city without a register."""
        return cls(Counter(), Counter())


class Census:
    """Counts the systems that it is told of.

    The table holds the present only, so what is true of its readers depends on the days at whose
    end they read it whole: `looks`; by default every day, and the first load before day 0.
    """

    def __init__(self, population: Population, systems: Iterable[System] = BOTH) -> None:
        self.population, self.systems = population, frozenset(systems)

    def after(self, day: int, looks: Sequence[int] | None = None) -> Heads:
        """The counts at the end of the day, or of the first load."""
        people, bad = list[Registered](), list[BadRow]()
        if day > FIRST_LOAD:
            self.population.day(day)
        looks = self._looks(day, looks)
        for resident in self.population.register.known:
            person, faults = self._seen(resident, day, looks)
            people += [person] if person is not None else []
            bad += faults
        loaded = self._loaded
        residents, households = loaded.residents.copy(), loaded.households.copy()
        for number in self.population.register.kept:
            code, count = self._counted(number)
            residents[code] -= count
            households[code] -= bool(count)
        here = [person for person in people if person.entry.registered]
        residents.update(person.filed for person in here)
        households.update(code for code, _ in {(p.filed, p.entry.household) for p in here})
        kept = self.population.register.kept
        bad += [row for number, row in self._bad if number not in kept]
        return Heads(+residents, +households, tuple(bad))

    def people(self, day: int, looks: Sequence[int] | None = None) -> Iterator[Registered]:
        """Everybody whom readers know, one by one; slow for a big city."""
        looks = self._looks(day, looks)
        for resident in self.population.residents(day):
            person, _ = self._seen(resident, day, looks)
            if person is not None:
                yield person

    def secrets(self, day: int) -> Iterator[str]:
        """Words of all rows up to the end of the day that must not get out."""
        end = self.population.city.settings.day_start(day + 1)
        for resident in self.population.residents(day):
            shown = [entry for entry in resident.entries if entry.at < end]
            if not shown or resident.system not in self.systems:
                continue
            yield resident.name
            for entry in shown:
                yield from filter(None, (entry.resident_id, entry.phone, entry.household))
                yield from room_words(entry.placing.address)
                if entry.fault is not None and len(entry.fault.value) > 1:
                    yield entry.fault.value

    def _seen(
        self, resident: Resident, day: int, looks: Sequence[int]
    ) -> tuple[Registered | None, list[BadRow]]:
        """What readers know of a person, and what was wrong with the rows that they could read."""
        if resident.system not in self.systems:
            return None, []
        rows = [entry for entry in self._read(resident, day, looks) if entry is not None]
        good = [row for row in rows if row.good]
        faults = [(row.fault.rule, row.fault.field) for row in rows if row.fault is not None]
        bad = [BadRow(resident.system, resident.record_id, *fault) for fault in faults]
        gone = bool(good) and rows[-1].gone
        if gone:
            bad.append(BadRow(resident.system, resident.record_id, "row.gone"))
        return (Registered(resident, good[-1], gone) if good else None), bad

    def _read(self, resident: Resident, day: int, looks: Sequence[int]) -> Iterator[Entry | None]:
        """The versions that could be read: of the table at each look, of a topic all."""
        start = self.population.city.settings.day_start
        if resident.system != "household":
            yield from (entry for entry in resident.entries if entry.at < start(day + 1))
            return
        before: Entry | None = None
        for look in looks:
            end = start(self.population.told_until(look) + 1)
            there = [entry for entry in resident.entries if entry.at < end]
            if there and there[-1] is not before:
                before = there[-1]
                yield before

    def _looks(self, day: int, looks: Sequence[int] | None) -> Sequence[int]:
        return range(FIRST_LOAD, day + 1) if looks is None else looks

    @cached_property
    def _loaded(self) -> Heads:
        """The counts of the first load."""
        residents, households = Counter[str](), Counter[str]()
        for number in range(len(self.population.households)):
            code, count = self._counted(number)
            residents[code] += count
            households[code] += bool(count)
        return Heads(residents, households)

    def _counted(self, number: int) -> tuple[str, int]:
        """Where a household of the first load is filed, and how many of its rows are good."""
        households = self.population.households
        community, fate = households.community(number), households.fate(number)
        if households.system(community) not in self.systems:
            return community, 0
        code = community if fate.telling == "told" else households.draw(number).placing.filed
        return code, sum(fault is None for fault, _ in fate.faults)

    @cached_property
    def _bad(self) -> tuple[tuple[int, BadRow], ...]:
        """Bad rows of the first load, with the number of their household."""
        households, found = self.population.households, list[tuple[int, BadRow]]()
        for number in range(len(households)):
            faults = [fault for fault, _ in households.fate(number).faults]
            if (
                not any(faults)
                or households.system(households.community(number)) not in self.systems
            ):
                continue
            for member in households.draw(number).members:
                fault = member.last.fault
                if fault is not None:
                    row = BadRow(member.system, member.record_id, fault.rule, fault.field)
                    found.append((number, row))
        return tuple(found)
