"""A town in memory: the core on plain rows, so that a test reads as a story."""

from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import blake2b
from itertools import count
from typing import TypeVar

import msgspec

from ops import lists
from schemas.identity import event_id, row_id
from streams.community import core
from streams.community.rows import Case as CaseRow
from streams.community.rows import Incident as IncidentRow
from streams.community.rows import Request, Row, Summary, Task, TaskEvent
from streams.community.tables import (
    CASES,
    INCIDENTS,
    REQUESTS,
    SUMMARY,
    TASKS,
    TIMERS,
    Table,
)

COMMUNITY, NEXT, DESK = "420704001013", "420704001002", "420704001000"
HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_795_132_800_000  # 2026-11-20 00:00 UTC
UNIT = f"{COMMUNITY}-E02/3/2"
NOISE = {"list": "GB/T 47678.5", "version": "2026", "value": "06028"}
RUBBISH = {"list": "GB/T 47678.5", "version": "2026", "value": "06010"}
COVER = {"list": "ezhou.component", "version": "demo-1", "value": "C01"}
POLICE_NOISE = {"list": "ezhou.police.kind", "version": "2021", "value": "P41"}
THEFT = {"list": "ezhou.police.kind", "version": "2021", "value": "P10"}

R = TypeVar("R", bound=Row)


class PlainRows:
    """What the core is given, as dictionaries."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.outs: list[tuple[str, str, str, Row]] = []

    def get(self, table: Table, key: str) -> Row | None:
        """Row or None."""
        return self.rows.get((table.name, key))

    def put(self, table: Table, key: str, row: Row) -> None:
        """Set a row."""
        self.rows[table.name, key] = row

    def delete(self, table: Table, key: str) -> None:
        """Remove a row."""
        self.rows.pop((table.name, key), None)

    def emit(self, topic: str, schema: str, key: str, value: Row) -> None:
        """Append an output."""
        self.outs.append((topic, schema, key, value))

    def pop_due(self, now: int) -> Row | None:
        """Earliest timer due."""
        timers = [key for name, key in self.rows if name == TIMERS.name]
        due = [(int(key.split("/", 3)[2]), key) for key in timers]
        first = min((entry for entry in due if entry[0] <= now), default=None)
        return None if first is None else self.rows.pop((TIMERS.name, first[1]))


class Town:
    """The core, a clock that the test moves, and departments that say things."""

    def __init__(self, *, with_lists: bool = True) -> None:
        self.rows = PlainRows()
        self.now = START
        self._numbers = count(1)
        if with_lists:
            for part in shipped_parts():
                self.feed("reference.lists", part)

    def feed(self, topic: str, record: Mapping[str, object]) -> None:
        """One step: tick, then the record, as a topic would bring it."""
        core.tick(self.now, self.rows)
        core.apply(self.now, topic, record, self.rows)

    def wait(self, ms: int) -> None:
        """Let time pass; what is due happens."""
        self.now += ms
        core.tick(self.now, self.rows)

    def case(self, record: str = "A1", order: int = 1, **stated: object) -> dict[str, object]:
        """City management says something about a case."""
        event = case(record, order, self.now, **stated)
        self.feed("city.cases", event)
        return event

    def incident(self, record: str = "J1", order: int = 1, **stated: object) -> dict[str, object]:
        """The police say something about an incident, referred unless said otherwise."""
        event = incident(record, order, self.now, **stated)
        self.feed("police.incidents", event)
        return event

    def order(
        self, task: Task, command: str, role: str = "handler", **stated: object
    ) -> Task | None:
        """Somebody commands; gives the task as it then is."""
        wish = {
            "command_id": f"c{next(self._numbers)}", "task_id": task.task_id, "request_id": None,
            "code": task.code, "expected_version": task.version, "command": command,
            "actor": "worker.017", "role": role, "reason": "", "target": None, "at": self.now,
        }  # fmt: skip
        self.feed("task.commands", {**wish, **stated})
        return self.find(TASKS, f"{task.code}/{task.task_id}", Task)

    def publish(self, name: str, rows: list[dict[str, object]], version: str = "9") -> None:
        """The city sets a list."""
        body = msgspec.json.encode(rows)
        self.feed("reference.lists", {"list": name, "version": version, "part": 1, "parts": 1,
                                      "body": body, "source": "test"})  # fmt: skip

    def find(self, table: Table, key: str, kind: type[R]) -> R | None:
        """A row, if it is there."""
        row = self.rows.get(table, key)
        return row if isinstance(row, kind) else None

    def summary(self, code: str = COMMUNITY) -> Summary:
        """Counts of a code."""
        return self.find(SUMMARY, f"{code}/summary", Summary) or Summary(code=code)

    def tasks(self, code: str = COMMUNITY) -> list[Task]:
        """Tasks of a code, oldest first."""
        found = [row for row in self._of(TASKS, code) if isinstance(row, Task)]
        return sorted(found, key=lambda task: (task.created_at, task.opened_at, task.task_id))

    def task(self, code: str = COMMUNITY) -> Task:
        """The one task of a code."""
        (found,) = self.tasks(code)
        return found

    def requests(self, code: str = COMMUNITY) -> list[Request]:
        """Requests of a code, by record."""
        found = [row for row in self._of(REQUESTS, code) if isinstance(row, Request)]
        return sorted(found, key=lambda request: (request.source, request.record_id))

    def case_row(self, record: str = "A1", code: str = COMMUNITY) -> CaseRow | None:
        """View row of a case."""
        return self.find(CASES, f"{code}/{row_id(CITY, record)}", CaseRow)

    def incident_row(self, record: str = "J1", code: str = COMMUNITY) -> IncidentRow | None:
        """View row of an incident."""
        return self.find(INCIDENTS, f"{code}/{row_id(POLICE, record)}", IncidentRow)

    def history(self) -> list[TaskEvent]:
        """All that was told of tasks."""
        return [value for *_, value in self.rows.outs if isinstance(value, TaskEvent)]

    def told(self) -> list[str]:
        """What was told, in order, in words."""
        return [event.what for event in self.history()]

    def _of(self, table: Table, code: str) -> Iterator[Row]:
        for (name, key), row in self.rows.rows.items():
            if name == table.name and key.startswith(f"{code}/"):
                yield row


CITY, POLICE = "ezhou.city_cases", "ezhou.police_incidents"


@cache
def shipped_parts() -> list[dict[str, object]]:
    """The lists that ship, as the topic brings them."""
    return [
        {"list": entry.name, "version": "1", "part": 1, "parts": 1, "body": entry.bodies[0],
         "source": entry.source}
        for entry in lists.load_shipped()
    ]  # fmt: skip


def case(record: str, order: int, now: int, **stated: object) -> dict[str, object]:
    """A case of noise at UNIT, open, as `city.cases` holds it; `stated` says otherwise."""
    event = _event(CITY, record, order, now) | {
        "category": "event", "kind": NOISE, "asset": None, "stage": "派遣", "status": "open",
        "closed_at": None, "department": "城管", "person": None, "personal": None,
        "place": _place(UNIT), "summary": "夜间噪声扰民",
    }  # fmt: skip
    return _with(event, stated)


def incident(record: str, order: int, now: int, **stated: object) -> dict[str, object]:
    """A referred incident of noise at UNIT, open, as `police.incidents` holds it."""
    event = _event(POLICE, record, order, now) | {
        "kind": POLICE_NOISE, "status": "open", "closed_at": None, "filed": False,
        "referred": True, "document": "鄂公转1号", "person": None, "personal": None,
        "place": _place(UNIT), "summary": "楼上音响",
    }  # fmt: skip
    return _with(event, stated)


def _event(source: str, record: str, order: int, now: int) -> dict[str, object]:
    content = blake2b(f"{record}{order}".encode(), digest_size=16).digest()
    return {
        "event_id": event_id(source, record, order, content), "source": source,
        "record_id": record, "version": {"order": order, "hash": content},
        "occurred_at": now - HOUR, "community": COMMUNITY, "backfill": False, "moved": None,
    }  # fmt: skip


def _place(unit: str | None) -> dict[str, object]:
    return {"unit": unit, "text": "滨湖花园3栋", "lon": None, "lat": None, "candidates": [],
            "gazetteer": "test"}  # fmt: skip


def _with(event: dict[str, object], stated: dict[str, object]) -> dict[str, object]:
    """`unit`: the address unit. `left`, `arrived`: the other code of a move."""
    if "unit" in stated:
        unit = stated.pop("unit")
        event["place"] = _place(None if unit is None else str(unit))
    for direction in ("left", "arrived"):
        if direction in stated:
            event["moved"] = {"direction": direction, "counterpart": stated.pop(direction)}
    return {**event, **stated}
