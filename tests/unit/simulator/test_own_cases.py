"""Cases of the street whose office writes to Kafka itself: the same city, another way in."""

import io
import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import fastavro
import pytest

from ops.simulator import own_cases, own_feed
from ops.simulator.city import City
from ops.simulator.ledger import Ledger
from ops.simulator.plan import Plan
from ops.simulator.produced import Produced
from ops.simulator.records import BAD_TIME, MISSING, UNKNOWN_KIND, Record
from ops.simulator.settings import Settings
from schemas.catalogue import catalogue

DAYS = 6


@pytest.fixture(scope="module")
def sent(plan: Plan) -> list[Produced]:
    return [one for day in range(DAYS) for one in own_feed.feed(plan, day)]


@pytest.fixture(scope="module")
def records(plan: Plan) -> list[Record]:
    return [record for record in plan.records if record.system == "own_cases"]


def values(sent: list[Produced]) -> list[dict[str, Any]]:
    return [one.value(int) for one in sent]


def test_every_case_first_filed_in_the_street_comes_this_way_and_no_other(
    plan: Plan, records: list[Record]
) -> None:
    street = plan.settings.own_street[:9]
    for record in plan.records:
        if record.system != "police":
            here = record.states[0].placing.filed.startswith(street)
            assert (record.system == "own_cases") == here
    assert len(records) > 100


def test_a_city_without_such_an_office_writes_nothing_to_kafka(crowded: Settings) -> None:
    plan = Plan(City(replace(crowded, own_street="")))
    assert own_feed.feed(plan, 0) == ()
    assert {change.record.system for change in plan.day(0)} == {"police", "city"}


def test_what_is_sent_fits_the_schema_of_its_topic(sent: list[Produced]) -> None:
    contract = catalogue()
    schema = contract.definitions[contract.topics[own_cases.TOPIC].schema]
    for value in values(sent):
        fastavro.schemaless_writer(io.BytesIO(), schema, value)


def test_orders_of_a_record_never_tie(plan: Plan, sent: list[Produced]) -> None:
    states = {
        (one.key, value["version"]["order"]) for one, value in zip(sent, values(sent), strict=True)
    }
    changes = [c for day in range(DAYS) for c in plan.day(day) if c.record.system == "own_cases"]
    assert states == {(c.record.record_id, c.state.at) for c in changes}
    assert len(states) == len(changes)


def test_some_records_are_sent_twice_and_some_after_newer_ones(
    plan: Plan, sent: list[Produced]
) -> None:
    times = Counter(
        (one.key, value["version"]["order"]) for one, value in zip(sent, values(sent), strict=True)
    )
    share, expected = plan.city.dirt.produced_twice, plan.city.dirt.produced_twice * len(times)
    twice = sum(count == 2 for count in times.values())
    assert max(times.values()) == 2
    assert abs(twice - expected) < 4 * math.sqrt(expected * (1 - share))
    newest, overtaken = dict[str, int](), 0
    for one, value in zip(sent, values(sent), strict=True):
        overtaken += value["version"]["order"] < newest.get(one.key, 0)
        newest[one.key] = max(newest.get(one.key, 0), value["version"]["order"])
    assert overtaken > 0


def test_it_is_sent_in_its_order_before_the_day_is_over(plan: Plan) -> None:
    for day in range(DAYS):
        sent = own_feed.feed(plan, day)
        assert all(before.at <= after.at for before, after in pairwise(sent))
        assert all(one.at < plan.settings.day_start(day + 1) for one in sent)


def test_its_faults_are_those_that_a_typed_record_can_have(records: list[Record]) -> None:
    faulty = {record: record.fault for record in records if record.fault is not None}
    assert {(fault.rule, fault.field) for fault in faulty.values()} == {
        (BAD_TIME, "occurred_at"),
        (MISSING, "kind.value"),
        (MISSING, "record_id"),
        (UNKNOWN_KIND, "kind.value"),
    }
    for record, fault in faulty.items():
        bad = own_cases.value(record, record.states[0], int)
        good = own_cases.value(replace(record, fault=None), record.states[0], int)
        assert {name for name in good if bad[name] != good[name]} == {fault.field.split(".")[0]}


def test_a_bad_one_is_a_letter_of_its_own_source(
    ledger: Ledger, plan: Plan, records: list[Record]
) -> None:
    letters = [x for x in ledger.after(3).letters if x.source == "ezhou.intake.city.cases"]
    faulty = [r for r in records if r.fault and plan.settings.day_of(r.states[0].at) <= 3]
    assert len(letters) == len(faulty) > 0


def test_they_count_as_cases_and_join_what_the_police_report(ledger: Ledger) -> None:
    truth = ledger.after(3)
    sources = [{source for source, _ in task.requests} for task in truth.tasks]
    assert {"ezhou.intake.city.cases", "ezhou.police_incidents"} in sources
    cases = sum(s.record.system in {"city", "own_cases"} for s in truth.standings)
    assert sum(counts.cases_total for counts in truth.counts.values()) == cases
