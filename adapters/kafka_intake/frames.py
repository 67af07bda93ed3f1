"""From a record of an `intake.` topic to a flat row: framing, schema id, Avro."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from aiokafka import ConsumerRecord

from adapters.kit.adapter import Raw, Rejected, Row
from adapters.kit.errors import Finding
from schemas.codec import Codec
from schemas.errors import UndecodableError, UnknownSchemaError, WrongSchemaError
from schemas.intake import COMPUTED

HEAD = struct.Struct(">bI")
"""0x00 and the schema's id, as Confluent's serializers write it."""

UNDECODABLE, SHAPE = "record.undecodable", "record.shape"

Stated = ConsumerRecord[bytes, bytes]


class Registry(Protocol):
    """Who gave the ids in front of the records."""

    async def ours(self, number: int) -> int | None:
        """Our own id of the same schema; None where there is none. Raises RetryError."""


class Lock:
    """The hub's own registry gives out the ids of the lock."""

    async def ours(self, number: int) -> int | None:
        """The same number."""
        return number


class Frames:
    """Takes records of one schema apart."""

    def __init__(self, schema: str, registry: Registry) -> None:
        """`schema` is the unsealed one."""
        self._schema, self._registry, self._codec = schema, registry, Codec()

    async def read(self, stated: Stated) -> Row | Rejected:
        """The row, or the bytes with what is wrong with them. Raises RetryError."""
        place = f"{stated.topic}-{stated.partition}@{stated.offset}"
        value = stated.value
        if value is None:
            return _gone(stated.key or b"", place)
        try:
            record = await self._record(value)
        except _NoRecordError as error:
            return _rejected(value, place, error.rule, str(error))
        return Row(flat(record), place)

    async def _record(self, value: bytes) -> dict[str, Any]:
        """What the bytes state, by the newest schema. Raises _NoRecordError, RetryError."""
        if len(value) < HEAD.size or value[0] != 0:
            raise _NoRecordError(UNDECODABLE, "It has no schema id in front.")
        number = HEAD.unpack_from(value)[1]
        ours = await self._registry.ours(number)
        if ours is None:
            raise _another(number)
        try:
            return self._codec.decode(HEAD.pack(0, ours) + value[HEAD.size :], self._schema)[1]
        except (UnknownSchemaError, WrongSchemaError):
            raise _another(number) from None
        except UndecodableError:
            what = f"It is no record of schema id {number}."
            raise _NoRecordError(UNDECODABLE, what) from None


class _NoRecordError(Exception):
    """Bytes that are no record of the topic's schema: the message says what they are."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(what)
        self.rule = rule


def _another(number: int) -> _NoRecordError:
    return _NoRecordError(SHAPE, f"Schema id {number} is none of this topic's.")


def flat(record: Mapping[str, object]) -> Raw:
    """What the department stated, by path: `kind.value`, `personal.name`; nothing computed."""
    return dict(_stated(record, ""))


def _stated(record: Mapping[str, object], above: str) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        path = f"{above}{name}"
        if path in COMPUTED or value is None:
            continue
        if isinstance(value, Mapping):
            yield from _stated(value, f"{path}.")
        else:
            yield path, str(value)


def _rejected(value: bytes, place: str, rule: str, what: str) -> Rejected:
    advice = (
        f"{what} Produce with an Avro serializer, the registry that the hub's page for departments "
        "names, and the newest schema of the topic; then send the record again."
    )
    return Rejected(value, Finding(rule=rule, place=place, advice=advice))


def _gone(key: bytes, place: str) -> Rejected:
    """Kafka's way of deleting: letters of different keys are different letters."""
    advice = (
        "A record without a value deletes nothing here: what is known stays as it is. Send the "
        "record with the stage or the change that ends it."
    )
    return Rejected(key, Finding(rule="row.gone", place=place, advice=advice))
