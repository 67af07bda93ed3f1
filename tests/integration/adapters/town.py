"""A simulated city, its topics on the run's broker, and adapters as real processes beside it."""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ops import topics
from ops.settings import Settings as OperatorSettings
from ops.simulator.simulation import Simulation
from schemas.codec import Codec
from schemas.naming import Names

ADAPTERS = {
    "city_cases": "city.cases",
    "household_registration": "household.moves",
    "police_incidents": "police.incidents",
}
SHEQU = str(Path(sys.executable).with_name("shequ"))

Event = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """One record of a topic, with its decoded value."""

    key: str
    value: bytes
    headers: dict[str, str]
    event: Event


@dataclass
class Hub:
    """The adapters' side of a city: settings of the processes, and what stands on the topics."""

    bootstrap: str
    prefix: str
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    async def start(self, command: str, name: str) -> asyncio.subprocess.Process:
        """`shequ adapters <command> <name>` as a process; what it says goes to its log."""
        with (self.home / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                SHEQU, "adapters", command, name,
                env={**os.environ, **self.environment}, stdout=log, stderr=log,
            )  # fmt: skip

    async def once(self, name: str) -> int:
        """Let an adapter read what there is; its exit code."""
        process = await self.start("once", name)
        async with ending(process):
            return await asyncio.wait_for(process.wait(), 60)

    def topic(self, logical: str) -> str:
        """Physical name."""
        return Names(prefix=self.prefix).physical(logical)

    async def messages(self, logical: str) -> list[Message]:
        """All that stands on a topic, in the order of each partition."""
        found: list[Message] = []
        consumer = AIOKafkaConsumer(
            self.topic(logical), bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            ends = await consumer.end_offsets(list(consumer.assignment()))
            while [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += map(_message, records)
        finally:
            await consumer.stop()
        return found

    async def count(self, logical: str) -> int:
        """How many records stand on a topic."""
        consumer = AIOKafkaConsumer(self.topic(logical), bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            return sum((await consumer.end_offsets(list(consumer.assignment()))).values())
        finally:
            await consumer.stop()

    async def remake(self, logical: str) -> None:
        """Delete a topic with all that stands on it, and make it again."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([self.topic(logical)])
            async with asyncio.timeout(20):
                while self.topic(logical) in await admin.list_topics():
                    await asyncio.sleep(0.05)
            await admin.create_topics([NewTopic(self.topic(logical), 4, 1)])
        finally:
            await admin.close()

    async def heartbeat(self, name: str) -> Event:
        """The last heartbeat of an adapter; empty where there is none."""
        beats = [m.event for m in await self.messages("adapters.heartbeats") if m.key == name]
        return beats[-1] if beats else {}


@asynccontextmanager
async def ending(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """Whatever the test does, the process does not outlive it."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


@dataclass
class Town:
    """A simulated city that is served, and the hub beside it."""

    city: Simulation
    hub: Hub


Until = Callable[..., Awaitable[None]]
Found = Callable[..., Awaitable[Town]]
Running = Callable[[Hub, str], Awaitable[asyncio.subprocess.Process]]


async def hub_of(bootstrap: str, home: Path, city: Simulation, url: str) -> Hub:
    """The topics of one test, and the settings of its adapters."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    wanted = topics.wanted_topics(OperatorSettings(), prefix)
    needed = {*ADAPTERS.values(), *(f"dlq.{t}" for t in ADAPTERS.values()), "adapters.heartbeats"}
    await topics.apply(bootstrap, [t for t in wanted if t.name.removeprefix(prefix) in needed])
    environment = {
        "SHEQU_BOOTSTRAP": bootstrap,
        "SHEQU_TOPIC_PREFIX": prefix,
        "SHEQU_HOME": str(home / "home"),
        "SHEQU_ESTATES": str(city.folder / "estates.csv"),
        "SHEQU_HEARTBEAT_SECONDS": "0.2",
        "SHEQU_RETRY_MOST_SECONDS": "0.2",
        "SHEQU_CITY_CASES__INBOX": str(city.cases.inbox),
        "SHEQU_CITY_CASES__SETTLE_SECONDS": "0.1",
        "SHEQU_CITY_CASES__GIVE_UP_SECONDS": "0.3",
        "SHEQU_CITY_CASES__POLL_SECONDS": "0.05",
        "SHEQU_CITY_CASES__CHUNK_ROWS": "5",
        "SHEQU_POLICE_INCIDENTS__BASE_URL": url,
        "SHEQU_POLICE_INCIDENTS__API_KEY": city.police.api_key,
        "SHEQU_POLICE_INCIDENTS__PAGE_SIZE": "7",
        "SHEQU_POLICE_INCIDENTS__POLL_SECONDS": "0.05",
    }
    return Hub(bootstrap, prefix, home, environment)


def _message(record: "ConsumerRecord[bytes, bytes]") -> Message:
    key, value = record.key or b"", record.value or b""
    headers = {name: content.decode() for name, content in record.headers}
    event: Mapping[str, Any] = Codec().decode(value)[1]
    return Message(key.decode(), value, headers, dict(event))
