"""Identity: one piece of work is one task, and each department's request is a row of it."""

import msgspec

from schemas.identity import derived_id, task_id
from streams.community import identity, summary, tasks
from streams.community.facts import Fact
from streams.community.ports import Rows, find
from streams.community.rows import Request, Task
from streams.community.states import ENDS
from streams.community.tables import REQUESTS, TASKS


def follow(now: int, fact: Fact, rows: Rows) -> str | None:
    """Make, change or take back the request of a record; give the task it belongs to."""
    key = f"{fact.code}/{fact.request_id}"
    old = find(rows, REQUESTS, key, Request)
    if not fact.wanted:
        return _take_back(now, key, old, fact, rows)
    if old is None or old.status == "left":
        return _make(now, key, fact, rows)
    if old.status != "open" and fact.status == "open" and _has_ended(old, rows):
        return _reopen(now, key, old, fact, rows)
    _change(now, key, old, fact, rows)
    return old.task_id


def _make(now: int, key: str, fact: Fact, rows: Rows) -> str:
    found = identity.find_open(fact, rows)
    if found is None:
        task = tasks.create(now, fact, task_id(fact.source, fact.record_id), None, rows)
        rule, evidence = "first", ""
    else:
        task, rule, evidence = found
        tasks.join(now, task, fact, rule, rows)
        summary.add(rows, fact.code, joined_total=1)
    summary.add(rows, fact.code, requests_total=1)
    rows.put(REQUESTS, key, _row(now, fact, task.task_id, rule, evidence, rows))
    return task.task_id


def _change(now: int, key: str, old: Request, fact: Fact, rows: Rows) -> None:
    changed = msgspec.structs.replace(
        old,
        status=fact.status,
        version=fact.version,
        document=fact.document,
        department=fact.department,
    )
    rows.put(REQUESTS, key, changed)
    if changed.status != old.status:
        task = find(rows, TASKS, f"{old.code}/{old.task_id}", Task)
        if task is not None:
            tasks.follow_request(now, task, changed, old.status, rows)


def _take_back(now: int, key: str, old: Request | None, fact: Fact, rows: Rows) -> str | None:
    if old is None or old.status == "left":
        return None
    rows.put(REQUESTS, key, msgspec.structs.replace(old, status="left", version=fact.version))
    summary.add(rows, old.code, requests_total=-1, joined_total=-int(old.rule != "first"))
    task = find(rows, TASKS, f"{old.code}/{old.task_id}", Task)
    if task is not None:
        tasks.lose_request(now, task, old, rows)
    return None


def _has_ended(request: Request, rows: Rows) -> bool:
    task = find(rows, TASKS, f"{request.code}/{request.task_id}", Task)
    return task is None or task.state in ENDS


def _reopen(now: int, key: str, old: Request, fact: Fact, rows: Rows) -> str:
    """A reopening is a new task that links back; the request goes over to it."""
    new_id = derived_id("task", fact.source, fact.record_id, "reopened", str(fact.version.order))
    task = tasks.create(now, fact, new_id, old.task_id, rows)
    rows.put(REQUESTS, key, _row(now, fact, task.task_id, "reopened", old.task_id, rows))
    return task.task_id


def _row(now: int, fact: Fact, task: str, rule: str, evidence: str, rows: Rows) -> Request:
    return Request(
        request_id=fact.request_id, task_id=task, code=fact.code, source=fact.source,
        record_id=fact.record_id, department=fact.department, document=fact.document,
        occurred_at=fact.occurred_at, version=fact.version, status=fact.status, rule=rule,
        list_version=identity.list_version_of(rule, rows), evidence=evidence, joined_at=now,
    )  # fmt: skip
