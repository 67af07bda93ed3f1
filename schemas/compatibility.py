"""Whether a new schema still reads what an old one wrote (BACKWARD), logical types included."""

import json
from collections.abc import Iterator

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.errors import SchemaParseException
from avro.schema import parse

from schemas.catalogue import Definition, Node

MARKS = ("logicalType", "sealed")
"""What gives bytes another meaning, and what Avro's own rules pass over."""


def incompatibilities(reader: Definition, writer: Definition) -> list[str]:
    """Faults, each naming the place and the rule; empty where the reader can read all."""
    faults = list(_unreadable(reader, writer))
    if faults:
        faults = list(_by_field(reader, writer)) or [f"/: {fault}" for fault in faults]
    return faults + list(_meanings(reader, writer, ""))


def _unreadable(reader: Definition, writer: Definition) -> list[str]:
    """What Avro's own rules say, which name no field inside a union."""
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call] # avro's own
    result = checker.get_compatibility(parse(json.dumps(reader)), parse(json.dumps(writer)))
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    return sorted(result.messages)


def _by_field(reader: Definition, writer: Definition) -> Iterator[str]:
    """The same, asked field by field. One that refers to a type of another cannot be asked."""
    for field in reader["fields"]:
        try:
            faults = _unreadable({**reader, "fields": [field]}, writer)
        except SchemaParseException:
            continue
        yield from (f"/{field['name']}: {fault}" for fault in faults)


def _meanings(reader: Node, writer: Node, where: str) -> Iterator[str]:
    """Places present in both whose logical type or seal is another one."""
    before, after = _marks(writer), _marks(reader)
    if before != after:
        yield f"{where}: logical type or seal changed from {before or 'none'} to {after or 'none'}"
    old = {name: part for names, part in _parts(writer) for name in names[:1]}
    for names, part in _parts(reader):
        for name in names:
            if name in old:
                yield from _meanings(part, old[name], f"{where}/{name}")


def _branches(kind: Node) -> list[Node]:
    return kind if isinstance(kind, list) else [kind]


def _marks(kind: Node) -> list[str]:
    """Marks of a type, or of any branch of a union: the null beside it changes nothing."""
    branches = [branch for branch in _branches(kind) if isinstance(branch, dict)]
    return sorted(f"{key}={branch[key]}" for branch in branches for key in MARKS if key in branch)


def _parts(kind: Node) -> Iterator[tuple[list[str], Node]]:
    """What stands inside a type: fields by name and aliases, items and values by their word."""
    for branch in _branches(kind):
        if not isinstance(branch, dict):
            continue
        for field in branch.get("fields", ()):
            yield [field["name"], *field.get("aliases", ())], field["type"]
        for word in ("items", "values"):
            if word in branch:
                yield [word], branch[word]
        if isinstance(branch.get("type"), dict | list):
            yield ["type"], branch["type"]
