"""Says that the adapter lives, in which state, and what it waits for."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum

import structlog

from adapters.kit.errors import HaltError, RetryError
from adapters.kit.events import Outgoing
from adapters.kit.producer import Acknowledged, Producer
from schemas.codec import Codec

SCHEMA = "shequ.adapters.Heartbeat"
TOPIC = "adapters.heartbeats"

log = structlog.get_logger(__name__)


class Mood(StrEnum):
    """What an adapter is doing, as people are shown it."""

    RUNNING = "running"
    RETRYING = "retrying"
    HALTED = "halted"
    STOPPING = "stopping"


class Heartbeat:
    """One message every few seconds, and one at once when the state changes.

    A heartbeat that does not get out is not held back: the next one says more.
    """

    def __init__(
        self,
        producer: Producer,
        *,
        adapter: str,
        source: str,
        topic: str,
        heartbeats: str,
        clock: Callable[[], int],
    ) -> None:
        """`topic` is the logical name of what the adapter writes, `heartbeats` a physical one."""
        self._producer, self._heartbeats, self._clock = producer, heartbeats, clock
        self._named = {"adapter": adapter, "source": source, "topic": topic}
        self._codec, self._changed = Codec(), asyncio.Event()
        self.state, self.detail = Mood.RUNNING, "starting"
        self.last_read_at: int | None = None
        self.last_append_at: int | None = None
        self.counters: Counter[str] = Counter()

    def change(self, state: Mood, detail: str = "") -> None:
        """Say so at once, if it is news."""
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self._changed.set()
            log.info("adapter state", **self._named, state=state.value, detail=detail)

    def read(self) -> None:
        """The source answered just now."""
        self.last_read_at = self._clock()

    def appended(self, taken: Acknowledged, counted: Mapping[str, int]) -> None:
        """The broker took a batch."""
        self.last_append_at = taken.last_append_at or self.last_append_at
        self.counters.update(counted)

    async def beat(self) -> None:
        """Send one now, if the broker takes it."""
        with contextlib.suppress(RetryError, HaltError):
            await self._producer.send([self._message()])

    async def close(self) -> None:
        """Send the last one, and let go of the broker."""
        await self.beat()
        await self._producer.close()

    async def run(self, seconds: float) -> None:
        """Beat until cancelled."""
        while True:
            self._changed.clear()
            await self.beat()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()

    def _message(self) -> Outgoing:
        record = self._named | {
            "at": self._clock(),
            "state": self.state.value,
            "detail": self.detail,
            "last_read_at": self.last_read_at,
            "last_append_at": self.last_append_at,
            "events": self.counters["events"],
            "letters": self.counters["letters"],
            "skipped": self.counters["skipped"],
        }
        value = self._codec.encode(SCHEMA, record)
        return Outgoing(self._heartbeats, self._named["adapter"].encode(), value, [])
