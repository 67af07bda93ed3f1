"""Incidents, cases and tasks: filtered, sorted, paged."""

from litestar import Router, get
from sqlalchemy import Table

from dashboard.api.context import Given
from dashboard.api.filters import below, with_status
from dashboard.api.params import (
    BySort,
    CaseStatus,
    Code,
    IncidentStatus,
    Kind,
    OfStatus,
    Page,
    Size,
    SourceName,
    State,
    Tree,
)
from dashboard.api.problems import documented
from dashboard.api.records import Case, CasePage, Incident, IncidentPage
from dashboard.api.sorts import RecordSort, TaskSort
from dashboard.api.task_shapes import Task, TaskPage
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
    where = below(context, tables.incidents, code, tree)
    where += with_status(tables.incidents, status) + _of_kind(tables.incidents, kind)
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
    where = below(context, tables.cases, code, tree)
    where += with_status(tables.cases, status) + _of_kind(tables.cases, kind)
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
    where = below(context, tables.tasks, code, tree)
    where += _in_state(in_state) + _of_kind(tables.tasks, kind)
    where += [] if source is None else [reads.asked_by(source)]
    async with context.reading() as connection:
        items, total = await reads.page(
            connection, tables.tasks, Task, where, sort=sort, number=page, size=size
        )
    return TaskPage(items=items, total=total, page=page, size=size)


def _in_state(state: str | None) -> Where:
    ended = tables.tasks.c.ended
    groups = {"open": ended.is_(False), "ended": ended.is_(True)}
    return [] if state is None else [groups.get(state, tables.tasks.c.state == state)]


def _of_kind(table: Table, kind: str | None) -> Where:
    return [] if kind is None else [reads.of_kind(table, kind)]


ROUTER = Router("/", route_handlers=[incidents, cases, tasks], tags=["records"])
