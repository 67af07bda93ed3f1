"""What a timer does when it is due."""

from streams.community import commands, lists, records, tasks, transit
from streams.community.history import tell
from streams.community.ports import Rows, find
from streams.community.register_rows import Permit, Resident
from streams.community.rows import Case, Incident, Task
from streams.community.state_rows import Timer
from streams.community.states import ENDED, ENDS
from streams.community.tables import (
    CASES,
    COMMANDS,
    CROSSED,
    INCIDENTS,
    PERMITS,
    REQUESTS,
    RESIDENTS,
    TASKS,
    Table,
)
from streams.community.timers import schedule

RECORDS = {table.name: table for table in (CASES, INCIDENTS, PERMITS, RESIDENTS)}
"""Tables whose rows are records of departments."""


def fire(now: int, timer: Timer, rows: Rows) -> None:
    """Retire a row, let a clock run out, end a pause, forget a command, alarm half a move."""
    match timer.table:
        case TASKS.name:
            task = find(rows, TASKS, timer.key, Task)
            if task is not None:
                _fire_task(now, timer, task, rows)
        case COMMANDS.name:
            rows.delete(COMMANDS, timer.key)
        case CROSSED.name:
            transit.fire(now, timer, rows)
        case name if name in RECORDS:
            _retire_record(now, timer, RECORDS[name], rows)


def _fire_task(now: int, timer: Timer, task: Task, rows: Rows) -> None:
    if timer.what == "clock":
        tasks.miss_clock(now, task, rows)
    elif timer.what == "resume":
        commands.resume_by_itself(now, task, rows)
    elif task.state in ENDS:
        ended = task.updated_at if task.closed_at is None else task.closed_at
        if _is_due(now, ended + lists.retention_ms(rows), TASKS, timer.key, rows):
            tell(now, task, "retired", rows)
            rows.delete(TASKS, timer.key)


def _retire_record(now: int, timer: Timer, table: Table, rows: Rows) -> None:
    """A record takes its request with it; one that is open again stays."""
    row = rows.get(table, timer.key)
    if not isinstance(row, Case | Incident | Permit | Resident) or row.status not in ENDED:
        return
    leaves_at = records.leaves_at(row, rows)
    if row.transit is not None:  # its other half may come yet
        leaves_at = max(leaves_at, now + lists.retention_ms(rows))
    if _is_due(now, leaves_at, table, timer.key, rows):
        rows.delete(table, timer.key)
        rows.delete(REQUESTS, timer.key)


def _is_due(now: int, leaves_at: int, table: Table, key: str, rows: Rows) -> bool:
    """Whether its time is over; where it was lengthened or the end moved, wait again."""
    if leaves_at <= now:
        return True
    schedule(rows, leaves_at, "retire", table, key)
    return False
