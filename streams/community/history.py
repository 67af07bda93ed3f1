"""What people read of a task: one event for everything that happened to it, in the past tense."""

from dataclasses import dataclass

from schemas.identity import derived_id
from streams.community import lists
from streams.community.events import Command
from streams.community.ports import Rows
from streams.community.rows import Task, TaskEvent
from streams.community.tables import TASK_EVENTS

PAST = {
    "accept": "accepted",
    "assign": "assigned",
    "dispose": "disposed",
    "pause": "paused",
    "place": "placed",
    "reopen": "reopened",
    "resume": "resumed",
    "return": "returned",
    "suspend": "suspended",
    "transfer": "transferred",
    "verify": "verified",
    "void": "voided",
    "withdraw": "withdrawn",
}
"""What a command's event is called; a command that a city adds keeps its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who did it, why, and what let them. `named`: the list that the rule is from."""

    actor: str = "system"
    role: str = "system"
    reason: str = ""
    rule: str = ""
    named: str = ""
    request: str | None = None
    command: str | None = None

    @classmethod
    def order(cls, command: Command, reason: str | None = None) -> "By":
        """By a command, under the list of transitions."""
        return cls(
            actor=command.actor,
            role=command.role,
            reason=command.reason if reason is None else reason,
            named="task_transitions",
            command=command.command_id,
        )


def tell(now: int, task: Task, what: str, rows: Rows, by: By | None = None) -> None:
    """Append to the history. A task's version, what happened and its cause make the id."""
    by = by or By()
    cause = by.command or by.request or ""
    event = TaskEvent(
        event_id=derived_id("task_event", task.task_id, str(task.version), what, cause),
        task_id=task.task_id,
        code=task.code,
        version=task.version,
        what=what,
        state=task.state,
        at=now,
        actor=by.actor,
        role=by.role,
        reason=by.reason,
        rule=by.rule,
        list=by.named,
        list_version=lists.list_version(rows, by.named) if by.named else "",
        request_id=by.request,
        command_id=by.command,
    )
    rows.emit(*TASK_EVENTS, f"{task.code}/{task.task_id}", event)
