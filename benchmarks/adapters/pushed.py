"""The permits' door beside a bare server that acknowledges each webhook alone; same poster."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence

import aiohttp

from benchmarks.adapters.stage import Stage, noted
from benchmarks.hub import until_answered
from benchmarks.processes import running
from benchmarks.report import Report
from ops.broker import ports
from ops.demo.service import Service
from ops.simulator import permit_feed
from ops.simulator.targets import SECRET
from ops.simulator.webhooks import PATH, Message, key_of

CONNECTIONS = 32
WARM = 300
"""Webhooks before the clock starts."""

Signed = tuple[bytes, dict[str, str]]


async def measure(report: Report, stage: Stage) -> None:
    """All webhooks of the city's day to both, one after the other."""
    hooks = permit_feed.feed(stage.city.permits, 0)
    messages = [hook.message(stage.city.clock) for hook in hooks]
    port = ports.choose()
    words = ["-m", "benchmarks.adapters.bare_receiver", stage.bootstrap, stage.raw, str(port)]
    bare = Service("bare", [sys.executable, *words], {}, stage.home / "bare_receiver.log")
    theirs = await _answered_per_second(bare, port, messages)
    door = int(stage.env["SHEQU_PERMITS__PORT"])
    ours = await _answered_per_second(stage.service("permits", "run"), door, messages)
    peer = f"bare server, {CONNECTIONS} connections"
    noted(report, "permits", ours, theirs, peer)


async def _answered_per_second(service: Service, port: int, messages: Sequence[Message]) -> float:
    base = f"http://127.0.0.1:{port}"
    async with running([service]):
        await until_answered(f"{base}/healthz")
        signed, limit = list(_signed(messages)), aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=limit) as session:
            await _post(session, base + PATH, signed[:WARM])
            started = time.perf_counter()
            await _post(session, base + PATH, signed[WARM:])
            return (len(signed) - WARM) / (time.perf_counter() - started)


def _signed(messages: Sequence[Message]) -> Iterator[Signed]:
    key, now = key_of(SECRET), int(time.time())
    return ((message.body, message.headers(key, now)) for message in messages)


async def _post(session: aiohttp.ClientSession, url: str, signed: Sequence[Signed]) -> None:
    """Each once; connections take the next one when they are free."""
    rest = iter(signed)

    async def connection() -> None:
        for body, headers in rest:
            async with session.post(url, data=body, headers=headers) as answer:
                if answer.status >= 300:
                    raise RuntimeError(f"{url} answered {answer.status}: {await answer.text()}")

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
