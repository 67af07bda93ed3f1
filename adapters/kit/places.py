"""Where a record belongs: the code it is filed under, the address unit, or ranked guesses.

Order of proof: a real community code in the row; else the address (community named, or an
estate that only one community can mean); else the desk of the street, district or city that is
known. Similar names and coordinates never decide: they only rank guesses for a person.
"""

import string
from dataclasses import dataclass
from functools import lru_cache

from adapters.kit.addresses import Parsed, narrowed, parse
from adapters.kit.coordinates import Point
from adapters.kit.guesses import Candidate, Guesses
from adapters.kit.names import EstateNames, UnitNames, below, within
from adapters.kit.redaction import redact_address
from schemas.gazetteer import EstateRow, Gazetteer

LONGEST_ADDRESS = 500
"""Characters that are read: memory grows with the square of them, and no place is longer."""

LONGEST_CODE = 20
"""Characters of a stated code that are looked at; codes have twelve."""

_NUMBERS = f"{string.ascii_letters}{string.digits} +-"


@dataclass(frozen=True, slots=True)
class Location:
    """The filing code, the finest unit that is sure, and guesses where the code is a desk's."""

    code: str
    unit: str | None
    shown: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """What an address says: codes that its names may mean, estates, building and unit."""

    codes: tuple[str, ...]
    estates: tuple[EstateRow, ...]
    rest: str
    parsed: Parsed


class Places:
    """Files records by the gazetteer; the same words always give the same place."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Index the gazetteer's names and estates."""
        self.gazetteer = gazetteer
        self._units = UnitNames(gazetteer)
        self._estates = EstateNames(gazetteer)
        self._guesses = Guesses(gazetteer)
        self.sure = lru_cache(maxsize=131_072)(self._sure)

    def locate(self, stated: str, address: str, point: Point | None) -> Location:
        """The place of a row: `stated` is its community code, `point` CGCS2000 in 1e-7 degree."""
        stated, address = stated.strip()[:LONGEST_CODE], _cut(address.strip())
        location = self.sure(stated, address)
        if self.gazetteer.is_real(location.code):
            return location
        read = self._read(address)
        guesses = self._guesses.rank(read.rest, read.parsed, location.code, read.codes, point)
        return Location(location.code, None, location.shown, guesses)

    def _sure(self, stated: str, address: str) -> Location:
        read = self._read(address)
        code = self._filed(stated, read)
        unit = self._unit(code, read) if self.gazetteer.is_real(code) else None
        return Location(code, unit, redact_address(address))

    def _read(self, address: str) -> _Read:
        parsed = parse(address)
        codes, rest = self._units.read(parsed.head)
        return _Read(codes, tuple(self._estates.named(rest)), rest, parsed)

    def _filed(self, stated: str, read: _Read) -> str:
        known = self.gazetteer.units.get(stated)
        if self.gazetteer.is_real(stated) or (known is not None and known.virtual):
            return self.gazetteer.filing_code(stated)
        return self._by_address(read) or self._desk(stated, read.codes)

    def _by_address(self, read: _Read) -> str | None:
        """The one real community that the address can mean; None where it is none or several."""
        estates = within(read.estates, read.codes)
        if estates:
            communities = {estate.community for estate in estates}
        else:
            communities = {code for code in read.codes if self.gazetteer.is_real(code)}
        return communities.pop() if len(communities) == 1 else None

    def _desk(self, stated: str, codes: tuple[str, ...]) -> str:
        """The lowest desk that is sure: by the stated code's prefix, or by the address."""
        by_code = self.gazetteer.desk_for(stated)
        desks = {self.gazetteer.desk_for(code) for code in codes}
        by_address = desks.pop() if len(desks) == 1 else self.gazetteer.city.code
        return by_address if below(by_address, by_code) else by_code

    def _unit(self, code: str, read: _Read) -> str | None:
        """The address unit in the filing community, or else where the address alone puts it."""
        here = [estate for estate in read.estates if estate.community == code]
        named = here or within(read.estates, read.codes)
        return read.parsed.unit_id(named[0].estate_id) if len(named) == 1 else None


def _cut(address: str) -> str:
    """What is read of an address: half a phone number at the end would not be known as one."""
    if len(address) <= LONGEST_ADDRESS:
        return address
    return narrowed(address[:LONGEST_ADDRESS]).rstrip(_NUMBERS)
