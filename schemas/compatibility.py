"""Whether a new schema still reads what an old one wrote (BACKWARD), logical types included."""

import json
from collections.abc import Iterator
from typing import Any

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse

from schemas.catalogue import Definition


def incompatibilities(reader: Definition, writer: Definition) -> list[str]:
    """Faults, each naming the place and the rule; empty where the reader can read all."""
    result = ReaderWriterCompatibilityChecker().get_compatibility(
        parse(json.dumps(reader)), parse(json.dumps(writer))
    )
    faults = []
    if result.compatibility is not SchemaCompatibilityType.compatible:
        faults = [
            f"{where}: {fault.name} ({said})"
            for where, fault, said in zip(
                sorted(result.locations),
                result.incompatibilities,
                sorted(result.messages),
                strict=False,
            )
        ]
    return faults + list(_meanings(reader, writer, ""))


def _meanings(reader: Any, writer: Any, where: str) -> Iterator[str]:
    """What the bytes mean: logical type and seal of each field present in both."""
    old = {field["name"]: field for field in _fields(writer)}
    for field in _fields(reader):
        if field["name"] not in old:
            continue
        place = f"{where}/{field['name']}"
        before, after = _marks(old[field["name"]]["type"]), _marks(field["type"])
        if before != after:
            yield f"{place}: logical type or seal changed from {before or 'none'} to {after or 'none'}"
        yield from _meanings(_record(field["type"]), _record(old[field["name"]]["type"]), place)


def _fields(schema: Any) -> list[dict[str, Any]]:
    return list(schema["fields"]) if isinstance(schema, dict) and "fields" in schema else []


def _branches(kind: Any) -> list[Any]:
    return kind if isinstance(kind, list) else [kind]


def _record(kind: Any) -> Any:
    for branch in _branches(kind):
        if isinstance(branch, dict) and branch.get("type") == "array":
            return _record(branch["items"])
        if isinstance(branch, dict) and branch.get("type") == "record":
            return branch
    return None


def _marks(kind: Any) -> list[str]:
    marks = [
        f"{key}={branch[key]}"
        for branch in _branches(kind)
        if isinstance(branch, dict)
        for key in ("logicalType", "sealed")
        if key in branch
    ]
    return sorted(marks)
