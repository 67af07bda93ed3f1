"""What a timer does when it is due."""

from streams.community import lists, records, tasks
from streams.community.ports import Rows, find
from streams.community.rows import Case, Incident, Task, Timer
from streams.community.states import ENDED, ENDS
from streams.community.tables import CASES, INCIDENTS, REQUESTS, TASKS, Table
from streams.community.timers import schedule_retirement


def fire(now: int, timer: Timer, rows: Rows) -> None:
    """Retire a row, or let a clock run out. A row that is no longer ended stays."""
    task = find(rows, TASKS, timer.key, Task) if timer.table == TASKS.name else None
    if task is not None:
        _fire_task(now, timer, task, rows)
    elif timer.table == INCIDENTS.name:
        _retire_record(now, timer, INCIDENTS, rows)
    elif timer.table == CASES.name:
        _retire_record(now, timer, CASES, rows)


def _fire_task(now: int, timer: Timer, task: Task, rows: Rows) -> None:
    if timer.what == "clock":
        tasks.miss_clock(now, task, rows)
    elif task.state in ENDS and _is_due(
        now, task.closed_at or task.updated_at, TASKS, timer.key, rows
    ):
        tasks.tell(task, "retired", rows)
        rows.delete(TASKS, timer.key)


def _retire_record(now: int, timer: Timer, table: Table, rows: Rows) -> None:
    """A record takes its request with it."""
    row = rows.get(table, timer.key)
    if not isinstance(row, Case | Incident) or row.status not in ENDED:
        return
    if _is_due(now, records.ended_at(row), table, timer.key, rows):
        rows.delete(table, timer.key)
        rows.delete(REQUESTS, timer.key)


def _is_due(now: int, ended: int, table: Table, key: str, rows: Rows) -> bool:
    """Whether the retention time is over; where it was lengthened or the end moved, wait again."""
    if ended + lists.retention_ms(rows) <= now:
        return True
    schedule_retirement(rows, ended, table, key)
    return False
