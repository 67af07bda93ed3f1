"""What is compiled from a schema answers as fastavro does, or leaves the answer to fastavro.

The twin of every property with many more examples is marked `long`.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from avro_schemas import Draw, Schema, Value, damaged, later, named, schemas, value
from fastavro import schemaless_reader, schemaless_writer
from fastavro.schema import parse_schema
from fastavro.validation import validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.compiled import decoder, encoder, library
from schemas.compiled.making import Decode

HEAD = b"\x00\x00\x00\x00\x07"
LOOSE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=LOOSE)
LONG = settings(max_examples=4_000, deadline=None, suppress_health_check=LOOSE)

pytestmark = pytest.mark.skipif(library().native is None, reason=library().missing)


def _read(data: bytes, writer: Schema, reader: Schema | None) -> tuple[object, bytes]:
    """What fastavro gives, and what it leaves over."""
    body = io.BytesIO(data)
    return schemaless_reader(body, writer, reader), body.read()


def _written(schema: Schema, record: object) -> bytes:
    body = io.BytesIO()
    schemaless_writer(body, schema, cast("Any", record))
    return body.getvalue()


def _agrees(decode: Decode, data: bytes, writer: Schema, reader: Schema | None = None) -> bool:
    """Whether it was read; what is read is what fastavro reads, in type, order and sign."""
    found = decode(HEAD + data)
    if found is None:
        return False
    wanted, over = _read(data, writer, reader)
    assert repr(found) == repr(wanted)
    assert over == b""
    return True


def _reads_what_was_written(data: st.DataObject) -> None:
    schema = data.draw(schemas())
    record = value(data.draw, schema, named(schema))
    body = _written(parse_schema(schema), record)
    decode = decoder(schema, head=HEAD)
    if decode is None:
        assert _holds_items_of_no_bytes(schema)
        return
    assert _agrees(decode, body, parse_schema(schema))
    assert decode(HEAD + body + b"\x00") is None
    assert decode(HEAD[:-1] + b"\x06" + body) is None


def _damage_is_read_as_fastavro_reads_it(data: st.DataObject) -> None:
    schema = data.draw(schemas())
    decode = decoder(schema, head=HEAD)
    if decode is None:
        return
    body = _written(parse_schema(schema), value(data.draw, schema, named(schema)))
    for _ in range(8):
        _agrees(decode, damaged(data.draw, body), parse_schema(schema))


def _a_later_reader_gets_the_same(data: st.DataObject) -> None:
    schema = data.draw(schemas())
    wanted = later(data.draw, schema)
    decode = decoder(schema, wanted, head=HEAD)
    if decode is None:
        return
    parsed, reader = parse_schema(schema), parse_schema(wanted)
    body = _written(parsed, value(data.draw, schema, named(schema)))
    read = _agrees(decode, body, parsed, reader)
    assert read or _refused(body, parsed, reader)
    for _ in range(4):
        _agrees(decode, damaged(data.draw, body), parsed, reader)


def _bytes_are_those_of_fastavro(data: st.DataObject) -> None:
    schema = data.draw(schemas())
    parsed = parse_schema(schema)
    encode = encoder(schema, head=HEAD)
    assert encode is not None
    record = value(data.draw, schema, named(schema))
    found = encode(record)
    assert found == HEAD + _written(parsed, record) or (found is None and _has_choices(schema))
    spoilt = _spoilt(data.draw, record)
    frame = encode(spoilt)
    if frame is not None:
        assert validate(cast("Any", spoilt), parsed, raise_errors=False)
        assert frame == HEAD + _written(parsed, spoilt)


def _refused(body: bytes, writer: Schema, reader: Schema) -> bool:
    try:
        _read(body, writer, reader)
    except Exception:  # noqa: BLE001 - fastavro raises whatever the bytes provoke
        return True
    return False


def _holds_items_of_no_bytes(schema: Schema) -> bool:
    """The only schemas here that are not compiled; a test of its own says which."""
    return "'array'" in repr(schema)


def _has_choices(schema: Schema) -> bool:
    """A union of more than a null and something: one value could be meant twice."""
    fields = [f["type"] for one in named(schema).values() for f in one.get("fields", [])]
    return any(len(kind) > 1 for kind in _unions(fields))


def _unions(kinds: Schema) -> Iterator[list[Schema]]:
    for kind in kinds:
        if isinstance(kind, list):
            yield [one for one in kind if one != "null"]
        elif isinstance(kind, dict):
            yield from _unions([kind[key] for key in ("items", "values") if key in kind])


def _spoilt(draw: Draw, record: Value) -> Value:
    """A record with values of other types, keys gone or new."""
    if isinstance(record, dict) and record and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(record)))
        changed = {**record, key: _spoilt(draw, record[key])}
        return changed if draw(st.integers(0, 4)) else changed | {"-type": "T0"}
    if isinstance(record, list) and record and draw(st.booleans()):
        return [_spoilt(draw, record[0]), *record[1:]]
    return draw(STRANGE)


class _Text(str):
    __slots__ = ()


NOT_TEXT = [None, True, 0, -1, 2**31, 2**63, 2**70, 1.5, float("nan"), b"", b"x", bytearray(b"x")]
STRANGE = st.sampled_from(
    [
        *NOT_TEXT,
        "",
        "ALPHA",
        _Text("BETA"),
        "\ud800",
        [],
        [None],
        {},
        {"f0": 1},
        {1: 2},
        (),
        object(),
    ]
)
PROPERTIES = [
    _reads_what_was_written,
    _damage_is_read_as_fastavro_reads_it,
    _a_later_reader_gets_the_same,
    _bytes_are_those_of_fastavro,
]


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda one: one.__name__.strip("_"))
def test_it_answers_as_fastavro(holds: Callable[[st.DataObject], None]) -> None:
    """For random schemas, values, readers and damage."""
    QUICK(given(st.data())(holds))()


@pytest.mark.long
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda one: one.__name__.strip("_"))
def test_it_answers_as_fastavro_many_times(holds: Callable[[st.DataObject], None]) -> None:
    """The same, much more often."""
    LONG(given(st.data())(holds))()
