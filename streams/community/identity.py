"""When two requests are about the same thing. Only for kinds that are bound to a place.

A task is known by the facts of its first request; at most one open task has a fact.
"""

from collections.abc import Iterator
from typing import Protocol

from streams.community import lists
from streams.community.facts import Fact
from streams.community.ports import Rows, find
from streams.community.rows import Task
from streams.community.state_rows import Identity
from streams.community.states import ENDS
from streams.community.tables import IDENTITY, TASKS

LIST_OF_RULE = {"asset": "kinds", "unit": "crosswalk"}
"""Which list a rule reads: its version is kept with the decision."""


class Matter(Protocol):
    """What identifies a task or a request."""

    @property
    def code(self) -> str: ...
    @property
    def kind_id(self) -> str: ...
    @property
    def asset(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...


def find_open(fact: Fact, rows: Rows) -> tuple[Task, str, str] | None:
    """The open task of the same matter, the rule that found it, and the evidence.

    Same asset and open; else same kind (through the crosswalk) at the same address unit
    (a building or finer) and open. Nothing at a desk joins: its place is not known. Nor does what
    was over before the task's matter began.
    """
    for rule, evidence, key in keys(fact, rows):
        entry = find(rows, IDENTITY, key, Identity)
        task = None if entry is None else find(rows, TASKS, f"{fact.code}/{entry.task_id}", Task)
        if task is not None and task.state not in ENDS and not _was_over(fact, task):
            return task, rule, evidence
    return None


def _was_over(fact: Fact, task: Task) -> bool:
    ended = fact.closed_at if fact.status != "open" else None
    return ended is not None and ended < task.opened_at


def remember(task: Task, rows: Rows) -> None:
    """Enter a task under what identifies it."""
    for _, _, key in keys(task, rows):
        rows.put(IDENTITY, key, Identity(task_id=task.task_id))


def forget(task: Task, rows: Rows) -> None:
    """Remove what points to a task, whatever the lists said when it was entered."""
    for _, _, key in _all_keys(task):
        entry = find(rows, IDENTITY, key, Identity)
        if entry is not None and entry.task_id == task.task_id:
            rows.delete(IDENTITY, key)


def same(one: Matter, other: Matter, rows: Rows) -> bool:
    """Whether both are identified by the same facts."""
    return list(keys(one, rows)) == list(keys(other, rows))


def shared(one: Matter, other: Matter, rows: Rows) -> bool:
    """Whether a fact that identifies the one identifies the other, too."""
    others = [key for _, _, key in keys(other, rows)]
    return any(key in others for _, _, key in keys(one, rows))


def keys(matter: Matter, rows: Rows) -> Iterator[tuple[str, str, str]]:
    """Rule, evidence and index key of everything that identifies a matter."""
    bound_by = lists.kind(rows, matter.kind_id).identity
    if bound_by == "none" or lists.is_desk(rows, matter.code):
        return
    for rule, evidence, key in _all_keys(matter):
        if rule == "asset" or bound_by == "unit":
            yield rule, evidence, key


def _all_keys(matter: Matter) -> Iterator[tuple[str, str, str]]:
    code, kind, unit = matter.code, matter.kind_id, matter.unit
    if matter.asset:
        yield "asset", matter.asset, f"{code}/identity/asset/{matter.asset}"
    if unit is not None and "/" in unit:
        yield "unit", f"{kind} {unit}", f"{code}/identity/unit/{kind}/{unit}"


def list_version_of(rule: str, rows: Rows) -> str:
    """Version of the list that a rule read, or empty."""
    return lists.list_version(rows, LIST_OF_RULE[rule]) if rule in LIST_OF_RULE else ""
