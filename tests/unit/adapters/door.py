"""The platform's side of the permits' door, and a hub behind it whose topic is a list."""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from adapters.kit.bench import Bench
from adapters.kit.conformance import fixtures_of
from adapters.kit.settings import load
from adapters.permits import ADAPTER
from adapters.permits.settings import PermitsSettings
from adapters.permits.signature import sign
from adapters.permits.source import PushedSource, listening

KEY = b"shequ-test-platform-key1"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
PATH = "/webhooks/permits"


def application(**changes: str | None) -> dict[str, str | None]:
    """The first fixture's application, as another webhook states it."""
    return {**fixtures_of(ADAPTER)[0].row, **changes}


def encoded(stated: object) -> bytes:
    return json.dumps(stated, ensure_ascii=False).encode()


def signed(
    body: bytes, name: str = "msg_1", at: float | None = None, key: bytes = KEY
) -> dict[str, str]:
    """Headers of a webhook, as the platform sends them."""
    second = int(time.time() if at is None else at)
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(second),
        "webhook-signature": sign(key, name, second, body),
    }


@dataclass
class Answered:
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.text))


@dataclass
class Door:
    """A receiver that listens, and what was carried behind it."""

    source: PushedSource
    bench: Bench
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.source.receiver.port}"

    async def send(
        self,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        path: str = PATH,
    ) -> Answered:
        """One request, signed as it should be unless `headers` say otherwise."""
        headers = signed(body) if headers is None else headers
        data = body if method == "POST" else None
        async with self.session.request(
            method, self.url + path, data=data, headers=headers
        ) as answer:
            return Answered(answer.status, answer.headers, await answer.text())

    async def carry(self) -> None:
        """Read what waits, as the kit's runner does, until cancelled."""
        while True:
            batch = await self.source.read()
            if batch is None:
                await self.source.wait()
            else:
                self.bench.carry_batch(batch)
                await asyncio.sleep(0)


class Clock:
    """The hub's clock, set by hand: seconds that it is ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@asynccontextmanager
async def door(
    folder: Path, clock: Clock | None = None, *, carrying: bool = True, **settings: object
) -> AsyncIterator[Door]:
    """A door that listens on a free port; with `carrying`, with the hub at work behind it."""
    chosen = load(PermitsSettings, {"secret": SECRET, "port": 0, **settings})
    source = listening(chosen, clock or Clock())
    bench = Bench(ADAPTER, folder, [])
    assert await source.read() is None
    async with aiohttp.ClientSession() as session:
        made = Door(source, bench, session)
        work = asyncio.create_task(made.carry()) if carrying else None
        try:
            yield made
        finally:
            if work is not None:
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await work
            await source.close()
            bench.parts.close()
