"""Counts of units: what is filed under each code, added up along one of the city's two trees."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from dashboard.api.shapes import Counts, Level, Unit, UnitName
from dashboard.model.tables import COUNTERS
from schemas.gazetteer import Gazetteer

FIELDS = Counts.__struct_fields__
NOTHING = Counts()


class Tree:
    """The units and who stands above whom.

    `code`: as the 12 digits have it. `management`: as the city is run on that day (China's date);
    there a zone right below the city counts as a district, though its code is a street's.
    """

    def __init__(self, gazetteer: Gazetteer, parents: Mapping[str, str | None]) -> None:
        self._gazetteer = gazetteer
        self._parents = parents

    @classmethod
    def by_code(cls, gazetteer: Gazetteer) -> "Tree":
        return cls(gazetteer, {unit.code: unit.parent for unit in gazetteer.units.values()})

    @classmethod
    def by_management(cls, gazetteer: Gazetteer, on: date) -> "Tree":
        parents = {code: gazetteer.management_parent(code, on) for code in gazetteer.units}
        return cls(gazetteer, parents)

    def __contains__(self, code: str) -> bool:
        return code in self._parents

    @property
    def city(self) -> str:
        return self._gazetteer.city.code

    def name(self, code: str) -> UnitName:
        return UnitName(code=code, name=self._gazetteer.units[code].name, level=self.level(code))

    def level(self, code: str) -> Level:
        return "district" if self._parents[code] == self.city else self._gazetteer.units[code].level

    def path(self, code: str) -> list[str]:
        """The units above `code`, the city first."""
        above: list[str] = []
        while (parent := self._parents[code]) is not None:
            above.insert(0, parent)
            code = parent
        return above

    def children(self, code: str) -> list[str]:
        return [unit for unit, parent in self._parents.items() if parent == code]

    def select(self, level: Level | None, parent: str | None) -> list[str]:
        """Units of a level below `parent`; without a level those right below it, or all."""
        if level is None:
            return list(self._parents) if parent is None else self.children(parent)
        within = self._parents if parent is None else self.below(parent)[1:]
        return sorted(code for code in within if self.level(code) == level)

    def search(self, text: str, level: Level | None, parent: str | None) -> list[str]:
        """Units whose name holds the text or whose code begins with it, below `parent`."""
        within = self._parents if parent is None else self.below(parent)[1:]
        sought = text.strip().casefold()
        return sorted(
            code
            for code in within
            if level in {None, self.level(code)}
            and (code.startswith(sought) or sought in self._gazetteer.units[code].name.casefold())
        )

    def below(self, code: str) -> list[str]:
        """`code` and everything below it."""
        found = [code]
        for unit in found:
            found += self.children(unit)
        return found

    def rolled_up(self, own: Mapping[str, Counts]) -> dict[str, Counts]:
        """Counts of every unit with all below it; what no unit claims counts at its desk."""
        sums = {code: dict.fromkeys(FIELDS, 0) for code in self._parents}
        for stated, counts in own.items():
            code = stated if stated in self else self._gazetteer.desk_for(stated)
            for unit in (*self.path(code), code):
                for name in FIELDS:
                    sums[unit][name] += getattr(counts, name)
        return {code: Counts(**found) for code, found in sums.items()}

    def units(self, own: Mapping[str, Counts], codes: Iterable[str] | None = None) -> list[Unit]:
        """Units with their counts, in the gazetteer's order; all of them without `codes`."""
        rolled = self.rolled_up(own)
        return [
            Unit(
                code=code,
                name=self._gazetteer.units[code].name,
                level=self.level(code),
                parent=self._parents[code],
                virtual=self._gazetteer.units[code].virtual,
                counts=rolled[code],
                own=own.get(code, NOTHING),
            )
            for code in (self._parents if codes is None else codes)
        ]


def counts_of(row: Mapping[str, Any]) -> Counts:
    """Counts from a row of `summaries`; persons are counted once, also while a half is missing."""
    found = {name: row[name] for name in COUNTERS}
    persons = row["residents_total"] + row["residents_leaving"] - row["residents_arriving"]
    return msgspec.convert({**found, "residents": persons}, Counts)
