"""Whether two Avro texts are the same schema: client libraries write one schema in several ways."""

import json
from typing import cast

from fastavro.schema import SchemaParseException, UnknownType, parse_schema

from schemas.catalogue import Catalogue, Definition, Locked, Node
from schemas.errors import ContractError

WORDS = frozenset({"doc", "avro.java.string"})
"""What changes neither bytes nor their meaning."""


class NoSchemaError(ContractError):
    """The text is no Avro schema of a record; the message says why."""


def parsed(text: str) -> Definition:
    """A schema as an object. Raises NoSchemaError."""
    try:
        found = json.loads(text)
        parse_schema(found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NoSchemaError(f"this is no Avro schema: {type(error).__name__}: {error}") from error
    except (SchemaParseException, UnknownType) as error:
        raise NoSchemaError(f"this is no Avro schema: {error}") from error
    if not isinstance(found, dict) or found.get("type") != "record":
        raise NoSchemaError("this is no record: what stands on a topic is one")
    return found


def same(one: Definition, other: Definition) -> bool:
    """Whether both write the same bytes with the same meaning."""
    return bool(_plain(one) == _plain(other))


def find(known: Catalogue, schema: str, text: Definition) -> Locked | None:
    """The newest locked version of `schema` that is the same as this text."""
    entries = [entry for entry in known.locked if entry.subject == schema]
    return next((entry for entry in reversed(entries) if same(entry.schema, text)), None)


def _plain(definition: Definition) -> Node:
    """Full names everywhere, and no words that change nothing."""
    return _stripped(cast("Node", parse_schema(definition, _write_hint=False)))


def _stripped(node: Node) -> Node:
    if isinstance(node, list):
        return [_stripped(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: value if key == "default" else _stripped(value)
        for key, value in node.items()
        if key not in WORDS and not key.startswith("__")
    }
    return kept["type"] if kept.keys() == {"type"} else kept
