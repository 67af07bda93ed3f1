"""A record of `intake.city.cases`, flat -> shequ.city.Case. The field table is in README.md."""

from adapters.kit import fields
from adapters.kit.adapter import Draft, Identity, Raw, Row
from adapters.kit.coordinates import SCALE, Datum, Point, stored
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.redaction import redact
from schemas.identifiers import valid_resident_id

NUMBER, ORDER, OCCURRED, CLOSED = "record_id", "version.order", "occurred_at", "closed_at"
CATEGORY, STAGE, STATUS, COMMUNITY = "category", "stage", "status", "community"
LIST, VERSION, KIND = "kind.list", "kind.version", "kind.value"
ASSET, DEPARTMENT = "asset", "department"
SHOWN, LONGITUDE, LATITUDE = "place.text", "place.lon", "place.lat"
NAME, PHONE, ADDRESS, TEXT = "personal.name", "personal.phone", "personal.address", "personal.text"

CATEGORIES = {"component": "component", "event": "event"}
STATUSES = {
    **dict.fromkeys(("受理", "派遣", "处置", "核查"), "open"),
    "结案": "closed",
    "作废": "void",
}
FIRST_TIME, LAST_TIME = 631_152_000_000, 4_102_444_800_000
"""ms UTC: 1990 and 2100. Seconds or microseconds, taken for ms, are outside."""
LONGEST_NUMBER = 100


def identify(row: Row) -> Identity:
    """The case number, and the order that the department states. Raises DeadLetterError."""
    number = fields.required(row.raw, NUMBER)
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        raise _unusable(NUMBER, number, f"A number has {LONGEST_NUMBER} printable characters.")
    if valid_resident_id(number.upper()):
        raise _unusable(NUMBER, number, "This is a person's id, and numbers are not sealed.")
    order = int(fields.required(row.raw, ORDER))
    if not 1 <= order <= LAST_TIME:
        raise _unusable(
            ORDER,
            str(order),
            "It is the time of the change in ms since 1970 UTC, or a number that rises: 1 to "
            f"{LAST_TIME}. A greater one would hide every later version.",
        )
    return Identity(number, order)


def map_row(row: Row, desk: Desk) -> Draft:
    """The case. Raises DeadLetterError naming the field that cannot be used."""
    raw = row.raw
    category = fields.one_of(raw, CATEGORY, CATEGORIES)
    code = tuple(fields.required(raw, field) for field in (LIST, VERSION, KIND))
    kind = desk.kind((code[0], code[1], code[2]), KIND)
    occurred = _time(raw, OCCURRED)
    closed = _time(raw, CLOSED) if fields.text(raw, CLOSED) else None
    name, phone = fields.text(raw, NAME), fields.text(raw, PHONE)
    address, said = fields.text(raw, ADDRESS), fields.text(raw, TEXT)
    point = _point(raw)
    place = address or fields.text(raw, SHOWN)
    return Draft(
        occurred_at=occurred,
        location=desk.locate(fields.text(raw, COMMUNITY), place, point, names=(name,)),
        point=point,
        fields={
            "category": category,
            "kind": kind,
            "asset": fields.text(raw, ASSET) or None,
            "stage": fields.text(raw, STAGE),
            "status": _status(raw),
            "closed_at": closed,
            "department": fields.text(raw, DEPARTMENT),
            "summary": redact(said, (name,)),
        },
        person=desk.person("", phone),
        personal=fields.personal(name=name, phone=phone, address=address, text=said),
    )


def _status(raw: Raw) -> str:
    """What the stage means; where the department states it itself, both must agree."""
    meant, stated = fields.one_of(raw, STAGE, STATUSES), fields.text(raw, STATUS)
    if stated not in {"", meant}:
        stage = fields.text(raw, STAGE)
        raise _unusable(STATUS, stated, f"At stage {stage} a case is {meant}: state it so, or not.")
    return meant


def _time(raw: Raw, field: str) -> int:
    """A time in ms UTC that can be meant."""
    at = int(fields.required(raw, field))
    if not FIRST_TIME <= at < LAST_TIME:
        advice = f"{field} is ms since 1970 UTC, from 1990 to 2100. Correct it and send it again."
        raise DeadLetterError(
            Finding(rule="time.unreadable", field=field, value=str(at), advice=advice)
        )
    return at


def _point(raw: Raw) -> Point | None:
    """Coordinates as events have them; None where they are no place in China."""
    lon, lat = fields.text(raw, LONGITUDE), fields.text(raw, LATITUDE)
    if not (lon and lat):
        return None
    return stored(str(int(lon) / SCALE), str(int(lat) / SCALE), Datum.WGS84)


def _unusable(field: str, value: str, why: str) -> DeadLetterError:
    advice = f"{why} Correct {field} at the source and send the record again."
    return DeadLetterError(Finding(rule="field.unusable", field=field, value=value, advice=advice))
