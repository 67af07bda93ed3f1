"""From a record on a topic to a row of the read model.

What stands here decides, with `tables`, what a read model holds: a change of either rebuilds it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from dashboard.model import tables

Record = Mapping[str, Any]
Row = dict[str, Any]

ENDED = ("closed", "refused", "withdrawn", "void", "merged")
"""States of a task that are an end."""


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


def _kind(record: Record) -> Row:
    code = record["kind"]
    return {
        "kind_list": code["list"],
        "kind_version": code["version"],
        "kind": code["value"],
    }


def _viewed(record: Record, message: Message) -> Row:
    moved = record["moved"] or {"direction": None, "counterpart": None}
    return {
        "row_key": message.key,
        "version_order": record["version"]["order"],
        "moved_direction": moved["direction"],
        "moved_counterpart": moved["counterpart"],
        **_kind(record),
    }


def _task(record: Record, message: Message) -> Row:
    due = (clock["due_at"] for clock in record["clocks"] if clock["state"] == "running")
    return {
        "row_key": message.key,
        "ended": record["state"] in ENDED,
        "due_at": min(due, default=None),
        **_kind(record),
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
    "views.requests": Projection(tables.requests, _keyed),
    "views.summary": Projection(tables.summaries, _keyed),
    "tasks": Projection(tables.tasks, _task),
    "task.events": Projection(tables.task_events, _event, history=True),
    "adapters.heartbeats": Projection(tables.heartbeats, _heartbeat, strict=False),
}
"""By logical name of the topic."""

LETTERS = Projection(tables.letters, _nothing, strict=False, history=True)
"""Dead letters of every source topic: what they are grouped by, never an original or a value."""
