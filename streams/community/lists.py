"""Reference lists: everything that a city might want different comes in as data."""

from streams.community import list_rows
from streams.community.events import ListPart
from streams.community.list_rows import UNKNOWN_KIND, Bodies, Kind, ProhibitedProof, Transition
from streams.community.ports import BadRecordError, Rows, find
from streams.community.rows import Code
from streams.community.state_rows import ReferenceList
from streams.community.tables import LISTS

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
DEFAULT_RETENTION_DAYS = 30
DEFAULT_ALARM_HOURS = 24
MOST_PARTS = 1000
"""Of one list: the rows of half a gigabyte. Each part is a step when the list is replaced."""


def apply_list_part(_now: int, part: ListPart, rows: Rows) -> None:
    """Gather the parts of a version; it is in effect with the last one.

    Versions compare as text. A part of an older version than the one in force is ignored;
    parts come in order, because one producer writes them in one transaction.
    """
    _check_part(part)
    current = _head(rows, part.list)
    if current is not None and part.version <= current.version:
        return
    if part.parts == 1:
        _take_effect(part, (part.body,), rows)
        return
    _gather(part, rows)
    if part.part == part.parts:
        _take_effect(part, _parts(part.list, part.version, part.parts, rows), rows)


def _check_part(part: ListPart) -> None:
    if "/" in part.list or "/" in part.version:
        raise BadRecordError("list.name", "list", "a list and its version have no slash in them")
    if not 1 <= part.part <= part.parts <= MOST_PARTS:
        raise BadRecordError("list.part", "part", "publish the list again: shequ lists publish")


def _gather(part: ListPart, rows: Rows) -> None:
    """Keep a part as a row of its own: a row must fit a message, a list need not."""
    if part.part == 1:
        _drop_gathered(part.list, rows)
        rows.put(LISTS, _key(part.list, "next"), _row(part))
    elif not _follows(part, rows):
        advice = "a part before it is missing: publish the whole list again"
        raise BadRecordError("list.order", "part", advice)
    rows.put(LISTS, _part_key(part.list, part.version, part.part), _row(part, part.body))


def _follows(part: ListPart, rows: Rows) -> bool:
    begun = find(rows, LISTS, _key(part.list, "next"), ReferenceList)
    if begun is None or (begun.version, begun.parts) != (part.version, part.parts):
        return False
    before = _part_key(part.list, part.version, part.part - 1)
    return find(rows, LISTS, before, ReferenceList) is not None


def _take_effect(part: ListPart, bodies: Bodies, rows: Rows) -> None:
    """The list in force changes; a list of one part is whole in its head."""
    list_rows.check(part.list, bodies)
    before = _head(rows, part.list)
    if before is not None:
        _drop_parts(before, rows)
    if part.parts > 1:
        rows.delete(LISTS, _key(part.list, "next"))
    else:
        _drop_gathered(part.list, rows)
    rows.put(LISTS, _key(part.list), _row(part, *(bodies if part.parts == 1 else ())))


def _drop_gathered(name: str, rows: Rows) -> None:
    begun = find(rows, LISTS, _key(name, "next"), ReferenceList)
    if begun is not None:
        _drop_parts(begun, rows)
        rows.delete(LISTS, _key(name, "next"))


def _drop_parts(head: ReferenceList, rows: Rows) -> None:
    for number in range(1, head.parts + 1):
        if not head.bodies:
            rows.delete(LISTS, _part_key(head.list, head.version, number))


def _row(part: ListPart, *bodies: bytes) -> ReferenceList:
    return ReferenceList(list=part.list, version=part.version, parts=part.parts, bodies=bodies)


def _key(name: str, suffix: str = "now") -> str:
    return f"-/lists/{name}/{suffix}"


def _part_key(name: str, version: str, number: int) -> str:
    return f"-/lists/{name}/{version}/{number:05d}"


def _head(rows: Rows, name: str) -> ReferenceList | None:
    return find(rows, LISTS, _key(name), ReferenceList)


def _parts(name: str, version: str, parts: int, rows: Rows) -> Bodies:
    keys = [_part_key(name, version, number) for number in range(1, parts + 1)]
    found = [find(rows, LISTS, key, ReferenceList) for key in keys]
    return tuple(body for row in found if row is not None for body in row.bodies)


def _bodies(rows: Rows, name: str) -> Bodies:
    """What is in force; nothing where the list was never published."""
    head = _head(rows, name)
    if head is None:
        return ()
    return head.bodies or _parts(name, head.version, head.parts, rows)


def list_version(rows: Rows, name: str) -> str:
    """Version of a list in force, or empty where none is."""
    head = _head(rows, name)
    return "" if head is None else head.version


def kind_id(rows: Rows, code: Code) -> str:
    """The hub's kind of a source's code (crosswalk), or empty where none is known."""
    known = list_rows.crosswalk(_bodies(rows, "crosswalk"))
    return known.get((code.list, code.version, code.value), "")


def kind(rows: Rows, name: str) -> Kind:
    """Properties of a kind; those of UNKNOWN_KIND where the list has none."""
    return list_rows.kinds(_bodies(rows, "kinds")).get(name, UNKNOWN_KIND)


def transition(rows: Rows, state: str, command: str) -> Transition | None:
    """What a command does in a state, or None where it is not allowed."""
    return list_rows.transitions(_bodies(rows, "task_transitions")).get((state, command))


def retention_ms(rows: Rows) -> int:
    """How long an ended row stays, ms."""
    bodies = _bodies(rows, "retention")
    return (list_rows.retention_days(bodies) if bodies else DEFAULT_RETENTION_DAYS) * DAY_MS


def permit_act(rows: Rows, item: Code) -> str:
    """What a service item asks of the community, or empty: nothing."""
    known = list_rows.permit_acts(_bodies(rows, "permit_items"))
    return known.get((item.list, item.version, item.value), "")


def prohibited_proof(rows: Rows, proof: Code) -> ProhibitedProof | None:
    """The entry of a proof that communities must not issue, or None where they may."""
    known = list_rows.prohibited_proofs(_bodies(rows, "prohibited_proofs"))
    return known.get((proof.list, proof.version, proof.value))


def transit_alarm_ms(rows: Rows) -> int:
    """How long one half of a move may wait for the other before it is told, ms."""
    bodies = _bodies(rows, "transit")
    return (list_rows.alarm_hours(bodies) if bodies else DEFAULT_ALARM_HOURS) * HOUR_MS


def is_desk(rows: Rows, code: str) -> bool:
    """Whether a code has nobody who works there: a desk above a community, or a virtual unit."""
    return code.endswith("000") or code in list_rows.codes(_bodies(rows, "virtual_units"))
