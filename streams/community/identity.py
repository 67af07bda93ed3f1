"""When two requests are about the same thing. Only for kinds that are bound to a place."""

from collections.abc import Iterator

from streams.community import lists
from streams.community.facts import Fact
from streams.community.ports import Rows, find
from streams.community.rows import Identity, Task
from streams.community.states import ENDS
from streams.community.tables import IDENTITY, TASKS

LIST_OF_RULE = {"asset": "kinds", "unit": "crosswalk"}
"""Which list a rule reads: its version is kept with the decision."""


def find_open(fact: Fact, rows: Rows) -> tuple[Task, str, str] | None:
    """The open task of the same matter, the rule that found it, and the evidence.

    Same asset and open; else same kind (through the crosswalk) at the same address unit
    (a building or finer) and open. Nothing at a desk joins: its place is not known.
    """
    for rule, evidence, key in keys(fact.code, fact.kind_id, fact.asset, fact.unit, rows):
        entry = find(rows, IDENTITY, key, Identity)
        task = None if entry is None else find(rows, TASKS, f"{fact.code}/{entry.task_id}", Task)
        if task is not None and task.state not in ENDS:
            return task, rule, evidence
    return None


def remember(task: Task, rows: Rows) -> None:
    """Enter a task under what identifies it."""
    for _, _, key in keys(task.code, task.kind_id, task.asset, task.unit, rows):
        rows.put(IDENTITY, key, Identity(task_id=task.task_id))


def forget(task: Task, rows: Rows) -> None:
    """Remove what points to a task that has ended."""
    for _, _, key in keys(task.code, task.kind_id, task.asset, task.unit, rows):
        entry = find(rows, IDENTITY, key, Identity)
        if entry is not None and entry.task_id == task.task_id:
            rows.delete(IDENTITY, key)


def keys(
    code: str, kind_id: str, asset: str | None, unit: str | None, rows: Rows
) -> Iterator[tuple[str, str, str]]:
    """Rule, evidence and index key of everything that identifies a matter."""
    bound_by = lists.kind(rows, kind_id).get("identity", "none")
    if lists.is_desk(rows, code) or bound_by == "none":
        return
    if asset:
        yield "asset", asset, f"{code}/identity/asset/{asset}"
    if bound_by == "unit" and unit is not None and "/" in unit:
        yield "unit", f"{kind_id} {unit}", f"{code}/identity/unit/{kind_id}/{unit}"


def list_version_of(rule: str, rows: Rows) -> str:
    """Version of the list that a rule read, or empty."""
    return lists.list_version(rows, LIST_OF_RULE[rule]) if rule in LIST_OF_RULE else ""
