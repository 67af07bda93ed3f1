"""A steady rate, and when its rows were born."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

TICK = 0.02
"""Seconds: rows that are due within it are born together."""

Feed = Callable[[int, int], Awaitable[None]]
"""Puts so many rows into a source; they are the rows from that number on. Returns soon."""


@dataclass(slots=True)
class Fed:
    """When each row was born, ms, in order; where the time that counts begins and ends."""

    born: list[int] = field(default_factory=list)
    begin: int = 0
    end: int = 0


async def keep(feed: Feed, rate: float, warm: float, seconds: float) -> Fed:
    """Feed at a rate, for some seconds of warm-up and those that count; late rows come at once."""
    fed, began = Fed(), time.monotonic()
    async for count in _due(rate, warm + seconds):
        if not fed.begin and time.monotonic() - began >= warm:
            fed.begin = now()
        first = len(fed.born)
        fed.born += [now()] * count
        await feed(first, count)
    fed.end = now()
    return fed


async def _due(rate: float, seconds: float) -> AsyncIterator[int]:
    began, done = time.monotonic(), 0
    while (gone := time.monotonic() - began) < seconds:
        count = int(gone * rate) - done
        if count:
            yield count
            done += count
        await asyncio.sleep(TICK)


def now() -> int:
    """Ms since 1970 UTC."""
    return time.time_ns() // 1_000_000
