"""What one code tells another of a record that moves between them: written, and read."""

import msgspec

from schemas.identity import derived_id
from streams.community.events import Crossing
from streams.community.ports import BadRecordError, Rows
from streams.community.rows import Transit, Version
from streams.community.tables import CASES, CROSSINGS, INCIDENTS, PERMITS, RESIDENTS, Table

MOVED, LATE, KNOWN = "moved", "late", "known"
"""Kinds: a half was folded; one was that is older than what is here, so that what was told of it
may have been answered; the version that was told of, or a later one, is here."""
MOVING = {table.name: table for table in (CASES, INCIDENTS, PERMITS, RESIDENTS)}
"""Tables whose records move."""


class Body(msgspec.Struct, frozen=True):
    """Which half it is about: `direction` as whoever folded it saw it; `hash` in hex."""

    table: str
    row: str
    direction: str
    order: int
    hash: str


def tell(kind: str, half: Transit, table: Table, key: str, rows: Rows) -> None:
    """Tell the half's counterpart, from the code of the key. The same words have the same id."""
    code, _, identity = key.partition("/")
    to, order, content = half.counterpart, half.version.order, half.version.hash.hex()
    body = Body(table.name, identity, half.direction, order, content)
    name = derived_id("crossing", kind, table.name, identity, code, to, str(order), content)
    crossing = Crossing(
        crossing_id=name, from_code=code, to_code=to, kind=kind, body=msgspec.json.encode(body)
    )
    rows.emit(*CROSSINGS, to, crossing)


def read(now: int, crossing: Crossing) -> tuple[Transit, Table, str]:
    """The half that another code tells of, as it is heard here, and the table and key of its row.

    Raises BadRecordError where a newer version of the hub, or nobody of the hub, wrote it.
    """
    if crossing.kind not in (MOVED, LATE, KNOWN):
        advice = f"{crossing.kind!r} is not known here: upgrade the worker"
        raise BadRecordError("crossing.kind", "kind", advice)
    try:
        body = msgspec.json.decode(crossing.body, type=Body)
        version = Version(order=body.order, hash=bytes.fromhex(body.hash))
    except (msgspec.DecodeError, ValueError) as error:
        advice = f"{error}: only the hub writes this topic; see who may"
        raise BadRecordError("crossing.body", "body", advice) from error
    if len(crossing.from_code) != len(crossing.to_code) or not crossing.from_code.isdigit():
        raise BadRecordError("crossing.body", "from_code", "a code has 12 digits; see who wrote it")
    if body.table not in MOVING:
        advice = f"no records of {body.table!r} move here: upgrade the worker"
        raise BadRecordError("crossing.body", "body", advice)
    half = Transit(
        direction=body.direction,
        counterpart=crossing.from_code,
        version=version,
        since=now,
        overdue=False,
    )
    return half, MOVING[body.table], f"{crossing.to_code}/{body.row}"
