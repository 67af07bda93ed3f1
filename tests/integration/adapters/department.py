"""A department that produces itself: the lines of the README, run as they stand there."""

import asyncio
import json
import os
import re
import sys
import uuid
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

import adapters.kafka_intake
from adapters.kit.bench import ESTATES
from ops import topics
from ops.broker.ports import choose
from ops.settings import Settings
from tests.integration.adapters.town import Hub, Until, ending

README = Path(adapters.kafka_intake.__file__).with_name("README.md")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
CASE_LINES, CASE_EXAMPLE, MOVE_LINES, MOVE_EXAMPLE = BLOCK.findall(README.read_text("utf-8"))
MOMENT = 1_795_134_665_000
READS_ONLY = {"auto.register.schemas": False, "use.latest.version": True}
SECRETS = ("张伟", "13812345678", "501室", "11010519491231002X", "H4207040130001")

Stated = dict[str, Any]


def case(number: str, order: int = 1, **more: object) -> Stated:
    """A case as a department states it."""
    return {
        "record_id": number,
        "version": {"order": order},
        "occurred_at": MOMENT,
        "category": "event",
        "kind": {"list": "GB/T 47678.5", "version": "2026", "value": "06010"},
        "stage": "受理",
        "community": "420704001013",
        "personal": {"name": SECRETS[0], "phone": SECRETS[1], "text": f"第{order}次，501室"},
        **more,
    }


def move(number: str, order: int = 1, **more: object) -> Stated:
    """A registration as a department states it."""
    return {
        "record_id": number,
        "version": {"order": order},
        "occurred_at": MOMENT,
        "change": "move_in",
        "community": "420704001013",
        "personal": {
            "name": SECRETS[0],
            "phone": SECRETS[1],
            "address": "滨湖花园3栋2单元501室",
            "resident_id": SECRETS[3],
            "household_number": SECRETS[4],
        },
        **more,
    }


@dataclass(frozen=True)
class Road:
    """What a department sends: by which adapter it goes where, and how the README shows it."""

    name: str
    source: str
    lines: str
    example: str
    records: str
    record: Callable[..., Stated]

    @property
    def topic(self) -> str:
        """Where the department writes."""
        return f"intake.{self.source}"

    @property
    def letters(self) -> str:
        """Where it reads what could not be used."""
        return f"dlq.{self.source}"


CASES = Road("kafka_intake", "city.cases", CASE_LINES, CASE_EXAMPLE, "cases", case)
MOVES = Road("kafka_intake_moves", "household.moves", MOVE_LINES, MOVE_EXAMPLE, "moves", move)
ROADS = (CASES, MOVES)
NEEDED = {t for road in ROADS for t in (road.topic, road.source, road.letters)}
NEEDED |= {"adapters.heartbeats"}


@dataclass
class Department:
    """Its program, its registry, its Kafka."""

    hub: Hub
    registry: str
    road: Road = CASES
    sent: list[Stated] = field(default_factory=list)

    @property
    def topic(self) -> str:
        """Where it writes."""
        return self.hub.topic(self.road.topic)

    def on(self, road: Road) -> "Department":
        """Another department of the same city."""
        return Department(self.hub, self.registry, road)

    async def once(self) -> int:
        """Let its adapter read what there is; the exit code."""
        return await self.hub.once(self.road.name)

    async def events(self) -> list[Stated]:
        """What was forwarded."""
        return [message.event for message in await self.hub.messages(self.road.source)]

    async def letters(self) -> list[Stated]:
        """What could not be used."""
        return [message.event for message in await self.hub.messages(self.road.letters)]

    async def run_readme(self, records: Sequence[Stated] | None = None) -> None:
        """Run the ten lines as a program, with these records or with those that the page shows.

        Only addresses, and this test's own prefix of topics, are others.
        """
        text = self.road.lines
        for written, ours in (
            ("http://127.0.0.1:8080/registry", self.registry),
            ("127.0.0.1:9092", self.hub.bootstrap),
            (self.road.topic, self.topic),
        ):
            assert written in text, f"the README does not name {written}"
            text = text.replace(written, ours)
        given = f"import json, sys\n{self.road.records} = json.load(sys.stdin)\n"
        stated = self.road.example if records is None else given
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", stated + text, stdin=PIPE, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await program.communicate(json.dumps(records).encode())
        assert program.returncode == 0, said.decode()
        self.sent += records or []

    def framed(self, record: Stated, logical: str = "") -> bytes:
        """A record as a serializer that only reads writes it, for the schema of any topic."""
        topic = self.hub.topic(logical or self.road.topic)
        context = SerializationContext(topic, MessageField.VALUE)
        with SchemaRegistryClient({"url": self.registry}) as registry:
            value: bytes = AvroSerializer(registry, conf=READS_ONLY)(record, context)
        return value

    def write(self, values: Sequence[bytes | None], key: bytes = b"k") -> None:
        """Put bytes on the topic."""
        producer = Producer({"bootstrap.servers": self.hub.bootstrap})
        for value in values:
            producer.produce(self.topic, value, key=key)
        assert producer.flush(20) == 0


async def hub_at(bootstrap: str, home: Path) -> Hub:
    """Topics of one test, and the intake's settings."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    wanted = topics.wanted_topics(Settings(), prefix)
    await topics.apply(bootstrap, [t for t in wanted if t.name.removeprefix(prefix) in NEEDED])
    environment = {
        "SHEQU_BOOTSTRAP": bootstrap,
        "SHEQU_TOPIC_PREFIX": prefix,
        "SHEQU_HOME": str(home / "home"),
        "SHEQU_ESTATES": str(ESTATES),
        "SHEQU_HEARTBEAT_SECONDS": "0.2",
        "SHEQU_RETRY_MOST_SECONDS": "0.2",
    }
    for road in ROADS:
        own = f"SHEQU_{road.name.upper()}__"
        environment[f"{own}POLL_SECONDS"] = "0.2"
        environment[f"{own}CHUNK_ROWS"] = "7"
        environment[f"{own}BAD_WINDOW"] = "1000"
    return Hub(bootstrap, prefix, home, environment)


@asynccontextmanager
async def hubs_registry(hub: Hub, until: Until) -> AsyncIterator[str]:
    """The dashboard as a process; the address of its registry."""
    port = choose()
    environment = {**os.environ, **hub.environment, "SHEQU_DASHBOARD_PORT": str(port)}
    url = f"http://127.0.0.1:{port}/registry"
    with (hub.home / "dashboard.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ops", "dashboard", env=environment, stdout=log, stderr=log
        )
    async with ending(process):
        await until(lambda: answers(f"{url}/subjects"), limit=60, what="the registry")
        yield url


async def answers(url: str) -> bool:
    """Whether something is served there."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(url)).is_success
        except httpx.TransportError:
            return False
