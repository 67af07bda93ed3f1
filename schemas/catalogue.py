"""The catalogue: what every topic holds, who owns it, and which schema id stands for what."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schemas import intake
from schemas.errors import CatalogueError

HERE = Path(__file__).parent
Definition = dict[str, Any]
Node = Any
"""Any part of an Avro definition: a name, a union, an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic of the bus, as its file states it. `retention_ms` -1 means for ever.

    `also`: schemas of its other rows, where it holds several; the id in each value says which.
    """

    topic: str
    description: str
    schema: str
    owner: str
    producers: list[str]
    consumers: list[str]
    key: str
    partitions: str | int
    cleanup: str
    retention_ms: int
    classification: str
    legal_basis: str
    per_lineage: bool
    source: bool
    dead_letters: bool
    also: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Logical name; the physical one is made by `schemas.naming`."""
        return self.topic


@dataclass(frozen=True, slots=True)
class Locked:
    """One schema id and what it stands for, for ever."""

    id: int
    subject: str
    version: int
    schema: Definition


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Topics by name, definitions by full name, locked ids."""

    topics: dict[str, Topic]
    definitions: dict[str, Definition]
    locked: tuple[Locked, ...] = field(repr=False)

    def definition(self, name: str) -> Definition:
        """Self-contained definition of a schema. Raises CatalogueError where there is none."""
        try:
            return self.definitions[name]
        except KeyError:
            message = f"no schema {name}: schemas/avro has {', '.join(sorted(self.definitions))}"
            raise CatalogueError(message) from None

    def sources(self) -> list[str]:
        """Names of the topics that the streams app folds, sorted."""
        return sorted(topic.name for topic in self.topics.values() if topic.source)


@cache
def catalogue() -> Catalogue:
    """Read the catalogue that ships with this code; cached."""
    return load(HERE)


def load(folder: Path) -> Catalogue:
    """Read a catalogue from a folder. Raises CatalogueError naming the file that is wrong."""
    raw = {path.stem: _json(path) for path in sorted((folder / "avro").glob("*.avsc"))}
    named = {f"{schema['namespace']}.{schema['name']}": schema for schema in raw.values()}
    definitions = {name: _expand(schema, named, set()) for name, schema in named.items()}
    stated = {path: _stated(path) for path in sorted((folder / "topics").glob("*.yaml"))}
    schemas = {one.get("topic", ""): one.get("schema", "") for one in stated.values()}
    definitions |= intake.derived(schemas, definitions)
    topics = [_topic(path, one, definitions) for path, one in stated.items()]
    return Catalogue(
        {topic.name: topic for topic in topics}, definitions, _locked(folder / "lock.json")
    )


def _json(path: Path) -> Definition:
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        message = f"{path}: not JSON ({error}): mend the file"
        raise CatalogueError(message) from error
    if not isinstance(value, dict):
        message = f"{path}: holds no object: an .avsc file holds one record"
        raise CatalogueError(message)
    return value


def _stated(path: Path) -> Definition:
    stated: Definition = yaml.safe_load(path.read_text("utf-8"))
    return stated


def _topic(path: Path, stated: Definition, definitions: dict[str, Definition]) -> Topic:
    try:
        topic = Topic(**stated)
    except TypeError as error:
        message = f"{path}: {error}: see another topic file for the fields"
        raise CatalogueError(message) from error
    if topic.name != path.stem or not {topic.schema, *topic.also} <= definitions.keys():
        message = (
            f"{path}: topic {topic.name} with schemas {[topic.schema, *topic.also]}: "
            "the file is named after the topic, and every schema exists"
        )
        raise CatalogueError(message)
    return topic


def _locked(path: Path) -> tuple[Locked, ...]:
    if not path.exists():
        return ()
    return tuple(Locked(**entry) for entry in _json(path)["schemas"])


def _expand(node: Node, named: dict[str, Definition], seen: set[str]) -> Node:
    """Put every referenced definition where it is first used: registries want one text."""
    if isinstance(node, str) and node in named:
        return node if node in seen else _expand(named[node], named, seen)
    if isinstance(node, list):
        return [_expand(item, named, seen) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "record":
        seen.add(f"{node['namespace']}.{node['name']}")
        return {**node, "fields": [_expand(item, named, seen) for item in node["fields"]]}
    return {
        key: _expand(value, named, seen) if key in {"type", "items", "values"} else value
        for key, value in node.items()
    }
