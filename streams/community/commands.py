"""What people and systems may do to a task: the list of transitions decides."""

from typing import Any

import msgspec

from streams.community import lists, tasks
from streams.community.events import Command
from streams.community.ports import BadRecordError, Rows, find
from streams.community.rows import Clock, Hop, Request, Task
from streams.community.states import ENDS
from streams.community.tables import REQUESTS, TASKS

NEEDS_TARGET = frozenset({"transfer", "assign"})


def apply_command(now: int, command: Command, rows: Rows) -> None:
    """Carry a command out, or refuse it with the reason on the task's history.

    The expected version makes a command that comes twice happen once: the first one raised it.
    """
    task = _task(command, rows)
    if task is None:
        raise BadRecordError(
            "command.task",
            "task_id",
            "no such task under this code: look its code up and send again",
        )
    step = lists.transition(rows, task.state, command.command)
    refusal = _refusal(task, command, step)
    if refusal or step is None:
        tasks.tell(task, "command_refused", rows, reason=f"{command.command}: {refusal}", actor=command.actor,
                   role=command.role, named="task_transitions", request=command.command_id)  # fmt: skip
        return
    _carry_out(now, task, command, str(step["to"]), rows)


def _task(command: Command, rows: Rows) -> Task | None:
    task = find(rows, TASKS, f"{command.code}/{command.task_id}", Task)
    if task is None and command.request_id is not None:
        request = find(rows, REQUESTS, f"{command.code}/{command.request_id}", Request)
        task = (
            None
            if request is None
            else find(rows, TASKS, f"{command.code}/{request.task_id}", Task)
        )
    return task


def _refusal(task: Task, command: Command, step: dict[str, Any] | None) -> str:
    if command.expected_version != task.version:
        return f"the task is at version {task.version}, not {command.expected_version}: look again"
    if step is None:
        return f"not possible while {task.state}"
    if command.role not in step["roles"]:
        return f"a {command.role} may not, only {', '.join(step['roles'])}"
    if step["reason"] and not command.reason.strip():
        return "needs a reason"
    if command.command in NEEDS_TARGET and not command.target:
        return "needs a target"
    return ""


def _carry_out(now: int, task: Task, command: Command, to: str, rows: Rows) -> None:
    if to in ENDS:
        tasks.end(now, task, to, command.reason, rows, actor=command.actor)
        return
    changed = tasks.change(now, task, to, **_effects(now, task, command))
    tasks.store(changed, rows)
    tasks.tell(changed, command.command, rows, reason=command.reason, actor=command.actor,
               role=command.role, named="task_transitions")  # fmt: skip


def _effects(now: int, task: Task, command: Command) -> dict[str, object]:
    match command.command:
        case "accept":
            return {"first_owner": task.first_owner or task.owner}
        case "assign":
            return {"assignee": command.target}
        case "transfer":
            return {
                "owner": command.target,
                "hops": (*task.hops, _hop(now, task, command, command.target or "")),
            }
        case "return":
            return {
                "owner": None,
                "hops": (*task.hops, _hop(now, task, command, task.origin_department)),
            }
        case "place":
            return {"owner": task.code, "hops": (*task.hops, _hop(now, task, command, task.code))}
        case "pause" | "suspend":
            return {"clocks": _clocks(task, "running", "paused", command.reason)}
        case "resume":
            return {"clocks": _clocks(task, "paused", "running", "")}
        case _:
            return {}


def _hop(now: int, task: Task, command: Command, to: str) -> Hop:
    return Hop(
        at=now,
        from_unit=task.owner or task.code,
        to_unit=to,
        action=command.command,
        reason=command.reason,
    )


def _clocks(task: Task, before: str, after: str, reason: str) -> tuple[Clock, ...]:
    return tuple(
        msgspec.structs.replace(clock, state=after, reason=reason)
        if clock.state == before
        else clock
        for clock in task.clocks
    )
