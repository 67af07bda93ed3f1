"""Brokers that die, restart, forget, fill up, or cannot be reached: exact after each.

The catalogue has more of them than stand here; `make soak` plays all, with many seeds.
"""

import pytest
from faults.catalogue import ON_ITS_OWN_BROKER, ON_THREE_BROKERS
from faults.stage import Stage

SEED = 1
SHORT = (
    "leader killed",
    "restarted one by one",
    "coordinators moved",
    "cut off",
    "slow",
    "compacted under way",
    "trimmed behind",
    "offsets deleted",
)


@pytest.mark.parametrize("name", SHORT)
async def test_nothing_is_lost_and_nothing_is_told_twice(three: Stage, name: str) -> None:
    """Workers fold while it happens, end with 75 at most, and the proof holds."""
    await ON_THREE_BROKERS[name](three, SEED)


@pytest.mark.parametrize("name", ["disk full", "transactional id expired"])
async def test_nor_by_what_one_broker_does_alone(one: Stage, name: str) -> None:
    """The same, on a broker with settings and a disk of its own."""
    await ON_ITS_OWN_BROKER[name](one, SEED)
