"""The compiled codec on the hub's own schemas, and where fastavro has the last word."""

import io
import tracemalloc
from collections.abc import Callable
from typing import Any, cast

import pytest
from avro_schemas import damaged, named, value
from fastavro import schemaless_writer
from fastavro.schema import parse_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import codec, examples
from schemas.catalogue import catalogue
from schemas.codec import Codec
from schemas.compiled import decoder, encoder, library
from schemas.errors import ContractError

pytestmark = pytest.mark.skipif(library().native is None, reason=library().missing)

PLAIN, COMPILED = Codec(), Codec(compiled=True)
ACCEPTED = list(examples.accepted())
REJECTED = [one for one in examples.rejected() if one.refused_by == "codec"]
FRAMES = [PLAIN.encode(example.schema, example.record) for example in ACCEPTED]
IDS = [entry.id for entry in catalogue().locked]
for _frame in FRAMES:
    COMPILED.decode(_frame)  # what is compiled serves from the second record on


def _outcome(ask: Callable[[], object]) -> str:
    try:
        return repr(ask())
    except ContractError as refused:
        return f"{type(refused).__name__}: {refused}".split(" from <")[0]


def _same(data: bytes) -> None:
    assert _outcome(lambda: COMPILED.decode(data)) == _outcome(lambda: PLAIN.decode(data))


@pytest.mark.parametrize("schema_id", IDS)
def test_every_schema_that_was_ever_locked_is_compiled(schema_id: int) -> None:
    """Old ids, too, which are read as the newest: no topic of the hub falls back unnoticed."""
    name, _, _ = codec._reader(schema_id)
    assert codec._decoder(schema_id) is not None
    assert codec._encoder(name) is not None


@pytest.mark.parametrize("schema_id", IDS)
def test_no_schema_of_the_hub_holds_itself(schema_id: int) -> None:
    """Followed by fastavro, a lie about depth ends the process: it knows no limit."""
    _, writer, _ = codec._reader(schema_id)
    _below(writer, cast("dict[str, Any]", writer)["__named_schemas"], ())


def _below(kind: Any, names: dict[str, Any], above: tuple[str, ...]) -> None:  # noqa: ANN401
    if isinstance(kind, str):
        assert kind not in above
        kind = names.get(kind)
    if isinstance(kind, list):
        for one in kind:
            _below(one, names, above)
    elif isinstance(kind, dict):
        for field in kind.get("fields", []):
            _below(field["type"], names, (*above, kind["name"]))
        for key in ("items", "values"):
            _below(kind.get(key), names, above)


@pytest.mark.parametrize(
    "place", range(len(FRAMES)), ids=[f"{e.schema}: {e.name}" for e in ACCEPTED]
)
def test_an_example_is_read_and_written_by_what_is_compiled(place: int) -> None:
    """To the same record and the same bytes, without asking fastavro."""
    frame, example = FRAMES[place], ACCEPTED[place]
    name, record = PLAIN.decode(frame)
    read = codec._decoder(int.from_bytes(frame[1:5], "big"))
    write = codec._encoder(example.schema)
    assert read is not None
    assert write is not None
    assert repr(read(frame)) == repr(record)
    assert write(record) == frame
    assert COMPILED.decode(frame) == (name, record)
    assert COMPILED.encode(example.schema, example.record) == frame
    for end in range(len(frame)):
        assert read(frame[:end]) is None


@pytest.mark.parametrize("example", REJECTED, ids=[f"{e.schema}: {e.name}" for e in REJECTED])
def test_what_is_refused_is_refused_with_the_same_words(example: examples.Rejected) -> None:
    for _ in range(2):
        assert _outcome(lambda: COMPILED.encode(example.schema, example.record)) == _outcome(
            lambda: PLAIN.encode(example.schema, example.record)
        )


@given(st.sampled_from(FRAMES), st.data())
def test_a_damaged_record_of_the_hub_has_the_same_fate(frame: bytes, data: st.DataObject) -> None:
    _same(frame[:5] + damaged(data.draw, frame[5:]))


@settings(suppress_health_check=(HealthCheck.too_slow,), deadline=None)
@given(st.sampled_from(IDS), st.data())
def test_any_record_of_any_id_is_read_the_same(schema_id: int, data: st.DataObject) -> None:
    _, writer, _ = codec._reader(schema_id)
    names = named(writer) | cast("dict[str, Any]", writer)["__named_schemas"]
    body = io.BytesIO()
    schemaless_writer(body, writer, value(data.draw, writer, names))
    frame = b"\x00" + schema_id.to_bytes(4, "big") + body.getvalue()
    _same(frame)
    _same(frame)


@pytest.mark.parametrize("codec_of", [lambda: Codec(compiled=True), Codec], ids=["compiled", "not"])
def test_a_codec_says_what_reads(codec_of: Callable[[], Codec]) -> None:
    """For `engine`: the worker tells it in its first lines."""
    assert codec_of().engine in {"compiled", "fastavro"}
    assert Codec(compiled=True).engine != Codec().engine


def _record(*fields: object) -> dict[str, Any]:
    return {
        "type": "record",
        "name": "R",
        "fields": [{"name": f"f{place}", "type": kind} for place, kind in enumerate(fields)],
    }


LISTS = {"type": "array", "items": "long"}
ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B"]}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("long", b"\x80" * 10 + b"\x00"),
        ("long", b"\xff" * 1000),
        ("string", b"\x02\xff"),
        ("string", b"\x06\xed\xa0\x80"),
        ("string", b"\x04\xc0\x80"),
        ("bytes", b"\x01"),
        ("bytes", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01abc"),
        ("bytes", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01abc"),
        (LISTS, b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02"),
        (LISTS, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x02"),
        ({"type": "map", "values": "null"}, b"\xfe\xff\xff\xff\x0f\x02a"),
        (ENUM, b"\x04"),
        (ENUM, b"\x01"),
        (["null", "long"], b"\x04"),
        (["null", "long"], b"\x01\x02"),
        ("double", b"1234567"),
        ({"type": "fixed", "name": "F", "size": 8}, b"1234567"),
        ("boolean", b""),
    ],
    ids=repr,
)
def test_what_is_not_plainly_right_is_left_to_fastavro(kind: object, data: bytes) -> None:
    """Sizes that lie, numbers without end, indexes out of range, text that is none."""
    decode = decoder(_record(kind))
    assert decode is not None
    assert decode(data) is None


@pytest.mark.parametrize(
    "kind",
    [
        {"type": "array", "items": "null"},
        {"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}},
        {"type": "array", "items": {**_record(), "name": "Nothing"}},
        {"type": "long", "logicalType": "timestamp-millis"},
    ],
    ids=repr,
)
def test_what_is_not_compiled_is_left_to_fastavro(kind: object) -> None:
    """A count of items of no bytes may be a lie; logical types make objects."""
    assert decoder(_record(kind)) is None
    assert decoder("string") is None


def test_a_reader_without_a_default_is_left_to_fastavro() -> None:
    wanted = _record("long", "long")
    assert decoder(_record("long"), wanted) is None
    wanted["fields"][1]["default"] = 5
    decode = decoder(_record("long"), wanted)
    assert decode is not None
    assert decode(b"\x02") == {"f0": 1, "f1": 5}


def test_a_default_that_can_be_filled_is_each_records_own() -> None:
    wanted = _record("long", LISTS)
    wanted["fields"][1]["default"] = []
    decode = decoder(_record("long"), wanted)
    assert decode is not None
    first, second = decode(b"\x02"), decode(b"\x02")
    assert first is not None
    first["f1"].append(1)
    assert second == {"f0": 1, "f1": []}


def test_a_record_inside_itself_is_followed_down_to_a_depth_and_no_further() -> None:
    """Deeper ones are fastavro's, as everything that is not plainly right."""
    chain = _record(["null", "R"])
    decode, encode = decoder(chain), encoder(chain)
    assert decode is not None
    assert encode is not None
    record: dict[str, Any] = {"f0": None}
    for _ in range(60):
        record = {"f0": record}
    assert encode(record) == b"\x02" * 60 + b"\x00"
    assert decode(b"\x02" * 60 + b"\x00") == record
    assert decode(b"\x02" * 10_000 + b"\x00") is None
    record["f0"]["f0"] = record
    assert encode(record) is None


def test_a_dict_that_changes_while_it_is_written_is_left_to_fastavro() -> None:
    """A key with a mind of its own may run code in the middle."""
    items: list[object] = [{}, 2, 3]

    class Key(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            items.clear()
            return str.__eq__(self, other)

        def __hash__(self) -> int:
            return hash("f0")

    inner = {"type": "record", "name": "I", "fields": [{"name": "f0", "type": "long"}]}
    encode = encoder(_record({"type": "array", "items": [inner, "long"]}))
    assert encode is not None
    items[0] = {Key("g0"): 1}
    assert encode({"f0": items}) is None
    assert items == []


def test_only_bytes_are_read() -> None:
    decode = decoder(_record("long"))
    assert decode is not None
    for other in (bytearray(b"\x02"), memoryview(b"\x02"), "\x02", None):
        assert decode(cast("bytes", other)) is None
    assert COMPILED.decode(cast("bytes", bytearray(FRAMES[0]))) == PLAIN.decode(FRAMES[0])


class Kids(tuple[int, ...]):
    """A tuple, and not exactly one: room for what is in it is needed all the same."""

    __slots__ = ()


@pytest.mark.parametrize(
    "plan",
    [
        (),
        ((12, 0, ({},), (5,)),),
        ((12, 0, ({}, "a"), ()),),
        ((99, 0, (), ()),),
        ((2, 0, (), ()),),
        ((12, 0, (None,), ()),),
        ((12, 0, ({}, "a"), (1,)), (9, 0, (), ())),
        ("record",),
        ((12, 0, ({},), Kids((0,) * 1_000_000)),),
    ],
)
def test_a_plan_that_is_none_is_refused(plan: tuple[Any, ...]) -> None:
    """The C part believes nothing that it is told."""
    native = library().native
    assert native is not None
    with pytest.raises((ValueError, TypeError)):
        native.Decoder(plan, b"")
    with pytest.raises((ValueError, TypeError)):
        native.Encoder(plan, b"")


def test_it_keeps_nothing_of_what_it_read_and_wrote() -> None:
    """Whole and broken, many times: memory stays where it was."""
    ask = [(frame, codec._decoder(int.from_bytes(frame[1:5], "big"))) for frame in FRAMES]
    write = [
        (PLAIN.decode(frame)[1], codec._encoder(e.schema))
        for e, frame in zip(ACCEPTED, FRAMES, strict=True)
    ]

    def work() -> None:
        for frame, read in ask:
            assert read is not None
            read(frame)
            for end in range(5, len(frame), 3):
                read(frame[:end])
        for record, encode in write:
            assert encode is not None
            encode(record)
            encode({**record, next(iter(record)): object()})

    work()
    tracemalloc.start()
    work()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(20):
        work()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 2000


def test_parsed_and_plain_definitions_are_compiled_alike() -> None:
    schema = _record("string", ["null", "R"])
    for one in (schema, parse_schema(schema)):
        decode = decoder(one)
        assert decode is not None
        assert decode(b"\x02a\x00") == {"f0": "a", "f1": None}
