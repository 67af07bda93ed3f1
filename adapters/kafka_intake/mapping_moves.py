"""A record of `intake.household.moves`, flat -> shequ.household.Move. Fields: README.md."""

from datetime import date

from adapters.kafka_intake import stated
from adapters.kafka_intake.stated import ADDRESS, CLOSED, COMMUNITY, NAME, OCCURRED, PHONE, STATUS
from adapters.kit import fields, residents
from adapters.kit.adapter import Draft, Raw, Row
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.residents import CANCELLED, CHANGES, MEANS, REASONS, REGISTERED
from schemas.codes import code_lists

CHANGE, REASON, RELATION, SEX = "change", "cancelled_because", "relation", "sex"
RESIDENT_ID, HOUSEHOLD = "personal.resident_id", "personal.household_number"
BORN = "personal.born"

LISTS = {REASON: "registration_cancelled", RELATION: "relation", SEX: "resident_sex"}
"""Lists by field: files of schemas/codes."""


def map_row(row: Row, desk: Desk) -> Draft:
    """The registration. Raises DeadLetterError naming the field that cannot be used."""
    raw = row.raw
    fields.check_texts(raw)
    change = fields.one_of(raw, CHANGE, dict(zip(CHANGES, CHANGES, strict=True)))
    status = _status(raw, change)
    occurred = stated.time(raw, OCCURRED)
    number = residents.resident_id(raw, RESIDENT_ID)
    name, address = fields.text(raw, NAME), fields.text(raw, ADDRESS)
    household, point = fields.text(raw, HOUSEHOLD), stated.point(raw)
    place = address or fields.text(raw, stated.SHOWN)
    return Draft(
        occurred_at=occurred,
        location=desk.locate(fields.text(raw, COMMUNITY), place, point, names=(name,)),
        point=point,
        fields={
            "change": change,
            "status": status,
            "closed_at": _closed(raw, status, occurred),
            "household": residents.household(desk, household),
            **{field: _code(raw, field) for field in LISTS},
        },
        person=residents.resident(desk, number),
        personal=fields.personal(
            name=name,
            resident_id=number,
            phone=fields.text(raw, PHONE),
            address=address,
            born=_born(raw),
            household_number=household,
        ),
    )


def _status(raw: Raw, change: str) -> str:
    """What the change means; of a correction, what is stated. Both must agree."""
    said, because = fields.text(raw, STATUS), fields.text(raw, f"{REASON}.value")
    if said not in {"", REGISTERED, CANCELLED}:
        raise stated.unusable(STATUS, said, f"It is {REGISTERED} or {CANCELLED}, or left out.")
    meant = MEANS.get(change) or said or (CANCELLED if because else REGISTERED)
    if said not in {"", meant}:
        why = f"After {change} a registration is {meant}: state it so, or not."
        raise stated.unusable(STATUS, said, why)
    fits = REASONS.get(change, because) if meant == CANCELLED else ""
    if because not in {"", fits}:
        why = f"After {change} a registration is {meant}: this is no reason for it."
        raise stated.unusable(f"{REASON}.value", because, why)
    return meant


def _closed(raw: Raw, status: str, occurred: int) -> int | None:
    """When it was cancelled: as stated, else when the change happened."""
    said = fields.text(raw, CLOSED)
    if said and status == REGISTERED:
        raise stated.unusable(CLOSED, said, f"A {REGISTERED} person has no time of cancelling.")
    if status == REGISTERED:
        return None
    return stated.time(raw, CLOSED) if said else occurred


def _code(raw: Raw, field: str) -> object:
    """A code of the one list that the field takes; None where nothing is said."""
    value = fields.text(raw, f"{field}.value")
    found = code_lists()[LISTS[field]]
    edition = fields.text(raw, f"{field}.list"), fields.text(raw, f"{field}.version")
    if value and edition != (found.list, found.version):
        advice = (
            f"{field} takes list {found.list!r}, version {found.version!r}: the same digits mean "
            "something else in another one. State it so, and send the record again."
        )
        raise DeadLetterError(
            Finding(
                rule="code.unknown_value", field=f"{field}.list", value=edition[0], advice=advice
            )
        )
    return residents.code(LISTS[field], value, f"{field}.value")


def _born(raw: Raw) -> str:
    """出生日期, YYYY-MM-DD; empty where nothing is said."""
    said = fields.text(raw, BORN)
    try:
        return said and date.fromisoformat(said).isoformat()
    except ValueError:
        advice = f"{BORN} is YYYY-MM-DD. Correct it at the source and send the record again."
        raise DeadLetterError(
            Finding(rule="time.unreadable", field=BORN, value=said, advice=advice)
        ) from None
