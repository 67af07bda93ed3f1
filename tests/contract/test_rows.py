"""The row types of the core and the definitions of what its topics hold say the same."""

import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from schemas.catalogue import catalogue
from streams.community import register_rows, rows
from streams.community.events import Crossing
from streams.community.tables import CROSSINGS, TABLES, TASK_EVENTS, Table

PLAIN = {"string": str, "long": int, "int": int, "boolean": bool, "bytes": bytes}
NESTED = {
    "shequ.Code": rows.Code,
    "shequ.Version": rows.Version,
    "shequ.Moved": rows.Moved,
    "shequ.Transit": rows.Transit,
    "shequ.tasks.Hop": rows.Hop,
    "shequ.tasks.Clock": rows.Clock,
    "shequ.views.Refusal": register_rows.Refusal,
    "shequ.views.SourceCount": rows.SourceCount,
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_has_the_fields_of_its_schema_in_their_order(table: Table) -> None:
    """A field that only one side has would be lost, or would not be there."""
    _require_same(table.row, table.schema)


def test_the_history_has_the_fields_of_its_schema() -> None:
    """It is written, never read by the core."""
    _require_same(rows.TaskEvent, TASK_EVENTS[1])


def test_a_crossing_has_the_fields_of_its_schema() -> None:
    """It is written by one code's fold, and read by another's."""
    _require_same(Crossing, CROSSINGS[1])


@pytest.mark.parametrize(("schema", "row"), NESTED.items(), ids=str)
def test_what_stands_inside_a_row_is_the_same_on_both_sides(
    schema: str, row: type[rows.Row]
) -> None:
    """Codes, versions, hops, clocks."""
    _require_same(row, schema)


def test_no_row_type_is_without_a_schema() -> None:
    """Whoever adds a row type adds it here."""
    known = {table.row for table in TABLES} | set(NESTED.values()) | {rows.TaskEvent, Crossing}
    assert set(rows.Row.__subclasses__()) <= known


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_stands_on_the_topic_that_the_catalogue_gives_its_schema(table: Table) -> None:
    """Public rows have a topic of their own, private ones share `state`."""
    topic = catalogue().topics[table.topic]
    assert table.schema in {topic.schema, *topic.also}
    assert table.public is (table.topic != "state")


def _require_same(row: type[rows.Row], schema: str) -> None:
    hints = get_type_hints(row)
    mine = {field.name: hints[field.name] for field in msgspec.structs.fields(row)}
    theirs = {f["name"]: _python(f["type"]) for f in catalogue().definition(schema)["fields"]}
    assert list(mine) == list(theirs)
    for name, kind in mine.items():
        assert _same(kind, theirs[name]), f"{schema}.{name}: {kind} and {theirs[name]}"


def _python(kind: Any) -> Any:  # noqa: ANN401 -- a part of an Avro definition is any JSON
    if isinstance(kind, list):
        return Union[tuple(_python(branch) for branch in kind)]  # noqa: UP007 -- made at run time
    if isinstance(kind, dict) and kind["type"] == "array":
        return types.GenericAlias(tuple, (_python(kind["items"]), ...))
    if isinstance(kind, dict) and kind["type"] == "record":
        return NESTED[f"{kind['namespace']}.{kind['name']}"]
    if isinstance(kind, dict):
        return _python(kind["type"])
    if kind == "null":
        return type(None)
    return PLAIN.get(kind) or NESTED[kind]


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 -- two types are compared
    unions = {Union, types.UnionType}
    if get_origin(one) in unions and get_origin(other) in unions:
        return set(get_args(one)) == set(get_args(other))
    return bool(one == other)
