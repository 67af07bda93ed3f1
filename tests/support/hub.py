"""A hub of real processes, to be killed and asked."""

import asyncio
import itertools
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ops import lists, topics
from ops.broker import ports
from ops.demo.service import Service
from ops.reading import places, read_all, reader
from ops.settings import Settings
from ops.simulator.ledger import Truth
from ops.simulator.simulation import Simulation
from schemas.codec import Codec
from schemas.naming import Names

COMMANDS: Mapping[str, list[str]] = {
    "worker": ["worker"],
    "police_incidents": ["adapters", "run", "police_incidents"],
    "city_cases": ["adapters", "run", "city_cases"],
    "projector": ["projector"],
    "dashboard": ["dashboard"],
}
COUNTS = (
    "incidents_total", "incidents_open", "cases_total", "cases_open", "requests_total",
    "joined_total", "tasks_total", "tasks_open",
)  # fmt: skip
DRAIN_SECONDS = 90.0


class Hub:
    """Its processes, its topics under a prefix of its own, its page."""

    def __init__(
        self, bootstrap: str, home: Path, prefix: str, city: Simulation, police: str
    ) -> None:
        self.bootstrap, self.home, self.city = bootstrap, home, city
        self.names = Names(prefix=prefix)
        self.port = ports.choose()
        self.env = {
            "SHEQU_HOME": str(home),
            "SHEQU_BOOTSTRAP": bootstrap,
            "SHEQU_TOPIC_PREFIX": prefix,
            "SHEQU_SESSION_TIMEOUT": "6",
            "SHEQU_DASHBOARD_PORT": str(self.port),
            "SHEQU_LOG_FORMAT": "json",
            "SHEQU_ESTATES": str(city.folder / "estates.csv"),
            "SHEQU_RETRY_MOST_SECONDS": "3",
            "SHEQU_POLICE_INCIDENTS__BASE_URL": police,
            "SHEQU_POLICE_INCIDENTS__API_KEY": city.police.api_key,
            "SHEQU_POLICE_INCIDENTS__POLL_SECONDS": "0.5",
            "SHEQU_POLICE_INCIDENTS__PAGE_SIZE": "50",
            "SHEQU_POLICE_INCIDENTS__TIMEOUT_SECONDS": "2",
            "SHEQU_CITY_CASES__INBOX": str(city.cases.inbox),
            "SHEQU_CITY_CASES__SETTLE_SECONDS": "0.5",
            "SHEQU_CITY_CASES__GIVE_UP_SECONDS": "6",
            "SHEQU_CITY_CASES__POLL_SECONDS": "0.3",
        }
        self.services = {
            name: Service(
                name, [sys.executable, "-m", "ops", *argv], self.env, home / "logs" / f"{name}.log"
            )
            for name, argv in COMMANDS.items()
        }
        self._keepers: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """The page."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Topics and lists first, then all processes."""
        await topics.apply(self.bootstrap, topics.wanted_topics(Settings(), self.names.prefix))
        await lists.publish_changed(self.bootstrap, self.names, lists.load_shipped())
        for service in self.services.values():
            self._keepers.append(asyncio.create_task(service.keep_alive()))

    async def stop(self) -> None:
        """Everything, in any order."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(service.stop() for service in self.services.values()))

    async def kill_at_random(self, chance: random.Random, rounds: int) -> list[str]:
        """Kill -9 one process after another, each at a moment of its own; gives whom."""
        victims = []
        for _ in range(rounds):
            await asyncio.sleep(chance.uniform(0.2, 3.0))
            name = chance.choice(sorted(set(self.services) - {"dashboard"}))
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
        """What the API says of each code itself, codes below it apart."""
        found = {}
        for level in ("city", "district", "street", "community"):
            for row in await self.pages(f"/api/units?level={level}"):
                found[row["code"]] = {name: row["own"][name] for name in COUNTS}
        return {code: counts for code, counts in found.items() if any(counts.values())}

    async def until_true(self, truth: Truth) -> None:
        """Wait until the API says what the ledger says; fails naming what differs."""
        wanted = expected_counts(truth)
        loop = asyncio.get_running_loop()
        end = loop.time() + DRAIN_SECONDS
        found: dict[str, dict[str, int]] = {}
        while loop.time() < end:
            try:
                found = await self.counts()
            except aiohttp.ClientConnectionError:
                found = {}
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
        code: {name: getattr(counts, name) for name in COUNTS}
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
