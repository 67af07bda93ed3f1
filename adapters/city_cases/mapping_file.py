"""The mapping file: how another city's case export becomes shequ.city.Case, without code.

README.md explains every field; `mappings/` holds examples.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NUMBER = "<number>"
Name = Annotated[str, Field(min_length=1)]


def _one_as_list(stated: object) -> object:
    return [stated] if isinstance(stated, str) else stated


SomeNames = Annotated[tuple[Name, ...], BeforeValidator(_one_as_list)]
Names = Annotated[SomeNames, Field(min_length=1)]
COLUMNS = "the name of a column, or a list of names whose cells are joined by a space"
TRIAL = datetime(2022, 11, 23, 17, 6, 8)  # noqa: DTZ001 - a time on the wall, to try formats with


class Part(BaseModel):
    """A part of the file: no field beyond those that are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(Part):
    """Cells of a row. A name alone, or a list of names, means `columns`."""

    columns: Names = Field(description=COLUMNS)

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, stated: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        return {"columns": stated} if isinstance(stated, str | list) else stated

    @property
    def name(self) -> str:
        """How findings name it."""
        return "+".join(self.columns)


class Value(Columns):
    """Cells of a row with what they mean here, or a value that is the same for all rows."""

    columns: SomeNames = Field((), description=COLUMNS)
    fixed: str | None = Field(None, description="the value that all rows have: text")
    values: dict[str, str] | None = Field(
        None, description="the export's value: what it means here. Without it, values stay"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.columns) == (self.fixed is not None):
            raise ValueError("state either columns or fixed")
        if self.values is not None and self.fixed is not None:
            raise ValueError("values say what cells mean: a fixed value needs none")
        return self


class Category(Value):
    """部件 or 事件."""

    fixed: Literal["component", "event"] | None = Field(None, description="component or event")
    values: dict[str, Literal["component", "event"]] | None = Field(  # type: ignore[assignment]
        None, description="the export's value: component or event"
    )


class Status(Value):
    """Whether the case still asks for something."""

    fixed: Literal["open", "closed", "void"] | None = Field(
        None, description="open, closed or void"
    )
    values: dict[str, Literal["open", "closed", "void"]] | None = Field(  # type: ignore[assignment]
        None, description="the export's value: open, closed or void"
    )


class Kind(Value):
    """The code of the kind, in a list that the export uses, or that its values are put into."""

    list: Name = Field(description="the name of the list of kinds: text, for example boston.311")
    version: Name = Field(description="the version of that list: text in quotes")


class Void(Columns):
    """Cases that were closed because there was nothing to do: duplicates, mistakes."""

    says: Names = Field(description="a list of words; a case whose cell has one of them is void")


class Point(Part):
    """Degrees, and the system that they are stated in."""

    longitude: Name = Field(description="the column of the longitude in degrees")
    latitude: Name = Field(description="the column of the latitude in degrees")
    datum: Literal["WGS-84", "CGCS2000", "GCJ-02"] = Field(
        description="WGS-84, CGCS2000 or GCJ-02: the system of the coordinates"
    )


class Reporter(Part):
    """Who reported it: sealed."""

    name: Columns | None = Field(None, description=COLUMNS)
    phone: Columns | None = Field(None, description=COLUMNS)


class Files(Part):
    """How the files are named and written."""

    named: Name = Field(
        description=f"a pattern: * is anything, {NUMBER} the digits that rise with each export"
    )
    delimiter: Literal["comma", "semicolon", "tab", "pipe"] = Field(
        "comma", description="comma, semicolon, tab or pipe: what stands between two cells"
    )

    @property
    def pattern(self) -> re.Pattern[str]:
        """As an expression, with a group `seq` if the name has a number."""
        parts = re.split(rf"({NUMBER}|\*)", self.named)
        as_written = {NUMBER: r"(?P<seq>\d{1,18})(?!\d)", "*": ".*?"}
        return re.compile("".join(as_written.get(part, re.escape(part)) for part in parts))

    @field_validator("named")
    @classmethod
    def _one_number(cls, named: str) -> str:
        if named.count(NUMBER) > 1:
            raise ValueError(f"{NUMBER} stands in it twice")
        return named


class Times(Part):
    """How times are written, and where the clock hangs that they were read from."""

    zone: Name = Field(description="a time zone by its IANA name, for example Asia/Shanghai")
    formats: Names = Field(
        description="a list of formats of Python's strptime, for example '%Y-%m-%d %H:%M:%S'"
    )

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError, LookupError):
            raise ValueError(f"this machine knows no time zone {zone!r}") from None
        return zone

    @field_validator("formats")
    @classmethod
    def _whole(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for one in formats:
            try:
                read = datetime.strptime(TRIAL.strftime(one), one)  # noqa: DTZ007 - a format is tried
            except ValueError as error:
                raise ValueError(f"{one!r} is no format ({error})") from None
            if read.date() != TRIAL.date():
                raise ValueError(f"{one!r} does not hold year, month and day")
        return formats


class MappingFile(Part):
    """The whole file."""

    title: Name = Field(description="what the export is: text")
    files: Files
    times: Times
    record: Columns = Field(description=f"{COLUMNS}: the number that names the case for ever")
    updated: Columns | None = Field(
        None, description=f"{COLUMNS}: when the row last changed; without it, files are numbered"
    )
    category: Category
    kind: Kind
    stage: Value
    status: Status
    void: Void | None = None
    occurred: Columns
    closed: Columns | None = None
    asset: Columns | None = None
    department: Value | None = None
    community: Value | None = None
    address: Columns | None = None
    point: Point | None = None
    text: Columns | None = None
    reporter: Reporter | None = None
    show: tuple[Literal["address", "text"], ...] = Field(
        ("address", "text"),
        description="a list of address, text: what is shown, redacted; redaction knows Chinese",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if (self.updated is None) != (NUMBER in self.files.named):
            raise ValueError(
                f"say which row is the newer one: either {NUMBER} in files.named, or updated"
            )
        return self

    @model_validator(mode="after")
    def _discreet(self) -> Self:
        shown = sorted(set(self._columns(self._plain())) & set(self._columns(self._reporter())))
        if shown:
            raise ValueError(f"{', '.join(shown)} names the reporter: it cannot be shown as well")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that must be there."""
        point = (self.point.longitude, self.point.latitude) if self.point else ()
        parts = (*self._plain(), *self._reporter(), self.address, self.text)
        return tuple(dict.fromkeys([*self._columns(parts), *point]))

    @property
    def plain(self) -> frozenset[str]:
        """Columns that say nothing about a person."""
        personal = (*self._reporter(), self.address, self.text)
        return frozenset(self._columns(self._plain())) - frozenset(self._columns(personal))

    def _plain(self) -> tuple[Columns | None, ...]:
        return (
            *(self.record, self.updated, self.category, self.kind, self.stage, self.status),
            *(self.void, self.occurred, self.closed, self.asset, self.department, self.community),
        )

    def _reporter(self) -> tuple[Columns | None, ...]:
        return (self.reporter.name, self.reporter.phone) if self.reporter else ()

    def _columns(self, parts: tuple[Columns | None, ...]) -> Iterator[str]:
        return (column for part in parts if part for column in part.columns)
