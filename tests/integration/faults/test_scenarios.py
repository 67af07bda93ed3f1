"""Every scenario of faults on the workers' side, once and short; `make soak` runs all for an hour.

Each ends with the exactness checker: what is committed is the pure fold of what was sent.
"""

import pytest
from faults.catalogue import ON_ONE_BROKER
from faults.stage import Scenario, Stage

SEED = 7


@pytest.mark.parametrize("scenario", ON_ONE_BROKER.values(), ids=ON_ONE_BROKER.keys())
async def test_nothing_is_lost_and_nothing_is_told_twice(one: Stage, scenario: Scenario) -> None:
    await scenario(one, SEED)
    assert one.tally.events > 0
