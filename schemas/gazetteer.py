"""The gazetteer: which units a city has, by code and by name, and which desk waits for the rest.

Data: `places/<city>/`, official codes carried over with their source, and an overlay of the city's own.
Every code here has 12 digits; a unit above a community ends in zeros (420704001000 is a street).
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

import msgspec

PLACES = Path(__file__).with_name("places")
WIDTHS = {"district": 6, "street": 9, "community": 12}
KINDS = ("社区居委会", "居委会", "村委会", "生活区", "社区", "街道", "镇", "乡", "新区", "开发区")

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


class EstateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the estate office's table; `lon` and `lat` are CGCS2000 degrees."""

    estate_id: str
    name: str
    community: str
    buildings: int
    units: int  # per building
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
    """A city's own knowledge beside the code list."""

    city: City
    virtual: tuple[Virtual, ...]
    management: tuple[Management, ...]
    aliases: Aliases
