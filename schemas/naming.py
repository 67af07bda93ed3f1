"""Physical topic names: a lineage's topics carry its name, so that two can live side by side."""

from dataclasses import dataclass

from typing_extensions import override

from schemas.catalogue import Topic, catalogue

PRIVATE = frozenset({"state", "journal"})
"""Topics that nobody but the lineage itself reads: they carry its whole name."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """App id and version of its views: names the consumer group, transactions and topics."""

    app: str = "community"
    version: int = 1

    @override
    def __str__(self) -> str:
        """`community-v1`."""
        return f"{self.app}-v{self.version}"


@dataclass(frozen=True, slots=True)
class Names:
    """Makes physical names. `prefix` keeps installations on one cluster apart; empty by default."""

    lineage: Lineage = Lineage()
    prefix: str = ""

    def physical(self, logical: str) -> str:
        """Physical name of a catalogue topic or of its dead letters (`dlq.<topic>`)."""
        topic = catalogue().topics.get(logical)
        if topic is None or not topic.per_lineage:
            return self.prefix + logical
        if logical in PRIVATE:
            return f"{self.prefix}{logical}.{self.lineage}"
        return f"{self.prefix}{logical}.v{self.lineage.version}"

    def topic(self, topic: Topic) -> str:
        """Physical name of a catalogue topic."""
        return self.physical(topic.name)

    def dead_letters(self, topic: str) -> str:
        """Where letters of a topic go."""
        return self.physical(f"dlq.{topic}")

    def transactional_id(self, partition: int) -> str:
        """Lineage and partition, never set apart: it is the only fence."""
        return f"{self.prefix}{self.lineage}-{partition}"
