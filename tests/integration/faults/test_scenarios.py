"""Every scenario of faults on the workers' side, once and short; `make soak` plays them for long.

Each ends with the exactness checker: what is committed is the pure fold of what was sent.
"""

import asyncio
from pathlib import Path

import pytest
from faults.catalogue import ON_ONE_BROKER
from faults.killed import killed_at_every_point
from faults.stage import Stage
from soak.runs import Run, run

SEED = 7
AT_ONCE = 3
"""Most of a scenario is waiting for a session to end: several are played side by side."""


@pytest.fixture(scope="module")
def played(bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All of them, played; the one with many workers of its own by itself."""
    return asyncio.run(_play(bootstrap, tmp_path_factory.mktemp("faults")))


async def _play(bootstrap: str, folder: Path) -> dict[str, Run]:
    room = asyncio.Semaphore(AT_ONCE)

    async def stage(home: Path) -> Stage:
        return Stage(home, bootstrap, bootstrap)

    async def play(name: str) -> Run:
        async with room:
            home = folder / name.replace(" ", "-")
            return await run(name, ON_ONE_BROKER[name], SEED, home, stage)

    alone, *others = sorted(
        ON_ONE_BROKER, key=lambda name: ON_ONE_BROKER[name] is not killed_at_every_point
    )
    runs = [await play(alone), *await asyncio.gather(*(play(name) for name in others))]
    return {one.scenario: one for one in runs}


@pytest.mark.parametrize("name", ON_ONE_BROKER)
def test_nothing_is_lost_and_nothing_is_told_twice(played: dict[str, Run], name: str) -> None:
    assert played[name].error == ""
    assert played[name].tally.events > 0
