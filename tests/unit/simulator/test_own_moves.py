"""Registrations of the street whose office writes to Kafka itself."""

import io
from collections import defaultdict
from datetime import date
from typing import Any

import fastavro
import pytest

from ops.simulator import own_moves
from ops.simulator.census import Census
from ops.simulator.city import City
from ops.simulator.population import Population
from ops.simulator.produced import Produced
from ops.simulator.settings import Settings
from schemas.catalogue import catalogue

DAYS = 6


@pytest.fixture(scope="module")
def sent(population: Population) -> list[Produced]:
    return [one for day in range(DAYS) for one in own_moves.feed(population, day)]


def newest(values: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each person the good record of the greatest order."""
    best: dict[str, dict[str, Any]] = {}
    for value in values:
        number, born = value["record_id"], value["personal"]["born"]
        known = best.get(number)
        bad = not value["change"] or born.endswith("02-30")
        if not bad and (known is None or known["version"]["order"] < value["version"]["order"]):
            best[number] = value
    return best


def test_what_is_sent_fits_the_schema_of_its_topic(sent: list[Produced]) -> None:
    contract = catalogue()
    schema = contract.definitions[contract.topics[own_moves.TOPIC].schema]
    for one in sent:
        fastavro.schemaless_writer(io.BytesIO(), schema, one.value(int))


def test_the_first_day_begins_with_everybody_of_the_street(
    population: Population, sent: list[Produced]
) -> None:
    start = population.city.settings.start_ms
    before = {one.key for one in sent if one.at == start}
    assert before == {m.record_id for h in population.own_loaded() for m in h.members}
    assert len(before) > 100
    assert sent[0].at == start


def test_all_versions_of_a_person_go_by_one_key_and_two_never_by_one_order(
    sent: list[Produced],
) -> None:
    contents: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in sent:
        value: dict[str, Any] = one.value(int)
        assert one.key == value["record_id"]
        contents[one.key, value["version"]["order"]].add(repr(value))
    assert all(len(same) == 1 for same in contents.values())
    assert len(sent) > len(contents)  # some are sent twice


def test_whoever_keeps_the_newest_record_of_each_person_knows_what_the_census_says(
    population: Population, sent: list[Produced]
) -> None:
    census = Census(population, ("own_moves",))
    wrong = {b.record_id for b in census.after(DAYS - 1).bad if b.rule == "id.check_digit"}
    people = {p.resident.record_id: p.entry for p in census.people(DAYS - 1)}
    best = newest([one.value(int) for one in sent])
    assert best.keys() - wrong <= people.keys() <= best.keys()
    for number, entry in people.items():
        value = best[number]
        assert value["community"] == (entry.placing.stated or None)
        assert (value["status"] == "registered") == entry.registered
        assert (value["cancelled_because"] is None) == entry.registered
        assert value["personal"]["household_number"] == entry.household


def test_a_bad_record_is_bad_in_the_field_that_its_letter_names(
    population: Population, sent: list[Produced]
) -> None:
    bad = Census(population, ("own_moves",)).after(DAYS - 1).bad
    fields = {"personal.resident_id", "personal.born", "change"}
    assert {row.field for row in bad} <= fields
    empty = {one.key for one in sent if one.value(int)["change"] == ""}
    assert empty == {row.record_id for row in bad if row.rule == "field.missing"}


def test_a_city_whose_offices_write_nothing_has_everybody_in_the_table() -> None:
    settings = Settings(start=date(2026, 11, 1), people=300, registered=True)
    assert list(own_moves.feed(None, 0)) == []
    population = Population(City(settings))
    assert list(own_moves.feed(population, 0)) == []
    assert {resident.system for resident in population.residents(2)} == {"household"}
