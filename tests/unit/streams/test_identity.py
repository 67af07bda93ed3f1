"""One piece of work is one task: what joins, what does not, and what is found out later."""

from typing import Any

import pytest
from town import COMMUNITY, COVER, DAY, DESK, HOUR, NEXT, POLICE_NOISE, RUBBISH, THEFT, UNIT, Town


def test_a_second_department_joins_through_the_crosswalk() -> None:
    """Noise is noise, by the police's code and by city management's; each stays a request."""
    town = Town()
    town.case()
    town.incident()
    task = town.task()
    assert (task.requests, task.requests_open) == (2, 2)
    first, second = town.requests()
    assert (first.rule, second.rule) == ("first", "unit")
    assert second.evidence == f"noise {UNIT}"
    assert second.list_version == "1"
    summary = town.summary()
    assert (summary.tasks_total, summary.requests_total, summary.joined_total) == (1, 2, 1)


def test_the_same_asset_joins_wherever_it_is_said_to_be() -> None:
    """部件: the asset's number decides."""
    town = Town()
    cover: dict[str, Any] = {"kind": COVER, "category": "component", "asset": "JG-1"}
    town.case("A1", **cover, unit=UNIT)
    town.case("A2", **cover, unit=None)
    assert town.task().requests == 2
    assert [request.rule for request in town.requests()] == ["first", "asset"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"kind": RUBBISH}),
        ({}, {"unit": f"{COMMUNITY}-E02/3/1"}),
        ({}, {"unit": f"{COMMUNITY}-E02/3"}),
        ({"unit": f"{COMMUNITY}-E02"}, {"unit": f"{COMMUNITY}-E02"}),
        ({"unit": None}, {"unit": None}),
        ({"kind": THEFT}, {"kind": THEFT}),
        ({"kind": COVER, "asset": "JG-1"}, {"kind": COVER, "asset": "JG-2"}),
        ({"kind": COVER}, {"kind": COVER}),
        ({"community": DESK}, {"community": DESK}),
        ({"community": COMMUNITY}, {"community": NEXT}),
    ],
    ids=[
        "another kind",
        "another unit",
        "the building is not the unit",
        "an estate alone is too coarse",
        "no place known",
        "a theft is bound to no place",
        "another asset",
        "an asset's kind without its number",
        "a desk knows no place",
        "a border lies between",
    ],
)
def test_what_is_not_surely_the_same_does_not_join(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """A wrong merge hides a complaint; a missed one costs a second visit."""
    town = Town()
    town.case("A1", **one)
    town.case("A2", **other)
    codes = {str(one.get("community", COMMUNITY)), str(other.get("community", COMMUNITY))}
    assert sum(len(town.tasks(code)) for code in codes) == 2


def test_what_comes_to_a_desk_waits_for_a_place() -> None:
    """No place known is normal: the task is pending, nobody owns it yet, its clock runs."""
    town = Town()
    town.case(community=DESK)
    task = town.task(DESK)
    assert (task.state, task.owner) == ("pending", None)
    assert task.clocks[0].state == "running"


def test_a_virtual_unit_is_a_desk() -> None:
    """It stands in the register, and nobody works there."""
    town = Town()
    town.case("A1", community="420703400498")
    town.case("A2", community="420703400498")
    assert [task.state for task in town.tasks("420703400498")] == ["pending", "pending"]


def test_closed_and_then_reported_again_is_a_new_task() -> None:
    """The old one is over; the same place, another time."""
    town = Town()
    town.case("A1")
    town.case("A1", 2, status="closed")
    town.wait(HOUR)
    town.incident("J1")
    first, second = town.tasks()
    assert (first.state, second.state, second.links) == ("closed", "dispatched", None)
    assert town.summary().joined_total == 0


def test_closed_when_first_seen_it_joins_the_open_task_of_its_matter() -> None:
    """The department was quick; the other one still waits."""
    town = Town()
    town.incident()
    town.case(status="closed")
    assert (town.task().requests, town.task().requests_open) == (2, 1)


def test_over_before_the_open_matter_began_it_is_a_task_of_its_own() -> None:
    """The same place a week earlier is another matter, though it is read only now."""
    town = Town()
    town.incident()
    opened = town.task().opened_at
    town.case(status="closed", occurred_at=opened - 7 * DAY, closed_at=opened - 6 * DAY)
    assert sorted(task.state for task in town.tasks()) == ["closed", "dispatched"]
    town.case("A2")
    assert town.summary().joined_total == 1


def test_closed_when_first_seen_and_alone_it_is_born_ended() -> None:
    """It is counted, and nobody has to do anything."""
    town = Town()
    town.case("A1", status="closed")
    town.case("A2", status="void", unit=f"{COMMUNITY}-E02/4")
    assert {task.state for task in town.tasks()} == {"closed", "void"}
    assert (town.summary().tasks_total, town.summary().tasks_open) == (2, 0)
    town.case("A3")
    assert town.summary().tasks_open == 1


def test_a_request_that_takes_another_place_takes_its_task_along() -> None:
    """The address was corrected: the task keeps its id and its history, and is found there."""
    town = Town()
    town.case()
    before = town.task()
    elsewhere = f"{COMMUNITY}-E02/9/1"
    town.case(order=2, unit=elsewhere)
    after = town.task()
    assert (after.task_id, after.unit, after.version) == (before.task_id, elsewhere, 2)
    assert town.told()[-1] == "changed"
    town.incident("J1", unit=elsewhere)
    assert town.task().requests == 2
    town.incident("J2", unit=UNIT)
    assert len(town.tasks()) == 2


def test_where_the_matter_has_an_open_task_already_the_request_goes_over_to_it() -> None:
    """The empty task is withdrawn; nothing is counted twice."""
    town = Town()
    elsewhere = f"{COMMUNITY}-E02/9/1"
    town.incident("J1", unit=elsewhere)
    town.case("A1")
    town.case("A1", 2, unit=elsewhere)
    states = {task.state: task.requests for task in town.tasks()}
    assert states == {"dispatched": 2, "withdrawn": 0}
    summary = town.summary()
    assert (summary.tasks_total, summary.tasks_open) == (1, 1)
    assert (summary.requests_total, summary.joined_total) == (2, 1)


def test_a_joined_request_about_another_matter_leaves_for_a_task_of_its_own() -> None:
    """The others keep theirs."""
    town = Town()
    town.case("A1")
    town.incident("J1")
    town.incident("J1", 2, unit=f"{COMMUNITY}-E02/9/1")
    tasks = {task.unit: task for task in town.tasks()}
    assert {unit: task.requests for unit, task in tasks.items()} == {
        UNIT: 1,
        f"{COMMUNITY}-E02/9/1": 1,
    }
    assert {task.state for task in tasks.values()} == {"dispatched"}
    assert (town.summary().requests_total, town.summary().joined_total) == (2, 0)


def test_the_first_request_may_leave_the_task_that_others_have_joined() -> None:
    """The task stays with them, and is still found at its place."""
    town = Town()
    town.case("A1")
    town.incident("J1")
    town.wait(HOUR)
    town.case("A1", 2, unit=f"{COMMUNITY}-E02/9/1")
    town.incident("J2")
    assert [task.requests for task in town.tasks()] == [2, 1]
    assert len({task.task_id for task in town.tasks()}) == 2


def test_a_kind_that_was_corrected_brings_its_own_time() -> None:
    """Rubbish is due in a day, an unlawful building in fifteen: from when the task was made."""
    town = Town()
    town.case(kind=RUBBISH)
    town.wait(HOUR)
    building = {"list": "GB/T 47678.5", "version": "2026", "value": "06001"}
    town.case(order=2, kind=building)
    task = town.task()
    assert (task.kind_id, task.clocks[0].due_at - task.created_at) == (
        "illegal_building",
        360 * HOUR,
    )
    town.wait(48 * HOUR)
    assert town.task().clocks[0].state == "running"


def test_a_kind_that_was_corrected_to_an_urgent_one_is_due_when_that_one_is() -> None:
    """The clock is looked at then, not at the old time."""
    town = Town()
    town.case(kind={"list": "GB/T 47678.5", "version": "2026", "value": "06001"})
    town.case(order=2, kind=RUBBISH)
    town.wait(24 * HOUR)
    assert town.task().clocks[0].state == "missed"


def test_what_the_first_request_says_of_it_is_what_the_task_says() -> None:
    """A later text replaces the first; a stage that moves on changes no task."""
    town = Town()
    town.case()
    town.case(order=2, stage="处置")
    assert town.task().version == 1
    town.case(order=3, summary="改:凌晨噪声")
    assert (town.task().summary, town.task().version) == ("改:凌晨噪声", 2)


def test_what_a_joined_request_says_stays_its_own() -> None:
    """The task speaks in the words of the first."""
    town = Town()
    town.case()
    town.incident()
    version = town.task().version
    town.incident(order=2, summary="别的话")
    assert town.task().summary == "夜间噪声扰民"
    assert town.task().version == version


def test_a_reopened_record_joins_the_task_that_was_made_meanwhile() -> None:
    """There is one open task for one matter, never two."""
    town = Town()
    town.case("A1")
    town.case("A1", 2, status="closed")
    town.incident("J1")
    town.case("A1", 3, status="open")
    assert sorted((task.state, task.requests) for task in town.tasks()) == [
        ("closed", 1),
        ("dispatched", 2),
    ]
    assert (town.summary().requests_total, town.summary().joined_total) == (2, 1)


def test_an_ended_task_is_found_no_more_though_the_lists_have_changed_meanwhile() -> None:
    """What pointed to it is removed by what it is, not by what the lists now say."""
    town = Town()
    town.case()
    town.publish("kinds", [{"kind_id": "noise", "identity": "none"}])
    town.case(order=2, status="closed")
    assert not [key for name, key in town.rows.rows if name == "identity"]


def test_without_lists_nothing_joins_and_nothing_fails() -> None:
    """Before the first publication every task is its own."""
    town = Town(with_lists=False)
    town.case("A1")
    town.incident("J1", kind=POLICE_NOISE)
    assert [task.work_class for task in town.tasks()] == ["entrusted", "entrusted"]
