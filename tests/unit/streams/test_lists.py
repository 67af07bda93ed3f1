"""Reference lists: in parts, in order, in effect with the last one, and never half."""

import msgspec
import pytest
from town import COMMUNITY, Town

from streams.community import lists
from streams.community.ports import BadRecordError


def _kinds(*names: str, hours: int = 1) -> bytes:
    return msgspec.json.encode([{"kind_id": name, "dispose_hours": hours} for name in names])


def _part(town: Town, number: int, parts: int, body: bytes, **stated: object) -> None:
    part = {"list": "kinds", "version": "5", "part": number, "parts": parts, "body": body}
    town.feed("reference.lists", {**part, **stated})


def _keys(town: Town) -> list[str]:
    return sorted(key for name, key in town.rows.rows if name == "lists" and "/kinds/" in key)


@pytest.fixture
def town() -> Town:
    """A town without any list."""
    return Town(with_lists=False)


def test_a_list_of_one_part_is_in_effect_at_once(town: Town) -> None:
    """With the version that it says."""
    _part(town, 1, 1, _kinds("noise"))
    assert lists.kind(town.rows, "noise").dispose_hours == 1
    assert lists.list_version(town.rows, "kinds") == "5"


def test_a_list_of_several_parts_is_in_effect_with_the_last(town: Town) -> None:
    """Until then the one before holds, whole."""
    _part(town, 1, 1, _kinds("noise", hours=9), version="4")
    for number in (1, 2, 3):
        assert lists.kind(town.rows, "noise").dispose_hours == 9
        _part(town, number, 3, _kinds(f"kind{number}", "noise"))
    assert lists.kind(town.rows, "noise").dispose_hours == 1
    assert lists.kind(town.rows, "kind1").kind_id == "kind1"
    assert lists.kind(town.rows, "kind3").kind_id == "kind3"


def test_a_list_may_be_greater_than_a_row(town: Town) -> None:
    """Each part is a row of its own; the parts of the one before are gone."""
    for version in ("5", "6"):
        for number in (1, 2):
            _part(town, number, 2, _kinds(f"{version}{number}"), version=version)
    assert _keys(town) == ["-/lists/kinds/6/00001", "-/lists/kinds/6/00002", "-/lists/kinds/now"]
    _part(town, 1, 1, _kinds("noise"), version="7")
    assert _keys(town) == ["-/lists/kinds/now"]


def test_an_older_version_changes_nothing(town: Town) -> None:
    """It was published before, and read late."""
    _part(town, 1, 1, _kinds("noise", hours=2), version="6")
    _part(town, 1, 1, _kinds("noise", hours=3), version="5")
    _part(town, 2, 2, _kinds("noise", hours=3), version="5")
    assert lists.kind(town.rows, "noise").dispose_hours == 2


def test_publishing_the_same_version_again_changes_nothing(town: Town) -> None:
    """Lists are published again within the retention of their topic."""
    for _ in range(2):
        for number in (1, 2):
            _part(town, number, 2, _kinds(f"kind{number}"))
    assert lists.kind(town.rows, "kind2").kind_id == "kind2"


@pytest.mark.parametrize(
    ("number", "parts", "stated", "rule"),
    [
        (2, 3, {}, "list.order"),
        (3, 3, {}, "list.order"),
        (0, 3, {}, "list.part"),
        (4, 3, {}, "list.part"),
        (2, 2, {"version": "6"}, "list.order"),
        (1, 1, {"list": "kinds/now"}, "list.name"),
        (1, 1, {"version": "5/1"}, "list.name"),
    ],
)
def test_a_part_out_of_order_is_a_dead_letter(
    town: Town, number: int, parts: int, stated: dict[str, object], rule: str
) -> None:
    """Publish the whole list again."""
    with pytest.raises(BadRecordError) as refused:
        _part(town, number, parts, _kinds("noise"), **stated)
    assert refused.value.rule == rule


def test_a_part_that_was_left_out_is_noticed(town: Town) -> None:
    """1, 3: the third does not follow the first."""
    _part(town, 1, 3, _kinds("a"))
    with pytest.raises(BadRecordError, match=r"list\.order"):
        _part(town, 3, 3, _kinds("c"))


def test_a_publication_that_broke_off_leaves_nothing_when_the_next_one_comes(town: Town) -> None:
    """Its parts are removed; a new first part begins anew."""
    _part(town, 1, 3, _kinds("a"), version="5")
    _part(town, 2, 3, _kinds("b"), version="5")
    for number in (1, 2):
        _part(town, number, 2, _kinds(f"kind{number}"), version="6")
    assert _keys(town) == ["-/lists/kinds/6/00001", "-/lists/kinds/6/00002", "-/lists/kinds/now"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("kinds", b"{}"),
        ("kinds", b"[1]"),
        ("kinds", b"\xff"),
        ("kinds", b'[{"kind_id": 1}]'),
        ("kinds", b'[{"kind_id": "a", "identity": "nose"}]'),
        ("kinds", b'[{"kind_id": "a", "dispose_hours": -1}]'),
        ("crosswalk", b'[{"list": "a", "version": "1"}]'),
        ("task_transitions", b'[{"state": "pending", "command": "x", "to": "y", "roles": "z"}]'),
        ("retention", b"[]"),
        ("retention", b'[{"days": 1}, {"days": 2}]'),
        ("retention", b'[{"days": "many"}]'),
        ("virtual_units", b'[{"name": "x"}]'),
        ("permit_items", b'[{"list": "a", "version": "1", "value": "Y01"}]'),
        ("permit_items", b'[{"list": "a", "version": "1", "value": "Y01", "act": "dance"}]'),
        ("permit_items", b'[{"list": "a", "version": "1", "value": 1, "act": ""}]'),
        ("prohibited_proofs", b'[{"list": "a", "version": "1", "value": "02"}]'),
        ("prohibited_proofs", b'[{"list": "a", "version": "1", "value": "02", "zh": null}]'),
        ("transit", b"[]"),
        ("transit", b'[{"alarm_hours": 0}]'),
        ("transit", b'[{"alarm_hours": 24.5}]'),
        ("transit", b'[{"alarm_hours": 24}, {"alarm_hours": 24}]'),
        ("a_list_of_the_city", b'["text"]'),
    ],
)
def test_a_list_that_does_not_fit_never_takes_effect(town: Town, name: str, body: bytes) -> None:
    """In effect it would make a dead letter of every event after it."""
    before = dict(town.rows.rows)
    with pytest.raises(BadRecordError, match=r"list\.body"):
        _part(town, 1, 1, body, list=name)
    assert town.rows.rows == before


def test_a_list_of_one_row_that_has_none_says_what_it_is_for(town: Town) -> None:
    """Whoever published it knows what to write."""
    for name, need in (("retention", "how long rows stay"), ("transit", "half of a move may wait")):
        with pytest.raises(BadRecordError, match=f"one row is needed.*{need}"):
            _part(town, 1, 1, b"[]", list=name)


def test_how_long_half_a_move_may_wait_is_the_citys_choice(town: Town) -> None:
    """A day, where no list says otherwise."""
    assert lists.transit_alarm_ms(town.rows) == 24 * lists.HOUR_MS
    town.publish("transit", [{"alarm_hours": 2}])
    assert lists.transit_alarm_ms(town.rows) == 2 * lists.HOUR_MS


def test_a_list_that_the_core_does_not_read_is_kept(town: Town) -> None:
    """Other rooms may show it."""
    _part(town, 1, 1, b'[{"anything": [1, 2]}]', list="holidays")
    assert lists.list_version(town.rows, "holidays") == "5"


def test_the_citys_own_kinds_decide(town: Town) -> None:
    """A kind that the city binds to a place merges; its clock is the city's."""
    town.publish("crosswalk", [{"list": "city", "version": "1", "value": "X", "kind_id": "dogs"}])
    town.publish("kinds", [{"kind_id": "dogs", "identity": "unit", "dispose_hours": 5,
                            "work_class": "self_governance"}])  # fmt: skip
    kind = {"list": "city", "version": "1", "value": "X"}
    town.case("A1", kind=kind)
    town.case("A2", kind=kind)
    task = town.task()
    assert (task.requests, task.work_class, task.list_version) == (2, "self_governance", "9")
    assert task.clocks[0].due_at == town.now + 5 * lists.HOUR_MS


def test_a_unit_that_becomes_virtual_is_a_desk_from_then_on(town: Town) -> None:
    """Data, not code."""
    town.publish("virtual_units", [{"code": COMMUNITY}])
    town.case()
    assert town.task().state == "pending"
