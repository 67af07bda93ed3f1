"""The hub's processes around a simulated city, for the parts that measure it whole."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from ops import lists, topics
from ops.broker import ports
from ops.demo.city import Place, Ports
from ops.settings import Settings
from schemas.naming import Names

READY_SECONDS = 120.0


async def prepare(bootstrap: str, names: Names) -> None:
    """Topics and lists, before any process."""
    settings = Settings(app=names.lineage.app, view_version=names.lineage.version)
    await topics.apply(bootstrap, topics.wanted_topics(settings, names.prefix))
    await lists.publish_changed(bootstrap, names, lists.load_shipped())


def place_of(home: Path, bootstrap: str, police: str) -> Place:
    """Ports of its own; `police` is the base URL at which the police system answers."""
    page = ports.choose()
    permits = ports.choose(besides=(page,))
    return Place(home, bootstrap, Ports(page, int(police.rpartition(":")[2]), permits, 0))


async def until_answered(url: str) -> None:
    """Return when a GET is answered 200. Raises TimeoutError after two minutes."""
    async with asyncio.timeout(READY_SECONDS), aiohttp.ClientSession() as session:
        while not await _is_answered(session, url):
            await asyncio.sleep(0.2)


async def _is_answered(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def residents(session: aiohttp.ClientSession, url: str) -> int:
    """Persons whom the read model counts in the city."""
    async with session.get(f"{url}/api/city") as answer:
        answer.raise_for_status()
        found: dict[str, Any] = await answer.json()
        return int(found["totals"]["residents_total"])
