"""A row of an export of 数字城管 -> shequ.city.Case. The field table is in README.md."""

from adapters.kit import fields, kinds
from adapters.kit.adapter import Draft, Identity, Row
from adapters.kit.coordinates import Datum, stored
from adapters.kit.desk import Desk
from adapters.kit.redaction import redact
from adapters.kit.times import optional_time, required_time

NUMBER, CATEGORY, KIND, STANDARD, ASSET = "案件编号", "大类", "小类代码", "小类标准", "部件编码"
REPORTED, STAGE, CLOSED, DEPARTMENT = "上报时间", "处置阶段", "结案时间", "派遣部门"
COMMUNITY, ADDRESS, LONGITUDE, LATITUDE = "社区编码", "地址", "经度", "纬度"
REPORTER, PHONE, TEXT = "上报人", "联系电话", "问题描述"
COLUMNS = (
    *(NUMBER, CATEGORY, KIND, STANDARD, ASSET, REPORTED, STAGE, CLOSED, DEPARTMENT),
    *(COMMUNITY, ADDRESS, LONGITUDE, LATITUDE, REPORTER, PHONE, TEXT),
)
PLAIN = frozenset(COLUMNS) - {ADDRESS, LONGITUDE, LATITUDE, REPORTER, PHONE, TEXT}
"""Columns that say nothing about a person."""

CATEGORIES = {"部件": "component", "事件": "event", "事项": "event"}
STATUSES = {
    **dict.fromkeys(("受理", "派遣", "处置", "核查"), "open"),
    "结案": "closed",
    "作废": "void",
}


def identify(row: Row) -> Identity:
    """The case number, and the export that states it. Raises DeadLetterError."""
    return Identity(fields.required(row.raw, NUMBER), row.export)


def map_row(row: Row, desk: Desk) -> Draft:
    """The case. Raises DeadLetterError naming the field that cannot be used."""
    raw = row.raw
    category = fields.one_of(raw, CATEGORY, CATEGORIES)
    listed = kinds.standard(fields.required(raw, STANDARD))
    kind = desk.kind((*listed, fields.required(raw, KIND)), KIND)
    reported = required_time(fields.required(raw, REPORTED), REPORTED)
    status = fields.one_of(raw, STAGE, STATUSES)
    closed = optional_time(fields.text(raw, CLOSED), CLOSED)
    name, phone = fields.text(raw, REPORTER), fields.text(raw, PHONE)
    address, said = fields.text(raw, ADDRESS), fields.text(raw, TEXT)
    point = stored(fields.text(raw, LONGITUDE), fields.text(raw, LATITUDE), Datum.GCJ02)
    return Draft(
        occurred_at=reported,
        location=desk.locate(fields.text(raw, COMMUNITY), address, point, names=(name,)),
        point=point,
        fields={
            "category": category,
            "kind": kind,
            "asset": fields.text(raw, ASSET) or None,
            "stage": fields.text(raw, STAGE),
            "status": status,
            "closed_at": closed,
            "department": fields.text(raw, DEPARTMENT),
            "summary": redact(said, (name,)),
        },
        person=desk.person("", phone),
        personal=fields.personal(name=name, phone=phone, address=address, text=said),
    )
