"""Which reader's type a writer's value is read as: fastavro's rules, taken at compile time.

Source: fastavro 1.x, `match_schemas` and `match_types`. Where these look at less than Avro's
specification asks for (a record and an enum of one name), nothing is compiled.
"""

from schemas.catalogue import Node as Type
from schemas.compiled.nodes import (
    NAMED,
    PRIMITIVES,
    Names,
    NotCompiledError,
    kind,
    resolved,
)

PROMOTED = {
    ("int", "long"),
    ("int", "float"),
    ("int", "double"),
    ("long", "float"),
    ("long", "double"),
    ("float", "double"),
    ("string", "bytes"),
    ("bytes", "string"),
}


class Matching:
    """Compares types of a writer with types of a reader, each with its own names."""

    def __init__(self, writer: Names, reader: Names) -> None:
        self.writer = writer
        self.reader = reader

    def chosen(self, written: Type, wanted: Type) -> Type | None:
        """The type of the reader, resolved; out of its union, where it has one. None: mismatch."""
        if not isinstance(wanted, list):
            return resolved(wanted, self.reader) if self.agree(written, wanted) else None
        found = next((one for one in wanted if self.agree(written, one)), None)
        if found is not None and _by_name(written) != _by_name(found):
            message = "a union that names a type which the other schema defines in that place"
            raise NotCompiledError(message)  # fastavro stumbles over it
        return self._usable(found)

    def branch(self, written: Type, wanted: Type) -> Type | None:
        """The same for a value out of the writer's union: here fastavro looks names up."""
        options = wanted if isinstance(wanted, list) else [wanted]
        found = next((one for one in options if self.agree(written, one)), None)
        return self._usable(found)

    def _usable(self, found: Type | None) -> Type | None:
        if isinstance(found, list):
            message = "a union right inside a union"
            raise NotCompiledError(message)
        return None if found is None else resolved(found, self.reader)

    def agree(self, written: Type, wanted: Type) -> bool:
        """Whether the one is read as the other; of records and enums, only the names count."""
        written, wanted = resolved(written, self.writer), resolved(wanted, self.reader)
        ours, theirs = kind(written), kind(wanted)
        if "union" in {ours, theirs}:
            return True
        if ours in NAMED and theirs in NAMED:
            return _same_name(written, wanted)
        if ours == theirs == "array":
            return self.agree(written["items"], wanted["items"])
        if ours == theirs == "map":
            return self.agree(written["values"], wanted["values"])
        return ours == theirs or (ours, theirs) in PROMOTED


def _by_name(stated: Type) -> bool:
    return isinstance(stated, str) and stated not in PRIMITIVES


def _same_name(written: Type, wanted: Type) -> bool:
    short = written["name"].split(".")[-1]
    aliases = wanted.get("aliases", [])
    if short != wanted["name"].split(".")[-1] and {written["name"], short}.isdisjoint(aliases):
        return False
    if kind(written) != kind(wanted):
        message = f"{written['name']} is another kind of type to its reader"
        raise NotCompiledError(message)
    return kind(written) != "fixed" or bool(written["size"] == wanted["size"])
