"""A small app for the lane: it counts, it sets timers, it chokes on poison, it fails once."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.identity import derived_id
from streams.lane.fold import UnitRows
from streams.lane.port import Record, Write
from streams.lane.twin import Said

TIMER_MS = 5_000
HEX = frozenset({"state", "outs"})
"""What the journal and the positions hold as bytes."""


@dataclass(frozen=True, slots=True)
class ToyTable:
    """A table of counters, timers or notes."""

    name: str
    topic: str
    public: bool = True


COUNTS = ToyTable("counts", "views.counts")
NOTES = ToyTable("notes", "state", public=False)
TIMERS = ToyTable("timers", "state", public=False)


class PoisonError(Exception):
    """What a poisonous record provokes."""


class ToyFold:
    """Its records are words.

    `name+number` counts, `cross:key:words` says words where the key belongs, `list:x` notes,
    `timer:name` counts later, `big:name:n` makes a row of n bytes, `poison` fails, `take-poison`
    takes a timer and fails, `once...` fails the first time, `tick-poison` makes a tick fail.
    """

    tables: Sequence[ToyTable] = (COUNTS, NOTES, TIMERS)
    sources: Sequence[str] = ("lists", "a", "b", "crossings")
    ahead: Sequence[str] = ("lists",)
    crossings: Sequence[str] = ("crossings",)
    timers = TIMERS.name

    def __init__(self, code: str = "toy-1") -> None:
        self.code = code
        self.failed: set[bytes] = set()
        self.erased: set[str] = set()

    def tick(self, now: int, rows: UnitRows[ToyTable, Any]) -> None:
        """A timer that is due counts."""
        while (name := rows.pop_due(now)) is not None:
            if name == "poison":
                raise PoisonError(name)
            self._count(f"timer-{name}", 1, now, rows)

    def apply(self, now: int, topic: str, record: Record, rows: UnitRows[ToyTable, Any]) -> None:
        """Fold one record."""
        value = record.value or b""
        text = msgspec.json.decode(value) if topic == "crossings" else value.decode()
        if text.startswith("once") and value not in self.failed:
            self.failed.add(value)
            raise PoisonError(text)
        if text == "take-poison":
            rows.pop_due(now + 10 * TIMER_MS)
            raise PoisonError(text)
        if text.startswith("poison"):
            self._count("never seen", 1, now, rows)
            raise PoisonError(text)
        if text.startswith("list:"):
            rows.put(NOTES, "-/notes/list", text[5:])
        elif text.startswith(("timer:", "tick-")):
            name = text.partition(":")[2] or "poison"
            rows.put(TIMERS, f"-/timers/{now + TIMER_MS:013d}/{topic}/{name}", name)
        elif text.startswith("cross:"):
            _, key, words = text.split(":", 2)
            rows.emit("crossings", "toy.Crossing", key, words)
        elif text.startswith("big:"):
            _, name, size = text.split(":")
            rows.put(COUNTS, f"x/{name}", "x" * int(size))
        else:
            name, _, number = text.partition("+")
            self._count(name, int(number or 1), now, rows)

    def _count(self, name: str, number: int, now: int, rows: UnitRows[ToyTable, Any]) -> None:
        key = f"x/{name}"
        before = rows.get(COUNTS, key) or 0
        note = rows.get(NOTES, "-/notes/list") or ""
        if before + number == 0:
            rows.delete(COUNTS, key)
        else:
            rows.put(COUNTS, key, before + number)
        rows.emit("task.events", "toy.Event", key, [before, number, now, note])

    def encode_row(self, table: ToyTable, row: object) -> bytes:
        """JSON."""
        del table
        return msgspec.json.encode(row)

    def decode_row(self, table: ToyTable, data: bytes) -> Any:  # noqa: ANN401 -- rows of a toy
        """What encode_row wrote."""
        del table
        return msgspec.json.decode(data)

    def encode(self, schema: str, value: object) -> bytes:
        """JSON, bytes as hex."""
        del schema
        return msgspec.json.encode(_hex(value))

    def decode(self, schema: str, data: bytes) -> dict[str, Any]:
        """What encode wrote."""
        del schema
        found: dict[str, Any] = msgspec.json.decode(data)
        return {k: bytes.fromhex(v) if k in HEX else v for k, v in found.items()}

    def letter(
        self, topic: str, partition: int, record: Record, error: Exception, now: int
    ) -> Write:
        """A letter whose value may be erased, as a sealed one may."""
        identity = derived_id("toy", topic, str(record.offset), type(error).__name__)
        sealed = b"" if identity in self.erased else (record.value or b"")
        del now
        return Write(f"dlq.{topic}", identity.encode(), sealed, (("at", str(partition).encode()),))


def _hex(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in value.items()}


def say(chance: random.Random) -> Said:
    """Counts, timers, lists, words for other partitions, and now and then poison."""
    name = f"n{chance.randint(1, 9)}"
    value = chance.choices(
        (f"{name}+{chance.randint(-2, 3)}", f"timer:{name}", "poison", f"once{chance.random()}",
         f"big:{name}:1000000", "list:v", f"cross:{name}:{name}+1", f"cross:{name}:poison",
         f"cross:x:cross:{name}:timer:{name}"),
        (600, 150, 50, 30, 2, 60, 140, 10, 40),
    )[0]  # fmt: skip
    return Said(chance.choice(("a", "b", "lists")), value.encode())
