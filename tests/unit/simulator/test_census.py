"""How many people are registered where: counted twice, and against the table itself."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from ops.simulator.census import FIRST_LOAD, Census
from ops.simulator.city import City
from ops.simulator.exports import Exports
from ops.simulator.front_end import PEOPLE, FrontEnd
from ops.simulator.ledger import Ledger
from ops.simulator.plan import Plan
from ops.simulator.population import Population
from ops.simulator.records import System
from ops.simulator.settings import Dirt, Settings
from ops.simulator.silence import Silence

DAYS = 6
TABLE: tuple[System, ...] = ("household",)
LIVELY = Settings(
    start=date(2026, 11, 1),
    people=500,
    registered=True,
    moves_per_thousand=30,
    registrations_per_thousand=60,
)
Row = dict[str, str]


@pytest.fixture(scope="module")
def census(population: Population) -> Census:
    return Census(population)


async def tables(population: Population, path: Path, days: int) -> list[list[Row]]:
    """All rows as they stand after the first load, and at the end of each day."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    found: list[list[Row]] = []
    front_end = FrontEnd(engine, int)
    await front_end.load(population)
    for day in range(-1, days):
        for commit in population.told(day) if day >= 0 else ():
            await front_end.commit(commit.batch)
        async with engine.connect() as connection:
            rows = await connection.execute(sa.select(PEOPLE))
            found.append([dict(row._mapping) for row in rows])
    await engine.dispose()
    return found


async def test_in_a_clean_city_the_table_itself_says_who_is_where(tmp_path: Path) -> None:
    """Two queries on the table: persons not cancelled, and their households, by community."""
    population = Population(City(LIVELY, Dirt.none()))
    for day, rows in enumerate(await tables(population, tmp_path / "db", 4), start=-1):
        here = [row for row in rows if not row["注销原因"]]
        heads = Census(population).after(day)
        assert heads.residents == Counter(row["户籍社区代码"] for row in here)
        households = {(row["户籍社区代码"], row["户号"]) for row in here}
        assert heads.households == Counter(code for code, _ in households)
        assert heads.bad == ()


async def test_who_reads_the_table_at_the_end_of_each_day_knows_what_the_census_says(
    tmp_path: Path,
) -> None:
    """A reader that keeps the last good row of each number, with all the dirt there is."""
    population = Population(City(replace(LIVELY, seed=3)))
    known: dict[str, Row] = {}
    letters, before = set[tuple[str, str]](), dict[str, Row]()
    wrong = {e.fault.value for r in population.residents(5) for e in r.entries if e.fault}
    for rows in await tables(population, tmp_path / "db", DAYS):
        now = {row["人员编号"]: row for row in rows}
        letters |= {(number, "gone") for number in before.keys() - now.keys()}
        for number, row in now.items():
            bad = not row["变动类别"] or not row["变动时间"] or row["出生日期"].endswith("02-30")
            if bad or row["公民身份号码"] in wrong - {""}:
                letters.add((number, "bad"))
            else:
                known[number] = row
        before = now
    census = Census(population, TABLE)
    heads, people = census.after(DAYS - 1), list(census.people(DAYS - 1))
    assert {p.resident.record_id for p in people} == known.keys()
    for person in people:
        row = known[person.resident.record_id]
        stated = person.entry.placing.stated, person.entry.household, person.entry.phone
        assert stated == (row["户籍社区代码"], row["户号"], row["联系电话"])
        assert person.entry.registered == (not row["注销原因"])
    gone = "row.gone"
    assert {(b.record_id, "gone" if b.rule == gone else "bad") for b in heads.bad} == letters
    assert len(heads.bad) == len(letters)
    assert {kind for _, kind in letters} == {"gone", "bad"}


def test_counting_what_changed_is_counting_everybody(census: Census) -> None:
    for day in range(FIRST_LOAD, DAYS):
        people = [p for p in census.people(day) if p.entry.registered]
        heads = census.after(day)
        assert heads.residents == Counter(person.filed for person in people)
        households = {(person.filed, person.entry.household) for person in people}
        assert heads.households == Counter(code for code, _ in households)


def test_persons_are_counted_by_the_way_that_their_rows_take(population: Population) -> None:
    both = Census(population).after(3).residents
    apart = [Census(population, (way,)).after(3).residents for way in ("household", "own_moves")]
    assert both == apart[0] + apart[1]
    assert all(part.total() > 100 for part in apart)


def test_a_person_whose_row_was_deleted_counts_as_it_stood_and_makes_a_letter(
    census: Census,
) -> None:
    gone = [person for person in census.people(DAYS - 1) if person.gone]
    assert gone
    assert all(person.entry.good for person in gone)
    letters = {bad.record_id for bad in census.after(DAYS - 1).bad if bad.rule == "row.gone"}
    assert letters == {person.resident.record_id for person in gone}


def test_who_looks_once_a_week_misses_what_was_set_right_or_deleted_meanwhile(
    census: Census,
) -> None:
    daily, once = census.after(DAYS - 1), census.after(DAYS - 1, looks=(DAYS - 1,))
    assert {bad.rule for bad in once.bad} < {bad.rule for bad in daily.bad}
    assert set(once.bad) < set(daily.bad)
    assert daily.residents.total() > once.residents.total()


def test_what_a_silent_register_holds_back_is_not_counted_yet() -> None:
    silent = replace(Dirt(), silent=(Silence("household", first=1, days=2),))
    loud = Census(Population(City(LIVELY)))
    quiet = Census(Population(City(LIVELY, silent)))
    counts = [quiet.after(day).residents for day in range(4)]
    assert counts[0] == counts[1] == counts[2] == loud.after(0).residents
    assert counts[3] == loud.after(3, looks=(FIRST_LOAD, 0, 3)).residents


def test_a_record_that_is_sent_is_read_in_every_version(population: Population) -> None:
    """A topic keeps them all, so the days on which somebody looks do not matter."""
    census = Census(population, ("own_moves",))
    assert census.after(DAYS - 1, looks=()) == census.after(DAYS - 1)
    assert {bad.rule for bad in census.after(DAYS - 1).bad} >= {"id.check_digit", "field.missing"}


def test_what_must_stay_inside_are_names_numbers_phones_and_rooms(
    population: Population, census: Census
) -> None:
    secrets = set(census.secrets(2))
    end = population.city.settings.day_start(3)
    for resident in population.residents(2):
        for entry in (entry for entry in resident.entries if entry.at < end):
            assert {resident.name, entry.household, entry.phone} <= secrets
            assert {entry.resident_id} - {""} <= secrets
            if entry.placing.address.endswith("室"):
                assert entry.placing.address in secrets
    assert not {"", "变更", "1"} & secrets
    assert secrets < set(census.secrets(3))


def test_the_books_hold_residents_beside_all_else(census: Census) -> None:
    plan = Plan(census.population.city)
    truth = Ledger(plan, Exports(plan, int), census=census).after(3)
    heads, alone = census.after(3), Ledger(plan, Exports(plan, int)).after(3)
    counts = truth.counts
    assert {c: n.residents_total for c, n in counts.items() if n.residents_total} == heads.residents
    households = {c: n.households_total for c, n in counts.items() if n.households_total}
    assert households == heads.households
    assert len(truth.letters) == len(alone.letters) + len(heads.bad)
    sources = {letter.source for letter in set(truth.letters) - set(alone.letters)}
    assert sources == {"ezhou.household_registration", "ezhou.intake.household.moves"}
    for code, one in alone.counts.items():
        assert replace(counts[code], residents_total=0, households_total=0) == one
