"""The whole hub as real processes on the run's broker, beside a simulated city."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hub import Hub

from ops.simulator.settings import Dirt, Settings, china_today
from ops.simulator.simulation import Simulation

DAYS = 3
PEOPLE = 12_000


@pytest.fixture
async def hub(bootstrap: str, tmp_path: Path) -> AsyncIterator[Hub]:
    """Every process of the hub, restarted when killed; a dirty city that plays a day when asked."""
    settings = Settings(
        start=china_today() - timedelta(days=DAYS), people=PEOPLE, days=DAYS, seed=7
    )
    dirt = Dirt(hang_seconds=3.0)
    city = Simulation(tmp_path / "city", settings, dirt)
    async with city.served() as police:
        running = Hub(bootstrap, tmp_path, f"t{uuid4().hex[:8]}.", city, police)
        await running.start()
        try:
            yield running
        finally:
            await running.stop()
