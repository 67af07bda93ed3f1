"""The table of nodes that a schema is compiled to, for native/nodes.h."""

from enum import IntEnum
from typing import Any

from schemas.catalogue import Node as Type

Node = tuple[int, int, tuple[Any, ...], tuple[int, ...]]
"""Op, number (size of a fixed, 1 for what is skipped), things (keys, symbols), places of kids."""
Plan = tuple[Node, ...]
Names = dict[str, Any]
"""Definitions by full name, as fastavro's parser gives them."""


class Op(IntEnum):
    """As native/nodes.h numbers them."""

    NULL = 0
    BOOLEAN = 1
    LONG = 2
    FLOAT = 3
    DOUBLE = 4
    BYTES = 5
    STRING = 6
    FIXED = 7
    ENUM = 8
    ARRAY = 9
    MAP = 10
    UNION = 11
    RECORD = 12
    INT = 13
    LONG_AS_DOUBLE = 14
    STRING_AS_BYTES = 15
    EMPTY_LIST = 16
    EMPTY_MAP = 17
    REFUSE = 18


PRIMITIVES = {
    "null": Op.NULL,
    "boolean": Op.BOOLEAN,
    "int": Op.INT,
    "long": Op.LONG,
    "float": Op.FLOAT,
    "double": Op.DOUBLE,
    "bytes": Op.BYTES,
    "string": Op.STRING,
}
NAMED = frozenset({"record", "enum", "fixed"})


class NotCompiledError(Exception):
    """The schema has what is not compiled; the message says what. fastavro reads and writes it."""


def resolved(stated: Type, names: Names) -> Type:
    """A definition for a name; everything else as it is. Raises NotCompiledError."""
    if isinstance(stated, str) and stated not in PRIMITIVES:
        return names[stated]
    if isinstance(stated, dict) and "logicalType" in stated:
        message = f"logical type {stated['logicalType']}: its values are objects"
        raise NotCompiledError(message)
    return stated


def kind(stated: Type) -> str:
    """`union`, `record`, `string`, ... of a resolved type. Raises NotCompiledError."""
    if isinstance(stated, list):
        return "union"
    found = stated if isinstance(stated, str) else stated["type"]
    if found in PRIMITIVES or found in NAMED or found in {"array", "map"}:
        return str(found)
    message = f"type {found}"
    raise NotCompiledError(message)


class Table:
    """Nodes in the making. A key that was placed already, or is being placed, gives its place."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._places: dict[object, int] = {}

    def known(self, key: object) -> int | None:
        """Where the node of this key stands, if it does."""
        return self._places.get(key)

    def reserve(self, key: object = None) -> int:
        """A place, before the kids have theirs: so may a type hold itself."""
        self._nodes.append((int(Op.REFUSE), 0, (), ()))
        place = len(self._nodes) - 1
        if key is not None:
            self._places[key] = place
        return place

    def put(
        self,
        place: int,
        op: Op,
        *,
        number: int = 0,
        things: tuple[object, ...] = (),
        kids: tuple[int, ...] = (),
    ) -> int:
        """Fill a place that was reserved, and give it back."""
        self._nodes[place] = (int(op), number, things, kids)
        return place

    def add(self, op: Op, *, number: int = 0, things: tuple[object, ...] = ()) -> int:
        """A node without kids."""
        return self.put(self.reserve(), op, number=number, things=things)

    def plan(self) -> Plan:
        """All nodes; the first is the whole."""
        return tuple(self._nodes)
