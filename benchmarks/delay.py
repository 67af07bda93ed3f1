"""From a row in the police system to the number on the page, and the memory of it all."""

import asyncio
import json
import statistics
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import aiohttp
from playwright.async_api import Page, async_playwright

from benchmarks.processes import proportional_mib, running
from benchmarks.report import Figure, Report
from ops import lists, topics
from ops.broker import EmbeddedBroker, ports
from ops.demo.city import Place, Size, services
from ops.settings import Settings
from ops.simulator.settings import Dirt, china_today
from ops.simulator.settings import Settings as CitySettings
from ops.simulator.simulation import Simulation
from ops.simulator.trickle import Trickle
from schemas.naming import Names

PER_SECOND = 200.0
WARM_SECONDS = 10.0
SECONDS = 30.0
CHROMIUM = "/usr/bin/chromium"
WATCH = """
() => {
  const seen = []
  let last = -1
  const look = () => {
    const cell = document.querySelector('[data-testid="total-incidents_total"]')
    const number = cell ? Number(cell.dataset.value) : -1
    if (number > last) { last = number; seen.push([Date.now(), number]) }
  }
  const what = {subtree: true, childList: true, attributes: true}
  new MutationObserver(look).observe(document.body, what)
  look()
  window.shequSeen = seen
}
"""


async def measure(report: Report, broker: EmbeddedBroker, home: Path) -> None:
    """A trickle of incidents through the whole demo, watched in a real browser."""
    names = Names()
    await topics.apply(broker.bootstrap, topics.wanted_topics(Settings()))
    await lists.publish_changed(broker.bootstrap, names, lists.load_shipped())
    settings = CitySettings(start=china_today() - timedelta(days=1), days=1)
    city = Simulation(home / "city", settings, Dirt.none())
    async with AsyncExitStack() as stack:
        police = await stack.enter_async_context(city.served())
        place = Place(home, broker.bootstrap, int(police.rpartition(":")[2]), ports.choose())
        hub = [s for s in services(place, Size(1, 1, 1, 1)) if s.name != "departments"]
        await stack.enter_async_context(running(hub))
        await _until_ready(place.url)
        page = await stack.enter_async_context(_Browser(place.url))
        trickle = Trickle(city.city, city.police, PER_SECOND)
        task = asyncio.create_task(trickle.run())
        await asyncio.sleep(WARM_SECONDS + SECONDS)
        task.cancel()
        await asyncio.sleep(8.0)
        seen = json.loads(await page.evaluate("() => JSON.stringify(window.shequSeen)"))
        _report_delays(report, [at for _, at, _ in trickle.emitted], seen)
        pids = [s.process.pid for s in hub if s.process is not None] + [broker.pid or 0]
        report.add(Figure("demo's memory with the broker (PSS)", proportional_mib(pids), "MiB"))


def _report_delays(report: Report, emitted: list[int], seen: list[tuple[int, int]]) -> None:
    """The n-th incident is on the page when the page's total first reaches n."""
    delays = []
    skip = int(WARM_SECONDS * PER_SECOND)
    moments = iter(seen)
    at, number = next(moments)
    for index, born in enumerate(emitted, start=1):
        while number < index:
            at, number = next(moments)
        if index > skip:
            delays.append(at - born)
    cuts = statistics.quantiles(delays, n=100)
    where = f"row in the police system to the page, {PER_SECOND:g} events/s"
    report.add(Figure(f"{where}, p50", cuts[49], "ms"))
    report.add(Figure(f"{where}, p99", cuts[98], "ms"))


async def _until_ready(url: str) -> None:
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/api/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


class _Browser:
    """Debian's Chromium on the city page, with the watch on."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Page:
        driver = await self._stack.enter_async_context(async_playwright())
        browser = await driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        self._stack.push_async_callback(browser.close)
        page = await browser.new_page()
        await page.goto(self._url)
        await page.get_by_test_id("total-incidents_total").wait_for()
        await page.evaluate(WATCH)
        return page

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
