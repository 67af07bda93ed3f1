"""Takes fetched records into a batch: decodes each and asks its projection for the row."""

import structlog
from aiokafka import ConsumerRecord, TopicPartition

from dashboard.model.rows import Message
from dashboard.model.writes import Batch
from dashboard.projection.topics import Reading
from schemas.codec import Codec
from schemas.errors import ContractError

log = structlog.get_logger()
Fetched = dict[TopicPartition, list[ConsumerRecord[bytes | None, bytes | None]]]


class UnreadableRecordError(Exception):
    """A record of a view cannot be read; what is shown would silently be wrong without it."""


class Intake:
    """Knows each topic's reading; keeps nothing between batches."""

    def __init__(self, readings: dict[str, Reading]) -> None:
        self._readings = readings
        self._codec = Codec()

    @property
    def topics(self) -> list[str]:
        """Physical names of all topics that are read where they exist."""
        return list(self._readings)

    def batch(self, fetched: Fetched) -> Batch:
        """A batch of all fetched records. Raises UnreadableRecordError."""
        batch = Batch()
        for partition, records in fetched.items():
            reading = self._readings[partition.topic]
            for record in records:
                self._take(batch, reading, record)
        return batch

    def _take(
        self, batch: Batch, reading: Reading, record: ConsumerRecord[bytes | None, bytes | None]
    ) -> None:
        projection = reading.projection
        message = Message((record.key or b"").decode(errors="replace"), record.timestamp)
        if record.value is None:
            if not projection.history:
                batch.drop(projection, message)
            return
        try:
            _, row = self._codec.decode(record.value, reading.schema)
        except ContractError as error:
            where = f"{record.topic}-{record.partition}-{record.offset}"
            if projection.strict:
                raise UnreadableRecordError(f"{where}: {error}") from error
            log.warning("projector.skipped", record=where, reason=str(error))
            return
        batch.put(projection, message, row)
