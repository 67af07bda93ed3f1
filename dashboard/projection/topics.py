"""Which topics the projector reads, what it makes of each, and whose freshness it watches."""

from dataclasses import dataclass

from dashboard.model.rows import LETTERS, PROJECTIONS, Projection
from schemas.catalogue import catalogue
from schemas.naming import Names

LETTER = "shequ.dlq.Letter"


@dataclass(frozen=True, slots=True)
class Reading:
    """One topic to read. `required`: nothing is shown before it is there."""

    topic: str
    schema: str
    projection: Projection
    retention_ms: int
    required: bool


def readings(names: Names) -> dict[str, Reading]:
    """What to read, by physical topic name."""
    topics = catalogue().topics
    found = {
        names.topic(topics[name]): Reading(
            name, topics[name].schema, projection, topics[name].retention_ms, required=True
        )
        for name, projection in PROJECTIONS.items()
    }
    for topic in topics.values():
        if topic.dead_letters:
            name = names.dead_letters(topic.name)
            found[name] = Reading(name, LETTER, LETTERS, topic.retention_ms, required=False)
    return found


def watched(names: Names) -> dict[str, str]:
    """Topics that adapters write: physical name -> logical name."""
    return {
        names.topic(topic): topic.name
        for topic in catalogue().topics.values()
        if topic.source and any(producer.startswith("adapters.") for producer in topic.producers)
    }


def history_kept(names: Names) -> dict[str, int]:
    """How long history is kept, in ms, by table; what its topics keep longest."""
    kept: dict[str, int] = {}
    for reading in readings(names).values():
        if reading.projection.history and reading.retention_ms >= 0:
            table = reading.projection.table.name
            kept[table] = max(kept.get(table, 0), reading.retention_ms)
    return kept
