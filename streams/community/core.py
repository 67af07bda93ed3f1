"""The core: a step is a time and a record, or a time alone. No I/O, no clock, no chance."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from streams.community import commands, events, lists, retirement
from streams.community.cases import apply_case
from streams.community.incidents import apply_incident
from streams.community.permits import apply_permit
from streams.community.ports import BadRecordError, Rows
from streams.community.residents import apply_move
from streams.community.rows import Moved
from streams.community.state_rows import Timer
from streams.community.transit import apply_crossing

Apply = Callable[[int, Any, Rows], None]

CODE_DIGITS = 12
"""Of a community's code 统计用区划代码."""

KEYED = {
    "city.cases": "community",
    "crossings": "to_code",
    "household.moves": "community",
    "permits.applications": "community",
    "police.incidents": "community",
    "task.commands": "code",
}
"""Field of a topic's records that is their key: the code whose rows they change."""


def note_control(_now: int, control: events.Control, _rows: Rows) -> None:
    """Epochs and hand-overs concern the lane; the core only sees that they passed."""
    if control.kind not in {"epoch", "handover", "alias"}:
        raise BadRecordError("control.kind", "kind", "one of epoch, handover, alias")


def tick(now: int, rows: Rows) -> None:
    """Fire what is due at `now`, by (due, key)."""
    while (timer := rows.pop_due(now)) is not None:
        if isinstance(timer, Timer):
            retirement.fire(now, timer, rows)


def apply(
    now: int, topic: str, record: Mapping[str, object], rows: Rows, key: bytes | None
) -> None:
    """The handler of the record's topic, after the tick of its step. `key`: that of the message.

    Raises BadRecordError where the record is against a rule; `rows` is then to be dropped.
    """
    kind, handler = handlers[topic]
    try:
        event: Any = msgspec.convert(record, kind, builtin_types=(bytes,))
    except msgspec.ValidationError as error:
        raise BadRecordError("record.shape", "", f"{error}: see the schema of the topic") from error
    if topic in KEYED:
        _require_code(getattr(event, KEYED[topic]), KEYED[topic], key)
    if isinstance(event, events.Event) and event.moved is not None:
        _require_move(event.community, event.moved)
    handler(now, event, rows)


def _require_code(code: str, field: str, key: bytes | None) -> None:
    """Keys of rows begin with it: one that is no code would stand among another table's rows.

    The message's key decides the partition: another one would put the row into two of them.
    """
    if not _is_code(code):
        advice = "a community's code has 12 digits: correct it at the producer, and send again"
        raise BadRecordError("record.code", field, advice)
    if key != code.encode("ascii"):
        advice = f"the message's key is the {field} of the record: produce it with that key"
        raise BadRecordError("record.key", field, advice)


def _require_move(code: str, moved: Moved) -> None:
    """The other code is told, and waited for: one that is none would never answer."""
    halves = ("left", "arrived")
    if moved.direction in halves and moved.counterpart != code and _is_code(moved.counterpart):
        return
    advice = "a record left for, or arrived from, another code of 12 digits: correct the producer"
    raise BadRecordError("record.moved", "moved", advice)


def _is_code(text: str) -> bool:
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit()


handlers: dict[str, tuple[type, Apply]] = {
    "city.cases": (events.Case, apply_case),
    "control": (events.Control, note_control),
    "crossings": (events.Crossing, apply_crossing),
    "household.moves": (events.Move, apply_move),
    "permits.applications": (events.Application, apply_permit),
    "police.incidents": (events.Incident, apply_incident),
    "reference.lists": (events.ListPart, lists.apply_list_part),
    "task.commands": (events.Command, commands.apply_command),
}
"""The whole flow: which topic is decoded as what and folded by whom."""
