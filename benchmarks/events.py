"""Events for measuring: shaped like the departments', without their dirt."""

import random
from collections.abc import Iterator

from schemas.codec import Codec
from schemas.gazetteer import Gazetteer
from schemas.identity import event_id

KINDS = ("06010", "06020", "06028", "09009", "09012")
UPDATES_PER_RECORD = 3


def case_events(count: int, now: int, seed: int = 1) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of city cases: each opened, changed, closed. `now`: ms."""
    chance, codec = random.Random(seed), Codec()
    codes = [unit.code for unit in Gazetteer.load("ezhou").communities if not unit.virtual]
    for number in range(count):
        record, step = divmod(number, UPDATES_PER_RECORD)
        place = random.Random(seed * 1_000_003 + record)
        code = place.choice(codes)
        yield (
            code.encode(),
            codec.encode("shequ.city.Case", _case(record, step, code, place, chance, now)),
        )


def _case(
    record: int, step: int, code: str, place: random.Random, chance: random.Random, now: int
) -> dict[str, object]:
    kind, estate, building = place.choice(KINDS), place.randrange(5), place.randrange(1, 40)
    content = chance.randbytes(16)
    number = f"B{record:08d}"
    return {
        "event_id": event_id("bench.city_cases", number, step, content),
        "source": "bench.city_cases",
        "record_id": number,
        "version": {"order": step, "hash": content},
        "occurred_at": now - 3_600_000 + record,
        "community": code,
        "backfill": False,
        "moved": None,
        "category": "event",
        "kind": {"list": "GB/T 47678.5", "version": "2026", "value": kind},
        "asset": None,
        "stage": ("派遣", "处置", "结案")[step],
        "status": "closed" if step == UPDATES_PER_RECORD - 1 else "open",
        "closed_at": now if step == UPDATES_PER_RECORD - 1 else None,
        "department": "城管",
        "place": {
            "unit": f"{code}-E{estate:02d}/{building}",
            "text": "滨湖花园3栋",
            "lon": 1_148_000_000,
            "lat": 303_000_000,
            "candidates": [],
            "gazetteer": "bench",
        },
        "summary": "垃圾堆放,影响通行",
        "person": "e1.benchbenchbenchbench",
        "personal": chance.randbytes(180),
    }
