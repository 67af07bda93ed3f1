"""The read model's tables, declared once.

Column names are the field names of the row that a topic holds, so that `rows` can carry them
over; what has no column is not shown. A change here rebuilds every read model by itself.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

metadata = MetaData()

CODE = String(12)


def _key(name: str = "row_key") -> Column[str]:
    return Column(name, String, primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, String, nullable=null)


def _time(name: str, *, null: bool = False) -> Column[int]:
    """Ms since 1970 UTC."""
    return Column(name, BigInteger, nullable=null)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _kind() -> list[Column[str]]:
    """A code with the list and edition that define it, and the hub's own kind."""
    return [_text(name) for name in ("kind_list", "kind_version", "kind", "kind_id")]


def _record() -> list[Column[str] | Column[int]]:
    """What incidents and cases have in common."""
    return [
        Column("code", CODE, nullable=False),
        _text("source"),
        _text("record_id"),
        _count("version_order"),
        _time("occurred_at"),
        *_kind(),
        _text("status"),
        _time("closed_at", null=True),
        _text("unit", null=True),
        _text("place_text"),
        _text("summary"),
        _text("task_id", null=True),
        _text("moved_direction", null=True),
        _text("moved_counterpart", null=True),
        _time("updated_at"),
    ]


incidents = Table(
    "incidents",
    metadata,
    _key(),
    *_record(),
    Column("filed", Boolean, nullable=False),
    Column("referred", Boolean, nullable=False),
    Index("incidents_by_code", "code", "status", "occurred_at"),
    Index("incidents_by_status", "status", "occurred_at"),
    Index("incidents_by_time", "occurred_at"),
)

cases = Table(
    "cases",
    metadata,
    _key(),
    *_record(),
    _text("category"),
    _text("asset", null=True),
    _text("stage"),
    _text("department"),
    Index("cases_by_code", "code", "status", "occurred_at"),
    Index("cases_by_status", "status", "occurred_at"),
    Index("cases_by_time", "occurred_at"),
)

requests = Table(
    "requests",
    metadata,
    _key(),
    _text("request_id"),
    _text("task_id"),
    Column("code", CODE, nullable=False),
    _text("source"),
    _text("record_id"),
    _text("department"),
    _text("document", null=True),
    _time("occurred_at"),
    _text("status"),
    _text("rule"),
    _text("list_version"),
    _text("evidence"),
    _time("joined_at"),
    Index("requests_by_task", "task_id"),
)

tasks = Table(
    "tasks",
    metadata,
    _key(),
    _text("task_id"),
    Column("code", CODE, nullable=False),
    _text("state"),
    Column("ended", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    _text("origin_source"),
    _text("origin_department"),
    _text("origin_document", null=True),
    *_kind(),
    _text("work_class"),
    _text("asset", null=True),
    _text("unit", null=True),
    _text("place_text"),
    _text("summary"),
    _text("owner", null=True),
    _text("first_owner", null=True),
    _text("lead", null=True),
    Column("co_handlers", JSON, nullable=False),
    _text("assignee", null=True),
    Column("hops", JSON, nullable=False),
    Column("clocks", JSON, nullable=False),
    _time("due_at", null=True),
    Column("requests", Integer, nullable=False),
    Column("requests_open", Integer, nullable=False),
    _text("rule"),
    _text("list_version"),
    _text("links", null=True),
    _time("opened_at"),
    _time("created_at"),
    _time("updated_at"),
    _time("closed_at", null=True),
    Index("tasks_by_id", "task_id"),
    Index("tasks_by_code", "code", "ended", "opened_at"),
    Index("tasks_by_end", "ended", "opened_at"),
    Index("tasks_by_state", "state", "opened_at"),
    Index("tasks_by_time", "opened_at"),
)

task_events = Table(
    "task_events",
    metadata,
    _key(),
    _text("event_id"),
    _text("task_id"),
    Column("code", CODE, nullable=False),
    Column("version", Integer, nullable=False),
    *(_text(name) for name in ("what", "state", "actor", "role", "reason", "rule", "list")),
    _text("list_version"),
    _text("request_id", null=True),
    _time("at"),
    Index("task_events_by_task", "task_id", "at"),
    Index("task_events_by_time", "at"),
)

summaries = Table(
    "summaries",
    metadata,
    _key(),
    Column("code", CODE, nullable=False, index=True),
    _count("incidents_total"),
    _count("incidents_open"),
    _count("cases_total"),
    _count("cases_open"),
    _count("tasks_total"),
    _count("tasks_open"),
    _count("requests_total"),
    _count("joined_total"),
    _count("stale_total"),
    _count("late_total"),
    Column("sources", JSON, nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    _key(),
    *(_text(name) for name in ("adapter", "source", "topic", "state", "detail")),
    _time("at"),
    _time("heard_at"),  # the broker's time: an adapter's clock may be wrong
    _time("last_read_at", null=True),
    _time("last_append_at", null=True),
    _count("events"),
    _count("letters"),
    _count("skipped"),
)

letters = Table(
    "letters",
    metadata,
    _key("letter_id"),
    *(_text(name) for name in ("topic", "source", "rule", "field", "advice")),
    _time("at"),
    Index("letters_by_rule", "topic", "rule", "at"),
)

appends = Table(
    "appends",
    metadata,
    Column("topic", String, primary_key=True),  # logical name of a source topic
    Column("partition", Integer, primary_key=True),
    _count("end_offset"),
    _time("last_at", null=True),
)

positions = Table(
    "positions",
    metadata,
    Column("topic", String, primary_key=True),  # physical name
    Column("partition", Integer, primary_key=True),
    _count("next_offset"),
    _count("end_offset"),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _time("at"),
    Column("codes", JSON, nullable=False),
    Column("tasks", JSON, nullable=False),
    Column("adapters", JSON, nullable=False),
    Column("more", Boolean, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    _key("name"),
    _text("value"),
)
