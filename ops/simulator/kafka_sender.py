"""An ordinary producer as a department has it: confluent-kafka, with the hub's schema registry.

The client is imported when it is first used: a city without such a department needs none.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ops.simulator.memory import SimulatorError
from ops.simulator.targets import Targets

if TYPE_CHECKING:
    from confluent_kafka import Producer
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroSerializer

FLUSH_SECONDS, SLICE_SECONDS = 10.0, 0.2
REGISTRY = {"timeout": 5, "max.retries": 0}
SERIALIZER = {"auto.register.schemas": False, "use.latest.version": True}
PRODUCER = {"enable.idempotence": True, "acks": "all"}


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent; `mark` names it among all that is ever sent."""

    topic: str  # without the prefix
    key: str
    value: Mapping[str, object]
    mark: str


class KafkaSender:
    """Sends batches; blocks while it does, so call it from a thread of its own."""

    def __init__(self, targets: Targets) -> None:
        if find_spec("confluent_kafka") is None:
            raise SimulatorError(
                "A department that writes to Kafka itself needs a producer: install "
                "shequ[department], or give no registry and no Kafka."
            )
        self.targets = targets
        self.trouble = ""
        self.ending = False  # set from outside: wait for nothing more
        self._registry: SchemaRegistryClient | None = None
        self._serializer: AvroSerializer | None = None
        self._producer: Producer | None = None

    def close(self) -> None:
        """Let go of what is under way, and of all connections."""
        if self._producer is not None:
            self._producer.purge()
        if self._registry is not None:
            self._registry.__exit__()  # type: ignore[no-untyped-call]
        self._registry = self._serializer = self._producer = None

    def send(self, records: Sequence[Record]) -> list[Record]:
        """Those that Kafka has now; after a failure fewer than were given, see `trouble`.

        Raises ValueError or TypeError if a record does not fit the schema of its topic.
        """
        self.trouble = ""
        values = self._values(records)
        return self._produced(records, values) if values else []

    def _values(self, records: Sequence[Record]) -> list[bytes | None]:
        """The records as Avro; none if the registry is away."""
        from confluent_kafka.serialization import MessageField, SerializationContext

        places = (SerializationContext(self._topic(one), MessageField.VALUE) for one in records)
        try:
            serializer = self._serializer = self._serializer or self._connected()
            return [
                serializer(dict(record.value), place)
                for record, place in zip(records, places, strict=True)
            ]
        except (TypeError, ValueError):
            raise
        except Exception as error:  # noqa: BLE001 - the HTTP client under it is one of several
            self.trouble = f"registry: {error}"
            self.close()
            return []

    def _connected(self) -> "AvroSerializer":
        from confluent_kafka.schema_registry import SchemaRegistryClient
        from confluent_kafka.schema_registry.avro import AvroSerializer

        self._registry = SchemaRegistryClient({"url": self.targets.registry, **REGISTRY})
        serializer: AvroSerializer = AvroSerializer(self._registry, conf=SERIALIZER)
        return serializer

    def _produced(self, records: Sequence[Record], values: Sequence[bytes | None]) -> list[Record]:
        from confluent_kafka import KafkaException, Producer

        delivered = list[Record]()
        try:
            address = {"bootstrap.servers": self.targets.bootstrap}
            producer = self._producer = self._producer or Producer(address | PRODUCER)
            for record, value in zip(records, values, strict=True):
                told = partial(self._told, record, delivered)
                producer.produce(self._topic(record), value, record.key, on_delivery=told)
                producer.poll(0)
            self._flush(producer)
        except (KafkaException, BufferError) as error:
            self.trouble = f"kafka: {error}"
        if self.trouble:  # the next try does not pile up on this one
            self.close()
        return delivered

    def _flush(self, producer: "Producer") -> None:
        """Wait until all is delivered, for a while."""
        end = time.monotonic() + FLUSH_SECONDS
        while producer.flush(SLICE_SECONDS) > 0:
            if self.ending or time.monotonic() > end:
                self.trouble = self.trouble or "kafka: no answer"
                return

    def _told(self, record: Record, delivered: list[Record], error: object, _: object) -> None:
        """What became of a record."""
        if error is None:
            delivered.append(record)
        else:
            self.trouble = f"kafka: {error}"

    def _topic(self, record: Record) -> str:
        return self.targets.prefix + record.topic
