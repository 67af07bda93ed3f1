"""The whole hub as real processes on the run's broker, beside a simulated city."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import dirty_city
import pytest
from hub import Address, Hub

from ops.simulator.simulation import Simulation


@pytest.fixture
async def hub(bootstrap: str, tmp_path: Path) -> AsyncIterator[Hub]:
    """Every process of the hub, restarted when killed; a dirty city that plays a day when asked."""
    address = Address(bootstrap, tmp_path, f"t{uuid4().hex[:8]}.")
    city = Simulation(
        tmp_path / "city", dirty_city.settings(), dirty_city.dirt(), targets=address.targets
    )
    async with city.served() as police:
        running = Hub(address, city, police)
        await running.start()
        try:
            yield running
        finally:
            await running.stop()
