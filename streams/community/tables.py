"""Every table of the core: its topic, its schema, its row type, who may see it."""

from dataclasses import dataclass

from streams.community import register_rows, rows, state_rows


@dataclass(frozen=True, slots=True)
class Table:
    """A table's changelog is `topic`; rows of one partition live in the same partition of it."""

    name: str
    topic: str
    schema: str
    row: type[rows.Row]
    public: bool = True


INCIDENTS = Table("incidents", "views.incidents", "shequ.views.Incident", rows.Incident)
CASES = Table("cases", "views.cases", "shequ.views.Case", rows.Case)
RESIDENTS = Table("residents", "views.residents", "shequ.views.Resident", register_rows.Resident)
HOUSEHOLDS = Table(
    "households", "views.households", "shequ.views.Household", register_rows.Household
)
PERMITS = Table("permits", "views.permits", "shequ.views.Permit", register_rows.Permit)
HEADS = Table("heads", "state", "shequ.state.Heads", state_rows.Heads, public=False)
REQUESTS = Table("requests", "views.requests", "shequ.views.Request", rows.Request)
SUMMARY = Table("summary", "views.summary", "shequ.views.Summary", rows.Summary)
TASKS = Table("tasks", "tasks", "shequ.tasks.Task", rows.Task)
IDENTITY = Table("identity", "state", "shequ.state.Identity", state_rows.Identity, public=False)
CROSSED = Table("crossed", "state", "shequ.state.Crossed", state_rows.Crossed, public=False)
TIMERS = Table("timers", "state", "shequ.state.Timer", state_rows.Timer, public=False)
COMMANDS = Table("commands", "state", "shequ.state.Command", state_rows.SeenCommand, public=False)
LISTS = Table("lists", "state", "shequ.state.List", state_rows.ReferenceList, public=False)

TABLES = (
    INCIDENTS,
    CASES,
    RESIDENTS,
    HOUSEHOLDS,
    PERMITS,
    REQUESTS,
    SUMMARY,
    TASKS,
    IDENTITY,
    HEADS,
    CROSSED,
    TIMERS,
    COMMANDS,
    LISTS,
)
"""All of them, in the order in which a transaction writes them."""

TASK_EVENTS = ("task.events", "shequ.tasks.Event")
"""Append-only output: topic and schema."""

CROSSINGS = ("crossings", "shequ.streams.Crossing")
"""What one code tells another: append-only as well, where the other's rows are."""
