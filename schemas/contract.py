"""What must hold of the contract as a whole: topics, schemas, examples, and the lock of ids."""

from collections.abc import Iterator

from schemas import examples, locking
from schemas.catalogue import Catalogue, Node
from schemas.compatibility import incompatibilities
from schemas.events import sealed_fields

LETTER = "shequ.dlq.Letter"
"""What stands on `dlq.<topic>`."""


def faults(known: Catalogue) -> Iterator[str]:
    """Everything that is wrong, each with what to do."""
    yield from _topics(known)
    yield from _orphans(known)
    yield from _lock(known)
    yield from _examples(known)


def used(known: Catalogue) -> set[str]:
    """Schemas of records: what stands on a topic, and what is sealed inside it."""
    direct = {name for topic in known.topics.values() for name in (topic.schema, *topic.also)}
    if any(topic.dead_letters for topic in known.topics.values()):
        direct.add(LETTER)
    sealed = {inside for name in direct for inside in sealed_fields(name).values()}
    return direct | sealed - {"bytes"}


def _topics(known: Catalogue) -> Iterator[str]:
    for topic in known.topics.values():
        for name in ("owner", "producers", "consumers", "key", "classification", "legal_basis"):
            if not getattr(topic, name):
                yield f"topics/{topic.name}.yaml: {name} is empty: state it"
        if topic.cleanup not in {"delete", "compact"}:
            yield f"topics/{topic.name}.yaml: cleanup is {topic.cleanup}: delete or compact"
        if topic.source and topic.cleanup == "compact":
            yield f"topics/{topic.name}.yaml: a source is never compacted: a replay reads all of it"


def _orphans(known: Catalogue) -> Iterator[str]:
    reached = used(known)
    inside = {part for name in reached for part in _named(known.definition(name))}
    for name in sorted(known.definitions.keys() - reached - inside):
        yield f"{name} is on no topic and in no other schema: remove it, or name its topic"


def _named(node: Node) -> Iterator[str]:
    """Full names of the records inside a definition, its own included."""
    if isinstance(node, list):
        for item in node:
            yield from _named(item)
    elif isinstance(node, dict):
        if node.get("type") == "record":
            yield f"{node['namespace']}.{node['name']}"
        for key in ("fields", "type", "items", "values"):
            yield from _named(node.get(key))


def _lock(known: Catalogue) -> Iterator[str]:
    for name in sorted(locking.changed(known)):
        yield f"{name} is not what lock.json says: run `shequ schemas lock`"
    for name, text in sorted(known.definitions.items()):
        for old in (entry for entry in known.locked if entry.subject == name):
            for fault in incompatibilities(text, old.schema):
                yield f"{name} cannot read its version {old.version}: {fault}"
    if [entry.id for entry in known.locked] != list(range(1, len(known.locked) + 1)):
        yield "lock.json: ids are not 1, 2, 3 ...: put the file back as it was"


def _examples(known: Catalogue) -> Iterator[str]:
    accepted = {example.schema for example in examples.accepted()}
    rejected = {example.schema for example in examples.rejected()}
    for name in sorted(used(known)):
        if name not in accepted:
            yield f"{name} has no accepted example: add one to schemas/examples/{name}/accepted"
        if name not in rejected:
            yield f"{name} has no rejected example: add one to schemas/examples/{name}/rejected"
    for name in sorted((accepted | rejected) - used(known)):
        yield f"schemas/examples/{name} is of no schema that a topic holds: remove it"
