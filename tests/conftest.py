"""What every layer of tests shares: one Kafka broker for the whole run, topics, waiting."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ops.broker import EmbeddedBroker

Condition = Callable[[], bool | Awaitable[bool]]


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the developer's shell has set."""
    for name in [name for name in os.environ if name.startswith("SHEQU_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[EmbeddedBroker]":
    """One warm broker for all tests of the run; `broker.bootstrap` is its address."""
    from ops.broker import EmbeddedBroker

    node = EmbeddedBroker(tmp_path_factory.mktemp("kafka"))
    asyncio.run(_start_warm(node))
    yield node
    asyncio.run(node.stop())


@pytest.fixture(scope="session")
def bootstrap(broker: "EmbeddedBroker") -> str:
    """The address of the run's broker, for Kafka clients."""
    return broker.bootstrap


@pytest.fixture
def topic_name() -> str:
    """A topic name that no other test uses; the topic is not made."""
    return f"test.{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def make_topic(bootstrap: str) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Make a topic and get its name: takes `partitions` (4), `name` and the topic's settings.

    Dots of a setting are written as underscores: `cleanup_policy="compact"`.
    """
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()

    async def make(partitions: int = 4, name: str | None = None, **configs: str) -> str:
        topic = name or f"test.{uuid.uuid4().hex[:12]}"
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        await admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=settings)])
        return topic

    yield make
    await admin.close()


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """Wait for a condition, plain or awaitable; fails the test after `limit` (20) seconds."""
    return _until


async def _until(condition: Condition, limit: float = 20.0, what: str = "") -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    while True:
        holds = condition()
        if await holds if isinstance(holds, Awaitable) else holds:
            return
        if loop.time() > end:
            pytest.fail(f"not within {limit:g} s: {what or condition}")
        await asyncio.sleep(0.05)


async def _start_warm(node: "EmbeddedBroker") -> None:
    """Start it, and make the broker's inner topics, so that no test pays for them."""
    from aiokafka import AIOKafkaProducer, TopicPartition
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    await node.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=node.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("test.warm", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=node.bootstrap, transactional_id="test.warm")
    await producer.start()
    async with producer.transaction():
        await producer.send("test.warm", b"")
        await producer.send_offsets_to_transaction({TopicPartition("test.warm", 0): 1}, "test.warm")
    await producer.stop()
