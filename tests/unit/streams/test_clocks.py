"""Until when a task must be disposed of."""

import pytest
from town import COVER, DAY, HOUR, RUBBISH, THEFT, Town

FIRE_LANE = {"list": "GB/T 47678.5", "version": "2026", "value": "09012"}


@pytest.mark.parametrize(
    ("kind", "hours"), [(FIRE_LANE, 2), (RUBBISH, 24), (THEFT, 168), (COVER, 24)]
)
def test_the_kind_says_how_long(kind: dict[str, str], hours: int) -> None:
    """Natural hours from when it was received."""
    town = Town()
    town.case(kind=kind)
    clock = town.task().clocks[0]
    assert clock.due_at == town.now + hours * HOUR
    assert (clock.name, clock.state, clock.calendar) == ("dispose", "running", "natural")


def test_a_clock_that_runs_out_is_missed_once_and_told() -> None:
    """At its time, not a millisecond earlier."""
    town = Town()
    town.case(kind=FIRE_LANE)
    town.wait(2 * HOUR - 1)
    assert town.task().clocks[0].state == "running"
    town.wait(1)
    assert town.task().clocks[0].state == "missed"
    town.wait(DAY)
    assert town.told() == ["created", "clock_missed"]


def test_a_missed_clock_stays_missed_when_the_task_ends() -> None:
    """Late is late."""
    town = Town()
    town.case(kind=FIRE_LANE)
    town.wait(3 * HOUR)
    town.case(order=2, kind=FIRE_LANE, status="closed")
    assert [clock.state for clock in town.task().clocks] == ["missed"]


def test_a_task_that_ended_in_time_misses_nothing() -> None:
    """Its clock is met; the timer finds nothing to do."""
    town = Town()
    town.case(kind=FIRE_LANE)
    town.wait(HOUR)
    town.case(order=2, kind=FIRE_LANE, status="closed")
    town.wait(DAY)
    assert [clock.state for clock in town.task().clocks] == ["met"]
    assert "clock_missed" not in town.told()


def test_what_is_due_at_one_time_happens_in_the_order_of_the_keys() -> None:
    """Every worker and every replay does it in the same order."""
    orders = []
    for records in (("A1", "A2", "A3"), ("A3", "A1", "A2")):
        town = Town()
        for record in records:
            town.case(record, kind=THEFT)
        town.wait(8 * DAY)
        missed = [event.task_id for event in town.history() if event.what == "clock_missed"]
        orders.append(missed)
    assert orders[0] == orders[1] == sorted(orders[0])


def test_what_is_due_earlier_happens_earlier_though_both_are_late() -> None:
    """A worker that was away catches up in order."""
    town = Town()
    town.case("A1", kind=RUBBISH)
    town.case("A2", kind=FIRE_LANE)
    town.wait(30 * HOUR)
    missed = [e.task_id for e in town.history() if e.what == "clock_missed"]
    lane, rubbish = (next(t.task_id for t in town.tasks() if t.kind_id == k)
                     for k in ("fire_lane", "exposed_rubbish"))  # fmt: skip
    assert missed == [lane, rubbish]
