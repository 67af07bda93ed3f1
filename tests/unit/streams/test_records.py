"""A record as its source tells it: which version holds, what is too late, what is counted where."""

from typing import Any

import pytest
from town import CITY, COMMUNITY, DAY, HOUR, NEXT, Town

from schemas.identity import row_id
from streams.community.tables import CASES, REQUESTS


def test_the_greater_order_wins_whatever_comes_first() -> None:
    """A row read late from a page says nothing new."""
    town = Town()
    town.case(order=2, stage="处置")
    town.case(order=1, stage="派遣")
    row = town.case_row()
    assert row is not None
    assert (row.stage, row.version.order) == ("处置", 2)
    assert town.summary().stale_total == 1


def test_with_the_same_order_the_greater_hash_wins() -> None:
    """Two contents at one moment: every worker must choose the same one."""
    versions = [
        {"order": 1, "hash": bytes(16)},
        {"order": 1, "hash": b"\x01" + bytes(15)},
    ]
    found = set()
    for first, second in (versions, versions[::-1]):
        town = Town()
        town.case(stage=f"{first['hash']!r}", version=first)
        town.case(stage=f"{second['hash']!r}", version=second)
        row = town.case_row()
        assert row is not None
        found.add(row.stage)
    assert found == {f"{versions[1]['hash']!r}"}


def test_the_same_event_twice_is_counted_once() -> None:
    """An adapter that was killed between sending and noting sends again."""
    town = Town()
    town.case()
    before = town.summary()
    town.case()
    after = town.summary()
    assert (after.cases_total, after.tasks_total, after.requests_total) == (1, 1, 1)
    assert after.stale_total == before.stale_total + 1
    assert after.sources[0].events == 2


def test_what_a_source_brings_is_counted_by_source_in_their_order() -> None:
    """Silent and dead look different: the last time is kept."""
    town = Town()
    town.incident()
    town.wait(HOUR)
    town.case()
    town.case(order=2)
    counts = [(entry.source, entry.events, entry.last_at) for entry in town.summary().sources]
    assert counts == [
        ("ezhou.city_cases", 2, town.now),
        ("ezhou.police_incidents", 1, town.now - HOUR),
    ]


def test_open_and_total_follow_a_record_through_its_life() -> None:
    """Opened, closed, open again, found void."""
    town = Town()
    counts = []
    for order, status in enumerate(("open", "closed", "open", "void"), 1):
        town.case(order=order, status=status)
        counts.append((town.summary().cases_total, town.summary().cases_open))
    assert counts == [(1, 1), (1, 0), (1, 1), (1, 0)]


def test_an_incident_that_is_not_referred_is_counted_and_asks_for_nothing() -> None:
    """Thefts stay with the police; the community sees the count."""
    town = Town()
    town.incident(referred=False)
    assert town.summary().incidents_total == 1
    assert town.tasks() == []
    assert town.requests() == []


def test_a_record_that_moves_is_counted_at_its_new_code_only() -> None:
    """City totals count a case once."""
    town = Town()
    town.case()
    town.case(order=2, left=NEXT)
    town.case(order=2, community=NEXT, arrived=COMMUNITY)
    assert (town.summary().cases_total, town.summary().cases_open) == (0, 0)
    assert (town.summary(NEXT).cases_total, town.summary(NEXT).cases_open) == (1, 1)
    row = town.case_row()
    assert row is not None
    assert (row.status, row.task_id) == ("left", None)


def test_the_half_that_arrives_may_come_before_the_half_that_leaves() -> None:
    """The two codes are folded in different partitions: there is no order between them."""
    town = Town()
    town.case()
    town.case(order=2, community=NEXT, arrived=COMMUNITY)
    town.case(order=2, left=NEXT)
    assert (town.summary().cases_total, town.summary(NEXT).cases_total) == (0, 1)
    assert [task.state for task in town.tasks()] == ["withdrawn"]
    assert [task.state for task in town.tasks(NEXT)] == ["dispatched"]


def test_a_record_that_was_never_here_and_left_raises_no_count() -> None:
    """It is shown as in transit, and that is all."""
    town = Town()
    town.case(left=NEXT)
    summary = town.summary()
    assert (summary.cases_total, summary.cases_open, summary.requests_total) == (0, 0, 0)
    assert town.tasks() == []
    row = town.case_row()
    assert row is not None
    assert row.status == "left"


def test_a_record_that_comes_back_is_counted_once_and_makes_a_task_that_links_back() -> None:
    """Here, there, here again."""
    town = Town()
    town.case()
    town.case(order=2, left=NEXT)
    town.wait(HOUR)
    town.case(order=3, arrived=NEXT)
    assert town.summary().cases_total == 1
    first, second = town.tasks()
    assert (first.state, second.state, second.links) == ("withdrawn", "dispatched", first.task_id)
    assert (town.summary().tasks_total, town.summary().requests_total) == (1, 1)


def test_a_closed_record_leaves_its_view_after_the_retention_time_and_its_totals_stay() -> None:
    """Memory does not grow with the log."""
    town = Town()
    town.case(status="closed", closed_at=town.now)
    town.wait(30 * DAY - 1)
    assert town.case_row() is not None
    town.wait(1)
    assert town.case_row() is None
    assert town.requests() == []
    assert (town.summary().cases_total, town.summary().tasks_total) == (1, 1)


def test_an_open_record_stays_however_old_it_is() -> None:
    """Only what has ended retires."""
    town = Town()
    town.case()
    town.wait(400 * DAY)
    assert town.case_row() is not None
    assert town.summary().cases_open == 1


def test_a_record_that_is_open_again_when_its_time_comes_stays() -> None:
    """The timer finds it open, and does nothing."""
    town = Town()
    town.case(status="closed", closed_at=town.now)
    town.wait(10 * DAY)
    town.case(order=2, status="open")
    town.wait(40 * DAY)
    assert town.case_row() is not None


def test_an_event_older_than_the_horizon_resurrects_nothing() -> None:
    """It is counted as late; row, request and totals stay as they are."""
    town = Town()
    event = town.case(status="closed", closed_at=town.now)
    town.wait(30 * DAY)
    town.feed("city.cases", event)
    assert town.case_row() is None
    summary = town.summary()
    assert (summary.cases_total, summary.tasks_total, summary.late_total) == (1, 1, 1)


def test_at_the_horizon_itself_a_record_has_left_and_its_event_is_late() -> None:
    """There is no millisecond between the two in which it would be counted again."""
    town = Town()
    event = town.case(occurred_at=town.now, status="closed", closed_at=town.now)
    town.wait(30 * DAY)
    town.feed("city.cases", event)
    assert town.summary().cases_total == 1


def test_the_retention_time_is_the_citys_choice() -> None:
    """A longer one holds back what would have left, also what is there already."""
    town = Town()
    town.case(status="closed", closed_at=town.now)
    town.publish("retention", [{"days": 60}])
    town.wait(59 * DAY)
    assert town.case_row() is not None
    town.wait(DAY)
    assert town.case_row() is None


def test_a_first_load_is_never_late_and_an_old_record_of_it_leaves_within_a_day() -> None:
    """It fills the totals; its row stays as long as it could be sent once more."""
    town = Town()
    long_ago = town.now - 300 * DAY
    load: dict[str, Any] = {
        "occurred_at": long_ago,
        "status": "closed",
        "closed_at": long_ago,
        "backfill": True,
    }
    event = town.case(**load)
    town.wait(HOUR)
    town.feed("city.cases", event)
    assert (town.summary().cases_total, town.summary().late_total) == (1, 0)
    town.wait(DAY)
    assert town.case_row() is None
    assert town.summary().cases_total == 1


def test_a_record_that_arrives_is_not_late_however_old_it_is() -> None:
    """It was counted where it comes from: somebody has to count it now."""
    town = Town()
    town.case(occurred_at=town.now)
    town.wait(90 * DAY)
    old: dict[str, Any] = {"occurred_at": town.now - 90 * DAY, "order": 2}
    town.case(**old, left=NEXT)
    town.case(**old, community=NEXT, arrived=COMMUNITY)
    assert (town.summary().cases_total, town.summary(NEXT).cases_total) == (0, 1)


@pytest.mark.parametrize("at", [-(2**62), 0, 2**62])
def test_an_impossible_time_costs_nothing_but_itself(at: int) -> None:
    """A date of the year 292 million, or before the clocks began: no timer overflows."""
    town = Town()
    town.case(occurred_at=at, status="closed", closed_at=at, backfill=True)
    town.wait(31 * DAY)
    assert town.case_row() is None


def test_a_code_that_the_crosswalk_does_not_have_is_kept_as_stated() -> None:
    """The case is counted and its task is made; it merges with nothing."""
    town = Town()
    unknown = {"list": "CJ/T 214", "version": "2007", "value": "0001"}
    town.case("A1", kind=unknown)
    town.case("A2", kind=unknown)
    row = town.case_row()
    assert row is not None
    assert (row.kind.list, row.kind_id) == ("CJ/T 214", "")
    assert len(town.tasks()) == 2


def test_rows_are_found_under_code_and_record() -> None:
    """Keys are what other rooms rely on: `<code>/<row id>`."""
    town = Town()
    town.case()
    key = f"{COMMUNITY}/{row_id(CITY, 'A1')}"
    assert (CASES.name, key) in town.rows.rows
    assert (REQUESTS.name, key) in town.rows.rows
