"""Every table of the core: its topic, its schema, its row type, who may see it."""

from dataclasses import dataclass

from streams.community import rows


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
REQUESTS = Table("requests", "views.requests", "shequ.views.Request", rows.Request)
SUMMARY = Table("summary", "views.summary", "shequ.views.Summary", rows.Summary)
TASKS = Table("tasks", "tasks", "shequ.tasks.Task", rows.Task)
IDENTITY = Table("identity", "state", "shequ.state.Identity", rows.Identity, public=False)
TIMERS = Table("timers", "state", "shequ.state.Timer", rows.Timer, public=False)
COMMANDS = Table("commands", "state", "shequ.state.Command", rows.SeenCommand, public=False)
LISTS = Table("lists", "state", "shequ.state.List", rows.ReferenceList, public=False)

TABLES = (INCIDENTS, CASES, REQUESTS, SUMMARY, TASKS, IDENTITY, TIMERS, COMMANDS, LISTS)
"""All of them, in the order in which a transaction writes them."""

TASK_EVENTS = ("task.events", "shequ.tasks.Event")
"""Append-only output: topic and schema."""
