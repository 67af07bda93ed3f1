"""Topics on the cluster against the catalogue: what is missing, what differs."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from ops.errors import OperatorError
from ops.settings import Settings
from schemas.catalogue import Topic, catalogue
from schemas.kafka_access import access
from schemas.naming import Names

DAY_MS = 86_400_000
TOMBSTONE_DAYS = 30
"""A reader away for longer rebuilds itself: it may have missed a removal."""
KNOWN_SECONDS = 10.0
"""Within this time every broker that runs knows of a topic that was made."""
MESSAGE_BYTES = 1_048_576
SHORT_MS, SEGMENT_MS = 7 * DAY_MS, 3_600_000
"""Kafka removes whole segments, a week long by default: a topic kept for less rolls them hourly."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as the catalogue wants it on the cluster."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


@dataclass(slots=True)
class Plan:
    """What is to be made, and what differs: topic, setting, what it is, what it should be."""

    missing: list[Wanted] = field(default_factory=list)
    differing: list[tuple[str, str, str, str]] = field(default_factory=list)


def wanted_topics(settings: Settings, prefix: str | None = None) -> list[Wanted]:
    """Every topic of the catalogue for the lineage that is set, dead letters included.

    `prefix`: in front of every name, where it is not the one that is set.
    """
    names = settings.names if prefix is None else Names(settings.names.lineage, prefix)
    found = []
    for topic in catalogue().topics.values():
        found.append(_wanted(names.topic(topic), topic, settings))
        if topic.dead_letters:
            found.append(_wanted_letters(names.dead_letters(topic.name), settings))
    return sorted(found, key=lambda topic: topic.name)


def _wanted(name: str, topic: Topic, settings: Settings) -> Wanted:
    partitions = topic.partitions if isinstance(topic.partitions, int) else settings.partitions
    configs = {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(MESSAGE_BYTES),
    }
    if 0 <= topic.retention_ms < SHORT_MS:
        configs["segment.ms"] = str(SEGMENT_MS)
    if topic.cleanup == "compact":
        configs["delete.retention.ms"] = str(TOMBSTONE_DAYS * DAY_MS)
    return Wanted(name, partitions, settings.replication, configs)


def _wanted_letters(name: str, settings: Settings) -> Wanted:
    configs = {
        "cleanup.policy": "delete",
        "retention.ms": str(400 * DAY_MS),
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(2 * MESSAGE_BYTES),
    }
    return Wanted(name, settings.partitions, settings.replication, configs)


async def plan(admin: AIOKafkaAdminClient, wanted: Iterable[Wanted]) -> Plan:
    """Compare the cluster with what is wanted; changes nothing."""
    result = Plan()
    there = set(await admin.list_topics())
    present: list[Wanted] = []
    for topic in wanted:
        (present if topic.name in there else result.missing).append(topic)
    if present:
        await _compare(admin, present, result)
    return result


async def _compare(admin: AIOKafkaAdminClient, present: list[Wanted], result: Plan) -> None:
    names = [topic.name for topic in present]
    described = {entry["topic"]: entry for entry in await admin.describe_topics(names)}
    configs = await _configs(admin, names)
    for topic in present:
        count = len(described[topic.name]["partitions"])
        if count != topic.partitions:
            result.differing.append((topic.name, "partitions", str(count), str(topic.partitions)))
        for key, value in topic.configs.items():
            found = configs[topic.name].get(key, "")
            if found != value:
                result.differing.append((topic.name, key, found, value))


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await admin.describe_configs(resources)
    described = [entry for answer in answers for entry in getattr(answer, "resources", ())]
    return {name: {entry[0]: entry[1] for entry in configs} for *_, name, configs in described}


async def apply(bootstrap: str, wanted: list[Wanted]) -> Plan:
    """Make what is missing; what differs is named and left: changing it is a decision.

    Raises OperatorError where the broker refuses a topic.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access())
    await admin.start()
    try:
        found = await plan(admin, wanted)
        fresh = [
            NewTopic(t.name, t.partitions, t.replication, topic_configs=dict(t.configs))
            for t in found.missing
        ]
        if fresh:
            answer = await admin.create_topics(fresh)
            _check(answer)
            await _known(admin, {topic.name for topic in fresh})
        return found
    finally:
        await admin.close()


async def _known(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Return when each broker knows the topics; one that is away learns of them when it is back."""
    with contextlib.suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(KNOWN_SECONDS):
            for broker in admin._client.cluster.brokers():  # noqa: SLF001 -- no public way asks one broker
                while not names <= await _topics_of(admin, broker.nodeId):
                    await asyncio.sleep(0.05)


async def _topics_of(admin: AIOKafkaAdminClient, number: int) -> set[str]:
    answer = await admin._send_request_to_node(number, MetadataRequest(None))  # noqa: SLF001 -- see _known
    return {topic["topic"] for topic in answer.to_object()["topics"] if not topic["error_code"]}


def _check(answer: object) -> None:
    for entry in getattr(answer, "topic_errors", ()):
        topic, code, *rest = entry
        if code not in {0, 36}:
            reason = rest[0] if rest else f"error {code}"
            raise OperatorError(f"the broker refused topic {topic}: {reason}")
