"""Each kind of change that breaks a reader is found, and each that does not passes."""

import re

import pytest

from schemas.catalogue import Definition
from schemas.compatibility import incompatibilities

TIME = {"type": "long", "logicalType": "timestamp-millis"}
SEALED = {"type": "bytes", "sealed": "shequ.police.Caller"}


def _record(*fields: Definition) -> Definition:
    return {"type": "record", "name": "A", "namespace": "t", "fields": list(fields)}


def _field(name: str, kind: object, **more: object) -> Definition:
    return {"name": name, "type": kind, **more}


INNER = {"type": "record", "name": "B", "namespace": "t", "fields": [_field("at", TIME)]}
INNER_PLAIN = {"type": "record", "name": "B", "namespace": "t", "fields": [_field("at", "long")]}

BREAKS = {
    "a new field without a default": (_field("a", "string"), _field("b", "string")),
    "a narrower number": (_field("a", "int"), _field("a", "long")),
    "another type": (_field("a", "long"), _field("a", "string")),
    "a renamed field": (_field("renamed", "string"), _field("a", "string")),
    "null no longer taken": (_field("a", "string"), _field("a", ["null", "string"])),
    "a time that was a number": (_field("a", TIME), _field("a", "long")),
    "a number that was a time": (_field("a", "long"), _field("a", TIME)),
    "seconds that were milliseconds": (
        _field("a", {"type": "long", "logicalType": "timestamp-micros"}),
        _field("a", TIME),
    ),
    "a time inside a union": (_field("a", ["null", TIME]), _field("a", ["null", "long"])),
    "a time inside an array": (
        _field("a", {"type": "array", "items": TIME}),
        _field("a", {"type": "array", "items": "long"}),
    ),
    "a time inside a map": (
        _field("a", {"type": "map", "values": TIME}),
        _field("a", {"type": "map", "values": "long"}),
    ),
    "a time inside a record": (_field("a", INNER), _field("a", INNER_PLAIN)),
    "a time inside a record in an array": (
        _field("a", {"type": "array", "items": INNER}),
        _field("a", {"type": "array", "items": INNER_PLAIN}),
    ),
    "a time under another name": (
        _field("renamed", "long", aliases=["a"]),
        _field("a", TIME),
    ),
    "a seal that came": (_field("a", SEALED), _field("a", "bytes")),
    "a seal that went": (_field("a", "bytes"), _field("a", SEALED)),
    "a seal of another record": (
        _field("a", {"type": "bytes", "sealed": "shequ.city.Reporter"}),
        _field("a", SEALED),
    ),
}

PASSES = {
    "the same": (_field("a", TIME), _field("a", TIME)),
    "a wider number": (_field("a", "long"), _field("a", "int")),
    "null taken, too": (_field("a", ["null", "string"]), _field("a", "string")),
    "null beside a time": (_field("a", ["null", TIME]), _field("a", TIME)),
    "null beside a seal": (_field("a", ["null", SEALED]), _field("a", SEALED)),
    "another doc": (_field("a", "string", doc="new"), _field("a", "string", doc="old")),
    "a renamed field with an alias": (
        _field("renamed", "string", aliases=["a"]),
        _field("a", "string"),
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_it_breaks(name: str) -> None:
    """The fault names the field."""
    after, before = BREAKS[name]
    faults = incompatibilities(_record(after), _record(before))
    assert faults
    assert any({after["name"], before["name"]} & set(re.findall(r"\w+", f)) for f in faults)


@pytest.mark.parametrize("name", PASSES)
def test_it_passes(name: str) -> None:
    """Old records are read, and mean what they meant."""
    after, before = PASSES[name]
    assert incompatibilities(_record(after), _record(before)) == []


def test_a_new_field_with_a_default_and_a_field_less_pass() -> None:
    """The reader fills in the one, and passes over the other."""
    before = _record(_field("a", "string"), _field("gone", TIME))
    after = _record(_field("a", "string"), _field("new", TIME, default=0))
    assert incompatibilities(after, before) == []


def test_every_fault_is_named_not_only_the_first() -> None:
    """Whoever mends a schema mends it once."""
    before = _record(_field("a", "string"), _field("b", "long"))
    after = _record(_field("a", "long"), _field("b", TIME))
    faults = incompatibilities(after, before)
    assert any(fault.startswith("/a: ") for fault in faults)
    assert any(fault.startswith("/b: logical type") for fault in faults)
