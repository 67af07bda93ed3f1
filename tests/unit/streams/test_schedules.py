"""Schedules on the twin: crashes, lost answers, fences, sleepers, any batch. Exact, every one."""

import random
from pathlib import Path

import pytest
from crossing_city import CODES, history
from sayings import START, move
from stories import Told, lists_told, story
from toy import ToyFold, say

from schemas.codec import Codec
from streams.community.core import KEYED
from streams.community.rows import Summary
from streams.community_fold import CommunityFold
from streams.lane.topic_map import partition_of
from streams.lane.twin import Said, Schedule, schedules

SEEDS = 240
AT_ONCE = 20
QUICK = 40


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, marks=pytest.mark.long if first >= QUICK else ())
        for first in range(0, SEEDS, AT_ONCE)
    ],
)
def test_whatever_happens_every_record_is_folded_once(first: int) -> None:
    """Rows, outputs, dead letters and journal are the pure fold of what was sent."""
    for partitions in (2, 3):
        seeds = range(first + partitions - 2, first + AT_ONCE, 2)
        assert len(list(schedules(seeds, ToyFold, say, partitions))) == AT_ONCE / 2


def test_the_schedules_meet_every_kind_of_end() -> None:
    """Otherwise those above would say little."""
    ends: set[str] = set()
    for seed in range(40):
        ends |= set(Schedule(seed, ToyFold, say).play().ended)
    kinds = {"killed", "left", "FencedError", "CommitFailedError", "ChainBrokenError"}
    assert kinds <= ends


def told_in(partitions: int, one: Told) -> Said:
    """Where a department's producer, or an operator, writes it."""
    everywhere = one.topic not in KEYED
    at = range(partitions) if everywhere else (partition_of(one.key, partitions),)
    return Said(one.topic, one.value, one.key, at)


@pytest.mark.parametrize("partitions", [1, 4])
def test_the_community_survives_the_same(tmp_path: Path, partitions: int) -> None:
    """The same schedules with the real core, its sealed dead letters, its real stories."""
    crossings = 0
    for seed in range(4):
        told = iter([*lists_told(), *story(seed, 2_000, START)])

        def tell(_chance: random.Random) -> Said:
            return told_in(partitions, next(told))  # noqa: B023 -- each has a story of its own

        schedule = Schedule(seed, lambda: CommunityFold.open(tmp_path), tell, partitions, steps=200)
        schedule.play().require_exact()
        crossings += sum(len(schedule.log.records("crossings", n)) for n in range(partitions))
    assert crossings > 20


def test_persons_who_move_while_workers_die_are_counted_once(tmp_path: Path) -> None:
    """Forty persons, each along a path of their own through four partitions."""
    for seed in range(4):
        told = iter(persons_on_the_move(random.Random(seed)))
        schedule = Schedule(
            seed, lambda: CommunityFold.open(tmp_path), lambda _: next(told, None), 4, steps=100  # noqa: B023 -- as above
        )  # fmt: skip
        schedule.play(then=told).require_exact()
        rows = [schedule.rows(number) for number in range(4)]
        summaries = [row for found in rows for row in _summaries(found, schedule)]
        counts = ("residents_total", "transit_open", "residents_leaving", "residents_arriving")
        assert [sum(getattr(row, name) for row in summaries) for name in counts] == [40, 0, 0, 0]
        assert [key for found in rows for name, key in found if name == "crossed"] == []


def persons_on_the_move(chance: random.Random) -> list[Said]:
    """What public security says of them, in an order of its own."""
    events = []
    for person in range(40):
        path = chance.choices(CODES, k=chance.randint(1, 6))
        events += [move(f"RK{person}", half.version, START, **half.stated)
                   for half in history(path)]  # fmt: skip
    chance.shuffle(events)
    codec = Codec()
    return [
        told_in(4, Told(0, "household.moves", str(event["community"]).encode(),
                        codec.encode("shequ.household.Move", event)))
        for event in events
    ]  # fmt: skip


def _summaries(rows: dict[tuple[str, str], bytes], schedule: Schedule) -> list[Summary]:
    fold = schedule.new_fold()
    (table,) = [table for table in fold.tables if table.name == "summary"]
    return [fold.decode_row(table, data) for (name, _), data in rows.items() if name == table.name]
