"""A webhook of the platform -> shequ.permits.Application. The field table is in README.md."""

import re
from collections.abc import Mapping

from adapters.kit import fields
from adapters.kit.adapter import Draft, Identity, Raw, Row
from adapters.kit.coordinates import Datum, stored
from adapters.kit.desk import Desk
from adapters.kit.errors import DeadLetterError, Finding
from adapters.kit.redaction import redact
from adapters.kit.times import optional_time, required_time
from schemas.codes import code_lists
from schemas.identifiers import valid_resident_id

PLAIN = frozenset((
    "sbbh", "sxbm", "sxmc", "sxlx", "qd", "hj", "jg", "sqsj", "slsj", "bjsj", "gxsj", "slbh", "bm",
    "sqxb", "zmml", "zmbm", "sqdm",
))  # fmt: skip
"""Fields that say nothing about a person."""

FIELDS = PLAIN | {"dz", "jd", "wd", "sqrxm", "sqrsfzh", "sqrdh", "sqsy"}
"""All that is read."""

CHANNELS = {"网上": "network", "掌上": "app", "自助终端": "terminal", "窗口": "hall"}
STAGES = {
    "申请": ("applied", "open"),
    "受理": ("accepted", "open"),
    "不予受理": ("not_accepted", "closed"),
    "办结": ("decided", "closed"),
    "撤回": ("withdrawn", "void"),
}
GRANTED = "准予"
DECISIONS = {GRANTED: "granted", "不予": "refused"}
ACTS = {"意见": "opinion", "现场核查": "site_check", "证明": "proof"}
NOT_YET = frozenset({"applied", "accepted"})

LATEST = 4_102_444_800_000
"""2100, ms UTC: a later update would hide every true one."""

_CODE = re.compile(r"[A-Za-z0-9.]{1,10}")
_LIST = re.compile(r"[a-z][a-z0-9_.-]{0,60}")
"""How codes and lists are written; what is not is no code, and may be anything, a name too."""


def identify(row: Row) -> Identity:
    """The application's number, and its update time as the order. Raises DeadLetterError."""
    number = fields.required(row.raw, "sbbh")
    if flaw := fields.flaw_of_number(number):
        raise _unusable("sbbh", number, flaw)
    if valid_resident_id(number.upper()):
        raise _unusable("sbbh", number, "This is a person's id, and numbers are not sealed.")
    updated = required_time(fields.required(row.raw, "gxsj"), "gxsj")
    if updated >= LATEST:
        raise _unusable("gxsj", row.raw["gxsj"] or "", "It would hide every later update.")
    return Identity(number, updated)


def map_row(row: Row, desk: Desk) -> Draft:
    """The application. Raises DeadLetterError naming the field that cannot be used."""
    raw = row.raw
    name, phone = fields.text(raw, "sqrxm"), fields.text(raw, "sqrdh")
    number = fields.text(raw, "sqrsfzh")
    address, said = fields.text(raw, "dz"), fields.text(raw, "sqsy")
    point = stored(fields.text(raw, "jd"), fields.text(raw, "wd"), Datum.WGS84)
    return Draft(
        occurred_at=required_time(fields.required(raw, "sqsj"), "sqsj"),
        location=desk.locate(fields.text(raw, "sqdm"), address, point, names=(name,)),
        point=point,
        fields={
            "item": _listed(raw, "sxbm", "permit_item"),
            "item_type": _listed(raw, "sxlx", "service_item_type"),
            "channel": fields.one_of(raw, "qd", CHANNELS),
            **_progress(raw),
            "accepted_at": optional_time(fields.text(raw, "slsj"), "slsj"),
            "closed_at": optional_time(fields.text(raw, "bjsj"), "bjsj"),
            "department": fields.text(raw, "bm"),
            "document": fields.text(raw, "slbh") or None,
            **_asked(raw),
            "summary": redact(said, (name,)),
        },
        person=desk.person(number, phone),
        personal=fields.personal(
            name=name, resident_id=number, phone=phone, address=address, text=said
        ),
    )


def _progress(raw: Raw) -> Mapping[str, str | None]:
    """Stage, status and decision. Raises DeadLetterError where they contradict each other."""
    word = fields.one_of(raw, "hj", {name: name for name in STAGES})
    stage, status = STAGES[word]
    if stage == "decided":
        decision = fields.one_of(raw, "jg", DECISIONS)
        return {"stage": stage, "status": status, "decision": decision}
    result = fields.text(raw, "jg")
    if result and (stage in NOT_YET or (stage == "not_accepted" and result == GRANTED)):
        raise _contradiction("jg", result, f"At stage {word} there is no such result.")
    return {"stage": stage, "status": status, "decision": None}


def _asked(raw: Raw) -> Mapping[str, object]:
    """What the platform asks of the community, and for which proof.

    Where it leaves the act to the item, that may be a proof, too: it must not be overlooked then.
    """
    act = fields.one_of(raw, "sqxb", ACTS) if fields.text(raw, "sqxb") else None
    return {"act": act, "proof": _proof(raw) if act in {"proof", None} else None}


def _proof(raw: Raw) -> Mapping[str, str] | None:
    """The proof as stated: one that nobody knows is not prohibited, and blocks nobody."""
    stated, value = fields.text(raw, "zmml"), fields.text(raw, "zmbm")
    if not (stated and value):
        return None
    for field, said, form in (("zmml", stated, _LIST), ("zmbm", value, _CODE)):
        if not form.fullmatch(said):
            raise _unusable(field, said, "This is not how a code is written.")
    for known in code_lists().values():
        if stated == f"{known.list}-{known.version}":
            return {"list": known.list, "version": known.version, "value": value}
    return {"list": stated, "version": "", "value": value}


def _listed(raw: Raw, field: str, name: str) -> Mapping[str, str]:
    """The code of a list that ships with the hub. Raises DeadLetterError where it lacks it."""
    found, value = code_lists()[name], fields.required(raw, field)
    if value not in found.names:
        advice = (
            f"List {found.list} has no such value. Correct {field} at the source; or have the "
            "list extended, then send the application again."
        )
        raise DeadLetterError(
            Finding(rule="code.unknown_kind", field=field, value=value, advice=advice)
        )
    return {"list": found.list, "version": found.version, "value": value}


def _unusable(field: str, value: str, why: str) -> DeadLetterError:
    advice = f"{why} Correct {field} at the source and send the application again."
    return DeadLetterError(Finding(rule="field.unusable", field=field, value=value, advice=advice))


def _contradiction(field: str, value: str, why: str) -> DeadLetterError:
    advice = f"{why} Correct the one or the other and send the application again."
    return DeadLetterError(
        Finding(rule="field.contradicts", field=field, value=value, advice=advice)
    )
