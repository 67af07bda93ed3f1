"""Brokers that die, restart, forget, fill up, or cannot be reached: exact after each.

The catalogue has more of them than stand here; `make soak` plays all, with many seeds.
"""

import asyncio

import pytest
from faults.catalogue import ON_ITS_OWN_BROKER, ON_THREE_BROKERS
from faults.stage import Scenario, Stage

SEED = 1


@pytest.mark.parametrize(
    "name",
    ["leader killed", "restarted one by one", "coordinators moved", "cut off", "slow"],
)
async def test_nothing_is_lost_and_nothing_is_told_twice(three: Stage, name: str) -> None:
    """Workers fold while it happens, end with 75 at most, and the proof holds."""
    await ON_THREE_BROKERS[name](three, SEED)


async def test_nor_by_what_brokers_compact_eat_and_forget(three: Stage) -> None:
    """Three lineages at once: what befalls one does not touch the others."""
    names = ("compacted under way", "trimmed behind", "offsets deleted")
    await asyncio.gather(*(_alone(three, ON_THREE_BROKERS[name]) for name in names))


async def test_nor_by_a_full_disk_or_a_broker_that_forgets_its_workers(one: Stage) -> None:
    """Each on a broker with settings and a disk of its own."""
    names = ("disk full", "transactional id expired")
    await asyncio.gather(*(_alone(one, ON_ITS_OWN_BROKER[name]) for name in names))


async def _alone(stage: Stage, scenario: Scenario) -> None:
    """On a stage of its own: one that ends stops its own workers only."""
    folder = stage.folder / getattr(scenario, "__name__", "")
    folder.mkdir()
    own = Stage(folder, stage.bootstrap, stage.direct, cluster=stage.cluster)
    async with own:
        await scenario(own, SEED)
    assert own.tally.events > 0
