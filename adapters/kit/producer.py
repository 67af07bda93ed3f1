"""Puts messages on Kafka: idempotent, acknowledged by all replicas, by murmur2 of the key."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka import errors as kafka
from aiokafka.structs import RecordMetadata

from adapters.kit.checkpoint import Partition
from adapters.kit.errors import AdapterError, Finding, HaltError, RetryError
from adapters.kit.events import Outgoing
from schemas.kafka_access import access

BATCH_BYTES = 512 * 1024
REQUEST_BYTES = 2 * 1024 * 1024
STUCK_SECONDS = 15.0

_FORBIDDEN = (
    kafka.TopicAuthorizationFailedError,
    kafka.ClusterAuthorizationFailedError,
    kafka.UnsupportedVersionError,
)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What the broker took: where each topic goes on, and when the last message was appended."""

    next_offsets: dict[Partition, int] = field(default_factory=dict)
    last_append_at: int | None = None


class Producer:
    """Sends in order of each key. After an error it starts afresh with the next call."""

    def __init__(self, bootstrap: str, client_id: str, patience: float = STUCK_SECONDS) -> None:
        """Nothing is connected until the first send, which takes `patience` seconds at most."""
        self._bootstrap, self._client_id, self._patience = bootstrap, client_id, patience
        self._kafka: AIOKafkaProducer | None = None

    async def send(self, messages: Sequence[Outgoing]) -> Acknowledged:
        """Return once the broker has acknowledged all of them.

        Raises RetryError where sending all of them again may help (what the broker took already is
        then there twice, as the same event), HaltError where it cannot.
        """
        if not messages:
            return Acknowledged()
        try:
            async with asyncio.timeout(self._patience):
                producer = await self._started()
                futures = [await _put(producer, message) for message in messages]
                return _acknowledged(await asyncio.gather(*futures))
        except (kafka.KafkaError, TimeoutError, OSError) as error:
            await self.close()
            raise explained(error, self._bootstrap) from error

    async def close(self) -> None:
        """Let go of the broker; what was not acknowledged is not waited for long."""
        producer, self._kafka = self._kafka, None
        if producer is not None:
            try:
                async with asyncio.timeout(1):
                    await producer.stop()
            except (kafka.KafkaError, TimeoutError, OSError):
                return

    async def _started(self) -> AIOKafkaProducer:
        if self._kafka is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                **access(),
                client_id=self._client_id,
                enable_idempotence=True,
                acks="all",
                max_batch_size=BATCH_BYTES,
                max_request_size=REQUEST_BYTES,
            )
            self._kafka = producer
            await producer.start()
        return self._kafka


async def _put(producer: AIOKafkaProducer, message: Outgoing) -> "asyncio.Future[RecordMetadata]":
    future: asyncio.Future[RecordMetadata] = await producer.send(
        message.topic, message.value, message.key, headers=message.headers
    )
    return future


def _acknowledged(taken: Iterable[RecordMetadata]) -> Acknowledged:
    offsets: dict[Partition, int] = {}
    appended = 0
    for one in taken:
        at = (one.topic, one.partition)
        offsets[at] = max(offsets.get(at, 0), one.offset + 1)
        appended = max(appended, one.timestamp or 0)
    return Acknowledged(offsets, appended or None)


def explained(error: Exception, bootstrap: str) -> AdapterError:
    """The error as what to do next: retry, or halt."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, _FORBIDDEN):
        advice = f"Kafka at {bootstrap} refuses: {what}. Correct that, then restart."
        return HaltError(Finding(rule="broker.refuses", advice=advice))
    if isinstance(error, kafka.UnsupportedCodecError):
        advice = (
            f"Records are compressed as this installation cannot unpack ({error}). Install "
            "requirements.lock anew, then restart: they wait on the topic; or have their producer "
            "use gzip, lz4, snappy, zstd or none. What it wrote is lost once it expires."
        )
        return HaltError(Finding(rule="broker.codec", advice=advice))
    advice = (
        f"Kafka at {bootstrap} does not take or give records now ({what}): trying again. If this "
        "goes on, check that it runs and that the topics were made (shequ topics apply)."
    )
    return RetryError(Finding(rule="broker.away", advice=advice))
