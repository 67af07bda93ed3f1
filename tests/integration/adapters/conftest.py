"""Cities and adapters for the tests of this folder; none outlives its test."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from ops.simulator.settings import Dirt, Settings
from ops.simulator.simulation import Simulation
from tests.integration.adapters.town import Found, Hub, Running, Town, hub_of


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    """Start an adapter: takes the hub and the name."""
    started: list[asyncio.subprocess.Process] = []

    async def start(hub: Hub, name: str) -> asyncio.subprocess.Process:
        started.append(await hub.start("run", name))
        return started[-1]

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def found(bootstrap: str, tmp_path: Path) -> AsyncIterator[Found]:
    """Make a city with its topics and serve it: takes `seed`, `people` and `dirt`."""
    serving = []

    async def make(*, seed: int = 1, people: int = 1500, dirt: Dirt | None = None) -> Town:
        wanted = Settings(start=date(2026, 11, 1), seed=seed, people=people, days=4)
        folder = tmp_path / f"city-{seed}"
        city = Simulation(folder, wanted, dirt or Dirt(hangs=0.0), half_seconds=0.0)
        served = city.served()
        url = await served.__aenter__()
        serving.append(served)
        return Town(city, await hub_of(bootstrap, tmp_path, city, url))

    yield make
    for served in serving:
        await served.__aexit__(None, None, None)
