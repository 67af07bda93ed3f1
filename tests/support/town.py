"""A town in memory: the core on plain rows, so that a test reads as a story."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import count
from typing import TypeVar

import msgspec
from sayings import (
    CITY,
    COMMUNITY,
    COVER,
    DAY,
    DESK,
    HOUR,
    NEXT,
    NOISE,
    PERMITTING,
    POLICE,
    POLICE_NOISE,
    REGISTRATION,
    RUBBISH,
    START,
    THEFT,
    UNIT,
    case,
    incident,
    move,
    permit,
)

from ops import lists
from schemas.identity import row_id
from streams.community import core
from streams.community.register_rows import Household, Permit, Resident
from streams.community.rows import Case as CaseRow
from streams.community.rows import Incident as IncidentRow
from streams.community.rows import Request, Row, Summary, Task, TaskEvent
from streams.community.tables import (
    CASES,
    HOUSEHOLDS,
    INCIDENTS,
    PERMITS,
    REQUESTS,
    RESIDENTS,
    SUMMARY,
    TASKS,
    TIMERS,
    Table,
)

__all__ = [
    "CITY", "COMMUNITY", "COVER", "DAY", "DESK", "HOUR", "NEXT", "NOISE", "POLICE", "POLICE_NOISE",
    "RUBBISH", "START", "THEFT", "UNIT", "PlainRows", "Town", "key_of",
    "shipped_parts",
]  # fmt: skip

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

    def feed(self, topic: str, record: Mapping[str, object], key: bytes | None = None) -> None:
        """One step: tick, then the record, as a topic would bring it: with its key."""
        core.tick(self.now, self.rows)
        core.apply(
            self.now, topic, record, self.rows, key_of(topic, record) if key is None else key
        )

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

    def move(self, record: str = "RK1", order: int = 1, **stated: object) -> dict[str, object]:
        """Public security says something about a person's registration."""
        event = move(record, order, self.now, **stated)
        self.feed("household.moves", event)
        return event

    def permit(self, record: str = "SB1", order: int = 1, **stated: object) -> dict[str, object]:
        """The acceptance platform says something about an application."""
        event = permit(record, order, self.now, **stated)
        self.feed("permits.applications", event)
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

    def resident(self, record: str = "RK1", code: str = COMMUNITY) -> Resident | None:
        """View row of a person."""
        return self.find(RESIDENTS, f"{code}/{row_id(REGISTRATION, record)}", Resident)

    def household(self, name: str, code: str = COMMUNITY) -> Household | None:
        """View row of a household."""
        return self.find(HOUSEHOLDS, f"{code}/{name}", Household)

    def permit_row(self, record: str = "SB1", code: str = COMMUNITY) -> Permit | None:
        """View row of an application."""
        return self.find(PERMITS, f"{code}/{row_id(PERMITTING, record)}", Permit)

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


def key_of(topic: str, record: Mapping[str, object]) -> bytes:
    """Key of the message that brings a record; empty where any will do."""
    return str(record.get(core.KEYED.get(topic, ""), "")).encode()


@cache
def shipped_parts() -> list[dict[str, object]]:
    """The lists that ship, as the topic brings them."""
    return [
        {"list": entry.name, "version": "1", "part": 1, "parts": 1, "body": entry.bodies[0],
         "source": entry.source}
        for entry in lists.load_shipped()
    ]  # fmt: skip
