"""From a record on a topic to a row of the read model.

What stands here decides, with `columns`, `registers` and `tables`, what a read model
holds: a change of any rebuilds it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from dashboard.model import registers, tables

Record = Mapping[str, Any]
Row = dict[str, Any]

ENDED = ("closed", "refused", "withdrawn", "void", "merged")
"""States of a task that are an end."""


REFUSAL = ("rule", "list", "list_version", "value", "evidence")
"""Fields of a refusal."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a row needs beside the record's value: its key, and the broker's time (ms)."""

    key: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Projection:
    """How one topic becomes rows of one table.

    `strict`: a record that cannot be decoded stops the projector; else it is counted and skipped.
    `history`: append-only, so no tombstones; rows older than the topic's retention are trimmed.
    """

    table: Table
    derive: Callable[[Record, Message], Row]
    strict: bool = True
    history: bool = False
    _columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_columns", tuple(self.table.columns.keys()))

    def row(self, record: Record, message: Message) -> Row:
        """The row of a record: fields with a column of the same name, and what is derived."""
        derived = self.derive(record, message)
        return {name: derived[name] if name in derived else record[name] for name in self._columns}


def _coded(record: Record, name: str) -> Row:
    code = record[name] or {"list": None, "version": None, "value": None}
    return {
        f"{name}_list": code["list"],
        f"{name}_version": code["version"],
        name: code["value"],
    }


def _identity(record: Record, message: Message) -> Row:
    moved = record["moved"] or {"direction": None, "counterpart": None}
    transit = record["transit"] or {
        "direction": None,
        "counterpart": None,
        "since": None,
        "overdue": None,
    }
    return {
        "row_key": message.key,
        "version_order": record["version"]["order"],
        "moved_direction": moved["direction"],
        "moved_counterpart": moved["counterpart"],
        "transit_direction": transit["direction"],
        "transit_counterpart": transit["counterpart"],
        "transit_since": transit["since"],
        "transit_overdue": transit["overdue"],
    }


def _viewed(record: Record, message: Message) -> Row:
    return {**_identity(record, message), **_coded(record, "kind")}


def _resident(record: Record, message: Message) -> Row:
    return {
        **_identity(record, message),
        **_coded(record, "cancelled_because"),
        **_coded(record, "relation"),
        **_coded(record, "sex"),
    }


def _permit(record: Record, message: Message) -> Row:
    refusal = record["refusal"] or {}
    return {
        **_identity(record, message),
        **_coded(record, "item"),
        **_coded(record, "item_type"),
        **_coded(record, "proof"),
        "refused": bool(refusal),
        **{f"refusal_{name}": refusal.get(name) for name in REFUSAL},
    }


def _task(record: Record, message: Message) -> Row:
    due = (clock["due_at"] for clock in record["clocks"] if clock["state"] == "running")
    return {
        "row_key": message.key,
        "ended": record["state"] in ENDED,
        "due_at": min(due, default=None),
        **_coded(record, "kind"),
    }


def _keyed(_record: Record, message: Message) -> Row:
    return {"row_key": message.key}


def _heartbeat(_record: Record, message: Message) -> Row:
    return {"row_key": message.key, "heard_at": message.timestamp}


def _event(record: Record, _message: Message) -> Row:
    return {"row_key": f"{record['code']}/{record['event_id']}"}


def _nothing(_record: Record, _message: Message) -> Row:
    return {}


PROJECTIONS: dict[str, Projection] = {
    "views.incidents": Projection(tables.incidents, _viewed),
    "views.cases": Projection(tables.cases, _viewed),
    "views.residents": Projection(registers.residents, _resident),
    "views.households": Projection(registers.households, _keyed),
    "views.permits": Projection(registers.permits, _permit),
    "views.requests": Projection(tables.requests, _keyed),
    "views.summary": Projection(tables.summaries, _keyed),
    "tasks": Projection(tables.tasks, _task),
    "task.events": Projection(tables.task_events, _event, history=True),
    "adapters.heartbeats": Projection(tables.heartbeats, _heartbeat, strict=False),
}
"""By logical name of the topic."""

LETTERS = Projection(tables.letters, _nothing, strict=False, history=True)
"""Dead letters of every source topic: what they are grouped by, never an original or a value."""
