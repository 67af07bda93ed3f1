"""Real workers on a real Kafka: started, killed, put to sleep, stopped."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence

from bus import Bus

from ops.broker import child

READY = "partitions taken over"
SESSION_SECONDS = 6
SHEQU = ("-m", "ops", "worker")


class Worker:
    """One `shequ worker`, as an operator starts it; it does not outlive who started it."""

    def __init__(
        self, bus: Bus, name: str, words: Sequence[str] = SHEQU, **environment: str
    ) -> None:
        """`words`: after `python`; `environment`: settings of its own."""
        self.bus, self.log = bus, bus.home / f"{name}.log"
        self.words, self.told = words, environment
        self._env = {
            **os.environ,
            "SHEQU_HOME": str(bus.home),
            "SHEQU_BOOTSTRAP": bus.bootstrap,
            "SHEQU_TOPIC_PREFIX": bus.names.prefix,
            "SHEQU_SESSION_TIMEOUT": str(SESSION_SECONDS),
            "SHEQU_LOG_FORMAT": "json",
            **environment,
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> "Worker":
        """Start it; it is not ready yet."""
        with self.log.open("ab") as sink:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *self.words, env=self._env, stdout=sink, stderr=sink,
                preexec_fn=child.die_with(os.getpid()),
            )  # fmt: skip
        return self

    @property
    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text("utf-8", "replace")

    @property
    def ready(self) -> bool:
        """Whether it has taken partitions over."""
        return READY in self.said

    @property
    def code(self) -> int | None:
        """Exit code, or None while it runs."""
        return None if self.process is None else self.process.returncode

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self.code is not None

    def has_settled(self) -> bool:
        """Whether it has taken partitions over, or has ended."""
        return self.ready or self.has_ended()

    def signal(self, sign: signal.Signals) -> None:
        """Send it a signal."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(sign)

    async def ended(self, seconds: float = 90.0) -> int:
        """Its exit code, when it has ended."""
        assert self.process is not None
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def kill(self) -> None:
        """End it at once, whatever it does; nothing where it has ended."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            await self.process.wait()

    async def stop(self) -> None:
        """In order: it ends with exit code 0."""
        self.signal(signal.SIGTERM)
        assert await self.ended() == 0, self.said[-3000:]


class Supervisor:
    """Starts a worker again whenever it ends, as systemd would."""

    def __init__(
        self,
        bus: Bus,
        name: str,
        started: Callable[[Worker], None] = lambda _: None,
        **environment: str,
    ) -> None:
        """`started`: is told of every worker."""
        self.bus, self.name, self._environment = bus, name, environment
        self.worker: Worker | None = None
        self.codes: list[int] = []
        self._started = started
        self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            name = f"{self.name}-{len(self.codes)}"
            self.worker = await Worker(self.bus, name, **self._environment).start()
            self._started(self.worker)
            self.codes.append(await self.worker.ended(3600))
            await asyncio.sleep(0.2)

    def let_go(self) -> None:
        """Start none again."""
        self._task.cancel()

    async def stop(self) -> None:
        """Let go, and end the worker."""
        self.let_go()
        if self.worker is not None and self.worker.code is None:
            self.worker.signal(signal.SIGTERM)
            await self.worker.ended()


def pause(chance: random.Random, least: float, most: float) -> float:
    """A random time, in seconds."""
    return least + chance.random() * (most - least)
