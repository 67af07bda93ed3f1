"""Random runs on the twin: crashes, lost answers, fences, sleepers, any batch. Exact, every one."""

import random
from pathlib import Path

import pytest
from crossing_city import CODES, history
from lane_runs import Run, Said
from sayings import START, move
from stories import Told, lists_told, story
from toy import ToyFold

from schemas.codec import Codec
from streams.community.core import KEYED
from streams.community.rows import Summary
from streams.community_fold import CommunityFold
from streams.lane.topic_map import partition_of

SEEDS = 240
AT_ONCE = 20
QUICK = 40


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


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, marks=pytest.mark.long if first >= QUICK else ())
        for first in range(0, SEEDS, AT_ONCE)
    ],
)
async def test_whatever_happens_every_record_is_folded_once(first: int) -> None:
    """Rows, outputs, dead letters and journal are the pure fold of what was sent."""
    for seed in range(first, first + AT_ONCE):
        run = Run(seed, ToyFold, say, partitions=range(2 + seed % 2))
        await run.play(steps=120)
        run.require_exact()


async def test_the_runs_meet_every_kind_of_end() -> None:
    """Otherwise the runs above would say little."""
    ends: set[str] = set()
    for seed in range(40):
        run = Run(seed, ToyFold, say)
        await run.play(steps=120)
        ends |= set(run.ended)
    assert {"killed", "FencedError", "CommitFailedError"} <= ends


def told_in(partitions: int, one: Told) -> Said:
    """Where a department's producer, or an operator, writes it."""
    everywhere = one.topic not in KEYED
    at = range(partitions) if everywhere else (partition_of(one.key, partitions),)
    return Said(one.topic, one.value, one.key, at)


@pytest.mark.parametrize("partitions", [1, 4])
async def test_the_community_survives_the_same(tmp_path: Path, partitions: int) -> None:
    """The same runs with the real core, its sealed dead letters, its real stories."""
    crossings = 0
    for seed in range(4):
        told = iter([*lists_told(), *story(seed, 600, START)])

        def tell(_chance: random.Random) -> Said:
            return told_in(partitions, next(told))  # noqa: B023 -- each run has a story of its own

        run = Run(seed, lambda: CommunityFold.open(tmp_path), tell, range(partitions))
        await run.play(steps=120)
        run.require_exact()
        crossings += sum(len(run.log.records("crossings", n)) for n in run.partitions)
    assert crossings > 20


async def test_persons_who_move_while_workers_die_are_counted_once(tmp_path: Path) -> None:
    """Forty persons, each along a path of their own through four partitions."""
    for seed in range(4):
        told = iter(persons_on_the_move(random.Random(seed)))
        run = Run(
            seed, lambda: CommunityFold.open(tmp_path), lambda _: next(told, None), range(4)  # noqa: B023 -- as above
        )  # fmt: skip
        await run.play(steps=100)
        for one in told:
            run.append(one)
        await run.finish()
        run.require_exact()
        summaries = [row for n in run.partitions for row in _summaries(run, n)]
        counts = ("residents_total", "transit_open", "residents_leaving", "residents_arriving")
        assert [sum(getattr(row, name) for row in summaries) for name in counts] == [40, 0, 0, 0]
        crossed = [key for n in run.partitions for name, key in run.rows(n) if name == "crossed"]
        assert crossed == []


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


def _summaries(run: Run, number: int) -> list[Summary]:
    fold = run.new_fold()
    (table,) = [table for table in fold.tables if table.name == "summary"]
    return [
        fold.decode_row(table, data)
        for (name, _), data in run.rows(number).items()
        if name == table.name
    ]
