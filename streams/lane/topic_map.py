"""Logical and physical names of an app's topics, and which table a changelog record is of."""

from collections.abc import Iterable, Mapping

from aiokafka.partitioner import murmur2

from schemas.catalogue import catalogue
from schemas.naming import Names
from streams.lane.fold import AnyFold
from streams.lane.partition import AnyPartition
from streams.lane.port import Place, Write

LINEAGE_HEADER = "shequ_lineage"
POSITIVE = 0x7FFFFFFF
"""The hash is signed: producers of every language drop the sign."""


def partition_of(key: bytes, count: int) -> int:
    """Partition of a key among `count`, as the default partitioner of any producer has it."""
    return int((murmur2(key) & POSITIVE) % count)


class TopicMap:
    """The topics of one lineage of an app."""

    def __init__(self, fold: AnyFold, names: Names) -> None:
        self._names = names
        self._physical: dict[str, str] = {}
        self._changelogs = sorted({self.physical(table.topic) for table in fold.tables})
        self._public = {self.physical(t.topic): t.name for t in fold.tables if t.public}
        self._crossings = frozenset(fold.crossings)
        self.crossings = sorted(self.physical(topic) for topic in fold.crossings)
        """Physical names of the topics on which partitions tell each other."""
        self.sources = {self.physical(source): source for source in fold.sources}
        """Logical name by physical one, in the app's fixed order."""

    @property
    def lineage(self) -> str:
        """Name of the lineage."""
        return str(self._names.lineage)

    def physical(self, logical: str) -> str:
        """Physical name of a logical topic."""
        name = self._physical.get(logical)
        if name is None:
            name = self._physical[logical] = self._names.physical(logical)
        return name

    def changelogs(self) -> list[str]:
        """Physical topics that hold rows, and `state`, which holds the positions; each once."""
        return sorted({*self._changelogs, self.physical("state")})

    @property
    def own(self) -> list[str]:
        """What this lineage alone writes, and reads back: rows, positions, the journal."""
        return sorted({*self.changelogs(), self.physical("journal")})

    @property
    def needed(self) -> list[str]:
        """All without which a worker cannot go on; where a source has letters, those, too."""
        known = catalogue().topics
        letters = [
            self.physical(f"dlq.{source}")
            for source in self.sources.values()
            if source in known and known[source].dead_letters
        ]
        return sorted({*self.sources, *self.own, *self.crossings, *letters})

    def tails(self, reached: Mapping[str, int]) -> dict[str, int]:
        """Where the changelogs are to be read on after a transaction that reached these offsets.

        Of `state`, the positions are read once more, the last that a transaction writes there:
        a log that has neither these nor later ones is not the log that was written.
        """
        state = self.physical("state")
        tails = {topic: reached[topic] for topic in self.changelogs() if topic in reached}
        if state in tails:
            tails[state] -= 1
        return tails

    def addressed(self, writes: Iterable[Write], count: int) -> list[Write]:
        """Writes by physical names; a crossing says for which partition of `count`, and of whom.

        Lineages share the topics of crossings: another one, that folds the same log, tells the
        same, and to be told twice does no harm. Whoever counts them must tell them apart.
        """
        return [self._addressed(write, count) for write in writes]

    def _addressed(self, write: Write, count: int) -> Write:
        topic, key, value, headers, _ = write
        if topic not in self._crossings:
            return Write(self.physical(topic), key, value, headers)
        target = partition_of(key or b"", count)
        return Write(self.physical(topic), key, value, (*headers, self.mark), target)

    @property
    def mark(self) -> tuple[str, bytes]:
        """Header of a crossing: whose it is."""
        return LINEAGE_HEADER, self.lineage.encode()

    def places(self, partitions: Mapping[int, AnyPartition]) -> dict[Place, int]:
        """Where each source of each partition goes on."""
        return {
            (physical, number): partition.offsets[source]
            for number, partition in partitions.items()
            for physical, source in self.sources.items()
        }

    def table_of(self, topic: str, key: str) -> str:
        """Table of a changelog record: a public one has its topic, a private one is in the key."""
        return self._public.get(topic) or key.split("/", 2)[1]
