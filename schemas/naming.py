"""Physical topic names: a lineage's own topics carry its name, so that two can live side by side."""

from dataclasses import dataclass

from schemas.catalogue import Topic


@dataclass(frozen=True, slots=True)
class Lineage:
    """App id and version of its views: names the consumer group, transactions and topics."""

    app: str = "community"
    version: int = 1

    def __str__(self) -> str:
        """`community-v1`."""
        return f"{self.app}-v{self.version}"


@dataclass(frozen=True, slots=True)
class Names:
    """Makes physical names. `prefix` keeps installations on one cluster apart; empty by default."""

    lineage: Lineage = Lineage()
    prefix: str = ""

    def topic(self, topic: Topic | str, *, private: bool = False) -> str:
        """Physical name of a catalogue topic."""
        if isinstance(topic, str):
            return self.prefix + topic
        if not topic.per_lineage:
            return self.prefix + topic.name
        if topic.name in {"state", "journal"} or private:
            return f"{self.prefix}{topic.name}.{self.lineage}"
        return f"{self.prefix}{topic.name}.v{self.lineage.version}"

    def dead_letters(self, topic: str) -> str:
        """Where letters of a topic go."""
        return f"{self.prefix}dlq.{topic}"

    def transactional_id(self, partition: int) -> str:
        """Lineage and partition, never set apart: it is the only fence."""
        return f"{self.prefix}{self.lineage}-{partition}"
