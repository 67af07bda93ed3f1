"""The topics of one test on a real Kafka: what is said on them, and what must be true after."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from exactness import WRITTEN, PureFold, letter_topics, read_topics
from stories import Told

from ops import lists, topics
from ops.reading import Found
from ops.settings import Settings
from ops.verification import Proof, verify
from schemas.naming import Lineage, Names
from streams.community_fold import CommunityFold
from streams.lane.partition import JOURNAL_SCHEMA


class Bus:
    """The topics of one test, under a prefix of its own."""

    def __init__(
        self,
        bootstrap: str,
        home: Path,
        prefix: str,
        partitions: int = 4,
        version: int = 1,
        replication: int = 1,
    ) -> None:
        self.bootstrap, self.home = bootstrap, home
        self.names = Names(Lineage(version=version), prefix)
        self.fold = CommunityFold.open(home)
        """What the workers fold with; what is committed is held against it."""
        self.sent = 0
        self.longest_wait = 0
        """Longest time from a record's append to its commit, ms, as `require_exact` found it."""
        self.letters = 0
        """How many dead letters `require_exact` found."""
        self.partitions = partitions
        self._settings = Settings(
            topic_prefix=prefix,
            partitions=partitions,
            view_version=version,
            replication=replication,
        )

    async def make(self, **configs: str) -> None:
        """All topics, and the lists that ship.

        `configs`: of the sources that departments write, dots as underscores.
        """
        other = {name.replace("_", "."): value for name, value in configs.items()}
        departments = set(self.fold.sources) - set(self.fold.crossings)
        sources = {self.names.physical(name) for name in departments}
        wanted = [
            replace(topic, configs={**topic.configs, **other}) if topic.name in sources else topic
            for topic in topics.wanted_topics(self._settings)
        ]
        await topics.apply(self.bootstrap, wanted)
        await lists.publish_changed(self.bootstrap, self.names, lists.load_shipped())

    async def delete(self) -> None:
        """All topics of it."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics(self.topics)
        finally:
            await admin.close()

    @property
    def topics(self) -> list[str]:
        """Physical names of all."""
        return [topic.name for topic in topics.wanted_topics(self._settings)]

    async def send(
        self, told: Iterable[Told], a_second: float = 0, times: Iterator[int] | None = None
    ) -> None:
        """Say it, so many a second, or as fast as the broker takes it.

        `times`: of creation, ms; now, where none are given.
        """
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5)
        await producer.start()
        count = 0
        try:
            loop = asyncio.get_running_loop()
            began = loop.time()
            for one in told:
                at = None if times is None else next(times)
                topic = self.names.physical(one.topic)
                await producer.send(topic, one.value, key=one.key, timestamp_ms=at)
                count += 1
                if a_second and (wait := began + count / a_second - loop.time()) > 0:
                    await asyncio.sleep(wait)
        finally:
            await producer.stop()
            self.sent += count

    async def folded(self) -> bool:
        """Whether the journal holds every record of every source; looks twice a second."""
        await asyncio.sleep(0.5)
        return await self._journalled() == await self._said()

    async def _said(self) -> int:
        return sum(map(len, (await self.read(self.fold.sources)).values()))

    async def _journalled(self) -> int:
        return sum(
            step["count"]
            for records in (await self.read(["journal"])).values()
            for record in records
            for step in self.fold.decode(JOURNAL_SCHEMA, record.value or b"")["steps"]
        )

    async def read(self, logical: Iterable[str]) -> Mapping[tuple[str, int], list[Found]]:
        """All committed records, by logical topic and partition."""
        return await read_topics(self.bootstrap, self.names, list(logical))

    async def require_exact(self) -> list[Proof]:
        """The replay is equal, and so is a fold that knows nothing of the lane."""
        proofs = await verify(self.bootstrap, self.names, self.fold)
        assert [proof.differences for proof in proofs] == [[]] * len(proofs)
        assert not any(proof.moving for proof in proofs)
        found = await self.read({*WRITTEN, *self.fold.sources, *letter_topics(self.fold)})
        said = sum(len(found[topic, n]) for topic, n in found if topic in self.fold.sources)
        assert sum(proof.records for proof in proofs) == said
        pure = PureFold(self.fold, found, self.partitions)
        assert pure.require_equal() == sum(proof.crossings for proof in proofs)
        self.letters = pure.require_letters()
        pure.require_time()
        self.longest_wait = pure.longest_wait()
        return proofs
