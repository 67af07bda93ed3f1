"""What each system tells of one record, from its first version to its last."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

KINDS = ("06010", "06020", "06028", "09009", "09012")
POLICE_KINDS = ("P10", "P30", "P41", "P42", "P90")
ITEMS = ("Y01", "Y03", "Y06", "Y08", "Y10")
REFERRED, MOVED = 0.35, 0.05
"""Shares: of incidents that ask a community for something, of persons who move within the city."""
MEMBERS = 3
"""Of a household."""


@dataclass(frozen=True, slots=True)
class Told:
    """One version: its order, where it is filed, and the fields that only its topic has."""

    order: int
    code: str
    unit: str
    fields: Mapping[str, object]
    moved: Mapping[str, str] | None = None


Story = Callable[[int, random.Random, Sequence[str], int], Iterator[Told]]


def case(_number: int, chance: random.Random, codes: Sequence[str], now: int) -> Iterator[Told]:
    """Dispatched, worked on, closed; many are at the same place as others."""
    code, kind = chance.choice(codes), chance.choice(KINDS)
    unit = _unit(chance, code)
    for step, stage in enumerate(("派遣", "处置", "结案")):
        ended = stage == "结案"
        yield Told(step, code, unit, {
            "category": "event",
            "kind": _listed("GB/T 47678.5", "2026", kind),
            "asset": None,
            "stage": stage,
            "status": "closed" if ended else "open",
            "closed_at": now if ended else None,
            "department": "城管",
            "summary": "垃圾堆放,影响通行",
        })  # fmt: skip


def incident(number: int, chance: random.Random, codes: Sequence[str], now: int) -> Iterator[Told]:
    """Reported, referred or not, closed."""
    code, kind = chance.choice(codes), chance.choice(POLICE_KINDS)
    unit, referred = _unit(chance, code), chance.random() < REFERRED
    for step in range(3):
        ended = step == 2
        yield Told(step, code, unit, {
            "kind": _listed("ezhou.police.kind", "2021", kind),
            "status": "closed" if ended else "open",
            "closed_at": now if ended else None,
            "filed": False,
            "referred": referred and step > 0,
            "document": f"转{number}" if referred and step > 0 else None,
            "summary": "楼上持续噪声,多次劝阻无效",
        })  # fmt: skip


def permit(number: int, chance: random.Random, codes: Sequence[str], now: int) -> Iterator[Told]:
    """Applied for, accepted, decided; three items of five need a community's act."""
    code, item = chance.choice(codes), chance.choice(ITEMS)
    unit = _unit(chance, code)
    for step, stage in enumerate(("applied", "accepted", "decided")):
        ended = stage == "decided"
        yield Told(step, code, unit, {
            "item": _listed("ezhou.permit.item", "demo-1", item),
            "item_type": _listed("政务服务事项类型", "", "01"),
            "channel": "network",
            "stage": stage,
            "status": "closed" if ended else "open",
            "decision": "granted" if ended else None,
            "accepted_at": now if step else None,
            "closed_at": now if ended else None,
            "department": "市市场监管局",
            "document": f"受理{number}" if step else None,
            "act": None,
            "proof": None,
            "summary": "开一家早餐店",
        })  # fmt: skip


def move(number: int, chance: random.Random, codes: Sequence[str], _now: int) -> Iterator[Told]:
    """Moved in, corrected, corrected again, or moved to another community: told to both."""
    household = number // len(STORIES) // MEMBERS
    here, there = codes[household % len(codes)], codes[(household + 1) % len(codes)]
    unit = _unit(chance, here)
    fields = {
        "change": "move_in",
        "status": "registered",
        "cancelled_because": None,
        "closed_at": None,
        "household": f"h1.bench{household:016d}",
        "relation": _listed("GB/T 4761", "2008", "02"),
        "sex": _listed("GB/T 2261.1", "2003", chance.choice("12")),
    }
    yield Told(0, here, unit, fields)
    corrected = {**fields, "change": "correction"}
    yield Told(1, here, unit, corrected)
    if chance.random() < MOVED:
        yield Told(2, here, unit, fields, {"direction": "left", "counterpart": there})
        elsewhere = _unit(chance, there)
        yield Told(2, there, elsewhere, fields, {"direction": "arrived", "counterpart": here})
    else:
        yield Told(2, here, unit, corrected)


STORIES: dict[str, Story] = {
    "household.moves": move,
    "police.incidents": incident,
    "city.cases": case,
    "permits.applications": permit,
}


def _unit(chance: random.Random, code: str) -> str:
    return f"{code}-E{chance.randrange(5):02d}/{chance.randrange(1, 40)}"


def _listed(name: str, version: str, value: str) -> dict[str, str]:
    return {"list": name, "version": version, "value": value}
