"""A plan of how records are read: the writer's bytes, as the reader's record."""

from collections.abc import Iterator
from typing import Any

from schemas.catalogue import Node as Type
from schemas.compiled.matching import Matching
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

SCALARS = (type(None), bool, int, float, str)


def plan(writer: Type, reader: Type | None, names: Names, reader_names: Names) -> Plan:
    """Nodes for parsed schemas; `reader` None where it is the writer's own.

    Raises NotCompiledError naming what is not compiled.
    """
    making = _Reading(Matching(names, reader_names))
    if kind(writer) != "record":
        message = "no record at the top"
        raise NotCompiledError(message)
    if reader is None:
        making.place(writer)
    elif making.matching.agree(writer, reader):
        making.place_as(writer, resolved(reader, reader_names))
    else:
        message = "the reader's schema is of another name"
        raise NotCompiledError(message)
    return making.table.plan()


class _Reading:
    """Places nodes. `skip`: values that the reader does not have, read and thrown away."""

    def __init__(self, matching: Matching) -> None:
        self.table = Table()
        self.matching = matching

    def place(self, stated: Type, *, skip: bool = False) -> int:
        """A value as its writer meant it."""
        written = resolved(stated, self.matching.writer)
        match kind(written):
            case "union":
                return self._with_kids(Op.UNION, written, skip=skip)
            case "array":
                _never_empty(written["items"], self.matching.writer)
                return self._with_kids(Op.ARRAY, [written["items"]], skip=skip)
            case "map":
                return self._with_kids(Op.MAP, [written["values"]], skip=skip)
            case "record":
                return self._record(written, skip=skip)
            case _:
                return self._simple(written)

    def _simple(self, written: Type) -> int:
        match kind(written):
            case "enum":
                return self.table.add(Op.ENUM, things=tuple(written["symbols"]))
            case "fixed":
                return self.table.add(Op.FIXED, number=written["size"])
            case "int":
                return self.table.add(Op.LONG)
            case primitive:
                return self.table.add(PRIMITIVES[primitive])

    def _with_kids(self, op: Op, kids: list[Type], *, skip: bool) -> int:
        place = self.table.reserve()
        placed = tuple(self.place(kid, skip=skip) for kid in kids)
        return self.table.put(place, op, number=int(skip), kids=placed)

    def _record(self, written: Type, *, skip: bool) -> int:
        key = (id(written), None, skip)
        known = self.table.known(key)
        if known is not None:
            return known
        place, fields = self.table.reserve(key), written["fields"]
        keys = tuple(field["name"] for field in fields)
        kids = tuple(self.place(field["type"], skip=skip) for field in fields)
        return self.table.put(place, Op.RECORD, things=(dict.fromkeys(keys), *keys), kids=kids)

    def place_as(self, stated: Type, wanted: Type) -> int:
        """A value as its reader wants it; `wanted` is resolved, and no union."""
        written = resolved(stated, self.matching.writer)
        match kind(written):
            case "union":
                return self._union_as(written, wanted)
            case "array":
                _never_empty(written["items"], self.matching.writer)
                return self._items_as(Op.ARRAY, written["items"], wanted["items"])
            case "map":
                return self._items_as(Op.MAP, written["values"], wanted["values"])
            case "record":
                return self._record_as(written, wanted)
            case "enum":
                return self._enum_as(written, wanted)
            case _:
                return self._promoted(written, wanted)

    def _chosen(self, stated: Type, wanted: Type) -> int:
        """A value as what its reader has for it; refused where it has nothing."""
        written = resolved(stated, self.matching.writer)
        if kind(written) == "union":
            return self._union_as(written, wanted)
        return self._as(stated, self.matching.chosen(stated, wanted))

    def _as(self, stated: Type, chosen: Type | None) -> int:
        return self.table.add(Op.REFUSE) if chosen is None else self.place_as(stated, chosen)

    def _union_as(self, written: Type, wanted: Type) -> int:
        place = self.table.reserve()
        kids = tuple(self._as(one, self.matching.branch(one, wanted)) for one in written)
        return self.table.put(place, Op.UNION, kids=kids)

    def _items_as(self, op: Op, written: Type, wanted: Type) -> int:
        place = self.table.reserve()
        return self.table.put(place, op, kids=(self._chosen(written, wanted),))

    def _enum_as(self, written: Type, wanted: Type) -> int:
        instead = wanted.get("default") or None
        read = (one if one in wanted["symbols"] else instead for one in written["symbols"])
        return self.table.add(Op.ENUM, things=tuple(read))

    def _promoted(self, written: Type, wanted: Type) -> int:
        ours, theirs = kind(written), kind(wanted)
        if ours in {"int", "long"} and theirs in {"float", "double"}:
            return self.table.add(Op.LONG_AS_DOUBLE)
        if (ours, theirs) == ("string", "bytes"):
            return self.table.add(Op.STRING_AS_BYTES)
        if (ours, theirs) == ("bytes", "string"):
            return self.table.add(Op.STRING)
        return self._simple(written)

    def _record_as(self, written: Type, wanted: Type) -> int:
        key = (id(written), id(wanted), False)
        known = self.table.known(key)
        if known is not None:
            return known
        place = self.table.reserve(key)
        keys, kids, left = self._fields_as(written, wanted)
        template: dict[str, Any] = dict.fromkeys(name for name in keys if name is not None)
        for name, field in left.items():
            template[name] = field["default"]
            if isinstance(field["default"], list | dict):
                keys.append(name)
                kids.append(self._empty(field["default"]))
        return self.table.put(place, Op.RECORD, things=(template, *keys), kids=tuple(kids))

    def _fields_as(
        self, written: Type, wanted: Type
    ) -> tuple[list[str | None], list[int], dict[str, Any]]:
        """Names to the reader (None: it has no such field), their nodes, and what is left."""
        left = {field["name"]: field for field in wanted["fields"]}
        others = dict(_aliases(wanted))
        keys: list[str | None] = []
        kids: list[int] = []
        for field in written["fields"]:
            found = left.get(field["name"], others.get(field["name"]))
            keys.append(found["name"] if found else None)
            if found is None:
                kids.append(self.place(field["type"], skip=True))
            elif left.pop(found["name"], None) is None:
                message = f"two fields are read as {found['name']}"
                raise NotCompiledError(message)
            else:
                kids.append(self._chosen(field["type"], found["type"]))
        for name, field in left.items():
            _usable(name, field)
        return keys, kids, left

    def _empty(self, default: object) -> int:
        return self.table.add(Op.EMPTY_LIST if isinstance(default, list) else Op.EMPTY_MAP)


def _aliases(wanted: Type) -> Iterator[tuple[str, Any]]:
    for field in wanted["fields"]:
        for alias in field.get("aliases", []):
            yield alias, field


def _usable(name: str, field: Type) -> None:
    """A default that every record may have its own of."""
    if "default" not in field:
        message = f"no default for {name}"
        raise NotCompiledError(message)
    if field["default"] not in ([], {}) and not isinstance(field["default"], SCALARS):
        message = f"the default of {name} holds values"
        raise NotCompiledError(message)


def _never_empty(item: Type, names: Names) -> None:
    """An item of no bytes: a count that is a lie would fill the memory."""
    if not _takes_bytes(item, names, frozenset()):
        message = "an array of items that take no bytes"
        raise NotCompiledError(message)


def _takes_bytes(stated: Type, names: Names, above: frozenset[int]) -> bool:
    found = resolved(stated, names)
    match kind(found):
        case "null":
            return False
        case "fixed":
            return bool(found["size"] > 0)
        case "record":
            inside = above | {id(found)}
            return id(found) not in above and any(
                _takes_bytes(field["type"], names, inside) for field in found["fields"]
            )
        case _:
            return True
