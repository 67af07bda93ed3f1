"""A record of `intake.city.cases`, flat -> shequ.city.Case. The field table is in README.md."""

from adapters.kafka_intake import stated
from adapters.kafka_intake.stated import ADDRESS, CLOSED, COMMUNITY, NAME, OCCURRED, PHONE, STATUS
from adapters.kit import fields
from adapters.kit.adapter import Draft, Raw, Row
from adapters.kit.desk import Desk
from adapters.kit.redaction import redact

CATEGORY, STAGE = "category", "stage"
LIST, VERSION, KIND = "kind.list", "kind.version", "kind.value"
ASSET, DEPARTMENT, TEXT = "asset", "department", "personal.text"

CATEGORIES = {"component": "component", "event": "event"}
STATUSES = {
    **dict.fromkeys(("受理", "派遣", "处置", "核查"), "open"),
    "结案": "closed",
    "作废": "void",
}


def map_row(row: Row, desk: Desk) -> Draft:
    """The case. Raises DeadLetterError naming the field that cannot be used."""
    raw = row.raw
    fields.check_texts(raw)
    category = fields.one_of(raw, CATEGORY, CATEGORIES)
    code = tuple(fields.required(raw, field) for field in (LIST, VERSION, KIND))
    kind = desk.kind((code[0], code[1], code[2]), KIND)
    occurred = stated.time(raw, OCCURRED)
    closed = stated.time(raw, CLOSED) if fields.text(raw, CLOSED) else None
    name, phone = fields.text(raw, NAME), fields.text(raw, PHONE)
    address, said = fields.text(raw, ADDRESS), fields.text(raw, TEXT)
    point = stated.point(raw)
    place = address or fields.text(raw, stated.SHOWN)
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
    meant, said = fields.one_of(raw, STAGE, STATUSES), fields.text(raw, STATUS)
    if said not in {"", meant}:
        stage = fields.text(raw, STAGE)
        raise stated.unusable(
            STATUS, said, f"At stage {stage} a case is {meant}: state it so, or not."
        )
    return meant
