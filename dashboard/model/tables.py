"""The read model's tables of work and of what the read model knows about itself.

`registers` holds those of persons and permits. A change here rebuilds every read model by itself.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table

from dashboard.model.columns import (
    CODE,
    count,
    identity,
    in_transit,
    key,
    kind,
    metadata,
    time,
    whereabouts,
    words,
)


def _record() -> list[Column[str] | Column[int] | Column[bool]]:
    """What incidents and cases have in common."""
    return [
        *identity(),
        *kind(),
        words("status"),
        time("closed_at", null=True),
        words("unit", null=True),
        words("place_text"),
        words("summary"),
        words("task_id", null=True),
        *whereabouts(),
    ]


incidents = Table(
    "incidents",
    metadata,
    key(),
    *_record(),
    Column("filed", Boolean, nullable=False),
    Column("referred", Boolean, nullable=False),
    Index("incidents_by_code", "code", "status", "occurred_at"),
    Index("incidents_by_status", "status", "occurred_at"),
    Index("incidents_by_time", "occurred_at"),
    in_transit("incidents"),
)

cases = Table(
    "cases",
    metadata,
    key(),
    *_record(),
    words("category"),
    words("asset", null=True),
    words("stage"),
    words("department"),
    Index("cases_by_code", "code", "status", "occurred_at"),
    Index("cases_by_status", "status", "occurred_at"),
    Index("cases_by_time", "occurred_at"),
    in_transit("cases"),
)

requests = Table(
    "requests",
    metadata,
    key(),
    words("request_id"),
    words("task_id"),
    Column("code", CODE, nullable=False),
    words("source"),
    words("record_id"),
    words("department"),
    words("document", null=True),
    time("occurred_at"),
    words("status"),
    words("rule"),
    words("list_version"),
    words("evidence"),
    time("joined_at"),
    Index("requests_by_task", "task_id"),
)

tasks = Table(
    "tasks",
    metadata,
    key(),
    words("task_id"),
    Column("code", CODE, nullable=False),
    words("state"),
    Column("ended", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    words("origin_source"),
    words("origin_department"),
    words("origin_document", null=True),
    *kind(),
    words("work_class"),
    words("asset", null=True),
    words("unit", null=True),
    words("place_text"),
    words("summary"),
    words("owner", null=True),
    words("first_owner", null=True),
    words("lead", null=True),
    Column("co_handlers", JSON, nullable=False),
    words("assignee", null=True),
    Column("hops", JSON, nullable=False),
    Column("clocks", JSON, nullable=False),
    time("due_at", null=True),
    Column("requests", Integer, nullable=False),
    Column("requests_open", Integer, nullable=False),
    words("rule"),
    words("list_version"),
    words("links", null=True),
    time("opened_at"),
    time("created_at"),
    time("updated_at"),
    time("closed_at", null=True),
    Index("tasks_by_id", "task_id"),
    Index("tasks_by_code", "code", "ended", "opened_at"),
    Index("tasks_by_end", "ended", "opened_at"),
    Index("tasks_by_state", "state", "opened_at"),
    Index("tasks_by_time", "opened_at"),
)

task_events = Table(
    "task_events",
    metadata,
    key(),
    words("event_id"),
    words("task_id"),
    Column("code", CODE, nullable=False),
    Column("version", Integer, nullable=False),
    *(words(name) for name in ("what", "state", "actor", "role", "reason", "rule", "list")),
    words("list_version"),
    words("request_id", null=True),
    time("at"),
    Index("task_events_by_task", "task_id", "at"),
    Index("task_events_by_time", "at"),
)

COUNTERS = (
    "incidents_total",
    "incidents_open",
    "cases_total",
    "cases_open",
    "residents_total",
    "residents_leaving",
    "residents_arriving",
    "households_total",
    "permits_total",
    "permits_open",
    "acts_total",
    "acts_refused",
    "transit_open",
    "transit_overdue",
    "tasks_total",
    "tasks_open",
    "requests_total",
    "joined_total",
    "stale_total",
    "late_total",
)
"""Counters of a summary that are shown."""

summaries = Table(
    "summaries",
    metadata,
    key(),
    Column("code", CODE, nullable=False, index=True),
    *(count(name) for name in COUNTERS),
    Column("sources", JSON, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    key(),
    *(words(name) for name in ("adapter", "source", "topic", "state", "detail")),
    time("at"),
    time("heard_at"),  # the broker's time: an adapter's clock may be wrong
    time("last_read_at", null=True),
    time("last_append_at", null=True),
    count("events"),
    count("letters"),
    count("skipped"),
)

letters = Table(
    "letters",
    metadata,
    key("letter_id"),
    *(words(name) for name in ("topic", "source", "rule", "field", "advice")),
    time("at"),
    Index("letters_by_rule", "topic", "rule", "at"),
)

appends = Table(
    "appends",
    metadata,
    Column("topic", String, primary_key=True),  # logical name of a source topic
    Column("partition", Integer, primary_key=True),
    count("end_offset"),
    time("last_at", null=True),
)

positions = Table(
    "positions",
    metadata,
    Column("topic", String, primary_key=True),  # physical name
    Column("partition", Integer, primary_key=True),
    count("next_offset"),
    count("end_offset"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    time("at"),
    Column("codes", JSON, nullable=False),
    Column("tasks", JSON, nullable=False),
    Column("adapters", JSON, nullable=False),
    Column("more", Boolean, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    key("name"),
    words("value"),
)
