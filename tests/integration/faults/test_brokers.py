"""Three brokers that die, hang, restart, or cannot be reached: exact after each."""

import pytest
from faults.catalogue import ON_THREE_BROKERS
from faults.stage import Scenario, Stage

SEED = 1


@pytest.mark.parametrize("scenario", ON_THREE_BROKERS.values(), ids=ON_THREE_BROKERS.keys())
async def test_nothing_is_lost_and_nothing_is_told_twice(three: Stage, scenario: Scenario) -> None:
    """Workers fold while it happens, end with 75 at most, and the proof holds."""
    await scenario(three, SEED)
