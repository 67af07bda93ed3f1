"""What records of all `intake.` topics state alike: number, order, times, place."""

from adapters.kit import fields
from adapters.kit.adapter import Identity, Raw, Row
from adapters.kit.coordinates import SCALE, Datum, Point, stored
from adapters.kit.errors import DeadLetterError, Finding
from schemas.identifiers import valid_resident_id

NUMBER, ORDER, OCCURRED, CLOSED = "record_id", "version.order", "occurred_at", "closed_at"
STATUS, COMMUNITY = "status", "community"
SHOWN, LONGITUDE, LATITUDE = "place.text", "place.lon", "place.lat"
NAME, PHONE, ADDRESS = "personal.name", "personal.phone", "personal.address"

FIRST_TIME, LAST_TIME = 631_152_000_000, 4_102_444_800_000
"""ms UTC: 1990 and 2100. Seconds or microseconds, taken for ms, are outside."""


def identify(row: Row) -> Identity:
    """The record's number, and the order that the department states. Raises DeadLetterError."""
    number = fields.required(row.raw, NUMBER)
    if flaw := fields.flaw_of_number(number):
        raise unusable(NUMBER, number, flaw)
    if valid_resident_id(number.upper()):
        raise unusable(NUMBER, number, "This is a person's id, and numbers are not sealed.")
    order = int(fields.required(row.raw, ORDER))
    if not 1 <= order <= LAST_TIME:
        raise unusable(
            ORDER,
            str(order),
            "It is the time of the change in ms since 1970 UTC, or a number that rises: 1 to "
            f"{LAST_TIME}. A greater one would hide every later version.",
        )
    return Identity(number, order)


def time(raw: Raw, field: str) -> int:
    """A time in ms UTC that can be meant. Raises DeadLetterError."""
    at = int(fields.required(raw, field))
    if not FIRST_TIME <= at < LAST_TIME:
        advice = f"{field} is ms since 1970 UTC, from 1990 to 2100. Correct it and send it again."
        raise DeadLetterError(
            Finding(rule="time.unreadable", field=field, value=str(at), advice=advice)
        )
    return at


def point(raw: Raw) -> Point | None:
    """Coordinates as events have them; None where they are no place in China."""
    lon, lat = fields.text(raw, LONGITUDE), fields.text(raw, LATITUDE)
    if not (lon and lat):
        return None
    return stored(str(int(lon) / SCALE), str(int(lat) / SCALE), Datum.WGS84)


def unusable(field: str, value: str, why: str) -> DeadLetterError:
    """A field has a value that cannot be meant."""
    advice = f"{why} Correct {field} at the source and send the record again."
    return DeadLetterError(Finding(rule="field.unusable", field=field, value=value, advice=advice))
