"""A bus of its own for each test, and workers that none of them outlives."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from bus import Bus
from kafka_bench import KafkaBench
from workers import Worker

Start = Callable[..., Awaitable[Worker]]


@pytest.fixture
async def bus(bootstrap: str, tmp_path: Path) -> Bus:
    """Topics under a prefix of this test, with the lists that ship."""
    made = Bus(bootstrap, tmp_path, f"t{uuid.uuid4().hex[:8]}.")
    await made.make()
    return made


@pytest.fixture
async def start(bus: Bus) -> AsyncIterator[Start]:
    """Start a worker: takes its name, and settings of its own."""
    started: list[Worker] = []

    async def one(name: str, **environment: str) -> Worker:
        started.append(await Worker(bus, name, **environment).start())
        return started[-1]

    yield one
    for worker in started:
        if worker.process is not None and worker.process.returncode is None:
            worker.process.kill()
            await worker.process.wait()


@pytest.fixture
async def bench(bootstrap: str) -> AsyncIterator[KafkaBench]:
    """Topics of a small fold under a prefix of this test, for the lane without Faust."""
    made = KafkaBench(bootstrap)
    await made.make()
    yield made
    async with asyncio.timeout(30):
        await made.close()
