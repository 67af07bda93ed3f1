"""Random Avro schemas, values of them, and what a later reader makes of a schema."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from fastavro.schema import UnknownType, parse_schema
from hypothesis import assume
from hypothesis import strategies as st

Schema = Any
Value = Any
Draw = Callable[[st.SearchStrategy[Any]], Any]

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
PROMOTIONS = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
SYMBOLS = ("ALPHA", "BETA", "GAMMA", "DELTA")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text(
    "警情社区é😀a1", max_size=9
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1) | st.integers(-200, 200),
    "float": st.floats(width=32),
    "double": st.floats(),
    "bytes": st.binary(max_size=20),
    "string": TEXTS,
}
DEFAULTS: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "int": 7,
    "long": -7,
    "float": 1.5,
    "double": -0.0,
    "bytes": "ab",
    "string": "区",
}


class _Making:
    """Draws one schema; named types may be used again, and inside themselves behind a null."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._names = (f"T{number}" for number in count())
        self._done: list[str] = []
        self._open: list[str] = []

    def record(self, depth: int) -> Schema:
        name = next(self._names)
        self._open.append(name)
        total = self._draw(st.integers(0 if depth else 1, 6))
        fields = [{"name": f"f{place}", "type": self.any(depth + 1)} for place in range(total)]
        self._open.remove(name)
        self._done.append(name)
        return {"type": "record", "name": name, "fields": fields}

    def any(self, depth: int) -> Schema:
        kinds = ["primitive"] * 4 + ["union"] * 2
        kinds += ["array", "map", "record", "enum", "fixed", "known"] if depth < 4 else []
        match self._draw(st.sampled_from(kinds)):
            case "union":
                return self._union(depth)
            case "array":
                return {"type": "array", "items": self.any(depth + 1)}
            case "map":
                return {"type": "map", "values": self.any(depth + 1)}
            case kind:
                return self._other(kind, depth)

    def _other(self, kind: str, depth: int) -> Schema:
        if kind == "record":
            return self.record(depth)
        if kind == "known" and self._done:
            return self._draw(st.sampled_from(self._done))
        if kind in {"enum", "fixed"}:
            name = next(self._names)
            self._done.append(name)
            if kind == "fixed":
                return {"type": "fixed", "name": name, "size": self._draw(st.integers(0, 9))}
            total = self._draw(st.integers(1, len(SYMBOLS)))
            return {"type": "enum", "name": name, "symbols": list(SYMBOLS[:total])}
        return self._draw(st.sampled_from(PRIMITIVES))

    def _union(self, depth: int) -> Schema:
        branches = [one for one in PRIMITIVES if self._draw(st.integers(0, 3)) == 0]
        if self._open and self._draw(st.booleans()):
            branches = ["null", self._open[-1]]
        elif depth < 4 and self._draw(st.booleans()):
            branches.append(self.record(depth + 1))
        return branches or ["null", "string"]


@st.composite
def schemas(draw: Draw) -> Schema:
    """A record's schema."""
    return _Making(draw).record(0)


def named(schema: Schema) -> dict[str, Schema]:
    """Definitions inside a schema, by name."""
    return {one["name"]: one for one in _within(schema) if "name" in one and "type" in one}


def _within(schema: Schema) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for one in schema:
            yield from _within(one)
    elif isinstance(schema, dict):
        if schema["type"] in {"record", "enum", "fixed"}:
            yield schema
        for field in schema.get("fields", []):
            yield from _within(field["type"])
        for key in ("items", "values"):
            yield from _within(schema.get(key))


def value(draw: Draw, schema: Schema, names: dict[str, Schema], depth: int = 0) -> Value:
    """A value that the schema takes; ends what holds itself."""
    stated = names.get(schema, schema) if isinstance(schema, str) else schema
    if isinstance(stated, list):
        branch = "null" if depth > 6 and "null" in stated else draw(st.sampled_from(stated))
        return value(draw, branch, names, depth + 1)
    kind = stated if isinstance(stated, str) else stated["type"]
    if kind == "record":
        return {f["name"]: value(draw, f["type"], names, depth + 1) for f in stated["fields"]}
    if kind in {"array", "map"}:
        inside = stated["items" if kind == "array" else "values"]
        total = draw(st.integers(0, 3 if depth < 6 else 0))
        found = [value(draw, inside, names, depth + 1) for _ in range(total)]
        return found if kind == "array" else {draw(TEXTS): one for one in found}
    if kind == "enum":
        return draw(st.sampled_from(stated["symbols"]))
    size = stated["size"] if kind == "fixed" else 0
    return draw(st.binary(min_size=size, max_size=size) if kind == "fixed" else VALUES[kind])


def later(draw: Draw, schema: Schema) -> Schema:
    """The schema as a later reader has it: fields gone, new, renamed, moved; types widened."""
    found = _later(draw, schema)
    assume(_defined_first(found))
    return found


def _defined_first(schema: Schema) -> bool:
    """Moving fields may have put a name before its definition."""
    try:
        parse_schema(schema)
    except UnknownType:
        return False
    return True


def _later(draw: Draw, schema: Schema, *, inside: bool = False) -> Schema:
    if isinstance(schema, list):
        kept = [_later(draw, one, inside=True) for one in schema]
        return kept[draw(st.integers(0, 1)) :] or kept
    if isinstance(schema, str):
        wider = (schema, schema, *PROMOTIONS.get(schema, ()))
        found = draw(st.sampled_from(wider))
        optional = schema != "null" and not inside and draw(st.integers(0, 5)) == 0
        return ["null", found] if optional else found
    changed = dict(schema)
    match schema["type"]:
        case "record":
            changed["fields"] = list(_later_fields(draw, schema["fields"]))
        case "array":
            changed["items"] = _later(draw, schema["items"])
        case "map":
            changed["values"] = _later(draw, schema["values"])
        case "enum":
            changed["symbols"] = schema["symbols"][: draw(st.integers(1, 4))]
            if draw(st.booleans()):
                changed["default"] = changed["symbols"][0]
        case _:
            pass
    return changed


def _later_fields(draw: Draw, fields: list[Schema]) -> Iterator[Schema]:
    for field in draw(st.permutations(fields)):
        fate = draw(st.integers(0, 8))
        if fate == 0:
            continue
        changed = {**field, "type": _later(draw, field["type"])}
        yield (
            changed
            if fate > 1
            else {**changed, "name": f"{field['name']}x", "aliases": [field["name"]]}
        )
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from([*DEFAULTS, "list", "map"]))
        if kind in DEFAULTS:
            yield {"name": f"new{number}", "type": kind, "default": DEFAULTS[kind]}
        else:
            inside = (
                {"type": "array", "items": "int"}
                if kind == "list"
                else {"type": "map", "values": "int"}
            )
            yield {"name": f"new{number}", "type": inside, "default": [] if kind == "list" else {}}


def damaged(draw: Draw, data: bytes) -> bytes:
    """Bytes changed, cut, repeated, put in: and numbers that lie."""
    found = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(found)))
        match draw(st.sampled_from(["set", "cut", "drop", "insert", "number"])):
            case "set" if place < len(found):
                found[place] = draw(
                    st.integers(0, 255) | st.sampled_from([0, 1, 2, 3, 127, 128, 255])
                )
            case "cut":
                del found[place:]
            case "drop":
                del found[place : place + draw(st.integers(1, 3))]
            case "insert":
                found[place:place] = draw(st.binary(min_size=1, max_size=4))
            case _:
                found[place : place + 1] = draw(NUMBERS)
    return bytes(found)


def _zigzag(number: int, tail: int) -> bytes:
    """A long as Avro writes it, with `tail` bytes of nothing where it could end."""
    left, out = ((number << 1) ^ (number >> 63)) & (2**64 - 1), bytearray()
    while left & ~0x7F:
        out.append((left & 0x7F) | 0x80)
        left >>= 7
    if not tail:
        return bytes((*out, left))
    return bytes((*out, left | 0x80, *[0x80] * (tail - 1), 0))


NUMBERS = st.builds(
    _zigzag,
    st.sampled_from([0, 1, -1, -2, 63, 2**31, -(2**31), 2**62, 2**63 - 1, -(2**63)]),
    st.integers(0, 4),
)
