"""Deadlines and retirement: what is due is a row, and a tick fires it."""

from streams.community import lists
from streams.community.ports import Rows
from streams.community.state_rows import Timer
from streams.community.tables import TIMERS, Table


def timer_key(due: int, what: str, table: str, key: str) -> str:
    """Key of a timer; it begins with the time, ms, in 13 digits."""
    return f"-/timers/{due:013d}/{what}/{table}/{key}"


def schedule(rows: Rows, due: int, what: str, table: Table, key: str) -> None:
    """Have `what` (clock, resume, retire, forget) done to a row at `due`, ms."""
    timer = Timer(due=due, what=what, table=table.name, key=key)
    rows.put(TIMERS, timer_key(due, what, table.name, key), timer)


def schedule_retirement(rows: Rows, ended_at: int, table: Table, key: str) -> None:
    """Have an ended row leave after the retention time."""
    schedule(rows, ended_at + lists.retention_ms(rows), "retire", table, key)
