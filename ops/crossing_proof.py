"""What the partitions told each other: what the folds give against what stands on the topic.

A topic of crossings has many writers, one per partition, so that its order proves nothing: per
place, each key and value must stand there as often as it was told. What other lineages told the
same topic is passed over: a header says whose each record is.
"""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from ops.reading import Found, read_all
from streams.lane.pending import Frozen
from streams.lane.port import Place
from streams.lane.topic_map import LINEAGE_HEADER, TopicMap

MODULUS = 1 << 128


class Sum(NamedTuple):
    """How many, and the sum of their hashes: free of order."""

    number: int = 0
    hashes: int = 0

    def plus(self, key: bytes | None, value: bytes | None) -> "Sum":
        """With one more."""
        framed = len(key or b"").to_bytes(4, "big") + (key or b"") + (value or b"")
        digest = int.from_bytes(blake2b(framed, digest_size=16).digest(), "big")
        return Sum(self.number + 1, (self.hashes + digest) % MODULUS)

    def shown(self) -> str:
        """For people."""
        return f"{self.number} with hash {self.hashes:032x}"


class CrossingProof:
    """Takes what each partition's replay gives, then reads the topics."""

    def __init__(self, topics: TopicMap, partitions: int) -> None:
        self._topics = topics
        self._count = partitions
        self._told: dict[Place, Sum] = defaultdict(Sum)

    def take(self, frozen: Frozen) -> int:
        """Note what a transaction tells other partitions; gives how many it tells."""
        told = [
            write
            for write in self._topics.addressed(frozen.writes, self._count)
            if write.partition is not None
        ]
        for topic, key, value, _, target in told:
            place = (topic, target or 0)
            self._told[place] = self._told[place].plus(key, value)
        return len(told)

    async def differences(self, consumer: AIOKafkaConsumer) -> list[tuple[int, str, str, str]]:
        """Partition, topic, what was recorded, what was told: where they are not the same."""
        found = []
        for topic, number in self._places():
            recorded = Sum()
            for record in await read_all(consumer, TopicPartition(topic, number)):
                if self._is_ours(record):
                    recorded = recorded.plus(record.key, record.value)
            told = self._told[topic, number]
            if recorded != told:
                found.append((number, topic, recorded.shown(), told.shown()))
        return found

    def _is_ours(self, record: Found) -> bool:
        """Whether this lineage wrote it; what nobody signed is taken for it, and found."""
        marks = [mark for mark in record.headers if mark[0] == LINEAGE_HEADER]
        return not marks or self._topics.mark in marks

    def _places(self) -> Iterator[Place]:
        for topic in self._topics.crossings:
            for number in range(self._count):
                yield topic, number
