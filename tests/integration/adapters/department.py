"""A department that produces itself: the lines of the README, run as they stand there."""

import asyncio
import json
import os
import re
import sys
import uuid
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Sequence
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

NAME, SOURCE, LETTERS = "kafka_intake", "city.cases", "dlq.city.cases"
TOPIC = f"intake.{SOURCE}"
NEEDED = {TOPIC, SOURCE, LETTERS, "adapters.heartbeats"}
README = Path(adapters.kafka_intake.__file__).with_name("README.md")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINES, EXAMPLE = BLOCK.findall(README.read_text("utf-8"))
MOMENT = 1_795_134_665_000
SECRETS = ("张伟", "13812345678", "501室")

Case = dict[str, Any]


def case(number: str, order: int = 1, **more: object) -> Case:
    """A record as a department states it."""
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


@dataclass
class Department:
    """Its program, its registry, its Kafka."""

    hub: Hub
    registry: str
    sent: list[Case] = field(default_factory=list)

    @property
    def topic(self) -> str:
        """Where it writes."""
        return self.hub.topic(TOPIC)

    async def run_readme(self, cases: Sequence[Case] | None = None) -> None:
        """Run the ten lines as a program, with these cases or with those that the page shows.

        Only addresses, and this test's own prefix of topics, are others.
        """
        text = LINES
        for written, ours in (
            ("http://127.0.0.1:8080/registry", self.registry),
            ("127.0.0.1:9092", self.hub.bootstrap),
            (TOPIC, self.topic),
        ):
            assert written in text, f"the README does not name {written}"
            text = text.replace(written, ours)
        stated = EXAMPLE if cases is None else "import json, sys\ncases = json.load(sys.stdin)\n"
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", stated + text, stdin=PIPE, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await program.communicate(json.dumps(cases).encode())
        assert program.returncode == 0, said.decode()
        self.sent += cases or []

    def framed(self, record: Case, logical: str = TOPIC) -> bytes:
        """A record as the serializer writes it, for the schema of any topic."""
        topic = self.hub.topic(logical)
        context = SerializationContext(topic, MessageField.VALUE)
        with SchemaRegistryClient({"url": self.registry}) as registry:
            schema = registry.get_latest_version(f"{topic}-value").schema
            value: bytes = AvroSerializer(registry, schema)(record, context)
        return value

    def write(self, values: Sequence[bytes | None], **more: object) -> None:
        """Put bytes on the topic."""
        producer = Producer({"bootstrap.servers": self.hub.bootstrap, **more})
        for value in values:
            producer.produce(self.topic, value, key=b"k")
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
        "SHEQU_KAFKA_INTAKE__POLL_SECONDS": "0.2",
        "SHEQU_KAFKA_INTAKE__CHUNK_ROWS": "7",
        "SHEQU_KAFKA_INTAKE__BAD_WINDOW": "1000",
    }
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
