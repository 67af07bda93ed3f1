"""What an administrator does to a cluster: settings of topics, groups, records that are too old."""

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import ConsumerGroupTopicPartitions as GroupOffsets
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.cimpl import NewTopic

SECONDS = 20.0


def client(bootstrap: str) -> AdminClient:
    """It says nothing of brokers that are away."""
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


async def configure(bootstrap: str, topics: Iterable[str], **settings: str) -> None:
    """Set settings of topics; dots are written as underscores."""
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    resources = [
        ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries) for topic in topics
    ]
    admin = client(bootstrap)  # held until it is done: its answers end with it
    for done in admin.incremental_alter_configs(resources).values():
        await asyncio.to_thread(done.result, SECONDS)


async def delete_group(bootstrap: str, group: str) -> None:
    """Forget a group and its offsets; it may still count a member that is just leaving."""
    admin = client(bootstrap)
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                await asyncio.to_thread(
                    admin.delete_consumer_groups([group])[group].result, SECONDS
                )
            except KafkaException as error:
                if error.args[0].name() != "NON_EMPTY_GROUP":
                    raise
                await asyncio.sleep(0.2)
            else:
                return


async def group_offsets(bootstrap: str, group: str) -> dict[tuple[str, int], int]:
    """What a group has committed."""
    admin = client(bootstrap)
    listed = admin.list_consumer_group_offsets([GroupOffsets(group)])[group]
    found = await asyncio.to_thread(listed.result, SECONDS)
    return {(place.topic, place.partition): place.offset for place in found.topic_partitions}


async def beginnings(bootstrap: str, topics: Iterable[str]) -> Mapping[TopicPartition, int]:
    """First offsets that are still there, of every partition."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        found: Mapping[TopicPartition, int] = await consumer.beginning_offsets(
            list(consumer.assignment())
        )
        return found
    finally:
        await consumer.stop()


async def delete_topics(bootstrap: str, *topics: str) -> None:
    """As somebody did who took them for others; returns when they are gone."""
    admin = client(bootstrap)
    for done in admin.delete_topics(list(topics)).values():
        await asyncio.to_thread(done.result, SECONDS)
    async with asyncio.timeout(SECONDS):
        while set(topics) & set(admin.list_topics(timeout=10).topics):
            await asyncio.sleep(0.1)


async def make_topic(bootstrap: str, topic: str, partitions: int) -> None:
    """With so many partitions, and nothing in it."""
    admin = client(bootstrap)
    made = admin.create_topics([NewTopic(topic, partitions, 1)])[topic]
    await asyncio.to_thread(made.result, SECONDS)


async def forbid(bootstrap: str, kind: ResourceType, name: str, operation: AclOperation) -> None:
    """Deny one operation to everybody; the others stay allowed."""
    admin = client(bootstrap)
    rules = [
        AclBinding(kind, name, ResourcePatternType.LITERAL, "User:*", "*", *what)
        for what in (
            (AclOperation.ALL, AclPermissionType.ALLOW),
            (operation, AclPermissionType.DENY),
        )
    ]
    for done in admin.create_acls(rules).values():
        await asyncio.to_thread(done.result, SECONDS)
