"""The clocks of a task: until when it must be disposed of, and when that time stands still."""

import msgspec

from streams.community import lists
from streams.community.ports import Rows
from streams.community.rows import Clock, Task
from streams.community.tables import TASKS
from streams.community.timers import schedule

DISPOSE = "dispose"


def dispose_clock(start: int, kind: str, rows: Rows) -> Clock:
    """A running clock of the time that the kind gives, natural hours."""
    hours = lists.kind(rows, kind).dispose_hours
    return Clock(
        name=DISPOSE,
        due_at=start + hours * lists.HOUR_MS,
        state="running",
        calendar="natural",
        reason="",
        paused_at=None,
    )


def watch(task: Task, rows: Rows) -> None:
    """Have every running clock looked at when it runs out."""
    for clock in task.clocks:
        if clock.state == "running":
            schedule(rows, clock.due_at, "clock", TASKS, f"{task.code}/{task.task_id}")


def paused(clocks: tuple[Clock, ...], now: int, reason: str) -> tuple[Clock, ...]:
    """The same clocks, standing."""
    return tuple(
        msgspec.structs.replace(clock, state="paused", reason=reason, paused_at=now)
        if clock.state == "running"
        else clock
        for clock in clocks
    )


def resumed(clocks: tuple[Clock, ...], now: int) -> tuple[Clock, ...]:
    """The same clocks, running: what was left when they were stopped is left now."""
    return tuple(
        msgspec.structs.replace(
            clock,
            state="running",
            reason="",
            due_at=clock.due_at + now - (now if clock.paused_at is None else clock.paused_at),
            paused_at=None,
        )
        if clock.state == "paused"
        else clock
        for clock in clocks
    )


def stopped(clocks: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """The same clocks, met: the task is over. One that ran out before stays missed."""
    return tuple(
        msgspec.structs.replace(clock, state="met", paused_at=None)
        if clock.state in {"running", "paused"}
        else clock
        for clock in clocks
    )


def missed(clocks: tuple[Clock, ...], now: int) -> tuple[Clock, ...]:
    """The same clocks; one that runs and is over is missed."""
    return tuple(
        msgspec.structs.replace(clock, state="missed")
        if clock.state == "running" and clock.due_at <= now
        else clock
        for clock in clocks
    )


def of_kind(task: Task, kind: str, rows: Rows) -> tuple[Clock, ...]:
    """The task's clocks with the time that another kind gives, counted from when it was made."""
    fresh = dispose_clock(task.created_at, kind, rows)
    return tuple(
        msgspec.structs.replace(clock, due_at=fresh.due_at)
        if clock.name == DISPOSE and clock.state == "running"
        else clock
        for clock in task.clocks
    )
