"""Departments err as often as they are told to."""

import math
from collections import Counter

import pytest

from ops.simulator.exports import Exports
from ops.simulator.plan import Plan
from ops.simulator.police_feed import feed
from ops.simulator.records import BAD_TIME, MISSING, UNKNOWN_KIND, Record
from ops.simulator.settings import OVERLAP

DAYS = 6


@pytest.fixture(scope="module")
def lone(plan: Plan) -> list[Record]:
    return [record for record in plan.records if record.cluster is None]


def near(found: int, of: int, share: float) -> bool:
    """Within a third of what was set, or within four standard deviations of chance."""
    expected = share * of
    return abs(found - expected) <= max(expected / 3, 4 * math.sqrt(expected * (1 - share)))


def test_faults_come_as_often_as_set(plan: Plan, lone: list[Record]) -> None:
    dirt = plan.city.dirt
    rules = Counter(record.fault.rule for record in lone if record.fault is not None)
    assert near(rules[MISSING], len(lone), dirt.missing_fields)
    assert near(rules[UNKNOWN_KIND], len(lone), dirt.unknown_kinds)
    assert near(rules[BAD_TIME], len(lone), dirt.unreadable_times)


def test_some_faults_are_set_right_on_a_later_day_and_the_rest_never(
    plan: Plan, lone: list[Record]
) -> None:
    faulty = [record for record in lone if record.fault is not None]
    corrected = [record for record in faulty if record.good()]
    assert near(len(corrected), len(faulty), plan.city.dirt.corrected)
    for record in corrected:
        assert plan.settings.day_of(record.good()[0].at) > plan.settings.day_of(record.states[0].at)


def test_rows_that_tell_no_place_come_as_often_as_set(plan: Plan, lone: list[Record]) -> None:
    dirt = plan.city.dirt
    good = [record for record in lone if record.fault is None]
    at_desk = [record for record in good if not record.states[0].placing.located]
    known = plan.city.gazetteer.units
    stated = [record.states[0].placing.stated for record in at_desk]
    assert near(stated.count(""), len(good), dirt.unlocated)
    assert near(sum(c not in known for c in stated if c), len(good), dirt.unknown_codes)
    assert near(sum(c in known for c in stated if c), len(good), dirt.virtual_codes)
    later = [record for record in at_desk if any(s.placing.located for s in record.states)]
    assert near(len(later), len(at_desk), dirt.located_later)


def test_records_move_and_rows_lack_codes_as_often_as_set(plan: Plan, lone: list[Record]) -> None:
    dirt = plan.city.dirt
    told = [r for r in lone if r.fault is None and r.states[0].placing.located]
    moved = [r for r in told if len({s.placing.filed for s in r.states}) > 1]
    assert near(len(moved), len(told), dirt.moved)
    codeless = [r for r in told if not r.states[0].placing.stated]
    assert near(len(codeless), len(told), dirt.codeless)


def test_a_desk_is_the_lowest_that_code_and_address_agree_on(
    plan: Plan, lone: list[Record]
) -> None:
    gazetteer = plan.city.gazetteer
    for record in lone:
        placing = record.states[0].placing
        if not placing.located and placing.stated:
            assert gazetteer.filing_code(placing.stated) == placing.filed


def test_a_row_that_tells_no_place_has_no_coordinates_either(lone: list[Record]) -> None:
    for record in lone:
        assert all(s.placing.located or s.placing.point is None for s in record.states)


def test_police_rows_repeat_and_come_late_as_often_as_set(plan: Plan) -> None:
    dirt = plan.city.dirt
    rows = [row for day in range(DAYS) for row in feed(plan, day)]
    late = [row for row in rows if row.at > row.change.state.at]
    assert near(sum(row.copies == 2 for row in rows), len(rows), dirt.repeated_rows)
    assert len(late) >= len(rows) * dirt.late_rows * 2 / 3
    assert all(0 <= row.at - row.change.state.at < OVERLAP for row in rows)


def test_some_rows_are_overtaken_by_newer_ones_of_the_same_incident(plan: Plan) -> None:
    overtaken = 0
    for day in range(DAYS):
        newest: dict[str, int] = {}
        for row in feed(plan, day):
            number, at = row.change.record.record_id, row.change.state.at
            overtaken += at < newest.get(number, 0)
            newest[number] = max(at, newest.get(number, 0))
    assert overtaken > 20


def test_every_row_can_be_seen_before_its_day_is_over(plan: Plan) -> None:
    for day in range(DAYS):
        end = plan.settings.day_start(day + 1)
        rows = feed(plan, day)
        assert all(row.at < end for row in rows)
        assert len(rows) == sum(c.record.system == "police" for c in plan.day(day))


def test_third_persons_stand_in_texts_as_often_as_set(plan: Plan) -> None:
    third = sum(record.third is not None for record in plan.records)
    assert near(third, len(plan.records), plan.city.dirt.third_persons)


def test_every_file_is_dropped_before_its_day_is_over(plan: Plan, exports: Exports) -> None:
    for day in range(DAYS):
        end = plan.settings.day_start(day + 1)
        assert all(drop.at < end for drop in exports.day(day))
