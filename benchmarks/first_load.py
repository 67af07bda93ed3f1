"""The first load of a register: from the department's database until the read model has all."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import aiohttp

from benchmarks import hub
from benchmarks.processes import running
from benchmarks.report import Figure, Report
from ops.broker import EmbeddedBroker
from ops.demo.city import hub as services
from ops.demo.service import Service
from ops.simulator.settings import Dirt, china_today
from ops.simulator.settings import Settings as CitySettings
from ops.simulator.simulation import Simulation
from schemas.naming import Names

PERSONS = 100_000
PLANNED = 1_000_000
READER = "household_registration"
NEEDED = ("worker", "projector", "dashboard")
LIMIT_SECONDS = 1_200.0


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """Adapter, worker and projector at once, as on an installation's first day."""
    await hub.prepare(broker.bootstrap, Names())
    settings = CitySettings(
        start=china_today() - timedelta(days=1), days=1, people=int(PERSONS * scale),
        registered=True,
    )  # fmt: skip
    city = Simulation(home / "city", settings, Dirt.none())
    async with city.served() as police:
        place = hub.place_of(home, broker.bootstrap, police)
        found = {service.name: service for service in services(place, city.database.url)}
        async with running(found[name] for name in NEEDED):
            await hub.until_answered(f"{place.url}/api/ready")
            rate = settings.people / await _loaded(found[READER], place.url, settings.people)
    how = f"first load, {settings.people:,} persons, database to read model"
    report.add(Figure(how, rate, "rows/s"))
    planned = f"planned first load of {PLANNED:,} persons, from that rate"
    report.add(Figure(planned, PLANNED / rate / 60, "minutes"))


async def _loaded(service: Service, url: str, persons: int) -> float:
    """Seconds from the adapter's start until the API counts everybody."""
    began = time.perf_counter()
    async with running([service]), aiohttp.ClientSession() as session:
        async with asyncio.timeout(LIMIT_SECONDS):
            while await hub.residents(session, url) < persons:
                if service.process is None or service.process.poll() is not None:
                    raise RuntimeError(f"{service.name} ended:\n{service.tail()}")
                await asyncio.sleep(0.5)
        return time.perf_counter() - began
