"""Events for measuring: of all four systems, shaped like the departments', without their dirt."""

import random
from collections.abc import Iterator
from itertools import cycle, islice

from benchmarks.stories import STORIES, Told
from schemas.codec import Codec
from schemas.gazetteer import Gazetteer
from schemas.identity import event_id

SCHEMAS = {
    "household.moves": "shequ.household.Move",
    "police.incidents": "shequ.police.Incident",
    "city.cases": "shequ.city.Case",
    "permits.applications": "shequ.permits.Application",
}
"""Topics in turn: each gets a quarter of the records."""

Message = tuple[str, bytes, bytes]
"""Logical topic, key, value."""


def mixed(count: int, now: int, seed: int = 1) -> Iterator[Message]:
    """So many messages of records that are each opened, changed, ended. `now`: ms."""
    return islice(_endless(now, seed), count)


def _endless(now: int, seed: int) -> Iterator[Message]:
    chance, codec = random.Random(seed), Codec()
    codes = [unit.code for unit in Gazetteer.load("ezhou").communities if not unit.virtual]
    for number, topic in enumerate(cycle(SCHEMAS)):
        for told in STORIES[topic](number, chance, codes, now):
            event = _event(topic, number, told, chance, now)
            yield topic, told.code.encode(), codec.encode(SCHEMAS[topic], event)


def _event(
    topic: str, number: int, told: Told, chance: random.Random, now: int
) -> dict[str, object]:
    source, record = f"bench.{topic}", f"B{number:08d}"
    content = f"{number}/{told.order}".encode().ljust(16)[:16]  # both halves of a move have one
    return {
        "event_id": event_id(source, record, told.order, content),
        "source": source,
        "record_id": record,
        "version": {"order": told.order, "hash": content},
        "occurred_at": now - 3_600_000 + number,
        "community": told.code,
        "backfill": False,
        "moved": told.moved,
        "person": f"e1.bench{number % 10_000:016d}",
        "personal": chance.randbytes(180),
        "place": _place(told),
        **told.fields,
    }


def _place(told: Told) -> dict[str, object]:
    return {
        "unit": told.unit,
        "text": "滨湖花园3栋",
        "lon": 1_148_000_000,
        "lat": 303_000_000,
        "candidates": [],
        "gazetteer": "bench",
    }
