"""A row of the police's system -> shequ.police.Incident. The field table is in README.md."""

from adapters.kit import fields
from adapters.kit.adapter import Draft, Identity, Row
from adapters.kit.coordinates import Datum, stored
from adapters.kit.desk import Desk
from adapters.kit.redaction import redact
from adapters.kit.times import optional_time, required_time

KINDS = ("ezhou.police.kind", "2021")
"""List and version of 警情类别代码: of the demo city, no source publishes the official one."""

PLAIN = frozenset(("jqbh", "jqlb", "bjsj", "gxsj", "zt", "bjie", "sfla", "sfzsq", "zjwh", "sqdm"))
"""Fields that say nothing about a person."""

FIELDS = PLAIN | {"dz", "jd", "wd", "bjrxm", "bjrsfzh", "bjrdh", "jqnr"}
"""Fields that are read: what else the system may tell one day is no news."""

STATUSES = {"0": "open", "1": "closed"}  # 处理中, 已办结
YES_NO = {"0": "", "1": "yes"}


def identify(row: Row) -> Identity:
    """The incident number, and its update time as the version's order. Raises DeadLetterError."""
    number = fields.required(row.raw, "jqbh")
    return Identity(number, required_time(fields.required(row.raw, "gxsj"), "gxsj"))


def map_row(row: Row, desk: Desk) -> Draft:
    """The incident. Raises DeadLetterError naming the field that cannot be used."""
    raw = row.raw
    kind = desk.kind((*KINDS, fields.required(raw, "jqlb")), "jqlb")
    occurred = required_time(fields.required(raw, "bjsj"), "bjsj")
    status = fields.one_of(raw, "zt", STATUSES)
    closed = optional_time(fields.text(raw, "bjie"), "bjie")
    name, phone = fields.text(raw, "bjrxm"), fields.text(raw, "bjrdh")
    number = fields.text(raw, "bjrsfzh")
    address, said = fields.text(raw, "dz"), fields.text(raw, "jqnr")
    point = stored(fields.text(raw, "jd"), fields.text(raw, "wd"), Datum.WGS84)
    return Draft(
        occurred_at=occurred,
        location=desk.locate(fields.text(raw, "sqdm"), address, point, names=(name,)),
        point=point,
        fields={
            "kind": kind,
            "status": status,
            "closed_at": closed,
            "filed": bool(fields.one_of(raw, "sfla", YES_NO)),
            "referred": bool(fields.one_of(raw, "sfzsq", YES_NO)),
            "document": fields.text(raw, "zjwh") or None,
            "summary": redact(said, (name,)),
        },
        person=desk.person(number, phone),
        personal=fields.personal(
            name=name, resident_id=number, phone=phone, address=address, text=said
        ),
    )
