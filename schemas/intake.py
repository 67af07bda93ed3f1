"""What departments that produce themselves write: a source's schema with nothing sealed.

It is derived from the sealed definition, so that both stay one. A department states what it knows;
what the hub computes is optional here, and what is stated of it is not looked at.
"""

from collections.abc import Mapping
from typing import Any

Node = Any
Definition = dict[str, Any]

PREFIX = "intake."
"""In front of the source topic's name."""

COMPUTED = frozenset(
    {
        *("event_id", "source", "version.hash", "backfill", "moved", "summary", "person"),
        *("household", "place.unit", "place.candidates", "place.gazetteer"),
    }
)
"""Paths of what the hub computes; not a part of what the department stated, nor of its hash."""

OPTIONAL = frozenset({"community", "status", "department", "place", "place.text"})
"""Paths of what a department states where it knows it."""

CHANGED = frozenset({"shequ.Version", "shequ.Place"})
"""Records that hold such fields: here they have names of their own."""


def name_of(schema: str) -> str:
    """`shequ.city.Case` -> `shequ.intake.city.Case`."""
    return f"shequ.{PREFIX}{schema.removeprefix('shequ.')}"


def unsealed(schema: str, definitions: Mapping[str, Definition]) -> Definition:
    """The definition that departments write, of a source's `schema`."""
    namespace, _, name = name_of(schema).rpartition(".")
    whole = definitions[schema]
    doc = f"{whole['doc']} As a department states it: nothing is sealed, nothing computed."
    fields = [_field(field, "", definitions) for field in whole["fields"]]
    return {**whole, "name": name, "namespace": namespace, "doc": doc, "fields": fields}


def derived(stated: Mapping[str, str], definitions: Mapping[str, Definition]) -> dict[str, Node]:
    """Definitions for the `intake.` topics among `stated`: topic -> schema, the sources' too."""
    sources = {topic.removeprefix(PREFIX) for topic in stated if topic.startswith(PREFIX)}
    known = {stated[topic] for topic in sources & stated.keys()} & definitions.keys()
    return {name_of(schema): unsealed(schema, definitions) for schema in sorted(known)}


def _field(field: Definition, above: str, definitions: Mapping[str, Definition]) -> Definition:
    path, kind, doc = f"{above}{field['name']}", field["type"], field["doc"]
    changed = {**field, "type": _inside(kind, path, definitions)}
    if _sealed(kind):
        changed["type"] = ["null", definitions[_sealed(kind)]]
        changed["doc"] = f"{doc}: here in the clear, for the hub to seal"
    elif path in COMPUTED:
        changed["doc"] = f"Leave it out, the hub computes it: {doc}"
    elif path in OPTIONAL:
        changed["doc"] = f"Optional: {doc}"
    if path in COMPUTED | OPTIONAL and "default" not in field:
        changed |= {"type": ["null", changed["type"]], "default": None}
    return changed


def _inside(kind: Node, path: str, definitions: Mapping[str, Definition]) -> Node:
    """A type as it is, or a record with fields of its own."""
    if not isinstance(kind, dict) or kind.get("type") != "record":
        return kind
    if f"{kind['namespace']}.{kind['name']}" not in CHANGED:
        return kind
    fields = [_field(field, f"{path}.", definitions) for field in kind["fields"]]
    return {**kind, "namespace": f"{kind['namespace']}.intake", "fields": fields}


def _sealed(kind: Node) -> str:
    """The schema of what is sealed in a field; empty where nothing is."""
    branches = kind if isinstance(kind, list) else [kind]
    found = [one["sealed"] for one in branches if isinstance(one, dict) and "sealed" in one]
    return str(found[0]) if found else ""
