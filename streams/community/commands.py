"""What people and systems may do to a task: the list of transitions decides."""

from collections.abc import Callable

from streams.community import clocks, lists, tasks
from streams.community.events import Command
from streams.community.history import PAST, By, tell
from streams.community.list_rows import Transition
from streams.community.ports import BadRecordError, Rows, find
from streams.community.rows import Hop, Request, Task
from streams.community.state_rows import SeenCommand
from streams.community.states import ENDS
from streams.community.tables import COMMANDS, REQUESTS, TASKS
from streams.community.timers import schedule

NEEDS_TARGET = frozenset({"transfer", "assign"})
STANDING = frozenset({"paused", "suspended"})
"""States in which clocks stand. The target of what leads there is until when, ms, or nothing."""
TIME_DIGITS = 13
"""Digits of a time in ms: enough until the year 2286."""
TEXT_CHARACTERS = 2_000
"""The longest reason or target of a command."""
REMEMBERED_MS = lists.DAY_MS
"""A command that comes again within this time is the same command."""


def apply_command(now: int, command: Command, rows: Rows) -> None:
    """Carry a command out, or refuse it with the reason on the task's history; each once."""
    _require_short(command)
    seen = f"{command.code}/commands/{command.command_id}"
    if find(rows, COMMANDS, seen, SeenCommand) is not None:
        return
    task = _task(command, rows)
    if task is None:
        advice = "no such task under this code: look its code up and send again"
        raise BadRecordError("command.task", "task_id", advice)
    rows.put(COMMANDS, seen, SeenCommand(at=now))
    schedule(rows, now + REMEMBERED_MS, "forget", COMMANDS, seen)
    step = lists.transition(rows, task.state, command.command)
    refusal = _refusal(now, task, command, step)
    if refusal or step is None:
        by = By.order(command, reason=f"{command.command}: {refusal}")
        tell(now, task, "command_refused", rows, by)
        return
    carry_out(now, task, command, step.to, rows)


def _require_short(command: Command) -> None:
    """Every reason stays in the task's row, which must fit a message after any number of hops."""
    for field, text in (("reason", command.reason), ("target", command.target or "")):
        if len(text) > TEXT_CHARACTERS:
            advice = f"give at most {TEXT_CHARACTERS} characters and send again"
            raise BadRecordError("command.too_long", field, advice)


def _task(command: Command, rows: Rows) -> Task | None:
    """By its id, or by a request of it: a task that a rule made anew has another id."""
    task = find(rows, TASKS, f"{command.code}/{command.task_id}", Task)
    if task is not None or command.request_id is None:
        return task
    request = find(rows, REQUESTS, f"{command.code}/{command.request_id}", Request)
    if request is None:
        return None
    return find(rows, TASKS, f"{command.code}/{request.task_id}", Task)


def _refusal(now: int, task: Task, command: Command, step: Transition | None) -> str:
    """Why not, or empty."""
    if command.expected_version != task.version:
        return f"the task is at version {task.version}, not {command.expected_version}: look again"
    if step is None:
        return f"not possible while {task.state}"
    if command.role not in step.roles:
        return f"a {command.role} may not, only {', '.join(step.roles)}"
    return _lacking(now, command, step)


def _lacking(now: int, command: Command, step: Transition) -> str:
    """What the command should have said and does not, or empty."""
    if step.reason and not command.reason.strip():
        return "needs a reason"
    if command.command in NEEDS_TARGET and not command.target:
        return "needs a target"
    if step.to in STANDING and command.target and (_end_of(command) or 0) <= now:
        return "needs an end in the future, in ms since 1970"
    return ""


def carry_out(now: int, task: Task, command: Command, to: str, rows: Rows) -> None:
    """Do it: the list allows it, and nothing speaks against it."""
    by, what = By.order(command), PAST.get(command.command, command.command)
    if to in ENDS:
        tasks.end(now, task, to, rows, by, what)
        return
    effect = _EFFECTS.get(command.command)
    fields = {} if effect is None else effect(now, task, command)
    fields |= _standing(now, task, command, to)
    changed = tasks.change(now, task, to, **fields)
    tasks.store(changed, rows)
    clocks.watch(changed, rows)
    if changed.paused_until is not None:
        schedule(rows, changed.paused_until, "resume", TASKS, tasks.key(changed))
    tell(now, changed, what, rows, by)


def resume_by_itself(now: int, task: Task, rows: Rows) -> None:
    """The end of a pause has come, and nobody resumed before."""
    step = lists.transition(rows, task.state, "resume")
    if step is None or task.paused_until is None or task.paused_until > now:
        return
    running = clocks.resumed(task.clocks, now)
    changed = tasks.change(now, task, step.to, clocks=running, paused_until=None)
    tasks.store(changed, rows)
    clocks.watch(changed, rows)
    tell(now, changed, PAST["resume"], rows, By(named="task_transitions"))


def _standing(now: int, task: Task, command: Command, to: str) -> dict[str, object]:
    """Clocks stand while a task is paused or suspended, whatever brought it there."""
    if to in STANDING:
        stopped = clocks.paused(task.clocks, now, command.reason)
        return {"clocks": stopped, "paused_until": _end_of(command)}
    if task.state in STANDING:
        return {"clocks": clocks.resumed(task.clocks, now), "paused_until": None}
    return {}


def _end_of(command: Command) -> int | None:
    """Time until which a pause holds, ms; None where the target states none."""
    target = command.target or ""
    plain = target.isascii() and target.isdigit() and len(target) <= TIME_DIGITS
    return int(target) if plain else None


Effect = Callable[[int, Task, Command], dict[str, object]]


def _accept(_now: int, task: Task, _command: Command) -> dict[str, object]:
    """首任负责制: the first who accepted stays the first owner."""
    return {"first_owner": task.first_owner or task.owner}


def _assign(_now: int, _task: Task, command: Command) -> dict[str, object]:
    return {"assignee": command.target}


def _transfer(now: int, task: Task, command: Command) -> dict[str, object]:
    return {
        "owner": command.target,
        "hops": _hops(now, task, command, command.target or ""),
        "assignee": None,
    }


def _return(now: int, task: Task, command: Command) -> dict[str, object]:
    hops = _hops(now, task, command, task.origin_department)
    return {"owner": None, "hops": hops, "assignee": None}


def _place(now: int, task: Task, command: Command) -> dict[str, object]:
    return {"owner": task.code, "hops": _hops(now, task, command, task.code)}


def _hops(now: int, task: Task, command: Command, to: str) -> tuple[Hop, ...]:
    hop = Hop(
        at=now,
        from_unit=task.owner or task.code,
        to_unit=to,
        action=command.command,
        reason=command.reason,
    )
    return (*task.hops, hop)


_EFFECTS: dict[str, Effect] = {
    "accept": _accept,
    "assign": _assign,
    "place": _place,
    "return": _return,
    "transfer": _transfer,
}
