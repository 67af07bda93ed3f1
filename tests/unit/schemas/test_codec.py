"""The codec: what goes in comes out, and nothing that comes in can do more than be refused."""

import io
import json

import avro.io
import avro.schema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import examples
from schemas.catalogue import catalogue
from schemas.codec import Codec
from schemas.errors import (
    CatalogueError,
    ContractError,
    UndecodableError,
    UnencodableError,
    UnknownSchemaError,
    WrongSchemaError,
)
from schemas.examples import Accepted

CODEC = Codec()
ACCEPTED = list(examples.accepted())
FRAMES = [CODEC.encode(example.schema, example.record) for example in ACCEPTED]


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_and_nothing_else(data: bytes) -> None:
    """Whatever a department sends, the worker sees a ContractError, or a record."""
    _decode_or_refuse(data)


@given(
    st.integers(1, len(catalogue().locked)),
    st.binary(max_size=400),
    st.sampled_from([e.subject for e in catalogue().locked]),
)
def test_random_bytes_behind_a_known_id_are_refused(
    schema_id: int, body: bytes, expected: str
) -> None:
    """A frame that is right says nothing of what is in it."""
    _decode_or_refuse(b"\x00" + schema_id.to_bytes(4, "big") + body, expected)


@given(st.sampled_from(FRAMES), st.data())
def test_a_record_with_bytes_changed_is_refused_or_another_record(
    frame: bytes, data: st.DataObject
) -> None:
    """A flipped byte on the way costs that record, never the worker."""
    damaged = bytearray(frame)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    _decode_or_refuse(bytes(damaged))


@pytest.mark.parametrize("frame", FRAMES, ids=[f"{e.schema}: {e.name}" for e in ACCEPTED])
def test_a_record_cut_short_or_with_bytes_left_over_is_refused(frame: bytes) -> None:
    """Half a record is none, and neither is one and a half."""
    for end in range(5, len(frame)):
        with pytest.raises(ContractError):
            CODEC.decode(frame[:end])
    with pytest.raises(UndecodableError, match="left over"):
        CODEC.decode(frame + b"\x00")


@pytest.mark.parametrize("example", ACCEPTED, ids=lambda e: f"{e.schema}: {e.name}")
def test_another_avro_library_reads_the_same_record(example: Accepted) -> None:
    """Behind the 5 bytes of the frame stands plain Avro, for any client."""
    (entry,) = [e for e in catalogue().locked if e.subject == example.schema][-1:]
    parsed = avro.schema.parse(json.dumps(_without_times(entry.schema)))
    frame = CODEC.encode(example.schema, example.record)
    assert frame[:5] == b"\x00" + entry.id.to_bytes(4, "big")
    decoder = avro.io.BinaryDecoder(io.BytesIO(frame[5:]))
    assert avro.io.DatumReader(parsed).read(decoder) == example.record


@pytest.mark.parametrize("size", [2**30, 2**62, -1, -(2**62)])
def test_a_length_that_is_a_lie_is_refused_at_once(size: int) -> None:
    """It reserves no memory for what is not there."""
    frame = CODEC.encode("shequ.state.Identity", {"task_id": ""})
    with pytest.raises(UndecodableError):
        CODEC.decode(frame[:5] + _zigzag(size) + b"abc")


def test_an_unknown_id_says_what_to_do() -> None:
    """Upgrade, or lock where the schema was changed."""
    with pytest.raises(UnknownSchemaError, match=r"id 999999 .*shequ schemas lock"):
        CODEC.decode(b"\x00" + (999_999).to_bytes(4, "big"))


def test_a_record_of_another_topic_is_refused_by_both_names() -> None:
    """The producer's topic is set wrong; the message says what was found and what belongs here."""
    frame = CODEC.encode("shequ.state.Command", {"at": 1})
    with pytest.raises(WrongSchemaError, match=r"a shequ\.state\.Command.* shequ\.tasks\.Command"):
        CODEC.decode(frame, "shequ.tasks.Command")


def test_what_was_never_defined_cannot_be_written() -> None:
    """A misspelt name is named, with those that there are."""
    with pytest.raises(CatalogueError, match=r"no schema shequ\.tasks\.Tusk.*shequ\.tasks\.Task"):
        CODEC.encode("shequ.tasks.Tusk", {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("filed", "0"),
        ("filed", None),
        ("occurred_at", 1.5),
        ("occurred_at", 2**63),
        ("summary", b"bytes"),
        ("record_id", 5),
    ],
)
def test_what_fastavro_would_quietly_change_is_refused(field: str, value: object) -> None:
    """It makes true of "0" and 1 of 1.5: a wrong fact is worse than none."""
    incident = next(e for e in ACCEPTED if e.schema == "shequ.police.Incident")
    with pytest.raises(UnencodableError, match=rf"\.{field} is missing or a"):
        CODEC.encode("shequ.police.Incident", {**incident.record, field: value})


def test_text_that_is_no_unicode_is_refused() -> None:
    """A lone surrogate comes out of broken files."""
    with pytest.raises(UnencodableError):
        CODEC.encode("shequ.state.Identity", {"task_id": "\ud800"})


def test_a_refusal_quotes_no_value() -> None:
    """Not in its text, and not in what it was raised from: both are written to logs."""
    caller = {"name": "某某", "phone": 13_800_000_000}
    for codec in (CODEC, Codec(checked=False)):
        with pytest.raises(UnencodableError) as refused:
            codec.encode("shequ.police.Caller", caller)
        assert "13800000000" not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__context__ is None or refused.value.__suppress_context__


def _decode_or_refuse(data: bytes, expected: str | None = None) -> None:
    try:
        name, _ = CODEC.decode(data, expected)
    except ContractError:
        return
    assert expected in {None, name}


def _zigzag(number: int) -> bytes:
    """A long as Avro writes it."""
    left, out = (number << 1) ^ (number >> 63), bytearray()
    while left & ~0x7F:
        out.append((left & 0x7F) | 0x80)
        left >>= 7
    return bytes((*out, left))


def _without_times(node: object) -> object:
    """Apache's reader makes objects of times; the hub's times are plain ms."""
    if isinstance(node, list):
        return [_without_times(item) for item in node]
    if isinstance(node, dict):
        return {k: _without_times(v) for k, v in node.items() if k != "logicalType"}
    return node
