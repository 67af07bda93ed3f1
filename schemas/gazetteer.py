"""The gazetteer: which units a city has, by code and by name, and which desk waits for the rest.

Every code here has 12 digits; a unit above a community ends in zeros (420704001000 is a street).
Two trees: by code (`Unit.parent`, three districts in Ezhou) and by management (five, dated).
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Self

import msgspec

from schemas.gazetteer_data import (
    WIDTHS,
    Aliases,
    EstateRow,
    GazetteerError,
    Level,
    Management,
    Overlay,
    Unit,
    bare_name,
    kind_of,
    read_divisions,
    read_estates,
    read_overlay,
)

__all__ = ["EstateRow", "Gazetteer", "GazetteerError", "Unit"]

PLACES = Path(__file__).with_name("places")


class Gazetteer(msgspec.Struct, frozen=True, kw_only=True):
    """A city's units and estates; nothing in it changes after loading."""

    version: str  # short hash of all that was read
    units: Mapping[str, Unit]  # city, districts, streets, communities; by code within each
    estates: tuple[EstateRow, ...]  # by id
    management: tuple[Management, ...]
    borders: bytes  # GeoJSON of the districts by code; datum: see borders/SOURCE.txt

    @classmethod
    def load(cls, city: str = "ezhou", estates: Path | None = None) -> Self:
        """Read `places/<city>/` and, where given, the estate office's table.

        Raises GazetteerError naming file, row and field.
        """
        folder = PLACES / city
        overlay = read_overlay(folder / "overlay.yaml")
        units = {
            unit.code: unit for unit in _with_aliases(_units(folder, overlay), overlay.aliases)
        }
        _check_overlay(overlay, units, folder / "overlay.yaml")
        return cls(
            version=_version(folder, estates),
            units=MappingProxyType(units),
            estates=_estates(estates, units),
            management=overlay.management,
            borders=(folder / "borders" / "districts.geojson").read_bytes(),
        )

    @property
    def city(self) -> Unit:
        return next(iter(self.units.values()))

    @property
    def districts(self) -> tuple[Unit, ...]:
        return self._of("district")

    @property
    def streets(self) -> tuple[Unit, ...]:
        return self._of("street")

    @property
    def communities(self) -> tuple[Unit, ...]:
        """All units of community level by code, villages and virtual ones among them."""
        return self._of("community")

    def _of(self, level: Level) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units.values() if unit.level == level)

    def children(self, code: str) -> tuple[Unit, ...]:
        """The units whose code stands right below `code`, in order."""
        return tuple(unit for unit in self.units.values() if unit.parent == code)

    def estates_of(self, community: str) -> tuple[EstateRow, ...]:
        """The estates of a community, by id."""
        return tuple(estate for estate in self.estates if estate.community == community)

    def is_real(self, code: str) -> bool:
        """Whether records may be filed under this code as a community's own."""
        unit = self.units.get(code)
        return unit is not None and unit.level == "community" and not unit.virtual

    def filing_code(self, stated: str) -> str:
        """Where a record that states this code is filed: its community, or else a desk."""
        return stated if self.is_real(stated) else self.desk_for(stated)

    def desk_for(self, code: str) -> str:
        """The desk above `code`, known or not: street, else district, else city.

        A community's, also a virtual one's, is its street; a desk's own code is that desk.
        """
        for level in ("street", "district"):
            desk = code[: WIDTHS[level]].ljust(12, "0")
            if len(code) >= WIDTHS[level] and desk in self.units:
                return desk
        return self.city.code

    def management_parent(self, code: str, on: date) -> str | None:
        """The unit that runs `code` on that day (China's date); None above the city.

        Raises GazetteerError for a code that the gazetteer does not have.
        """
        if code not in self.units:
            raise GazetteerError(f"{code} is no unit of this city: ask desk_for(code) first.")
        rows = (row.parent for row in self.management if row.unit == code and row.holds(on))
        return next(rows, self.units[code].parent)

    def management_districts(self, on: date) -> tuple[Unit, ...]:
        """The districts and zones right below the city in the management tree, by code."""
        return tuple(
            unit
            for unit in self.units.values()
            if self.management_parent(unit.code, on) == self.city.code
        )

    def management_district(self, code: str, on: date) -> str | None:
        """The district or zone that runs `code` on that day; None for the city itself."""
        above = self.management_parent(code, on)
        while above is not None and above != self.city.code:
            code, above = above, self.management_parent(above, on)
        return None if above is None else code


def _units(folder: Path, overlay: Overlay) -> tuple[Unit, ...]:
    virtual = {row.code for row in overlay.virtual}
    city = overlay.city.code
    units = [_unit(city, overlay.city.name, "city", None, virtual)]
    above = {city}
    for level, width in (("district", 0), ("street", 6), ("community", 9)):
        rows = sorted(read_divisions(folder / "divisions", level))
        for code, name in rows:
            parent = code[:width].ljust(12, "0") if width else city
            if parent not in above:
                raise GazetteerError(
                    f"{folder}/divisions: {code} {name}: no unit {parent} above it."
                )
            units.append(_unit(code, name, level, parent, virtual))
        above = {code for code, _ in rows}
    return tuple(units)


def _unit(code: str, name: str, level: str, parent: str | None, virtual: set[str]) -> Unit:
    fields = {"code": code, "name": name, "level": level, "parent": parent, "kind": kind_of(name)}
    return msgspec.convert({**fields, "virtual": code in virtual, "aliases": ()}, Unit)


def _with_aliases(units: Iterable[Unit], aliases: Aliases) -> tuple[Unit, ...]:
    """Give each unit its other writings, less those that a sister could be meant by."""
    units = tuple(units)
    own = {row.code: row.gives for row in aliases.units}
    wanted = {unit.code: _writings(unit, aliases) | set(own.get(unit.code, ())) for unit in units}
    claims: dict[tuple[str | None, str], int] = {}
    for unit in units:
        for writing in wanted[unit.code] | {unit.name}:
            claims[unit.parent, writing] = claims.get((unit.parent, writing), 0) + 1
    return tuple(
        msgspec.structs.replace(
            unit,
            aliases=tuple(
                sorted(w for w in wanted[unit.code] - {unit.name} if claims[unit.parent, w] == 1)
            ),
        )
        for unit in units
    )


def _writings(unit: Unit, aliases: Aliases) -> set[str]:
    bare = bare_name(unit.name)
    for rule in aliases.rules:
        if rule.level == unit.level and bare.endswith(rule.suffix):
            stem = bare.removesuffix(rule.suffix)
            return {bare, *(stem + ending for ending in rule.gives)}
    return {bare}


def _check_overlay(overlay: Overlay, units: Mapping[str, Unit], path: Path) -> None:
    """Every code that the overlay names stands in the code list."""
    named = {"virtual": {row.code for row in overlay.virtual}}
    named["aliases.units"] = {row.code for row in overlay.aliases.units}
    named["management"] = {code for row in overlay.management for code in (row.unit, row.parent)}
    for field, codes in named.items():
        for code in sorted(codes - units.keys()):
            raise GazetteerError(f"{path}: {field} names {code}; no such unit in divisions/.")


def _estates(path: Path | None, units: Mapping[str, Unit]) -> tuple[EstateRow, ...]:
    if path is None:
        return ()
    found: dict[str, EstateRow] = {}
    names = set[tuple[str, str]]()
    for row, estate in read_estates(path):
        unit = units.get(estate.community)
        if unit is None or unit.level != "community" or unit.virtual:
            raise GazetteerError(
                f"{path} row {row}: community {estate.community!r} is no real community."
            )
        if estate.estate_id in found or (estate.community, estate.name) in names:
            raise GazetteerError(
                f"{path} row {row}: {estate.estate_id} {estate.name} stands twice."
            )
        found[estate.estate_id] = estate
        names.add((estate.community, estate.name))
    return tuple(found[estate_id] for estate_id in sorted(found))


def _version(folder: Path, estates: Path | None) -> str:
    digest = hashlib.blake2b(digest_size=6)
    files = sorted(
        path for path in folder.rglob("*") if path.suffix in {".csv", ".yaml", ".geojson"}
    )
    for path in [*files, *([estates] if estates else [])]:
        digest.update(path.name.encode() + b"\0" + hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()
