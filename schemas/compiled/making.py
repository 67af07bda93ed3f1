"""Decoders and encoders for a schema, or None where fastavro does the work."""

from collections.abc import Callable
from typing import Any

from fastavro.schema import parse_schema

from schemas.catalogue import Node as Type
from schemas.compiled import reading, writing
from schemas.compiled.library import library
from schemas.compiled.nodes import Names, NotCompiledError

Decode = Callable[[bytes], dict[str, Any] | None]
Encode = Callable[[object], bytes | None]


def decoder(writer: Type, reader: Type | None = None, *, head: bytes = b"") -> Decode | None:
    """A function from `head` and a record's bytes to the record, as fastavro gives it.

    It answers None, and raises nothing, where it is not sure of that: ask fastavro then. There is
    no function where there is no C part, or the schema has what is not compiled.
    Raises what fastavro's parser raises where a schema is none.
    """
    native = library().native
    try:
        if native is None:
            return None
        names, reader_names = Names(), Names()
        written = parse_schema(writer, names)
        wanted = parse_schema(reader, reader_names) if reader and reader != writer else None
        return native.Decoder(reading.plan(written, wanted, names, reader_names), head).decode
    except NotCompiledError:
        return None


def encoder(schema: Type, *, head: bytes = b"") -> Encode | None:
    """A function from a record to `head` and its bytes, as fastavro validates and writes it.

    It answers None, and raises nothing, where it is not sure of that: ask fastavro then.
    """
    native = library().native
    try:
        if native is None:
            return None
        names = Names()
        parsed = parse_schema(schema, names)
        return native.Encoder(writing.plan(parsed, names), head).encode
    except NotCompiledError:
        return None
