"""From a row in each source to the number on the page, and the memory of it all.

Files are left out: each needs a settle time, which is a setting and would be all that is measured.
"""

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import aiohttp

from benchmarks import hub
from benchmarks.delay import feeds, pace
from benchmarks.delay.watch import Browser, Seen, Watched
from benchmarks.processes import proportional_mib, running
from benchmarks.report import Figure, Report
from ops.broker import EmbeddedBroker
from ops.demo.city import Place
from ops.demo.city import hub as services
from ops.simulator.city import City
from ops.simulator.settings import Dirt, china_today
from ops.simulator.settings import Settings as CitySettings
from ops.simulator.simulation import Simulation
from schemas.naming import Names

PER_SECOND = 500.0
WARM_SECONDS, SECONDS = 8.0, 22.0
DRAIN_SECONDS, LOAD_SECONDS = 180.0, 300.0
PEOPLE = 5_000


@dataclass(frozen=True, slots=True)
class Source:
    """What is fed, and the test ids of the number that rises by it."""

    name: str
    ids: list[str]
    feed: Callable[[], AbstractAsyncContextManager[pace.Feed]]


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """Each source alone, through the whole demo, watched in a real browser."""
    rate = PER_SECOND * scale
    async with _demo(broker, home) as (place, city, processes), Browser(place.url) as page:
        for source in _sources(place, city, rate):
            await _measure(report, page, source, rate)
        _tell_memory(report, processes)


@asynccontextmanager
async def _demo(
    broker: EmbeddedBroker, home: Path
) -> AsyncIterator[tuple[Place, Simulation, Mapping[str, int]]]:
    """All processes of the hub, when the register's persons are on the page."""
    await hub.prepare(broker.bootstrap, Names())
    settings = CitySettings(
        start=china_today() - timedelta(days=1), days=1, people=PEOPLE, registered=True
    )
    city = Simulation(home / "city", settings, Dirt.none())
    async with AsyncExitStack() as stack:
        police = await stack.enter_async_context(city.served())
        place = hub.place_of(home, broker.bootstrap, police)
        found = await stack.enter_async_context(running(services(place, city.database.url)))
        await hub.until_answered(f"{place.url}/api/ready")
        async with aiohttp.ClientSession() as session, asyncio.timeout(LOAD_SECONDS):
            while await hub.residents(session, place.url) < PEOPLE:
                await asyncio.sleep(0.5)
        pids = {service.name: service.process.pid for service in found if service.process}
        yield place, city, {**pids, "broker": broker.pid or 0}


def _sources(place: Place, city: Simulation, rate: float) -> list[Source]:
    wanted = int(rate * (WARM_SECONDS + SECONDS)) + 1
    other = replace(
        city.settings, seed=2, people=wanted + PEOPLE, permits_per_thousand=50, clustered=0.0
    )
    drawn = City(other, Dirt.none())
    return [
        Source("police system", ["total-incidents_total"], lambda: feeds.police(city, rate)),
        Source("household register", ["total-residents", "total-residents_total"],
               lambda: feeds.household(city, drawn, wanted)),
        Source("permits' platform", ["total-permits_total"],
               lambda: feeds.applications(place, drawn)),
        Source("department's own topic", ["total-cases_total"],
               lambda: feeds.stated_cases(place, drawn)),
    ]  # fmt: skip


async def _measure(report: Report, page: Watched, source: Source, rate: float) -> None:
    base = await page.begin(source.ids)
    async with source.feed() as feed:
        fed = await pace.keep(feed, rate, WARM_SECONDS, SECONDS)
    await _until_shown(page, base + len(fed.born))
    _tell(report, f"{source.name} to the page", fed, base, await page.seen(), rate)


def _tell_memory(report: Report, processes: Mapping[str, int]) -> None:
    found = {name: proportional_mib([pid]) for name, pid in processes.items()}
    print(*(f"  {name} {mib:.0f} MiB" for name, mib in found.items()), sep="\n")
    report.add(Figure("demo's memory with the broker (PSS)", sum(found.values()), "MiB"))


async def _until_shown(page: Watched, wanted: int) -> None:
    """Wait for the rest, but not for ever: what is missing is told."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DRAIN_SECONDS
    while (await page.seen())[-1][1] < wanted and loop.time() < end:
        await asyncio.sleep(0.5)


def _tell(report: Report, what: str, fed: pace.Fed, base: int, seen: Seen, rate: float) -> None:
    """The n-th row is on the page when the number first reaches the base and n.

    Where the rate reached is far below the one that was fed, a queue grew: the delays are its own.
    """
    moments, delays = iter(seen), list[int]()
    at, number = next(moments)
    for index, born in enumerate(fed.born, start=1):
        while number - base < index:
            at, number = next(moments, (0, 0))
            if not at:
                missing = len(fed.born) - index + 1
                raise RuntimeError(f"{what}: {missing} rows did not arrive: see the demo's logs")
        if born >= fed.begin:
            delays.append(at - born)
    cuts = statistics.quantiles(delays, n=100)
    where = f"{what}, {rate:g} events/s"
    report.add(Figure(f"{where}, p50", cuts[49], "ms"))
    report.add(Figure(f"{where}, p99", cuts[98], "ms"))
    report.add(Figure(f"{where}, rate reached", _reached(delays, fed), "events/s"))


def _reached(delays: list[int], fed: pace.Fed) -> float:
    """The rate at which rows came to the page: as they were fed, less where the delay grew.

    Its growth is that of the mean from the first third to the last: the page's steps even out.
    """
    seconds, third = (fed.end - fed.begin) / 1000, len(delays) // 3
    grown = statistics.mean(delays[-third:]) - statistics.mean(delays[:third])
    return len(delays) / (seconds + grown / 1000 * 3 / 2)
