"""A department that writes to Kafka itself: an outbox in front of an ordinary producer.

At least once: what was delivered before a kill is remembered, what was not is sent again.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from ops.simulator.acknowledged import Acknowledged
from ops.simulator.incidents import Clock
from ops.simulator.kafka_sender import KafkaSender, Record
from ops.simulator.memory import SimulatorError
from ops.simulator.produced import Produced
from ops.simulator.targets import Targets

BATCH = 200
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0


class Department:
    """Its outbox; sends while `sending` runs, in the order in which records were put in."""

    def __init__(self, folder: Path, targets: Targets) -> None:
        self.sent: Counter[str] = Counter()  # by topic
        self._sender = KafkaSender(targets)
        self._done = Acknowledged(folder / "department" / "delivered.txt")
        self._outbox: asyncio.Queue[Record] = asyncio.Queue()
        self._running = False

    @property
    def trouble(self) -> str:
        """Why the last try failed; empty if it did not."""
        return self._sender.trouble

    def put(self, produced: Produced, clock: Clock) -> None:
        """Send it from now on until it is delivered, unless it was already."""
        record = _record(produced, clock)
        if record.mark not in self._done:
            self._outbox.put_nowait(record)

    async def drained(self) -> None:
        """Return when all that was put into the outbox is delivered."""
        if not self._running:
            raise SimulatorError(
                "The department sends nothing now: drain it while it is `sending`."
            )
        await self._outbox.join()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send while the block runs; a record that its schema refuses ends the block."""
        self._sender.ending = False
        with ThreadPoolExecutor(1) as thread:
            try:
                async with asyncio.TaskGroup() as group:
                    work = group.create_task(self._work(thread))
                    self._running = True
                    try:
                        yield
                    finally:
                        self._running, self._sender.ending = False, True
                        work.cancel()
            finally:
                thread.submit(self._sender.close)

    async def _work(self, thread: Executor) -> None:
        while True:
            batch = [await self._outbox.get()]
            while len(batch) < BATCH and not self._outbox.empty():
                batch.append(self._outbox.get_nowait())
            await self._deliver(thread, batch)
            for _ in batch:
                self._outbox.task_done()

    async def _deliver(self, thread: Executor, batch: list[Record]) -> None:
        """Try until all of them are on Kafka."""
        pause, loop = PAUSE_SECONDS, asyncio.get_running_loop()
        while batch:
            delivered = await loop.run_in_executor(thread, self._sender.send, batch)
            self._done.add(*(record.mark for record in delivered))
            self.sent.update(record.topic for record in delivered)
            batch = [record for record in batch if record.mark not in self._done]
            if batch:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _record(produced: Produced, clock: Clock) -> Record:
    value = produced.value(clock)
    said = json.dumps([produced.topic, produced.key, value], sort_keys=True, ensure_ascii=False)
    mark = f"{produced.at} {hashlib.sha256(said.encode()).hexdigest()[:24]}"
    return Record(produced.topic, produced.key, value, mark)
