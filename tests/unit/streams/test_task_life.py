"""The life of a task as its sources drive it, and what is counted on the way."""

import pytest
from town import COMMUNITY, DAY, HOUR, NEXT, Town

from schemas.identity import task_id


def _statuses(town: Town, *statuses: str) -> None:
    """The case, then the incident, each with its status, as a second version."""
    for say, status in zip((town.case, town.incident), statuses, strict=False):
        say(order=2, status=status)


def test_a_task_is_named_after_its_first_request_and_its_code() -> None:
    """A changed rule renames nothing; a record that moves makes one at each code."""
    town = Town()
    town.case()
    assert town.task().task_id == task_id("ezhou.city_cases", "A1", COMMUNITY)
    town.case(order=2, left=NEXT)
    town.case(order=2, community=NEXT, arrived=COMMUNITY)
    assert town.task(NEXT).task_id != town.task().task_id


def test_it_says_where_it_comes_from() -> None:
    """Origin, document, the hop from the department, the owner."""
    town = Town()
    town.incident()
    task = town.task()
    assert (task.origin_source, task.origin_department) == ("ezhou.police_incidents", "公安")
    assert task.origin_document == "鄂公转1号"
    assert (task.hops[0].from_unit, task.hops[0].to_unit) == ("公安", COMMUNITY)
    assert (task.owner, task.first_owner) == (COMMUNITY, None)
    assert task.opened_at == town.now - HOUR


def test_it_ends_when_its_last_request_closes() -> None:
    """Not before."""
    town = Town()
    town.case()
    town.incident()
    town.case(order=2, status="closed")
    assert (town.task().state, town.task().requests_open) == ("dispatched", 1)
    town.incident(order=2, status="closed")
    task = town.task()
    assert (task.state, task.closed_at, task.requests_open) == ("closed", town.now, 0)
    assert [clock.state for clock in task.clocks] == ["met"]
    assert (town.summary().tasks_open, town.summary().tasks_total) == (0, 1)


@pytest.mark.parametrize(
    ("case", "incident", "end"),
    [
        ("closed", "closed", "closed"),
        ("void", "closed", "closed"),
        ("closed", "void", "closed"),
        ("void", "void", "void"),
    ],
)
def test_it_is_void_only_if_every_department_found_it_void(
    case: str, incident: str, end: str
) -> None:
    """Whichever comes last."""
    town = Town()
    town.case()
    town.incident()
    _statuses(town, case, incident)
    assert town.task().state == end


def test_a_request_that_opens_again_in_time_keeps_its_task_open() -> None:
    """The task has not ended: nothing new is made."""
    town = Town()
    town.case()
    town.incident()
    town.case(order=2, status="closed")
    town.case(order=3, status="open")
    town.incident(order=2, status="closed")
    assert (town.task().state, town.task().requests_open) == ("dispatched", 1)
    assert "request_open" in town.told()


def test_reopened_after_its_end_is_a_new_task_that_links_back() -> None:
    """The old one stays as it ended; the request goes over; it counts once as a request."""
    town = Town()
    town.case()
    town.case(order=2, status="closed")
    town.wait(HOUR)
    town.case(order=3, status="open")
    old, new = town.tasks()
    assert (old.state, new.state, new.links) == ("closed", "dispatched", old.task_id)
    (request,) = town.requests()
    assert (request.task_id, request.rule) == (new.task_id, "reopened")
    summary = town.summary()
    assert (summary.tasks_total, summary.tasks_open) == (2, 1)
    assert (summary.requests_total, summary.joined_total) == (1, 0)
    assert "reopened" in town.told()


def test_a_reopened_request_that_leaves_takes_back_no_joining() -> None:
    """It had made its task; joined stays what it was."""
    town = Town()
    town.case()
    town.case(order=2, status="closed")
    town.case(order=3, status="open")
    town.case(order=4, left=NEXT)
    assert (town.summary().requests_total, town.summary().joined_total) == (0, 0)


def test_a_joined_request_that_is_reopened_for_itself_is_joined_no_more() -> None:
    """It has a task of its own now."""
    town = Town()
    town.case()
    town.incident()
    _statuses(town, "closed", "closed")
    assert town.summary().joined_total == 1
    town.incident(order=3, status="open")
    assert (town.summary().tasks_total, town.summary().joined_total) == (2, 0)


def test_a_joined_request_that_leaves_is_joined_no_more() -> None:
    """The task stays with the other one."""
    town = Town()
    town.case()
    town.incident()
    town.incident(order=2, left=NEXT)
    assert (town.task().state, town.task().requests) == ("dispatched", 1)
    assert (town.summary().requests_total, town.summary().joined_total) == (1, 0)


def test_a_task_whose_only_request_leaves_is_withdrawn_and_not_counted() -> None:
    """It is counted at the new code."""
    town = Town()
    town.case()
    town.case(order=2, left=NEXT)
    assert (town.task().state, town.task().requests) == ("withdrawn", 0)
    assert (town.summary().tasks_total, town.summary().tasks_open) == (0, 0)
    assert town.told()[-2:] == ["request_left", "withdrawn"]


def test_an_ended_task_whose_only_request_leaves_is_withdrawn_too_once() -> None:
    """Its end is not counted twice, its time to leave stays."""
    town = Town()
    town.case()
    town.case(order=2, status="closed")
    closed = town.task()
    town.wait(HOUR)
    town.case(order=3, status="closed", left=NEXT)
    task = town.task()
    assert (task.state, task.closed_at, task.version) == (
        "withdrawn",
        closed.closed_at,
        closed.version + 1,
    )
    assert (town.summary().tasks_total, town.summary().tasks_open) == (0, 0)
    town.wait(30 * DAY)
    assert town.tasks() == []


def test_when_the_open_request_leaves_and_the_rest_is_closed_the_task_is_closed() -> None:
    """Nobody waits for it any more."""
    town = Town()
    town.case()
    town.incident()
    town.incident(order=2, status="closed")
    town.case(order=2, left=NEXT)
    assert (town.task().state, town.task().requests) == ("closed", 1)


def test_an_incident_that_is_no_longer_referred_is_taken_back() -> None:
    """The police do it themselves after all."""
    town = Town()
    town.incident()
    town.incident(order=2, referred=False)
    assert town.task().state == "withdrawn"
    assert town.history()[-1].reason == "its record no longer asks"
    assert town.summary().requests_total == 0
    row = town.incident_row()
    assert row is not None
    assert (row.task_id, row.status) == (None, "open")
    town.incident(order=3, referred=True)
    assert town.summary().requests_total == 1
    assert {task.state for task in town.tasks()} == {"withdrawn", "dispatched"}


def test_an_incident_that_is_referred_later_makes_its_task_then() -> None:
    """The count was there before."""
    town = Town()
    town.incident(referred=False)
    town.incident(order=2, referred=True)
    assert (town.summary().incidents_total, town.summary().tasks_total) == (1, 1)
    row = town.incident_row()
    assert row is not None
    assert row.task_id == town.task().task_id


def test_an_ended_task_retires_with_a_word_and_its_open_request_goes_on() -> None:
    """Closed by hand while the source never closed: the record stays, its task has left."""
    town = Town()
    town.case()
    for command, role in (("accept", "handler"), ("dispose", "handler"), ("verify", "requester")):
        town.order(town.task(), command, role)
    town.wait(30 * DAY)
    assert town.tasks() == []
    assert town.told()[-1] == "retired"
    assert town.case_row() is not None
    town.case(order=2, status="closed")
    assert town.tasks() == []
    town.case(order=3, status="open")
    assert town.task().state == "dispatched"


def test_every_change_raises_the_version_by_one_and_is_told_once() -> None:
    """Created, joined, closed, closed, ended."""
    town = Town()
    town.case()
    town.incident()
    _statuses(town, "closed", "closed")
    told = [(event.version, event.what) for event in town.history()]
    assert told == [
        (1, "created"),
        (2, "joined"),
        (3, "request_closed"),
        (4, "request_closed"),
        (5, "closed"),
    ]
    assert len({event.event_id for event in town.history()}) == 5
    assert town.task().version == 5
