"""Incidents, cases and tasks: filtered, sorted, paged."""

from typing import Any

import msgspec
from litestar import Router, get
from litestar.params import FromPath
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.api.context import Given
from dashboard.api.params import (
    BySort,
    CaseStatus,
    Code,
    IncidentStatus,
    Kind,
    OfStatus,
    Page,
    RecordSort,
    Size,
    SourceName,
    State,
    TaskSort,
    Tree,
    TreeName,
)
from dashboard.api.problems import UnknownError, documented
from dashboard.api.records import (
    Case,
    CasePage,
    Incident,
    IncidentPage,
    Request,
    Task,
    TaskDetail,
    TaskEvent,
    TaskPage,
)
from dashboard.model import reads, tables
from dashboard.model.reads import Where


@get("/incidents", summary="Police incidents 警情", responses=documented(400))
async def incidents(
    context: Given,
    code: Code = None,
    status: OfStatus[IncidentStatus | None] = None,
    kind: Kind = None,
    tree: Tree = "code",
    sort: BySort[RecordSort] = "-occurred_at",
    page: Page = 1,
    size: Size = 50,
) -> IncidentPage:
    """Without `status` all but those that moved away (left)."""
    where = _of(context, tables.incidents, code, kind, tree)
    where += _with_status(tables.incidents, status)
    async with context.reading() as connection:
        items, total = await reads.page(
            connection, tables.incidents, Incident, where, sort=sort, number=page, size=size
        )
    return IncidentPage(items=items, total=total, page=page, size=size)


@get("/cases", summary="City-management cases 城管案件", responses=documented(400))
async def cases(
    context: Given,
    code: Code = None,
    status: OfStatus[CaseStatus | None] = None,
    kind: Kind = None,
    tree: Tree = "code",
    sort: BySort[RecordSort] = "-occurred_at",
    page: Page = 1,
    size: Size = 50,
) -> CasePage:
    """Without `status` all but those that moved away (left)."""
    where = _of(context, tables.cases, code, kind, tree)
    where += _with_status(tables.cases, status)
    async with context.reading() as connection:
        items, total = await reads.page(
            connection, tables.cases, Case, where, sort=sort, number=page, size=size
        )
    return CasePage(items=items, total=total, page=page, size=size)


@get("/tasks", summary="Tasks 任务", responses=documented(400))
async def tasks(  # noqa: PLR0913, PLR0917 - each argument is a query parameter
    context: Given,
    code: Code = None,
    in_state: State = None,
    kind: Kind = None,
    source: SourceName = None,
    tree: Tree = "code",
    sort: BySort[TaskSort] = "-opened_at",
    page: Page = 1,
    size: Size = 50,
) -> TaskPage:
    """`state`: one state, or open / ended for all of that sort. `source`: has a request from it."""
    where = _of(context, tables.tasks, code, kind, tree)
    where += _in_state(in_state)
    where += [] if source is None else [reads.asked_by(source)]
    async with context.reading() as connection:
        items, total = await reads.page(
            connection, tables.tasks, Task, where, sort=sort, number=page, size=size
        )
    return TaskPage(items=items, total=total, page=page, size=size)


@get("/tasks/{task_id:str}", summary="One task 任务详情", responses=documented(400, 404))
async def task(context: Given, task_id: FromPath[str], code: Code = None) -> TaskDetail:
    """With its requests and history.

    A task whose record changed code stands at the old one (withdrawn) and at the new one: the
    latter is shown, unless `code` asks for the other.
    """
    async with context.reading() as connection:
        found = await _find_task(connection, task_id, code)
        requests = await _rows_of(connection, tables.requests, found.task_id, "joined_at")
        history = await _rows_of(connection, tables.task_events, found.task_id, "at", "version")
    here = [row for row in requests if row["code"] == found.code and row["status"] != "left"]
    return TaskDetail(
        task=found,
        requests=msgspec.convert(here, list[Request]),
        history=msgspec.convert(history, list[TaskEvent]),
    )


async def _find_task(connection: AsyncConnection, task_id: str, code: str | None) -> Task:
    table = tables.tasks
    where = [table.c.task_id == task_id] + ([] if code is None else [table.c.code == code])
    order = (table.c.state == "withdrawn", table.c.updated_at.desc(), table.c.code)
    found = await reads.rows(connection, select(table).where(*where).order_by(*order).limit(1))
    if not found:
        raise UnknownError(
            f"There is no task {task_id}{f' at {code}' if code else ''}: /api/tasks lists those "
            "that are kept; an ended one is forgotten after its retention."
        )
    return msgspec.convert(found[0], Task)


async def _rows_of(
    connection: AsyncConnection, table: Table, task_id: str, *order: str
) -> list[dict[str, Any]]:
    statement = select(table).where(table.c.task_id == task_id)
    by = (*(table.c[name] for name in order), table.c.row_key)
    return await reads.rows(connection, statement.order_by(*by))


def _of(context: Given, table: Table, code: str | None, kind: str | None, tree: TreeName) -> Where:
    where = [] if code is None else [context.at_or_below(table, code, tree)]
    return where + ([] if kind is None else [reads.of_kind(table, kind)])


def _with_status(table: Table, status: str | None) -> Where:
    if status == "all":
        return []
    return [table.c.status != "left"] if status is None else [table.c.status == status]


def _in_state(state: str | None) -> Where:
    ended = tables.tasks.c.ended
    groups = {"open": ended.is_(False), "ended": ended.is_(True)}
    return [] if state is None else [groups.get(state, tables.tasks.c.state == state)]


ROUTER = Router("/", route_handlers=[incidents, cases, tasks, task], tags=["records"])
