"""A hub of real processes, to be killed and asked."""

import asyncio
import itertools
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ops import lists, topics
from ops.broker import ports
from ops.demo.city import Place, Ports, hub
from ops.demo.service import Service
from ops.reading import places, read_all, reader
from ops.settings import Settings
from ops.simulator.ledger import Truth
from ops.simulator.simulation import Simulation
from ops.simulator.targets import Targets
from schemas.codec import Codec
from schemas.naming import Names

COUNTED = (
    "residents_total", "households_total", "incidents_total", "incidents_open", "cases_total",
    "cases_open", "permits_total", "permits_open", "acts_total", "acts_refused", "requests_total",
    "joined_total", "tasks_total", "tasks_open",
)  # fmt: skip
"""What the ledger counts of every code."""
UNPAIRED = ("residents_leaving", "residents_arriving", "transit_open", "transit_overdue")
"""What is none once everything was read."""
COUNTS = (*COUNTED, *UNPAIRED)
DRAIN_SECONDS = 120.0
QUICK = {
    "SHEQU_SESSION_TIMEOUT": "6",
    "SHEQU_RETRY_MOST_SECONDS": "3",
    "SHEQU_POLICE_INCIDENTS__PAGE_SIZE": "50",
    "SHEQU_POLICE_INCIDENTS__TIMEOUT_SECONDS": "2",
    "SHEQU_CITY_CASES__SETTLE_SECONDS": "0.5",
    "SHEQU_CITY_CASES__GIVE_UP_SECONDS": "6",
    "SHEQU_CITY_CASES__POLL_SECONDS": "0.3",
    "SHEQU_HOUSEHOLD_REGISTRATION__SWEEP_SECONDS": "5",
}
"""Waits that suit a test."""


class Address:
    """Where one hub's processes will listen, and what the departments must know of them."""

    def __init__(self, bootstrap: str, home: Path, prefix: str) -> None:
        page, permits = ports.choose(), ports.choose()
        self.bootstrap, self.home, self.prefix = bootstrap, home, prefix
        self.page, self.permits = page, permits

    @property
    def targets(self) -> Targets:
        """For the departments that send."""
        return Targets(
            receiver=f"http://127.0.0.1:{self.permits}",
            registry=f"http://127.0.0.1:{self.page}/registry",
            bootstrap=self.bootstrap,
            prefix=self.prefix,
        )

    def place(self, police: str) -> Place:
        """Once the police system answers at a base URL."""
        where = Ports(self.page, int(police.rpartition(":")[2]), self.permits, 0)
        return Place(self.home, self.bootstrap, where)


class Hub:
    """Its processes, its topics under a prefix of its own, its page."""

    def __init__(self, address: Address, city: Simulation, police: str) -> None:
        self.bootstrap, self.home, self.city = address.bootstrap, address.home, city
        self.names = Names(prefix=address.prefix)
        place = address.place(police)
        self.url = place.url
        settings = {**QUICK, "SHEQU_TOPIC_PREFIX": address.prefix}
        found = hub(place, city.database.url, settings)
        self.services = {service.name: service for service in found}
        self._worker = self.services["worker"]
        self._keepers: dict[str, asyncio.Task[int | None]] = {}

    async def start(self) -> None:
        """Topics and lists first, then all processes."""
        await topics.apply(self.bootstrap, topics.wanted_topics(Settings(), self.names.prefix))
        await lists.publish_changed(self.bootstrap, self.names, lists.load_shipped())
        for name in self.services:
            self._keep(name)

    def _keep(self, name: str) -> None:
        self._keepers[name] = asyncio.create_task(self.services[name].keep_alive())

    async def stop(self) -> None:
        """Everything, in any order."""
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self.services.values()))

    def join(self, name: str) -> None:
        """Another worker joins the first."""
        like, log = self._worker, self.home / "logs" / f"{name}.log"
        self.services[name] = Service(name, like.argv, like.env, log)
        self._keep(name)

    async def leave(self, name: str) -> None:
        """It leaves, as an operator stops it."""
        self._keepers.pop(name).cancel()
        await self.services.pop(name).stop()

    async def kill_all(self, chance: random.Random) -> list[str]:
        """Kill -9 every process once, in random order, each at a moment of its own; gives whom."""
        victims = []
        for name in chance.sample(sorted(self.services), len(self.services)):
            await asyncio.sleep(chance.uniform(0.1, 1.2))
            process = self.services[name].process
            if process is not None and process.poll() is None:
                process.kill()
                victims.append(name)
        return victims

    async def get(self, path: str) -> dict[str, Any]:
        """Answer of the API."""
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found

    async def pages(self, path: str) -> list[Any]:
        """All items of a list of the API."""
        items: list[Any] = []
        for page in itertools.count(1):
            answer = await self.get(f"{path}&size=200&page={page}")
            items += answer["items"]
            if len(items) >= answer["total"]:
                break
        return items

    async def counts(self) -> dict[str, dict[str, int]]:
        """What the API says of each code itself, codes below it apart; nothing while it is away."""
        found = {}
        try:
            for level in ("city", "district", "street", "community"):
                for row in await self.pages(f"/api/units?level={level}"):
                    found[row["code"]] = {name: row["own"][name] for name in COUNTS}
        except (aiohttp.ClientConnectionError, aiohttp.ClientResponseError):
            return {}
        return {code: counts for code, counts in found.items() if any(counts.values())}

    async def until_true(self, truth: Truth) -> None:
        """Wait until the API says what the ledger says; fails naming what differs."""
        await asyncio.wait_for(self.city.drained(), DRAIN_SECONDS)
        wanted = expected_counts(truth)
        loop = asyncio.get_running_loop()
        end = loop.time() + DRAIN_SECONDS
        found: dict[str, dict[str, int]] = {}
        while loop.time() < end:
            found = await self.counts()
            if found == wanted:
                return
            await asyncio.sleep(0.5)
        told = differences(found, wanted)
        pytest.fail(f"{len(told)} counts differ (code, count, found, wanted): {told[:30]}")

    async def committed(self, logical: str, schema: str) -> list[dict[str, Any]]:
        """All committed records of a topic, decoded, tombstones left out."""
        topic, codec = self.names.physical(logical), Codec()
        async with reader(self.bootstrap, [topic]) as consumer:
            records = [r for p in places(consumer, topic) for r in await read_all(consumer, p)]
        return [codec.decode(r.value, schema)[1] for r in records if r.value is not None]

    async def rows(self, logical: str, schema: str) -> dict[str, dict[str, Any]]:
        """Last committed value by key, tombstones applied."""
        topic, codec = self.names.physical(logical), Codec()
        found: dict[str, dict[str, Any]] = {}
        async with reader(self.bootstrap, [topic]) as consumer:
            for place in places(consumer, topic):
                for record in await read_all(consumer, place):
                    key = (record.key or b"").decode()
                    found.pop(key, None)
                    if record.value is not None:
                        found[key] = codec.decode(record.value, schema)[1]
        return found


def expected_counts(truth: Truth) -> dict[str, dict[str, int]]:
    """The ledger's counts in the API's names; codes without any are left out."""
    stated = {
        code: {name: getattr(counts, name) for name in COUNTED} | dict.fromkeys(UNPAIRED, 0)
        for code, counts in truth.counts.items()
    }
    return {code: counts for code, counts in stated.items() if any(counts.values())}


def differences(
    found: dict[str, dict[str, int]], wanted: dict[str, dict[str, int]]
) -> list[tuple[str, str, int, int]]:
    """Code, count, found, wanted: where the two are not the same."""
    return [
        (code, name, found.get(code, {}).get(name, 0), wanted.get(code, {}).get(name, 0))
        for code in sorted(found.keys() | wanted.keys())
        for name in COUNTS
        if found.get(code, {}).get(name, 0) != wanted.get(code, {}).get(name, 0)
    ]
