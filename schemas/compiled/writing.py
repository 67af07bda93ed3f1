"""A plan of how records are written."""

from schemas.catalogue import Node as Type
from schemas.compiled.nodes import (
    PRIMITIVES,
    Names,
    NotCompiledError,
    Op,
    Plan,
    Table,
    kind,
    resolved,
)

TAKEN_BY = (
    ("null",),
    ("boolean",),
    ("int", "long", "float", "double"),
    ("float", "double"),
    ("string", "enum"),
    ("bytes", "fixed"),
    ("record", "map"),
    ("array",),
)
"""Per Python type (None, bool, int, float, str, bytes, dict, list): kinds that fastavro may
take it for. A value of which two branches could be meant is left to fastavro."""


def plan(schema: Type, names: Names) -> Plan:
    """Nodes for a parsed schema. Raises NotCompiledError naming what is not compiled."""
    if kind(schema) != "record":
        message = "no record at the top"
        raise NotCompiledError(message)
    making = _Writing(names)
    making.place(schema)
    return making.table.plan()


class _Writing:
    def __init__(self, names: Names) -> None:
        self.table = Table()
        self._names = names

    def place(self, stated: Type) -> int:
        """A value, of exactly the type that the schema states."""
        written = resolved(stated, self._names)
        match kind(written):
            case "union":
                return self._union(written)
            case "array":
                return self._items(Op.ARRAY, written["items"])
            case "map":
                return self._items(Op.MAP, written["values"])
            case "record":
                return self._record(written)
            case _:
                return self._simple(written)

    def _simple(self, written: Type) -> int:
        match kind(written):
            case "enum":
                places = {symbol: place for place, symbol in enumerate(written["symbols"])}
                return self.table.add(Op.ENUM, things=(places,))
            case "fixed":
                return self.table.add(Op.FIXED, number=written["size"])
            case primitive:
                return self.table.add(PRIMITIVES[primitive])

    def _items(self, op: Op, kid: Type) -> int:
        place = self.table.reserve()
        return self.table.put(place, op, kids=(self.place(kid),))

    def _record(self, written: Type) -> int:
        known = self.table.known(id(written))
        if known is not None:
            return known
        place, fields = self.table.reserve(id(written)), written["fields"]
        keys = tuple(field["name"] for field in fields)
        kids = tuple(self.place(field["type"]) for field in fields)
        return self.table.put(place, Op.RECORD, things=keys, kids=kids)

    def _union(self, written: Type) -> int:
        kinds = [kind(resolved(branch, self._names)) for branch in written]
        place = self.table.reserve()
        kids = tuple(self.place(branch) for branch in written)
        slots = tuple(_only(kinds, taken) for taken in TAKEN_BY)
        return self.table.put(place, Op.UNION, things=slots, kids=kids)


def _only(kinds: list[str], taken: tuple[str, ...]) -> int:
    """The one branch that takes a value; -1 for none, or more than one."""
    found = [place for place, one in enumerate(kinds) if one in taken]
    return found[0] if len(found) == 1 else -1
