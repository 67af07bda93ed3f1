"""An adapter without Kafka: the real parts on a folder, and a topic that is a list."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord

from adapters.kit.adapter import Adapter, Batch, Row
from adapters.kit.assembly import Parts, assemble
from adapters.kit.checkpoint import Changes
from adapters.kit.events import Outgoing
from adapters.kit.intake import Work
from adapters.kit.settings import KitSettings

ESTATES = Path(__file__).with_name("fixtures") / "estates.csv"
NOW = 1_763_800_000_000
"""The time on the bench, ms UTC."""


class Bench:
    """An adapter on a folder, with a topic that is a list."""

    def __init__(self, adapter: Adapter[Any], folder: Path, topic: list[Outgoing]) -> None:
        """Open it; a folder used before is gone on with, and the topic is read first."""
        kit = KitSettings(home=folder, estates=ESTATES)
        self.parts: Parts = assemble(adapter, kit, adapter.settings.model_construct())
        self.topic = topic
        known = self.parts.checkpoint.offsets()
        tail = [_stored(message, at) for at, message in enumerate(topic)]
        self.parts.memory.fold([r for r in tail if r.offset >= known.get((r.topic, 0), 0)])

    def take(self, rows: Sequence[Row]) -> Work:
        """What would be sent of these rows."""
        return self.parts.intake.take(Batch(rows), NOW)

    def carry(self, rows: Sequence[Row]) -> Work:
        """Take rows, send all of it, remember it."""
        return self.carry_batch(Batch(rows))

    def carry_batch(self, batch: Batch) -> Work:
        """Take a batch, send all of it, remember it, tell whoever waits for that."""
        work = self.parts.intake.take(batch, NOW)
        self.topic += work.messages
        offsets = {(message.topic, 0): len(self.topic) for message in work.messages}
        changes = Changes(records=work.records, letters=work.letters, offsets=offsets)
        self.parts.checkpoint.write(changes)
        if batch.carried:
            batch.carried(work.set_aside)
        return work


def _stored(message: Outgoing, at: int) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord(
        topic=message.topic, partition=0, offset=at, timestamp=NOW, timestamp_type=1,
        key=message.key, value=message.value, checksum=None, serialized_key_size=0,
        serialized_value_size=0, headers=message.headers,
    )  # fmt: skip
