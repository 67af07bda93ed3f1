"""The life of a task as its requests drive it; commands are in `commands`."""

import msgspec

from schemas.identity import derived_id
from streams.community import identity, lists, summary
from streams.community.facts import Fact
from streams.community.ports import Rows
from streams.community.rows import Clock, Hop, Request, Task, TaskEvent
from streams.community.states import ENDS
from streams.community.tables import TASK_EVENTS, TASKS
from streams.community.timers import schedule, schedule_retirement

DEFAULT_DISPOSE_HOURS = 168
REPORTED = "its sources closed it"


def create(now: int, fact: Fact, new_id: str, links: str | None, rows: Rows) -> Task:
    """Make the task of a first request; one that was closed when first seen is born ended."""
    located = not lists.is_desk(rows, fact.code)
    task = _born(now, fact, new_id, links, located, rows)
    summary.add(rows, fact.code, tasks_total=1, tasks_open=1)
    identity.remember(task, rows)
    store(task, rows)
    for clock in task.clocks:
        schedule(rows, clock.due_at, "clock", TASKS, key(task))
    tell(
        task,
        "created" if links is None else "reopened",
        rows,
        request=fact.request_id,
        rule="first",
    )
    if fact.status != "open":
        return end(now, task, _end_of(task), REPORTED, rows)
    return task


def _born(now: int, fact: Fact, new_id: str, links: str | None, located: bool, rows: Rows) -> Task:
    kind = lists.kind(rows, fact.kind_id)
    hours = int(kind.get("dispose_hours", DEFAULT_DISPOSE_HOURS))
    hop = Hop(at=now, from_unit=fact.department, to_unit=fact.code, action="dispatch", reason="")
    clock = Clock(
        name="dispose",
        due_at=now + hours * lists.HOUR_MS,
        state="running",
        calendar="natural",
        reason="",
    )
    return Task(
        task_id=new_id, code=fact.code, state="dispatched" if located else "pending", version=1,
        origin_source=fact.source, origin_department=fact.department, origin_document=fact.document,
        kind=fact.kind, kind_id=fact.kind_id, work_class=kind.get("work_class", "entrusted"),
        asset=fact.asset, unit=fact.unit, place_text=fact.place_text, summary=fact.summary,
        owner=fact.code if located else None, first_owner=None, lead=None, co_handlers=(), assignee=None,
        hops=(hop,), clocks=(clock,), requests=1, requests_open=int(fact.status == "open"),
        requests_void=int(fact.status == "void"), rule="first",
        list_version=lists.list_version(rows, "kinds"), links=links, opened_at=fact.occurred_at,
        created_at=now, updated_at=now, closed_at=None,
    )  # fmt: skip


def join(now: int, task: Task, fact: Fact, rule: str, rows: Rows) -> None:
    """Another request of the same matter."""
    joined = _next(now, task, **_tally(task, None, fact.status))
    store(joined, rows)
    tell(
        joined,
        "joined",
        rows,
        request=fact.request_id,
        rule=rule,
        named=identity.LIST_OF_RULE[rule],
    )


def follow_request(now: int, task: Task, request: Request, before: str, rows: Rows) -> None:
    """A request's status changed at its source; the last one to close ends the task."""
    changed = _next(now, task, **_tally(task, before, request.status))
    store(changed, rows)
    tell(changed, f"request_{request.status}", rows, request=request.request_id)
    if changed.requests_open == 0 and changed.state not in ENDS:
        end(now, changed, _end_of(changed), REPORTED, rows)


def lose_request(now: int, task: Task, request: Request, rows: Rows) -> None:
    """A request left for another code; a task without requests is withdrawn."""
    changed = _next(now, task, **_tally(task, request.status, None))
    store(changed, rows)
    tell(changed, "request_left", rows, request=request.request_id)
    if changed.requests == 0:
        summary.add(rows, task.code, tasks_total=-1)
        if changed.state in ENDS:
            store(_next(now, changed, state="withdrawn"), rows)
        else:
            end(now, changed, "withdrawn", "its record left for another code", rows)
    elif changed.requests_open == 0 and changed.state not in ENDS:
        end(now, changed, _end_of(changed), REPORTED, rows)


def _tally(task: Task, before: str | None, after: str | None) -> dict[str, int]:
    """Counts of a task's requests when one goes from a status to another; None: is not in it."""
    return {
        "requests": task.requests + (after is not None) - (before is not None),
        "requests_open": task.requests_open + (after == "open") - (before == "open"),
        "requests_void": task.requests_void + (after == "void") - (before == "void"),
    }


def _end_of(task: Task) -> str:
    """What a task ends as when its sources are done with it: void only if all found it void."""
    return "void" if task.requests_void == task.requests else "closed"


def end(now: int, task: Task, state: str, reason: str, rows: Rows, actor: str = "system") -> Task:
    """Put a task into an end state: clocks stop, its identity is free, it retires later."""
    clocks = tuple(
        msgspec.structs.replace(clock, state="met")
        if clock.state in {"running", "paused"}
        else clock
        for clock in task.clocks
    )
    ended = _next(now, task, state=state, closed_at=now, clocks=clocks)
    store(ended, rows)
    identity.forget(task, rows)
    summary.add(rows, task.code, tasks_open=-1)
    schedule_retirement(rows, now, TASKS, key(task))
    tell(ended, state, rows, reason=reason, actor=actor)
    return ended


def miss_clock(now: int, task: Task, rows: Rows) -> None:
    """A running clock ran out."""
    clocks = tuple(
        msgspec.structs.replace(clock, state="missed")
        if clock.state == "running" and clock.due_at <= now
        else clock
        for clock in task.clocks
    )
    if clocks != task.clocks:
        missed = _next(now, task, clocks=clocks)
        store(missed, rows)
        tell(missed, "clock_missed", rows, reason="dispose")


def change(now: int, task: Task, state: str, **fields: object) -> Task:
    """The task after a command, one version on."""
    return _next(now, task, state=state, **fields)


def _next(now: int, task: Task, **changes: object) -> Task:
    return msgspec.structs.replace(task, version=task.version + 1, updated_at=now, **changes)


def key(task: Task) -> str:
    """Key of a task's row."""
    return f"{task.code}/{task.task_id}"


def store(task: Task, rows: Rows) -> None:
    """Write the row."""
    rows.put(TASKS, key(task), task)


def tell(
    task: Task, what: str, rows: Rows, *, request: str | None = None, rule: str = "", named: str = "",
    reason: str = "", actor: str = "system", role: str = "system",
) -> None:  # fmt: skip
    """Append to the history that people read. `named`: the list a rule is from."""
    event = TaskEvent(
        event_id=derived_id("task_event", task.task_id, str(task.version), what, request or ""),
        task_id=task.task_id, code=task.code, version=task.version, what=what, state=task.state,
        at=task.updated_at, actor=actor, role=role, reason=reason, rule=rule, list=named,
        list_version=lists.list_version(rows, named) if named else "", request_id=request,
    )  # fmt: skip
    rows.emit(*TASK_EVENTS, key(task), event)
