"""Identity: one piece of work is one task, and each department's request is a row of it."""

import msgspec

from schemas.identity import derived_id, task_id
from streams.community import identity, summary, tasks
from streams.community.facts import Fact
from streams.community.ports import Rows, find
from streams.community.rows import Request, Task
from streams.community.states import ENDS
from streams.community.tables import REQUESTS, TASKS

JOINED = frozenset({"asset", "unit"})
"""Rules by which a request is part of a task that another one had made."""


def follow(now: int, fact: Fact, rows: Rows) -> str | None:
    """Make, change, move or take back the request of a record; give the task it belongs to."""
    key = f"{fact.code}/{fact.request_id}"
    old = find(rows, REQUESTS, key, Request)
    if not fact.wanted:
        if old is not None:
            _take_back(now, key, old, fact, rows)
        return None
    if old is None or old.status == "left":
        summary.add(rows, fact.code, requests_total=1)
        return _make(now, key, old, fact, rows)
    task = find(rows, TASKS, f"{old.code}/{old.task_id}", Task)
    if task is None or task.state in ENDS:
        return _follow_ended(now, key, old, task, fact, rows)
    return _follow_open(now, key, old, task, fact, rows)


def _follow_ended(
    now: int, key: str, old: Request, task: Task | None, fact: Fact, rows: Rows
) -> str:
    """Of a task that is over: reported again it is a new one, otherwise only the counts follow."""
    if old.status != "open" and fact.status == "open":
        _count_joined(old, -1, rows)
        return _make(now, key, old, fact, rows)
    changed = _changed(old, fact)
    rows.put(REQUESTS, key, changed)
    if task is not None and changed.status != old.status:
        tasks.follow_request(now, task, old, changed, rows)
    return old.task_id


def _follow_open(now: int, key: str, old: Request, task: Task, fact: Fact, rows: Rows) -> str:
    if _belongs_elsewhere(task, fact, rows):
        _count_joined(old, -1, rows)
        tasks.lose_request(now, task, old, tasks.OTHER_MATTER, rows)
        return _make(now, key, old, fact, rows)
    changed = _changed(old, fact)
    rows.put(REQUESTS, key, changed)
    if old.rule not in JOINED:
        tasks.revise(now, task, fact, rows)
        task = find(rows, TASKS, tasks.key(task), Task) or task
    if changed.status != old.status:
        tasks.follow_request(now, task, old, changed, rows)
    return old.task_id


def _belongs_elsewhere(task: Task, fact: Fact, rows: Rows) -> bool:
    """Whether a later version of a record is about another matter than its task.

    Alone in its task, it takes the task along, unless another open task is about that matter.
    """
    if identity.same(task, fact, rows):
        return False
    if task.requests > 1:
        return not identity.shared(task, fact, rows)
    found = identity.find_open(fact, rows)
    return found is not None and found[0].task_id != task.task_id


def _make(now: int, key: str, old: Request | None, fact: Fact, rows: Rows) -> str:
    """Join the open task of the same matter, or make one; after an earlier one it links back."""
    found = identity.find_open(fact, rows)
    if found is not None:
        task, rule, evidence = found
        tasks.join(now, task, fact, rule, rows)
        row = _row(now, fact, task.task_id, rule, evidence, rows)
    else:
        links = None if old is None else old.task_id
        task = tasks.create(now, fact, _new_task_id(old, fact), links, rows)
        rule = "first" if old is None else "reopened"
        row = _row(now, fact, task.task_id, rule, links or "", rows)
    _count_joined(row, 1, rows)
    rows.put(REQUESTS, key, row)
    return task.task_id


def _new_task_id(old: Request | None, fact: Fact) -> str:
    """A record's first task at a code is named after it; a later one after the version, too."""
    first = task_id(fact.source, fact.record_id, fact.code)
    return first if old is None else derived_id("task", first, str(fact.version.order))


def _take_back(now: int, key: str, old: Request, fact: Fact, rows: Rows) -> None:
    """The record left for another code, or no longer asks."""
    if old.status == "left":
        return
    rows.put(REQUESTS, key, msgspec.structs.replace(old, status="left", version=fact.version))
    summary.add(rows, old.code, requests_total=-1)
    _count_joined(old, -1, rows)
    task = find(rows, TASKS, f"{old.code}/{old.task_id}", Task)
    if task is not None:
        reason = tasks.LEFT if fact.status == "left" else tasks.TAKEN_BACK
        tasks.lose_request(now, task, old, reason, rows)


def _count_joined(request: Request, delta: int, rows: Rows) -> None:
    if request.rule in JOINED:
        summary.add(rows, request.code, joined_total=delta)


def _changed(old: Request, fact: Fact) -> Request:
    return msgspec.structs.replace(
        old,
        status=fact.status,
        version=fact.version,
        document=fact.document,
        department=fact.department,
    )


def _row(now: int, fact: Fact, task: str, rule: str, evidence: str, rows: Rows) -> Request:
    return Request(
        request_id=fact.request_id,
        task_id=task,
        code=fact.code,
        source=fact.source,
        record_id=fact.record_id,
        department=fact.department,
        document=fact.document,
        occurred_at=fact.occurred_at,
        version=fact.version,
        status=fact.status,
        rule=rule,
        list_version=identity.list_version_of(rule, rows),
        evidence=evidence,
        joined_at=now,
    )
