"""Stories of a town, from a seed: what departments, people and operators say, good and bad.

The same seed tells the same story, in this process and in any other.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sayings import (
    ALLOWED_PROOF,
    CITY,
    COMMUNITY,
    DESK,
    HOME,
    IDENTITY_PROOF,
    NEXT,
    OTHER_HOME,
    PERMITTING,
    POLICE,
    case,
    incident,
    move,
    permit,
)
from town import shipped_parts

from schemas.codec import Codec
from schemas.identity import task_id

KINDS = ("06028", "06010", "09012", "06001")
POLICE_KINDS = ("P41", "P43", "P10", "P30")
COMMANDS = (("accept", "handler"), ("dispose", "handler"), ("verify", "requester"),
            ("pause", "handler"), ("resume", "handler"), ("return", "handler"),
            ("place", "supervisor"), ("withdraw", "requester"), ("sing", "handler"))  # fmt: skip
SCHEMAS = {"city.cases": "shequ.city.Case", "police.incidents": "shequ.police.Incident",
           "task.commands": "shequ.tasks.Command", "reference.lists": "shequ.reference.ListPart",
           "household.moves": "shequ.household.Move", "control": "shequ.ops.Control",
           "permits.applications": "shequ.permits.Application"}  # fmt: skip
CODES = (COMMUNITY, NEXT, DESK)


class Told(NamedTuple):
    """A record as a topic gets it, and how long after the last one, ms."""

    after: int
    topic: str
    key: bytes
    value: bytes


def lists_told() -> list[Told]:
    """The lists that ship."""
    codec = Codec()
    return [
        Told(0, "reference.lists", str(part["list"]).encode(),
             codec.encode(SCHEMAS["reference.lists"], part))
        for part in shipped_parts()
    ]  # fmt: skip


def story(seed: int, length: int, start: int) -> Iterator[Told]:
    """Records of all topics; `start`: the time, ms, at which it begins."""
    yield from _Teller(random.Random(seed), start).tell(length)


@dataclass
class _Teller:
    chance: random.Random
    now: int
    codec: Codec = field(default_factory=Codec)
    told: list[Told] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)

    def tell(self, length: int) -> Iterator[Told]:
        says = (self._case, self._incident, self._person, self._permit, self._move, self._again,
                self._command, self._nonsense, self._control, self._late)  # fmt: skip
        for _ in range(length):
            after = self.chance.choice((0, 0, 1, 40, 900, 5_000, 3_600_000))
            if self.chance.random() < 0.01:
                after = 86_400_000 * self.chance.randint(1, 20)
            self.now += after
            say = self.chance.choices(says, (32, 22, 16, 12, 8, 6, 12, 3, 1, 2))[0]
            for told in say():
                yield told._replace(after=after)
                after = 0

    def _encoded(self, topic: str, key: str, record: dict[str, object]) -> Told:
        told = Told(0, topic, key.encode(), self.codec.encode(SCHEMAS[topic], record))
        self.told.append(told)
        return told

    def _next(self, record: str) -> int:
        """Mostly the next version, now and then one that was told before."""
        newest = self.versions.get(record, 0)
        if newest and self.chance.random() < 0.1:
            return self.chance.randint(1, newest)
        self.versions[record] = newest + 1
        return newest + 1

    def _place(self, code: str) -> str | None:
        estate, building = self.chance.randint(1, 2), self.chance.randint(1, 2)
        return self.chance.choice((None, f"{code}-E{estate}", f"{code}-E{estate}/{building}",
                                   f"{code}-E{estate}/{building}/1"))  # fmt: skip

    def _stated(self, record: str) -> dict[str, object]:
        code = self.where.setdefault(record, self.chance.choice(CODES))
        status = self.chance.choices(("open", "closed"), (3, 2))[0]
        return {
            "community": code,
            "unit": self._place(code),
            "status": status,
            "closed_at": self.now if status == "closed" else None,
            "summary": self.chance.choice(("噪声", "垃圾", "长" * 50)),
        }

    def _case(self) -> Iterator[Told]:
        record = f"A{self.chance.randint(1, 30)}"
        yield self._case_of(record, self._next(record), self._stated(record))

    def _case_of(self, record: str, order: int, stated: dict[str, object]) -> Told:
        kind = {"list": "GB/T 47678.5", "version": "2026", "value": self.chance.choice(KINDS)}
        if self.chance.random() < 0.2:
            stated |= {"category": "component", "asset": f"JG-{self.chance.randint(1, 3)}"}
            kind = {"list": "ezhou.component", "version": "demo-1", "value": "C01"}
        if stated["status"] == "closed" and self.chance.random() < 0.3:
            stated["status"] = "void"
        code = str(stated["community"])
        record_ = case(record, order, self.now, **{"kind": kind, **stated})
        return self._encoded("city.cases", code, record_)

    def _incident(self) -> Iterator[Told]:
        record = f"J{self.chance.randint(1, 30)}"
        stated = self._stated(record)
        value = self.chance.choice(POLICE_KINDS)
        stated["kind"] = {"list": "ezhou.police.kind", "version": "2021", "value": value}
        stated["referred"] = self.chance.random() < 0.8
        event = incident(record, self._next(record), self.now, **stated)
        yield self._encoded("police.incidents", str(stated["community"]), event)

    def _person(self) -> Iterator[Told]:
        record = f"R{self.chance.randint(1, 20)}"
        yield self._person_of(record, self._next(record), self._registered(record))

    def _registered(self, record: str) -> dict[str, object]:
        stated = {name: self._stated(record)[name] for name in ("community", "unit")}
        cancelled = self.chance.random() < 0.15
        return stated | {
            "household": self.chance.choice((HOME, OTHER_HOME, f"e1.{record}", None)),
            "relation": self.chance.choice(("01", "02", "02", "10", "20", None)),
            "change": "death" if cancelled else self.chance.choice(("birth", "correction")),
            "status": "cancelled" if cancelled else "registered",
            "closed_at": self.now if cancelled else None,
        }

    def _person_of(self, record: str, order: int, stated: dict[str, object]) -> Told:
        code = str(stated["community"])
        return self._encoded("household.moves", code, move(record, order, self.now, **stated))

    def _permit(self) -> Iterator[Told]:
        record = f"P{self.chance.randint(1, 20)}"
        yield self._permit_of(record, self._next(record), self._stated(record))

    def _permit_of(self, record: str, order: int, stated: dict[str, object]) -> Told:
        if stated["status"] == "closed" and self.chance.random() < 0.3:
            stated["status"] = "void"
        item = {"list": "ezhou.permit.item", "version": "demo-1",
                "value": self.chance.choice(("Y01", "Y03", "Y06", "Y08", "Y99"))}  # fmt: skip
        stated |= {
            "item": item,
            "act": self.chance.choice((None, None, "proof", "opinion")),
            "proof": self.chance.choice((None, IDENTITY_PROOF, ALLOWED_PROOF)),
        }
        code = str(stated["community"])
        event = permit(record, order, self.now, **stated)
        return self._encoded("permits.applications", code, event)

    def _move(self) -> Iterator[Told]:
        letter = self.chance.choice("ARP")
        record = f"{letter}{self.chance.randint(1, 20)}"
        old = self.where.get(record)
        if old is None:
            return
        new = self.where[record] = self.chance.choice([code for code in CODES if code != old])
        say = {"A": self._case_of, "R": self._person_of, "P": self._permit_of}[letter]
        stated = self._registered(record) if letter == "R" else self._stated(record)
        order = self._next(record)
        yield say(record, order, {**stated, "community": old, "left": new})
        yield say(record, order, {**stated, "community": new, "arrived": old})

    def _again(self) -> Iterator[Told]:
        if self.told:
            yield self.chance.choice(self.told)

    def _late(self) -> Iterator[Told]:
        record = f"L{self.chance.randint(1, 9)}"
        stated = self._stated(record) | {"occurred_at": self.now - 86_400_000 * 40}
        yield self._case_of(record, 1, {**stated, "backfill": self.chance.random() < 0.3})

    def _command(self) -> Iterator[Told]:
        command, role = self.chance.choice(COMMANDS)
        source, letter = self.chance.choice(((CITY, "A"), (POLICE, "J"), (PERMITTING, "P")))
        record = f"{letter}{self.chance.randint(1, 30)}"
        code = self.where.get(record, COMMUNITY)
        wish: dict[str, object] = {
            "command_id": f"c{self.chance.randint(1, 200)}",
            "task_id": task_id(source, record, code), "request_id": None, "code": code,
            "expected_version": self.chance.randint(1, 3), "command": command, "role": role,
            "actor": "worker.017", "reason": self.chance.choice(("", "because")), "at": self.now,
            "target": self.chance.choice((None, str(self.now + 90_000_000))),
        }  # fmt: skip
        yield self._encoded("task.commands", code, wish)

    def _nonsense(self) -> Iterator[Told]:
        topic = self.chance.choice(list(SCHEMAS))
        key = self.chance.choice(CODES).encode()
        other = self.chance.choice(self.told).value if self.told else b""
        cut = other[: self.chance.randint(0, len(other))]
        value = self.chance.choice((b"", self.chance.randbytes(20), cut))
        yield Told(0, topic, key, value)

    def _control(self) -> Iterator[Told]:
        decided: dict[str, object] = {
            "control_id": "x", "kind": self.chance.choice(("epoch", "alias", "reset")),
            "lineage": "another-v1", "code": "abc", "to": None, "reason": "test", "by": "ops",
            "at": self.now,
        }  # fmt: skip
        yield self._encoded("control", "another-v1", decided)
