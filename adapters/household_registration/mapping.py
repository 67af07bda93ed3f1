"""A row of the front-end database -> shequ.household.Move. The field table is in README.md."""

from datetime import date

from adapters.household_registration.client import NUMBER, UPDATED
from adapters.kit import fields, residents
from adapters.kit.adapter import Draft, Identity, Raw, Row
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.residents import CANCELLED, MEANS, REASONS, REGISTERED
from adapters.kit.times import required_time
from schemas.identifiers import valid_resident_id

PLAIN = frozenset(
    (NUMBER, "性别", "与户主关系", "户籍社区代码", "变动类别", "变动时间", "注销原因", UPDATED)
)
"""Columns that say nothing about who a person is."""

CHANGES = {
    "立户": "set_up", "迁入": "move_in", "迁出": "move_out", "出生": "birth",
    "死亡": "death", "注销": "cancellation", "变更": "correction",
}  # fmt: skip


def identify(row: Row) -> Identity:
    """The person's number, and the row's update time as it is stated. Raises DeadLetterError."""
    number = fields.required(row.raw, NUMBER)
    if flaw := fields.flaw_of_number(number):
        raise _unusable(NUMBER, number, flaw)
    if valid_resident_id(number.upper()):
        raise _unusable(NUMBER, number, "This is a person's id, and numbers are not sealed.")
    return Identity(number, required_time(fields.required(row.raw, UPDATED), UPDATED))


def map_row(row: Row, desk: Desk) -> Draft:
    """The registration as it stands. Raises DeadLetterError naming the column."""
    raw = row.raw
    fields.check_texts(raw)
    change = fields.one_of(raw, "变动类别", CHANGES)
    because = fields.text(raw, "注销原因")
    status = _status(change, because)
    occurred = required_time(fields.required(raw, "变动时间"), "变动时间")
    number = residents.resident_id(raw, "公民身份号码")
    name, address = fields.text(raw, "姓名"), fields.text(raw, "住址")
    household = fields.text(raw, "户号")
    return Draft(
        occurred_at=occurred,
        location=desk.locate(fields.text(raw, "户籍社区代码"), address, None, names=(name,)),
        point=None,
        fields={
            "change": change,
            "status": status,
            "cancelled_because": residents.code("registration_cancelled", because, "注销原因"),
            "closed_at": occurred if status == CANCELLED else None,
            "household": residents.household(desk, household),
            "relation": residents.code("relation", fields.text(raw, "与户主关系"), "与户主关系"),
            "sex": residents.code("resident_sex", fields.text(raw, "性别"), "性别"),
        },
        person=residents.resident(desk, number),
        personal=fields.personal(
            name=name,
            resident_id=number,
            phone=fields.text(raw, "联系电话"),
            address=address,
            born=_born(raw),
            household_number=household,
        ),
    )


def _status(change: str, because: str) -> str:
    """What the change means, and of a correction, whether a reason is stated. Both must agree."""
    meant = MEANS.get(change) or (CANCELLED if because else REGISTERED)
    fits = REASONS.get(change, because) if meant == CANCELLED else ""
    if because not in {"", fits}:
        why = "变动类别 and 注销原因 contradict each other: which of them is right?"
        raise _unusable("注销原因", because, why)
    return meant


def _born(raw: Raw) -> str:
    """出生日期, YYYY-MM-DD; empty where nothing is said. What the id says of it is not compared."""
    said = fields.text(raw, "出生日期")
    try:
        return said and date.fromisoformat(said).isoformat()
    except ValueError:
        advice = (
            "出生日期 is YYYY-MM-DD. Correct it at the source; the row is read again by itself."
        )
        raise DeadLetterError(
            Finding(rule="time.unreadable", field="出生日期", value=said, advice=advice)
        ) from None


def _unusable(field: str, value: str, why: str) -> DeadLetterError:
    advice = f"{why} Correct {field} at the source; the row is read again by itself."
    return DeadLetterError(Finding(rule="field.unusable", field=field, value=value, advice=advice))
