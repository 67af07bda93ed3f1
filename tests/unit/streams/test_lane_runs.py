"""Random runs on the twin: crashes, lost answers, fences, sleepers, any batch. Exact, every one."""

import random

import pytest
from lane_runs import Run, Said
from stories import story
from town import START
from toy import ToyFold

from streams.community_fold import CommunityFold

SEEDS = 240
AT_ONCE = 20


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


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
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


async def test_the_community_survives_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same runs with the real core, its sealed dead letters, its real stories."""
    home = tmp_path_factory.mktemp("home")
    for seed in range(6):
        told = iter(list(story(seed, 400, START)))

        def tell(_chance: random.Random) -> Said:
            one = next(told)  # noqa: B023 -- each run has a story of its own
            return Said(one.topic, one.value)

        run = Run(seed, lambda: CommunityFold.open(home), tell, partitions=(0,))
        await run.play(steps=80)
        run.require_exact()
