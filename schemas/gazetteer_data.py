"""Reads the gazetteer's files: official codes, the city's overlay, the estate office's table.

`places/<city>/divisions/` is carried over unchanged, SOURCE.txt beside it; `overlay.yaml` is the
city's own.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

WIDTHS: dict[str, int] = {"district": 6, "street": 9, "community": 12}
DIVISIONS = {"district": "districts.csv", "street": "streets.csv", "community": "communities.csv"}
SUFFIXES = (
    "居委会",
    "村委会",
    "生活区",
    "社区",
    "街道",
    "开发区",
    "经济区",
    "新区",
    "镇",
    "乡",
    "区",
    "市",
)

Level = Literal["city", "district", "street", "community"]


class GazetteerError(ValueError):
    """A gazetteer file is wrong; the message names file, row, field and what to change."""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of the city; `parent` follows the code, not the management tree."""

    code: str
    name: str
    level: Level
    parent: str | None
    virtual: bool
    kind: str  # the name's own suffix: 居委会, 社区, 村委会, 生活区, 街道, 镇 ...
    aliases: tuple[str, ...]


class EstateRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the estate office's table; `lon` and `lat` are degrees in CGCS2000."""

    estate_id: str
    name: str
    community: str
    buildings: int
    units: int  # of each building
    lon: float
    lat: float


class Virtual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit without residents and tasks."""

    code: str
    reason: str
    source: str


class Management(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """From `start` (inclusive) to `to` (exclusive) `unit` is run by `parent`; None is open."""

    unit: str
    name: str
    parent: str
    start: date | None
    to: date | None
    stated: date
    source: str
    note: str

    def holds(self, on: date) -> bool:
        return (self.start is None or self.start <= on) and (self.to is None or on < self.to)


class AliasRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of `level` that end in `suffix` are also written with each of `gives` instead."""

    level: Level
    suffix: str
    gives: tuple[str, ...]


class UnitAlias(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Further writings of one unit."""

    code: str
    gives: tuple[str, ...]
    source: str


class Aliases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How names are written otherwise."""

    rules: tuple[AliasRule, ...]
    units: tuple[UnitAlias, ...]


class City(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The city itself."""

    code: str
    name: str


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a city knows beside the code list."""

    city: City
    virtual: tuple[Virtual, ...]
    management: tuple[Management, ...]
    aliases: Aliases


def read_overlay(path: Path) -> Overlay:
    """The city's overlay; raises GazetteerError naming the field."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Overlay)
    except FileNotFoundError:
        known = ", ".join(sorted(p.parent.name for p in path.parent.parent.glob("*/overlay.yaml")))
        raise GazetteerError(f"{path}: no such city. Known here: {known}") from None
    except msgspec.DecodeError as error:
        raise GazetteerError(f"{path}: {error}. Correct this field of the overlay.") from error


def read_divisions(folder: Path, level: str) -> Iterator[tuple[str, str]]:
    """(12-digit code, name) of each unit of a level, in the file's order."""
    path, width, seen = folder / DIVISIONS[level], WIDTHS[level], set[str]()
    for row, record in _rows(path):
        code, name = record.get("code", ""), record.get("name", "")
        if len(code) != width or not (code.isascii() and code.isdigit()):
            raise _wrong(path, row, "code", code, f"{width} digits")
        if not name:
            raise _wrong(path, row, "name", name, "the unit's name")
        if code in seen:
            raise _wrong(path, row, "code", code, "a code that stands once")
        seen.add(code)
        yield code.ljust(12, "0"), name


def read_estates(path: Path) -> Iterator[tuple[int, EstateRow]]:
    """(row number, estate) of the estate office's table, in the file's order."""
    for row, record in _rows(path):
        try:
            yield row, msgspec.convert(record, EstateRow, strict=False)
        except msgspec.ValidationError as error:
            raise GazetteerError(
                f"{path} row {row}: {error}. Columns: {', '.join(EstateRow.__struct_fields__)}"
            ) from error


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number as a spreadsheet shows it, row) of a CSV with a header."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise GazetteerError(f"{path}: {error}. Needed: a CSV in UTF-8 with a header.") from error
    yield from enumerate(csv.DictReader(io.StringIO(text), restval=""), start=2)


def _wrong(path: Path, row: int, field: str, value: str, needed: str) -> GazetteerError:
    return GazetteerError(f"{path} row {row}: {field} is {value!r}; needed: {needed}.")


def kind_of(name: str) -> str:
    """The suffix that says what a unit is; words in brackets at the end do not count."""
    bare = bare_name(name)
    return next((suffix for suffix in SUFFIXES if bare.endswith(suffix)), "")


def bare_name(name: str) -> str:
    """The name without words in brackets at its end: 四份村委会（含移民新区） -> 四份村委会."""
    return name.partition("（")[0]
