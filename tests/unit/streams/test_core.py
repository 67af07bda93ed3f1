"""The core as a whole: one table shows the flow, and what it does not know it refuses."""

import ast
from pathlib import Path

import msgspec
import pytest
from sayings import COMMUNITY, DESK, case, incident, move, permit
from town import Town

from streams import community
from streams.community import core
from streams.community.ports import BadRecordError

SOURCES = sorted(Path(community.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("kind", ["epoch", "handover", "alias"])
def test_what_operators_decide_passes_through(kind: str) -> None:
    """It concerns the lane; the rows stay as they are."""
    town = Town()
    before = dict(town.rows.rows)
    town.feed("control", {"control_id": "c", "kind": kind, "lineage": "community-v1"})
    assert town.rows.rows == before


def test_a_decision_that_nobody_knows_is_a_dead_letter() -> None:
    """A newer command line, or a mistake."""
    with pytest.raises(BadRecordError, match=r"control\.kind"):
        Town().feed("control", {"control_id": "c", "kind": "reset", "lineage": "community-v1"})


def test_a_crossing_is_from_a_newer_version() -> None:
    """No rule of this one sends any: the advice is to upgrade."""
    crossing = {"crossing_id": "x", "from_code": DESK, "to_code": COMMUNITY, "kind": "placed",
                "body": b""}  # fmt: skip
    with pytest.raises(BadRecordError, match="upgrade the worker"):
        Town().feed("crossings", crossing)


def test_a_record_without_what_the_core_needs_is_a_dead_letter() -> None:
    """A schema that grew at the wrong end; no value is quoted."""
    with pytest.raises(BadRecordError, match=r"record\.shape.*missing required field"):
        Town().feed("city.cases", {"source": "someone"})


@pytest.mark.parametrize("key", [b"420704001002", b"420704001013/x", b""])
def test_a_record_whose_message_has_another_key_is_a_dead_letter(key: bytes) -> None:
    """The key decides the partition: one row could stand in two of them."""
    town = Town()
    said = [
        ("city.cases", case("A1", 1, town.now)),
        ("police.incidents", incident("J1", 1, town.now)),
        ("household.moves", move("RK1", 1, town.now)),
        ("permits.applications", permit("SB1", 1, town.now)),
    ]
    for topic, record in said:
        with pytest.raises(BadRecordError, match=r"record\.key: community: .*produce it with"):
            town.feed(topic, record, key)


def test_every_topic_whose_records_change_rows_of_a_code_has_that_code_as_its_key() -> None:
    """Lists and decisions go to every partition."""
    assert set(core.handlers) - set(core.KEYED) == {"control", "reference.lists"}
    for topic, field in core.KEYED.items():
        fields = [found.name for found in msgspec.structs.fields(core.handlers[topic][0])]
        assert field in fields, topic


def test_no_step_looks_at_a_clock_or_at_chance_or_at_the_order_of_a_set() -> None:
    """`now` comes in; floats, sets and dictionaries' accidents stay out."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not isinstance(node, ast.Set | ast.SetComp) or _is_constant(node), path.name
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), path.name
            assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), path.name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"set", "hash", "id", "float", "open", "print"}, (
                    path.name
                )


def _is_constant(node: ast.AST) -> bool:
    """A set of words to look one up in; nobody goes through it."""
    return isinstance(node, ast.Set) and all(isinstance(e, ast.Constant) for e in node.elts)


def test_every_source_has_its_handler_in_the_table() -> None:
    """Which topic is decoded as what, and folded by whom."""
    assert {topic: kind.__name__ for topic, (kind, _) in core.handlers.items()} == {
        "city.cases": "Case",
        "control": "Control",
        "crossings": "Crossing",
        "household.moves": "Move",
        "permits.applications": "Application",
        "police.incidents": "Incident",
        "reference.lists": "ListPart",
        "task.commands": "Command",
    }
