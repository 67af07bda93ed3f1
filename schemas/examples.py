"""Examples of every schema: what is accepted, and what is refused for which reason.

`examples/<schema>/accepted/<name>.json` is a record. `rejected/<name>.json` is an object of
`record`, `refused_by` (codec, or the topic whose handler refuses it) and `reason` (the field that
the codec's message names, or the rule that the handler names). Bytes are written as base64.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.catalogue import Node, catalogue
from schemas.codec import Record
from schemas.errors import CatalogueError

FOLDER = Path(__file__).with_name("examples")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record that its schema takes."""

    schema: str
    name: str
    record: Record


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that is refused, by whom, and for which reason."""

    schema: str
    name: str
    record: Record
    refused_by: str
    reason: str


def accepted() -> Iterator[Accepted]:
    """All examples that are taken, by schema and name."""
    for path in sorted(FOLDER.glob("*/accepted/*.json")):
        schema = path.parent.parent.name
        yield Accepted(schema, path.stem, _record(schema, _load(path)))


def rejected() -> Iterator[Rejected]:
    """All examples that are refused, by schema and name."""
    for path in sorted(FOLDER.glob("*/rejected/*.json")):
        schema, stated = path.parent.parent.name, _load(path)
        try:
            record = _record(schema, stated["record"])
            yield Rejected(schema, path.stem, record, stated["refused_by"], stated["reason"])
        except KeyError as error:
            message = f"{path}: needs record, refused_by and reason: {error} is missing"
            raise CatalogueError(message) from error


def _load(path: Path) -> Record:
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        message = f"{path}: not JSON ({error}): mend the file"
        raise CatalogueError(message) from error
    if not isinstance(value, dict):
        message = f"{path}: holds no object: an example is one record"
        raise CatalogueError(message)
    return value


def _record(schema: str, stated: Record) -> Record:
    return {**stated, **dict(_bytes_of(catalogue().definition(schema), stated))}


def _bytes_of(definition: Node, stated: Record) -> Iterator[tuple[str, Node]]:
    for field in definition["fields"]:
        if field["name"] in stated:
            yield field["name"], _value(field["type"], stated[field["name"]])


def _value(kind: Node, value: Node) -> Node:
    """Base64 to bytes wherever the schema has bytes; what does not fit stays for the codec."""
    branches = kind if isinstance(kind, list) else [kind]
    names = [branch["type"] if isinstance(branch, dict) else branch for branch in branches]
    if isinstance(value, str) and "bytes" in names:
        return _from_base64(value)
    for branch in branches:
        if isinstance(branch, str) and branch in catalogue().definitions:
            return _value(catalogue().definition(branch), value)
        if isinstance(branch, dict) and isinstance(value, dict) and "fields" in branch:
            return {**value, **dict(_bytes_of(branch, value))}
        if isinstance(branch, dict) and isinstance(value, list) and "items" in branch:
            return [_value(branch["items"], item) for item in value]
    return value


def _from_base64(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        message = f"bytes stand in an example as base64, {value[:20]!r} is none: {error}"
        raise CatalogueError(message) from error
