"""A registry of a city's own: a real Apicurio, as `make apicurio` unpacks it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from ops.broker.java import find_java
from ops.broker.ports import choose
from schemas.catalogue import catalogue
from tests.integration.adapters.department import NEEDED, answers
from tests.integration.adapters.town import Hub, Until, ending

FOLDER = Path(__file__).parents[3] / "build" / "apicurio"


class Registry(NamedTuple):
    """A registry at work; `url` is what Confluent clients are given."""

    url: str
    process: asyncio.subprocess.Process


@asynccontextmanager
async def apicurio(hub: Hub, until: Until) -> AsyncIterator[Registry]:
    """Apicurio as a process, with the hub's schemas.

    Ids there are its own: another schema comes first.
    """
    (jar,) = FOLDER.glob("apicurio-registry-app-*-runner.jar")
    port = choose()
    options = [f"-Dquarkus.http.port={port}", "-Dquarkus.http.host=127.0.0.1"]
    url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
    with (hub.home / "apicurio.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            find_java(), *options, "-jar", jar, cwd=hub.home, stdout=log, stderr=log
        )
    async with ending(process):
        await until(lambda: answers(f"{url}/subjects"), limit=90, what="Apicurio")
        await _publish(url, hub)
        yield Registry(url, process)


async def _publish(url: str, hub: Hub) -> None:
    """What an operator does once: the hub's schemas, under the names of the topics."""
    texts = {"another": '{"type": "record", "name": "Another", "fields": []}'}
    for name in sorted(NEEDED & catalogue().topics.keys()):
        definition = catalogue().definition(catalogue().topics[name].schema)
        texts[f"{hub.topic(name)}-value"] = json.dumps(definition)
    async with httpx.AsyncClient(trust_env=False) as client:
        for subject, text in texts.items():
            path = f"{url}/subjects/{subject}/versions"
            answer = await client.post(path, json={"schema": text})
            assert answer.is_success, answer.text
