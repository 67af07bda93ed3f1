"""The unified acceptance platform 统一受理平台: an outbox that sends until it is acknowledged.

At least once, several at a time, so in no order; what was acknowledged before a kill is not sent
again, what was not is.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from ops.simulator.acknowledged import Acknowledged
from ops.simulator.memory import SimulatorError
from ops.simulator.webhooks import ANSWERS, PATH, Message, Sort, key_of

CONCURRENCY = 8
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PATIENCE_SECONDS = 0.05, 2.0, 15.0
SERVER_ERRORS = 500


class Platform:
    """Its outbox; sends while `sending` runs, to the receiver at `url`."""

    def __init__(self, folder: Path, url: str, secret: str) -> None:
        self.url = url.rstrip("/") + PATH
        self.answers: Counter[tuple[Sort, int]] = Counter()  # by sort and status
        self.failures = 0  # tries that nobody answered
        self.surprises: list[tuple[str, int]] = []  # strangers' webhooks, answered otherwise
        self._key = key_of(secret)
        self._done = Acknowledged(folder / "permits" / "acknowledged.txt")
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self._running = False

    def put(self, message: Message) -> None:
        """Send it from now on until it is acknowledged, unless it was already."""
        if message.mark not in self._done:
            self._outbox.put_nowait(message)

    async def drained(self) -> None:
        """Return when all that was put into the outbox is acknowledged."""
        if not self._running:
            raise SimulatorError("The platform sends nothing now: drain it while `sending`.")
        await self._outbox.join()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send while the block runs."""
        patience = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        async with aiohttp.ClientSession(timeout=patience) as client, asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work(client)) for _ in range(CONCURRENCY)]
            self._running = True
            try:
                yield
            finally:
                self._running = False
                for worker in workers:
                    worker.cancel()

    async def _work(self, client: aiohttp.ClientSession) -> None:
        while True:
            message = await self._outbox.get()
            await self._deliver(client, message)
            self._outbox.task_done()

    async def _deliver(self, client: aiohttp.ClientSession, message: Message) -> None:
        """Try until it is acknowledged; a stranger's until it is answered at all."""
        pause = PAUSE_SECONDS
        while not self._over(message, await self._try(client, message)):
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self._done.add(message.mark)

    async def _try(self, client: aiohttp.ClientSession, message: Message) -> int:
        """The status of the answer; 0 where there was none."""
        headers = message.headers(self._key, int(time.time()))
        try:
            async with client.post(self.url, data=message.body, headers=headers) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            self.failures += 1
            return 0
        self.answers[message.sort, answer.status] += 1
        return answer.status

    def _over(self, message: Message, status: int) -> bool:
        if status in ANSWERS[message.sort]:
            return True
        if message.sort in {"own", "again"} or status == 0 or status >= SERVER_ERRORS:
            return False
        self.surprises.append((message.mark, status))
        return True
