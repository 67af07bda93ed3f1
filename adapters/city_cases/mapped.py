"""A row of another city's export -> shequ.city.Case, as a mapping file says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from adapters.city_cases.mapping_file import Columns, Kind, MappingFile, Times, Value
from adapters.kit import fields
from adapters.kit.adapter import Draft, Identity, Raw, Row
from adapters.kit.coordinates import Datum, Point, stored
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.places import Location
from adapters.kit.redaction import redact
from adapters.kit.times import EPOCH

REMEMBERED = 16_384

YEARS = range(1900, 9999)
"""Systems write 0001-01-01 and 9999-12-31 where they know nothing."""


class Mapped:
    """`identify` and `map_row` of one mapping file."""

    def __init__(self, file: MappingFile) -> None:
        """Read rows as the file says."""
        self._file, self._time = file, lru_cache(maxsize=REMEMBERED)(_Clock(file.times).read)

    def identify(self, row: Row) -> Identity:
        """The case, and the export or the time that states it. Raises DeadLetterError."""
        record_id = _required(row.raw, self._file.record)
        if self._file.updated is None:
            return Identity(record_id, row.export)
        return Identity(record_id, self._required_time(row.raw, self._file.updated))

    def map_row(self, row: Row, desk: Desk) -> Draft:
        """The case. Raises DeadLetterError naming the column that cannot be used."""
        raw, file = row.raw, self._file
        name = _said(raw, file.reporter.name) if file.reporter else ""
        phone = _said(raw, file.reporter.phone) if file.reporter else ""
        address, text = _said(raw, file.address), _said(raw, file.text)
        point = self._point(raw)
        return Draft(
            occurred_at=self._required_time(raw, file.occurred),
            location=self._location(raw, address, point, name, desk),
            point=point,
            fields={
                "category": _meaning(raw, file.category),
                "kind": _kind(raw, file.kind),
                "asset": _said(raw, file.asset) or None,
                "stage": _meaning(raw, file.stage),
                "status": "void" if self._is_void(raw) else _meaning(raw, file.status),
                "closed_at": self._optional_time(raw, file.closed),
                "department": _listed(raw, file.department),
                "summary": redact(text, (name,)) if "text" in file.show else "",
            },
            person=desk.person("", phone),
            personal=fields.personal(name=name, phone=phone, address=address, text=text),
        )

    def _location(
        self, raw: Raw, address: str, point: Point | None, name: str, desk: Desk
    ) -> Location:
        community = _listed(raw, self._file.community)
        found = desk.locate(community, address, point, names=(name,))
        return found if "address" in self._file.show else replace(found, shown="")

    def _point(self, raw: Raw) -> Point | None:
        if (point := self._file.point) is None:
            return None
        datum = Datum.GCJ02 if point.datum == "GCJ-02" else Datum.WGS84
        return stored(fields.text(raw, point.longitude), fields.text(raw, point.latitude), datum)

    def _is_void(self, raw: Raw) -> bool:
        if (void := self._file.void) is None:
            return False
        said = _said(raw, void).casefold()
        return any(word.casefold() in said for word in void.says)

    def _required_time(self, raw: Raw, part: Columns) -> int:
        said = _required(raw, part)
        at = self._time(said)
        if at is None:
            likes = " or ".join(self._file.times.formats)
            advice = (
                f"Times are written like {likes} here. Correct it at the source, or have the "
                "mapping file learn the format; then export the row again."
            )
            raise DeadLetterError(
                Finding(rule="time.unreadable", field=part.name, value=said[:40], advice=advice)
            )
        return at

    def _optional_time(self, raw: Raw, part: Columns | None) -> int | None:
        return self._required_time(raw, part) if part and _said(raw, part) else None


class _Clock:
    """Times in the formats of a mapping file."""

    def __init__(self, times: Times) -> None:
        self._zone, self._formats = ZoneInfo(times.zone), times.formats

    def read(self, text: str) -> int | None:
        """Ms UTC; None where no format fits. An hour that a clock shows twice is its first."""
        for form in self._formats:
            try:
                time = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            if time.year not in YEARS:
                return None
            if time.tzinfo is None:
                time = time.replace(tzinfo=self._zone)
            return (time - EPOCH) // timedelta(milliseconds=1)
        return None


def _said(raw: Raw, part: Columns | None) -> str:
    """The cells, joined; empty where nothing is stated."""
    cells = (fields.text(raw, column) for column in part.columns) if part else ()
    return " ".join(filter(None, cells))


def _stated(raw: Raw, part: Columns) -> Mapping[str, str]:
    return {part.name: _said(raw, part)}


def _required(raw: Raw, part: Columns) -> str:
    return fields.required(_stated(raw, part), part.name)


def _meaning(raw: Raw, part: Value) -> str:
    """The fixed value, or what the cells mean. Raises DeadLetterError for a value not listed."""
    if part.fixed is not None:
        return part.fixed
    if part.values is not None:
        return fields.one_of(_stated(raw, part), part.name, part.values)
    return _required(raw, part)


def _listed(raw: Raw, part: Value | None) -> str:
    """The fixed value, or what the cells mean; a value that is not listed stays as it is."""
    if part is None:
        return ""
    said = _said(raw, part)
    return part.fixed if part.fixed is not None else (part.values or {}).get(said, said)


def _kind(raw: Raw, part: Kind) -> Mapping[str, str]:
    """The code. Where the file lists values, another one raises DeadLetterError."""
    said = part.fixed if part.fixed is not None else _required(raw, part)
    if part.values is not None and said not in part.values:
        advice = (
            f"The mapping file lists no kind of this name for {part.list}. Correct it at the "
            "source, or add it to kind.values; then export the row again."
        )
        raise DeadLetterError(
            Finding(rule="code.unknown_kind", field=part.name, value=said, advice=advice)
        )
    value = part.values[said] if part.values is not None else said
    return {"list": part.list, "version": part.version, "value": value}
