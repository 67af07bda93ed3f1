"""The life of a task as its requests drive it; commands are in `commands`."""

import msgspec

from streams.community import clocks, identity, lists, summary
from streams.community.facts import Fact
from streams.community.history import By, tell
from streams.community.ports import Rows
from streams.community.rows import Hop, Request, Task
from streams.community.states import ENDS
from streams.community.tables import TASKS
from streams.community.timers import schedule_retirement

REPORTED = "its sources closed it"
LEFT = "its record left for another code"
TAKEN_BACK = "its record no longer asks"
OTHER_MATTER = "its record is about another matter now"


def create(now: int, fact: Fact, new_id: str, links: str | None, rows: Rows) -> Task:
    """Make the task of a first request; one that was closed when first seen is born ended."""
    task = _born(now, fact, new_id, links, rows)
    summary.add(rows, fact.code, tasks_total=1, tasks_open=1)
    if fact.status == "open":
        identity.remember(task, rows)
    store(task, rows)
    clocks.watch(task, rows)
    what = "created" if links is None else "reopened"
    tell(now, task, what, rows, By(request=fact.request_id, rule="first"))
    return task if fact.status == "open" else _end_by_sources(now, task, rows)


def _born(now: int, fact: Fact, new_id: str, links: str | None, rows: Rows) -> Task:
    located = not lists.is_desk(rows, fact.code)
    hop = Hop(at=now, from_unit=fact.department, to_unit=fact.code, action="dispatch", reason="")
    return Task(
        task_id=new_id,
        code=fact.code,
        state="dispatched" if located else "pending",
        version=1,
        origin_source=fact.source,
        origin_department=fact.department,
        origin_document=fact.document,
        kind=fact.kind,
        kind_id=fact.kind_id,
        work_class=lists.kind(rows, fact.kind_id).work_class,
        asset=fact.asset,
        unit=fact.unit,
        place_text=fact.place_text,
        summary=fact.summary,
        owner=fact.code if located else None,
        first_owner=None,
        lead=None,
        co_handlers=(),
        assignee=None,
        hops=(hop,),
        clocks=(clocks.dispose_clock(now, fact.kind_id, rows),),
        paused_until=None,
        requests=1,
        requests_open=int(fact.status == "open"),
        requests_void=int(fact.status == "void"),
        rule="first",
        list_version=lists.list_version(rows, "kinds"),
        links=links,
        opened_at=fact.occurred_at,
        created_at=now,
        updated_at=now,
        closed_at=None,
    )


def join(now: int, task: Task, fact: Fact, rule: str, rows: Rows) -> None:
    """Another request of the same matter."""
    joined = change(now, _counting(task, 1, "", fact.status), task.state)
    store(joined, rows)
    by = By(request=fact.request_id, rule=rule, named=identity.LIST_OF_RULE[rule])
    tell(now, joined, "joined", rows, by)


def follow_request(now: int, task: Task, before: Request, after: Request, rows: Rows) -> None:
    """A request was closed or opened at its source; the last one to close ends the task."""
    changed = change(now, _counting(task, 0, before.status, after.status), task.state)
    store(changed, rows)
    tell(now, changed, f"request_{after.status}", rows, By(request=after.request_id))
    if changed.requests_open == 0 and changed.state not in ENDS:
        _end_by_sources(now, changed, rows)


def lose_request(now: int, task: Task, request: Request, reason: str, rows: Rows) -> None:
    """A request is of this task no longer; a task without requests is withdrawn.

    That holds for one that has ended, too: what it did is counted where its record is now.
    """
    changed = change(now, _counting(task, -1, request.status, ""), task.state)
    empty = changed.requests == 0
    if empty:
        summary.add(rows, task.code, tasks_total=-1)
    if empty and task.state in ENDS:
        changed = msgspec.structs.replace(changed, state="withdrawn")
    store(changed, rows)
    tell(now, changed, "request_left", rows, By(request=request.request_id, reason=reason))
    if changed.state in ENDS:
        return
    if empty:
        end(now, changed, "withdrawn", rows, By(reason=reason))
    elif changed.requests_open == 0:
        _end_by_sources(now, changed, rows)


def _counting(task: Task, requests: int, before: str, after: str) -> Task:
    return msgspec.structs.replace(
        task,
        requests=task.requests + requests,
        requests_open=task.requests_open + int(after == "open") - int(before == "open"),
        requests_void=task.requests_void + int(after == "void") - int(before == "void"),
    )


def revise(now: int, task: Task, fact: Fact, rows: Rows) -> None:
    """Its first request says something else now: the text follows, and so does the matter itself.

    What is told about it follows always; what identifies it only while no other request is in it.
    """
    revised = msgspec.structs.replace(
        task,
        origin_department=fact.department,
        origin_document=fact.document,
        place_text=fact.place_text,
        summary=fact.summary,
    )
    if task.requests == 1:
        revised = _identified_as(revised, fact, rows)
    if revised == task:
        return
    identity.forget(task, rows)
    revised = change(now, revised, task.state)
    identity.remember(revised, rows)
    store(revised, rows)
    clocks.watch(revised, rows)
    tell(now, revised, "changed", rows, By(request=fact.request_id))


def _identified_as(task: Task, fact: Fact, rows: Rows) -> Task:
    task_clocks = task.clocks
    if fact.kind_id != task.kind_id:
        task_clocks = clocks.of_kind(task, fact.kind_id, rows)
    return msgspec.structs.replace(
        task,
        kind=fact.kind,
        kind_id=fact.kind_id,
        work_class=lists.kind(rows, fact.kind_id).work_class,
        asset=fact.asset,
        unit=fact.unit,
        clocks=task_clocks,
    )


def _end_by_sources(now: int, task: Task, rows: Rows) -> Task:
    """Void where every request was void, else closed."""
    state = "void" if task.requests_void == task.requests else "closed"
    return end(now, task, state, rows, By(reason=REPORTED))


def end(
    now: int, task: Task, state: str, rows: Rows, by: By | None = None, what: str | None = None
) -> Task:
    """Put a task into an end state: clocks stop, its identity is free, it retires later."""
    fields = {"closed_at": now, "clocks": clocks.stopped(task.clocks), "paused_until": None}
    ended = change(now, task, state, **fields)
    store(ended, rows)
    identity.forget(task, rows)
    summary.add(rows, task.code, tasks_open=-1)
    schedule_retirement(rows, now, TASKS, key(task))
    tell(now, ended, what or state, rows, by)
    return ended


def miss_clock(now: int, task: Task, rows: Rows) -> None:
    """A running clock ran out."""
    after = clocks.missed(task.clocks, now)
    if after != task.clocks:
        missed = change(now, task, task.state, clocks=after)
        store(missed, rows)
        tell(now, missed, "clock_missed", rows, By(reason=clocks.DISPOSE))


def change(now: int, task: Task, state: str, **fields: object) -> Task:
    """The task one version on."""
    version = task.version + 1
    return msgspec.structs.replace(task, state=state, version=version, updated_at=now, **fields)


def key(task: Task) -> str:
    """Key of a task's row."""
    return f"{task.code}/{task.task_id}"


def store(task: Task, rows: Rows) -> None:
    """Write the row."""
    rows.put(TASKS, key(task), task)
