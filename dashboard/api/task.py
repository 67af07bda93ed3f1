"""One task: its requests side by side with the records behind them, and its history."""

from typing import Any

import msgspec
from litestar import Router, get
from litestar.params import FromPath
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dashboard.api.context import Given
from dashboard.api.params import Code
from dashboard.api.problems import UnknownError, documented
from dashboard.api.task_shapes import Behind, Request, Task, TaskDetail, TaskEvent
from dashboard.model import reads, registers, tables
from dashboard.said import Said
from dashboard.words import source_title

MOST_PARTS = 1000
"""Requests and events shown of one task; of more of them the newest."""

BEHIND: dict[str, Table] = {
    "incidents": tables.incidents,
    "cases": tables.cases,
    "permits": registers.permits,
}
"""Tables whose records make requests."""

Row = dict[str, Any]


@get("/tasks/{task_id:str}", summary="One task 任务详情", responses=documented(400, 404))
async def task(context: Given, task_id: FromPath[str], code: Code = None) -> TaskDetail:
    """With its requests, the records behind them, and its history.

    A task whose record changed code stands at the old one (withdrawn) and at the new one: the
    latter is shown, unless `code` asks for the other.
    """
    async with context.reading() as connection:
        found = await _find(connection, task_id, code)
        requests = await _requests(connection, found)
        history = await _newest(connection, tables.task_events, found.task_id, "at", "version")
    return TaskDetail(
        task=found, requests=requests, history=msgspec.convert(history, list[TaskEvent])
    )


async def _find(connection: AsyncConnection, task_id: str, code: str | None) -> Task:
    table = tables.tasks
    where = [table.c.task_id == task_id] + ([] if code is None else [table.c.code == code])
    order = (table.c.state == "withdrawn", table.c.updated_at.desc(), table.c.code)
    found = await reads.rows(connection, select(table).where(*where).order_by(*order).limit(1))
    if not found:
        raise UnknownError(_unknown(task_id, code))
    return msgspec.convert(found[0], Task)


def _unknown(task_id: str, code: str | None) -> Said:
    return Said(
        f"没有任务 {task_id}{f'(在 {code})' if code else ''}:/api/tasks 列出现有任务;"
        "已结束的任务过保留期后不再显示。",
        f"There is no task {task_id}{f' at {code}' if code else ''}: /api/tasks lists those that "
        "are kept; an ended one is forgotten after its retention.",
    )


async def _requests(connection: AsyncConnection, of: Task) -> list[Request]:
    rows = await _newest(connection, tables.requests, of.task_id, "joined_at")
    here = [row for row in rows if row["code"] == of.code and row["status"] != "left"]
    keys = [f"{row['code']}/{row['request_id']}" for row in here]
    behind = await _behind(connection, keys)
    return [_request(row, behind.get(key)) for key, row in zip(keys, here, strict=True)]


def _request(row: Row, record: Row | None) -> Request:
    title = source_title(row["source"])
    named = {"source_zh": title.zh, "source_en": title.en}
    return msgspec.convert({**row, **named, "record": record}, Request)


async def _behind(connection: AsyncConnection, keys: list[str]) -> dict[str, Row]:
    """A request has the id of its record's row."""
    found: dict[str, Row] = {}
    for name, table in BEHIND.items():
        statement = select(table).where(table.c.row_key.in_(keys))
        for row in await reads.rows(connection, statement):
            found[row["row_key"]] = _as_behind(name, row)
    return found


def _as_behind(name: str, row: Row) -> Row:
    stated = {"table": name, **row}
    if name == "permits":
        stated |= {f"kind{part}": row[f"item{part}"] for part in ("_list", "_version", "")}
        stated["kind_id"] = f"permit_{row['act']}" if row["act"] else ""
    return {field: stated[field] for field in Behind.__struct_fields__ if field in stated}


async def _newest(
    connection: AsyncConnection, table: Table, task_id: str, *order: str
) -> list[Row]:
    """The last MOST_PARTS of a task's rows, in order."""
    by = (*(table.c[name].desc() for name in order), table.c.row_key.desc())
    statement = select(table).where(table.c.task_id == task_id).order_by(*by).limit(MOST_PARTS)
    return (await reads.rows(connection, statement))[::-1]


ROUTER = Router("/", route_handlers=[task], tags=["records"])
