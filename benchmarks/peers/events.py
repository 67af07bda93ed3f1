"""Events for the peers: repeatable, of 358 communities, three versions of most cases.

A case is opened, worked on, closed; its versions come thousands of events apart, and one in a
hundred comes before the one that it follows.
"""

import random
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from benchmarks.peers import thin
from benchmarks.peers.thin import Fields
from schemas.gazetteer import Gazetteer

COUNT = 200_000
COMMUNITIES = 358
VERSIONS = 3
SPREAD = 5_000
"""Mean number of events between two versions of a case."""
SWAPPED = 0.01
BEGAN = 1_790_000_000_000
"""Ms since 1970 UTC; fixed, so that the same seed gives the same bytes."""
STAGES = ("派遣", "处置", "结案")
KINDS = ("06010", "06020", "06028", "09009", "09012")
TEXT = (
    "巡查发现小区门口人行道堆放生活垃圾和装修废料,占用盲道,影响老人和儿童通行,"
    "已通知物业公司限期清理,并安排保洁人员到场处置,请社区回访确认,处理结果拍照上传。"
)


class Message(NamedTuple):
    """A record of the source topic: `key` is the community's code, ASCII."""

    key: bytes
    value: bytes


class _Told(NamedTuple):
    """When a version is told, of which case, which one it is."""

    at: float
    number: int
    step: int


def generated(count: int = COUNT, seed: int = 1, versions: int = VERSIONS) -> Iterator[Message]:
    """So many events, in the order in which they are appended; `versions` of most cases."""
    chance = random.Random(seed)
    for place, told in enumerate(_order(count, versions, chance)):
        event = _event(told, place, chance)
        yield Message(event["community"].encode("ascii"), thin.EVENT.encode(event))


def _order(count: int, versions: int, chance: random.Random) -> list[_Told]:
    told = list[_Told]()
    for number in range(-(-count // versions)):
        times = [chance.random() * count]
        while len(times) < versions:
            times.append(times[-1] + chance.expovariate(1 / SPREAD))
        if chance.random() < SWAPPED * versions:
            times[-2:] = times[:-3:-1]
        told += [_Told(at, number, step) for step, at in enumerate(times)]
    return sorted(told)[:count]


def _event(told: _Told, place: int, chance: random.Random) -> Fields:
    number, step = told.number, told.step
    codes = _codes()
    code = codes[number * 7_919 % len(codes)]
    component, ended = number % 4 == 0, step == VERSIONS - 1
    record = f"AJ4207{number:010d}"
    status = ("void" if number % 20 == 0 else "closed") if ended else "open"
    return {
        "event_id": f"{chance.getrandbits(128):032x}",
        "source": "ezhou.city_cases",
        "record_id": record,
        "version": {"order": BEGAN + number + step, "hash": chance.randbytes(16)},
        "occurred_at": BEGAN + number,
        "reported_at": BEGAN + place,
        "community": code,
        "backfill": False,
        "moved": None,
        "category": "component" if component else "event",
        "kind": {"list": "GB/T 47678.5", "version": "2026", "value": KINDS[number % len(KINDS)]},
        "asset": f"{code}-JG{number % 900:05d}" if component else None,
        "stage": STAGES[step],
        "status": status,
        "closed_at": BEGAN + place if ended else None,
        "department": "城市管理执法局",
        "channel": "网格员上报",
        "severity": 1 + number % 5,
        "place": _place(code, number),
        "summary": TEXT[: 70 + number % 10],
        "person": f"e1.{number % 50_000:026d}",
        "personal": chance.randbytes(180),
    }


def _place(code: str, number: int) -> Fields:
    return {
        "unit": f"{code}-E{number % 12:02d}/{number % 40}/{number % 3}",
        "text": f"鄂城区凤凰街道滨湖花园{number % 40}栋{number % 3}单元",
        "lon": 1_148_000_000 + number % 100_000,
        "lat": 303_000_000 + number % 100_000,
        "candidates": [],
        "gazetteer": "2025-06-30",
    }


@cache
def _codes() -> list[str]:
    found = [unit.code for unit in Gazetteer.load("ezhou").communities]
    return found[:COMMUNITIES]
