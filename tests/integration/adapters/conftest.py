"""Cities and adapters for the tests of this folder; none outlives its test."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from ops.simulator.settings import Dirt, Settings
from ops.simulator.simulation import Simulation
from tests.integration.adapters.apicurio import apicurio
from tests.integration.adapters.department import Department, hub_at, hubs_registry
from tests.integration.adapters.town import Found, Hub, Running, Town, Until, hub_of


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


@pytest.fixture
async def department(bootstrap: str, tmp_path: Path, until: Until) -> AsyncIterator[Department]:
    """A department that has the hub's registry."""
    hub = await hub_at(bootstrap, tmp_path)
    async with hubs_registry(hub, until) as url:
        yield Department(hub, url)


@pytest.fixture(params=["the hub's registry", "Apicurio"])
async def anywhere(
    request: pytest.FixtureRequest, bootstrap: str, tmp_path: Path, until: Until
) -> AsyncIterator[Department]:
    """A department that has the hub's registry, and one whose city has a registry of its own."""
    hub = await hub_at(bootstrap, tmp_path)
    if request.param == "Apicurio":
        async with apicurio(hub, until) as registry:
            hub.environment["SHEQU_KAFKA_INTAKE__REGISTRY"] = registry.url
            yield Department(hub, registry.url)
    else:
        async with hubs_registry(hub, until) as url:
            yield Department(hub, url)
