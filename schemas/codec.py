"""Bytes on a topic and records in memory: Confluent framing around Avro.

Times are plain integers (ms since 1970 UTC): logical types are for readers outside, and
cost a conversion per field inside.
"""

import struct
from functools import cache
from io import BytesIO
from typing import Any, cast

from fastavro import schemaless_reader, schemaless_writer
from fastavro.schema import parse_schema
from fastavro.types import AvroMessage, Schema
from fastavro.validation import ValidationError, validate

from schemas.catalogue import Definition, Node, catalogue
from schemas.compiled import decoder, encoder, library
from schemas.compiled.making import Decode, Encode
from schemas.errors import (
    CatalogueError,
    UndecodableError,
    UnencodableError,
    UnknownSchemaError,
    WrongSchemaError,
)

Record = dict[str, Any]
_HEAD = struct.Struct(">bI")


class Codec:
    """Encodes with the newest locked id of a schema, decodes every id that was ever locked."""

    def __init__(self, *, checked: bool = True, compiled: bool = False) -> None:
        """Parse nothing yet: each schema is parsed on first use.

        `checked`: look at every value first. Without it what does not fit may be written as
        something else (fastavro makes 1 of 1.5 and true of "0"); only for records that a type
        holds to their shape already.
        `compiled`: read and write by what is compiled from the schemas (`schemas.compiled`), where
        it can be: records, bytes and refusals are the same either way.
        """
        self._writers = _writers()
        self._checked = checked
        self._wanted = compiled
        self._compiled = compiled and library().native is not None
        self._decoders: dict[bytes, tuple[str, Decode]] = {}
        self._encoders: dict[str, Encode] = {}

    @property
    def engine(self) -> str:
        """`compiled`, or `fastavro`: and why, where what is compiled was asked for."""
        if self._compiled:
            return "compiled"
        return f"fastavro ({library().missing})" if self._wanted else "fastavro"

    def encode(self, schema: str, record: object) -> bytes:
        """Frame a record. Raises UnencodableError naming the field that does not fit."""
        write = self._encoders.get(schema)
        frame = write(record) if write else None
        return self._encode(schema, record) if frame is None else frame

    def _encode(self, schema: str, record: object) -> bytes:
        """By fastavro, which also says what is wrong."""
        head, parsed = self._writers[schema] if schema in self._writers else _unlocked(schema)
        if self._compiled:
            self._learn_to_write(schema)
        if self._checked and not validate(record, parsed, raise_errors=False):
            raise UnencodableError(_fault(schema, parsed, record))
        out = BytesIO()
        out.write(head)
        try:
            schemaless_writer(out, parsed, cast("AvroMessage", record))
        except (ValueError, TypeError, KeyError, OverflowError, AttributeError):
            raise UnencodableError(_fault(schema, parsed, record)) from None
        return out.getvalue()

    def decode(self, data: bytes, expected: str | None = None) -> tuple[str, Record]:
        """Schema name and record.

        Raises UnknownSchemaError, UndecodableError, or WrongSchemaError where `expected`
        names another schema than the one found.
        """
        found = self._decoders.get(data[: _HEAD.size]) if type(data) is bytes else None
        if found and (expected is None or expected == found[0]):
            record = found[1](data)
            if record is not None:
                return found[0], record
        return self._decode(data, expected)

    def _decode(self, data: bytes, expected: str | None) -> tuple[str, Record]:
        """By fastavro, which also says what is wrong."""
        if len(data) < _HEAD.size or data[0] != 0:
            message = (
                "no Confluent frame (0x00 and a 4-byte schema id): "
                "produce with an Avro serializer and the hub's registry"
            )
            raise UndecodableError(message)
        schema_id = _HEAD.unpack_from(data)[1]
        name, writer, reader = _reader(schema_id)
        if self._compiled:
            self._learn_to_read(name, schema_id)
        if expected is not None and name != expected:
            raise WrongSchemaError(name, expected)
        body = BytesIO(data)
        body.seek(_HEAD.size)
        try:
            record = schemaless_reader(body, writer, reader)
        except Exception as error:  # fastavro raises whatever the bytes provoke
            message = f"not a {name}: {type(error).__name__}: {error}"
            raise UndecodableError(message) from error
        if body.read(1):
            message = f"not a {name}: bytes are left over after the record"
            raise UndecodableError(message)
        return name, cast("Record", record)

    def _learn_to_read(self, name: str, schema_id: int) -> None:
        """From the next record on; a schema that is not compiled stays with fastavro."""
        decode = _decoder(schema_id)
        if decode is not None:
            self._decoders[_HEAD.pack(0, schema_id)] = name, decode

    def _learn_to_write(self, schema: str) -> None:
        encode = _encoder(schema)
        if encode is not None:
            self._encoders[schema] = encode


def _fault(schema: str, parsed: Schema, record: object) -> str:
    """What does not fit, by field and type. The value is not told: it may be a person's."""
    found = "a value cannot be written"
    try:
        validate(record, parsed, raise_errors=True)
    except ValidationError as error:
        wrong = error.errors[0]
        found = f"{wrong.field} is missing or a {type(wrong.datum).__name__}"
    file = f"schemas/avro/{schema.removeprefix('shequ.')}.avsc"
    return f"{schema}: {found}: make the record fit {file}"


@cache
def _writers() -> dict[str, tuple[bytes, Schema]]:
    newest = {entry.subject: entry for entry in catalogue().locked}
    return {name: (_HEAD.pack(0, entry.id), _plain(entry.schema)) for name, entry in newest.items()}


def _unlocked(schema: str) -> tuple[bytes, Schema]:
    catalogue().definition(schema)
    message = f"{schema} has no id: run `shequ schemas lock`"
    raise CatalogueError(message)


@cache
def _reader(schema_id: int) -> tuple[str, Schema, Schema | None]:
    """Name, writer's schema, and the newest schema where it is another one."""
    for entry in catalogue().locked:
        if entry.id == schema_id:
            newest = max(
                (e for e in catalogue().locked if e.subject == entry.subject),
                key=lambda e: e.version,
            )
            return (
                entry.subject,
                _plain(entry.schema),
                None if newest is entry else _plain(newest.schema),
            )
    raise UnknownSchemaError(schema_id)


@cache
def _decoder(schema_id: int) -> Decode | None:
    _, writer, reader = _reader(schema_id)
    return decoder(writer, reader, head=_HEAD.pack(0, schema_id))


@cache
def _encoder(schema: str) -> Encode | None:
    head, parsed = _writers()[schema]
    return encoder(parsed, head=head)


def _plain(definition: Definition) -> Schema:
    return parse_schema(_without_logical_types(definition))


def _without_logical_types(node: Node) -> Node:
    if isinstance(node, list):
        return [_without_logical_types(item) for item in node]
    if isinstance(node, dict):
        return {k: _without_logical_types(v) for k, v in node.items() if k != "logicalType"}
    return node
