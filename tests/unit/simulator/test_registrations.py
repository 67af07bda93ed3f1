"""The register of persons: who is in it, and what happens to their rows."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from ops.simulator.city import City
from ops.simulator.households import SOON
from ops.simulator.people import check_digit
from ops.simulator.plan import Plan
from ops.simulator.population import Population
from ops.simulator.registrations import HEAD, Batch, Entry, Resident, relations
from ops.simulator.settings import HOUR, MINUTE, Dirt, Settings
from ops.simulator.silence import Silence

DAYS = 6
SMALL = Settings(
    start=date(2026, 11, 1), people=600, registered=True, registrations_per_thousand=60
)


def near(found: int, of: int, share: float) -> bool:
    """Within a third of what was set, or within four standard deviations of chance."""
    expected = share * of
    return abs(found - expected) <= max(expected / 3, 4 * math.sqrt(expected * (1 - share)))


def everybody(population: Population) -> list[Resident]:
    return list(population.residents(DAYS - 1))


def changes(population: Population) -> Iterator[tuple[int, Batch, Resident, Entry]]:
    """Day, commit, person and version of all that happened."""
    for day in range(DAYS):
        for batch in population.day(day):
            for resident, entry in batch.entries:
                yield day, batch, resident, entry


def later(resident: Resident) -> list[Entry]:
    """What happened after the first version."""
    return resident.entries[1:]


def test_the_same_seed_makes_the_same_register_whatever_was_asked_before() -> None:
    one, other = Population(City(SMALL)), Population(City(SMALL))
    other.day(3)
    told = [[[(r.record_id, e) for r, e in b.entries] for b in one.day(d)] for d in range(4)]
    again = [[[(r.record_id, e) for r, e in b.entries] for b in other.day(d)] for d in range(4)]
    assert told == again
    assert sum(map(len, told)) > 100
    assert list(one.loaded())[7].members[0].entries == list(other.loaded())[7].members[0].entries


def test_a_register_disturbs_no_other_system() -> None:
    with_one, without = Plan(City(SMALL)), Plan(City(replace(SMALL, registered=False)))
    Population(with_one.city).day(2)
    with_one.day(2)
    without.day(2)
    assert with_one.records == without.records


def test_everybody_of_the_city_is_in_one_household_before_the_first_day(
    population: Population,
) -> None:
    members = [member for household in population.loaded() for member in household.members]
    assert [m.name for m in members] == [p.name for p in population.city.people]
    assert len({m.record_id for m in members}) == len(members) == 3000
    numbers = [household.number for household in population.loaded()]
    assert len(set(numbers)) == len(numbers)
    start = population.city.settings.start_ms
    assert all(m.entries[0].at < start and m.entries[0].stamp < start for m in members)


def test_a_household_shares_a_home_and_has_one_head(population: Population) -> None:
    for household in population.loaded():
        first = [member.entries[0] for member in household.members]
        assert {(entry.household, entry.placing) for entry in first} == {
            (household.number, household.placing)
        }
        assert len({entry.stamp for entry in first}) == 1
        assert sum(entry.relation in {HEAD, "01"} for entry in first) == 1


def test_relations_are_to_a_head_in_the_middle_of_life() -> None:
    family = [
        ("2", date(1950, 1, 1)),
        ("1", date(1978, 5, 1)),
        ("2", date(1980, 2, 3)),
        ("1", date(2005, 1, 1)),
        ("2", date(2007, 9, 9)),
        ("2", date(1979, 3, 3)),
    ]
    assert relations(family) == ["52", "02", "10", "20", "30", "97"]


def test_everything_that_can_happen_to_a_registration_does(population: Population) -> None:
    kinds = Counter(entry.change for _, _, _, entry in changes(population))
    assert set(kinds) == {"立户", "迁入", "迁出", "出生", "死亡", "注销", "变更"}
    batches = sum(len(population.day(day)) for day in range(DAYS))
    settings = population.city.settings
    rate = settings.moves_per_thousand + settings.registrations_per_thousand
    assert batches >= settings.people / 1000 * rate * DAYS * 2 / 3


def test_nothing_happens_to_a_person_on_two_days_that_were_decided_apart(
    population: Population,
) -> None:
    """On one day a person has one change, or some that follow one another within minutes."""
    for resident in everybody(population):
        days = defaultdict(list)
        for entry in later(resident):
            days[population.city.settings.day_of(entry.at)].append(entry.at)
        assert all(max(times) - min(times) < 10 * MINUTE for times in days.values())


def test_versions_can_be_read_in_their_order_and_within_their_day(population: Population) -> None:
    numbers = []
    for day, batch, _, entry in changes(population):
        assert entry.at == batch.at
        assert population.city.settings.day_of(batch.at) == day
        numbers.append((batch.number, batch.at))
    assert numbers == sorted(numbers)
    for resident in everybody(population):
        times = [entry.at for entry in resident.entries]
        assert times == sorted(set(times))


def test_who_is_cancelled_stays_so_unless_it_is_contradicted_within_minutes(
    population: Population,
) -> None:
    contradicted = 0
    for resident in everybody(population):
        for one, other in zip(resident.entries, later(resident), strict=False):
            if not one.registered:
                assert one.change == "注销"
                assert other.at - one.at < 10 * MINUTE
                contradicted += 1
    assert contradicted > 0


def test_a_newborn_has_no_id_or_one_and_gets_one_on_a_later_day(population: Population) -> None:
    born = [r for r in everybody(population) if r.entries[0].change == "出生"]
    born = [r for r in born if r.entries[0].at >= population.city.settings.start_ms]
    without = [r for r in born if not r.entries[0].resident_id]
    assert 0 < len(without) < len(born)
    given = [r for r in without if later(r)]
    assert given
    for child in given:
        first, second = child.entries[:2]
        assert second.at - first.at > 8 * HOUR
        assert second.resident_id[6:14] == f"{child.born:%Y%m%d}"
        assert check_digit(second.resident_id[:17]) == second.resident_id[17]


def test_twins_share_household_and_day_and_have_consecutive_ids(population: Population) -> None:
    twins = [b for d in range(DAYS) for b in population.day(d) if len(b.entries) == 2]
    twins = [b for b in twins if all(entry.change == "出生" for _, entry in b.entries)]
    assert twins
    for batch in twins:
        (one, first), (other, second) = batch.entries
        assert (first.household, one.born) == (second.household, other.born)
        numbers = [r.last.resident_id for r in (one, other)]
        if all(numbers):
            assert int(numbers[1][14:17]) == int(numbers[0][14:17]) + 1


def test_some_households_that_moved_come_back_on_a_later_day(population: Population) -> None:
    back = moved = 0
    for resident in everybody(population):
        moves = [e for e in resident.entries if e.change == "迁入" and e.good]
        places = [entry.placing.filed for entry in resident.entries]
        moved += len(moves) > 0
        back += any(places[n] == places[n + 2] != places[n + 1] for n in range(len(places) - 2))
    assert 0 < back < moved


def test_nobody_leaves_the_street_whose_office_writes_itself(population: Population) -> None:
    street = population.households.own_street
    own = [r for r in everybody(population) if r.system == "own_moves"]
    assert len(own) > 100
    for resident in everybody(population):
        told = [e.placing.filed for e in resident.entries if e.placing.located]
        assert all(code.startswith(street) == (resident.system == "own_moves") for code in told)


def test_first_rows_are_bad_as_often_as_set(population: Population) -> None:
    dirt = population.city.dirt
    start = population.city.settings.start_ms
    first = [resident.entries[0] for resident in everybody(population)]
    first = [entry for entry in first if entry.at < start or entry.change != "出生"]
    rules = Counter(entry.fault.rule for entry in first if entry.fault is not None)
    assert near(rules["id.check_digit"], len(first), dirt.wrong_ids)
    assert near(rules["field.missing"], len(first), dirt.missing_fields)
    assert near(rules["time.unreadable"], len(first), dirt.unreadable_times)


def test_a_wrong_id_differs_from_the_right_one_in_its_check_digit_alone(
    population: Population,
) -> None:
    for resident in everybody(population):
        entry = resident.entries[0]
        if entry.fault is not None and entry.fault.rule == "id.check_digit":
            assert entry.fault.value[:17] == entry.resident_id[:17]
            assert check_digit(entry.fault.value[:17]) != entry.fault.value[17]


def test_half_of_the_bad_rows_are_set_right_on_a_later_day_and_the_rest_never(
    population: Population,
) -> None:
    population.day(SOON)
    bad = [r for r in everybody(population) if r.entries[0].fault is not None]
    right = [r for r in bad if later(r)]
    assert near(len(right), len(bad), population.city.dirt.corrected)
    day_of = population.city.settings.day_of
    assert all(day_of(r.entries[1].at) > day_of(r.entries[0].at) for r in right)
    assert all(entry.fault is None for r in right for entry in later(r))


def test_the_table_is_written_late_and_under_a_clock_set_back(population: Population) -> None:
    entries = [e for _, _, r, e in changes(population) if r.system == "household" and not e.gone]
    lags = [entry.at - entry.stamp for entry in entries]
    assert sum(0 < lag < 10 * MINUTE for lag in lags) > len(lags) / 40
    assert any(2 * HOUR <= lag <= 6 * HOUR for lag in lags)


def test_some_corrections_follow_another_under_the_same_time_to_the_millisecond(
    population: Population,
) -> None:
    same = [
        (one, other)
        for resident in everybody(population)
        for one, other in zip(resident.entries, later(resident), strict=False)
        if one.stamp == other.stamp and not other.gone
    ]
    assert same
    assert all(one.phone != other.phone for one, other in same)


def test_versions_of_a_record_that_is_sent_have_times_that_rise(population: Population) -> None:
    for resident in everybody(population):
        if resident.system == "own_moves":
            stamps = [entry.stamp for entry in resident.entries]
            assert stamps == sorted(set(stamps))
            assert not any(entry.gone for entry in resident.entries)


def test_a_row_vanishes_on_a_day_without_another_change_and_for_good(
    population: Population,
) -> None:
    day_of = population.city.settings.day_of
    gone = [r for r in everybody(population) if any(entry.gone for entry in r.entries)]
    assert gone
    for resident in gone:
        *before, last = resident.entries
        assert last.gone
        assert day_of(last.at) > max(0, *(day_of(entry.at) for entry in before))
        assert before[-1].good


def test_who_has_no_good_row_yet_is_placed_without_a_commit() -> None:
    """Everybody's first row is bad and at a desk: a place is found for nobody until it is good."""
    rough = replace(
        Dirt(), wrong_ids=1.0, unlocated=1.0, unknown_codes=0, virtual_codes=0,
        corrected=0.5, located_later=1.0,
    )  # fmt: skip
    population = Population(City(SMALL, rough))
    batches = [batch for day in range(SOON) for batch in population.day(day)]
    assert batches
    assert all(batch.entries for batch in batches)


def test_a_clean_register_has_neither_bad_rows_nor_late_ones_nor_gaps() -> None:
    population = Population(City(SMALL, Dirt.none()))
    for day in range(4):
        for batch in population.day(day):
            assert all(e.good and e.stamp == e.at for _, e in batch.entries)
    for resident in population.residents(3):
        assert all(entry.good and entry.placing.located for entry in resident.entries)


def test_a_silent_register_tells_everything_when_it_speaks_again() -> None:
    silent = replace(Dirt(), silent=(Silence("household", first=1, days=2),))
    population = Population(City(SMALL, silent))
    assert list(population.told(1)) == list(population.told(2)) == []
    told = [commit.batch.number for commit in population.told(3)]
    assert told == [batch.number for day in (1, 2, 3) for batch in population.day(day)]
    midnight = SMALL.day_start(3)
    assert all(commit.at >= midnight for commit in population.told(3))
