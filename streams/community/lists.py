"""Reference lists: everything that a city might want different comes in as data."""

import json
from functools import lru_cache
from typing import Any

from streams.community.events import ListPart
from streams.community.ports import BadRecordError, Rows, find
from streams.community.rows import Code, ReferenceList
from streams.community.tables import LISTS

DAY_MS = 86_400_000
DEFAULT_RETENTION_DAYS = 30
HOUR_MS = 3_600_000


def apply_list_part(_now: int, part: ListPart, rows: Rows) -> None:
    """Gather the parts of a version; it is in effect with the last one.

    Versions compare as text. A part of an older version than the one in force is ignored;
    parts come in order, because one producer writes them in one transaction.
    """
    if not 1 <= part.part <= part.parts:
        raise BadRecordError("list.part", "part", "publish the list again: shequ lists publish")
    current = find(rows, LISTS, _key(part.list), ReferenceList)
    if current is not None and part.version <= current.version:
        return
    gathered = _gather(part, rows)
    if len(gathered.bodies) < part.parts:
        rows.put(LISTS, _key(part.list, "next"), gathered)
        return
    _rows_of(gathered.bodies)
    rows.delete(LISTS, _key(part.list, "next"))
    rows.put(LISTS, _key(part.list), gathered)


def _gather(part: ListPart, rows: Rows) -> ReferenceList:
    if part.part == 1:
        bodies: tuple[bytes, ...] = ()
    else:
        begun = find(rows, LISTS, _key(part.list, "next"), ReferenceList)
        if begun is None or begun.version != part.version or len(begun.bodies) != part.part - 1:
            raise BadRecordError(
                "list.order", "part", "a part before it is missing: publish the whole list again"
            )
        bodies = begun.bodies
    return ReferenceList(
        list=part.list, version=part.version, parts=part.parts, bodies=(*bodies, part.body)
    )


def _key(name: str, suffix: str = "now") -> str:
    return f"-/lists/{name}/{suffix}"


@lru_cache(maxsize=64)
def _rows_of(bodies: tuple[bytes, ...]) -> list[dict[str, Any]]:
    """Rows of a list; a pure function of its bytes."""
    try:
        return [dict(row) for body in bodies for row in json.loads(body)]
    except (ValueError, TypeError) as error:
        raise BadRecordError(
            "list.body", "body", f"a JSON array of objects is needed: {error}"
        ) from error


def _list(rows: Rows, name: str) -> ReferenceList | None:
    return find(rows, LISTS, _key(name), ReferenceList)


def list_version(rows: Rows, name: str) -> str:
    """Version of a list in force, or empty where none is."""
    current = _list(rows, name)
    return "" if current is None else current.version


@lru_cache(maxsize=64)
def _by_code(bodies: tuple[bytes, ...]) -> dict[tuple[str, str, str], str]:
    return {(r["list"], r["version"], r["value"]): r["kind_id"] for r in _rows_of(bodies)}


@lru_cache(maxsize=64)
def _by_kind(bodies: tuple[bytes, ...]) -> dict[str, dict[str, Any]]:
    return {row["kind_id"]: row for row in _rows_of(bodies)}


@lru_cache(maxsize=64)
def _by_step(bodies: tuple[bytes, ...]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["state"], row["command"]): row for row in _rows_of(bodies)}


@lru_cache(maxsize=64)
def _codes(bodies: tuple[bytes, ...]) -> frozenset[str]:
    return frozenset(row["code"] for row in _rows_of(bodies))


def kind_id(rows: Rows, code: Code) -> str:
    """The hub's kind of a source's code (crosswalk), or empty where none is known."""
    current = _list(rows, "crosswalk")
    return (
        ""
        if current is None
        else _by_code(current.bodies).get((code.list, code.version, code.value), "")
    )


def kind(rows: Rows, kind_name: str) -> dict[str, Any]:
    """Properties of a kind; empty where the list has none."""
    current = _list(rows, "kinds")
    return {} if current is None else _by_kind(current.bodies).get(kind_name, {})


def transition(rows: Rows, state: str, command: str) -> dict[str, Any] | None:
    """What a command does in a state, or None where it is not allowed."""
    current = _list(rows, "task_transitions")
    return None if current is None else _by_step(current.bodies).get((state, command))


def retention_ms(rows: Rows) -> int:
    """How long a closed row stays, ms."""
    current = _list(rows, "retention")
    days = DEFAULT_RETENTION_DAYS if current is None else int(_rows_of(current.bodies)[0]["days"])
    return days * DAY_MS


def is_desk(rows: Rows, code: str) -> bool:
    """Whether a code has nobody who works there: a desk above a community, or a virtual unit."""
    current = _list(rows, "virtual_units")
    return code.endswith("000") or (current is not None and code in _codes(current.bodies))
