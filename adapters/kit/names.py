"""Finds units and estates of the gazetteer in the words of an address."""

from collections import defaultdict
from collections.abc import Iterable

from schemas.gazetteer import EstateRow, Gazetteer, Unit

LEVELS = ("district", "street", "community")


def below(code: str, above: str) -> bool:
    """Whether `code` is `above`, or stands under it in the tree of codes."""
    width = _width(above)
    return code[:width] == above[:width]


def _width(code: str) -> int:
    """How many digits of a code say something: 4 of a city, 6, 9, 12 of a community."""
    return next(width for width in (4, 6, 9, 12) if code[width:] == "0" * (12 - width))


class UnitNames:
    """Districts, streets and communities by every writing of their names."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Index all names and aliases of the gazetteer."""
        self._city = _writings(gazetteer.city)
        self._index = {level: _index(gazetteer, level) for level in LEVELS}
        self._longest = {level: max(map(len, self._index[level])) for level in LEVELS}

    def read(self, text: str) -> tuple[tuple[str, ...], str]:
        """The codes that the beginning of an address names, and the rest of it.

        More than one code: a name that several units bear. None: it names no unit. Each name
        narrows what the one after it may mean.
        """
        codes: tuple[str, ...] = ()
        text = self._without_province_and_city(text)
        for level in LEVELS:
            name = self._name_at(level, text)
            if name:
                text = text[len(name) :]
                codes = _narrow(self._index[level][name], codes)
        return codes, text

    def _without_province_and_city(self, text: str) -> str:
        text = text.removeprefix("湖北省").removeprefix("湖北")
        return next((text.removeprefix(name) for name in self._city if text.startswith(name)), text)

    def _name_at(self, level: str, text: str) -> str:
        lengths = range(min(self._longest[level], len(text)), 1, -1)
        return next((text[:n] for n in lengths if text[:n] in self._index[level]), "")


class EstateNames:
    """Estates 小区 by name: unique within a community, not within the city."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Index the estates of the gazetteer."""
        self._by_name: dict[str, list[EstateRow]] = defaultdict(list)
        for estate in gazetteer.estates:
            self._by_name[estate.name].append(estate)

    def named(self, text: str) -> list[EstateRow]:
        """The estates that a text means: all of it, else its longest end, else its beginning.

        An address names the estate right before the building: 古城路12号滨湖花园. A beginning of
        two characters is no proof: 滨湖 would be found in 滨湖南路.
        """
        ends = (text[start:] for start in range(len(text) - 1))
        beginnings = (text[:end] for end in range(len(text) - 1, 2, -1))
        found = next((part for part in (*ends, *beginnings) if part in self._by_name), None)
        return self._by_name[found] if found else []


def within(estates: Iterable[EstateRow], codes: tuple[str, ...]) -> list[EstateRow]:
    """Those estates that stand under one of the codes; all of them where no code is known."""
    return [e for e in estates if not codes or any(below(e.community, code) for code in codes)]


def _writings(unit: Unit) -> tuple[str, ...]:
    return tuple(sorted({unit.name, *unit.aliases} - {""}, key=len, reverse=True))


def _index(gazetteer: Gazetteer, level: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for unit in gazetteer.units.values():
        if unit.level == level:
            for name in _writings(unit):
                found[name].append(unit.code)
    return {name: tuple(codes) for name, codes in found.items()}


def _narrow(named: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """What a name means under what is known already; a contradiction keeps the finer name."""
    fitting = tuple(code for code in named if any(below(code, above) for above in known))
    return fitting or named
