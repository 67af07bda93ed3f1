"""The whole hub as real processes on the run's broker, beside a simulated city."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hub import Address, Hub

from ops.simulator.settings import Dirt, Settings, china_today
from ops.simulator.simulation import Simulation

DAYS = 4
PEOPLE = 12_000
OWN_STREET = "420704001000"


@pytest.fixture
async def hub(bootstrap: str, tmp_path: Path) -> AsyncIterator[Hub]:
    """Every process of the hub, restarted when killed; a dirty city that plays a day when asked.

    Its permits are silent on the second and third day, and come in a flood on the fourth.
    """
    settings = Settings(
        start=china_today() - timedelta(days=DAYS), people=PEOPLE, days=DAYS, seed=7,
        permits_per_thousand=4.0, registered=True, own_street=OWN_STREET,
    )  # fmt: skip
    address = Address(bootstrap, tmp_path, f"t{uuid4().hex[:8]}.")
    dirt = Dirt(hang_seconds=3.0)
    city = Simulation(tmp_path / "city", settings, dirt, targets=address.targets)
    async with city.served() as police:
        running = Hub(address, city, police)
        await running.start()
        try:
            yield running
        finally:
            await running.stop()
