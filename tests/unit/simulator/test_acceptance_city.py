"""Each sort of dirt occurs in the acceptance tests' city: none is held to the truth unseen."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

import dirty_city
import pytest

from ops.simulator import own_feed, own_moves, permit_feed, police_feed
from ops.simulator.city import City
from ops.simulator.exports import Drop, Exports
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.plan import Plan
from ops.simulator.population import Population
from ops.simulator.registrations import Resident

pytestmark = pytest.mark.long

DAYS = range(dirty_city.DAYS)
SORTS = (
    *("field.missing", "code.unknown_kind", "time.unreadable", "id.check_digit"),
    *("police at a desk", "city at a desk", "permits at a desk", "household at a desk"),
    *("police moved", "city moved", "permits moved", "household moved", "own_moves moved"),
    *("police back", "city back", "permits back", "household back"),
    *("twins", "registration contradicted", "decision contradicted", "applicant's wrong id"),
    *("row deleted", "two changes at one instant", "late commit"),
    *("webhook own", "webhook again", "webhook captured", "webhook forged", "webhook half"),
    *("webhook overtaken", "proof refused", "police row twice", "police row late"),
    *("file xlsx", "file gb18030", "file utf-8-sig", "file growing", "file broken"),
    *("file.columns", "file late", "file dropped again", "case produced twice"),
    "registration produced twice",
)


@pytest.fixture(scope="module")
def city() -> City:
    return City(dirty_city.settings(), dirty_city.dirt())


@pytest.fixture(scope="module")
def permits(city: City) -> PermitPlan:
    return PermitPlan(city)


@pytest.fixture(scope="module")
def found(city: City, permits: PermitPlan) -> Counter[str]:
    """How often each sort occurs within the days that are played."""
    plan, population = Plan(city), Population(city)
    return Counter(
        sort
        for sorts in (
            _records(plan),
            _files(Exports(plan, int)),
            _rows(plan, population),
            _people(population),
            _permits(permits),
            _webhooks(permits),
        )
        for sort in sorts
    )


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_of_dirt_occurs(found: Counter[str], sort: str) -> None:
    assert found[sort] > 0


def test_the_silent_platform_says_nothing_for_two_days_and_then_all_at_once(
    permits: PermitPlan,
) -> None:
    said = [len(permit_feed.feed(permits, day)) for day in DAYS]
    assert said[1:3] == [0, 0]
    assert said[3] > 2 * said[0] > 0


def test_the_whole_city_is_in_the_register_before_the_first_day(city: City) -> None:
    households = Population(city).loaded()
    loaded = [member for household in households for member in household.members]
    assert len(loaded) == dirty_city.PEOPLE
    assert all(member.last.at < city.settings.day_start(0) for member in loaded)


def _records(plan: Plan) -> Iterator[str]:
    plan.day(DAYS[-1])
    for record in plan.records:
        played = [state for state in record.states if _is_played(plan.city, state.at)]
        yield from _movement(record.system, [state.placing.filed for state in played])
        if record.fault is not None:
            yield record.fault.rule


def _movement(system: str, codes: Sequence[str]) -> Iterator[str]:
    """Moves between communities; what a desk hands on is none."""
    if any(code.endswith("000") for code in codes):
        yield f"{system} at a desk"
        return
    moves = sum(before != after for before, after in pairwise(codes))
    if moves:
        yield f"{system} moved"
    if moves > 1 and codes[-1] == codes[0]:
        yield f"{system} back"


def _files(exports: Exports) -> Iterator[str]:
    for day in DAYS:
        drops = exports.day(day)
        for drop in drops:
            yield f"file {drop.shape}"
            yield f"file {drop.writing}"
            yield drop.rule
        numbers = [_number(drop) for drop in drops]
        yield from ("file dropped again" for _ in range(len(drops) - len(set(numbers))))
        firsts = list(dict.fromkeys(numbers))
        yield from ("file late" for before, after in pairwise(firsts) if before > after)


def _number(drop: Drop) -> str:
    return drop.name.split("_")[2][:6]


def _rows(plan: Plan, population: Population) -> Iterator[str]:
    for day in DAYS:
        for row in police_feed.feed(plan, day):
            yield "police row twice" if row.copies > 1 else ""
            yield "police row late" if row.at > row.change.state.at else ""
        cases = [(one.key, one.make(int)["version"]) for one in own_feed.feed(plan, day)]
        yield from _repeated("case produced twice", map(str, cases))
        moves = own_moves.feed(population, day)
        said = [(one.key, str(one.make(int)["version"])) for one in moves]
        yield from _repeated("registration produced twice", said)


def _repeated(sort: str, said: "Sequence[Hashable] | map[str]") -> Iterator[str]:
    for count in Counter(said).values():
        yield from (sort for _ in range(count - 1))


def _people(population: Population) -> Iterator[str]:
    for resident in population.residents(DAYS[-1]):
        codes = [entry.placing.filed for entry in resident.entries if entry.good]
        yield from _movement(resident.system, codes)
        yield from _register_rows(resident)
    for day in DAYS:
        for batch in population.day(day):
            births = [r.born for r, entry in batch.entries if entry.change == "出生"]
            yield from _repeated("twins", births)


def _register_rows(resident: Resident) -> Iterator[str]:
    for entry in resident.entries:
        if entry.fault is not None:
            yield entry.fault.rule
        if entry.gone:
            yield "row deleted"
    for before, after in pairwise(resident.entries):
        if after.registered and not before.registered:
            yield "registration contradicted"
        if after.stamp == before.stamp and not after.gone:
            yield "two changes at one instant"
        if resident.system == "household" and after.stamp < after.at and not after.gone:
            yield "late commit"


def _permits(plan: PermitPlan) -> Iterator[str]:
    for permit in plan.until(DAYS[-1]):
        played = [state for state in permit.states if _is_played(plan.city, state.at)]
        yield from _movement("permits", [state.placing.filed for state in played])
        if len({state.decision for state in played} - {""}) > 1:
            yield "decision contradicted"
        if any(permit.refused(state) for state in played):
            yield "proof refused"
        if permit.stated_id not in {"", permit.person.resident_id}:
            yield "applicant's wrong id"
        if permit.fault is not None:
            yield permit.fault.rule


def _webhooks(plan: PermitPlan) -> Iterator[str]:
    for day in DAYS:
        newest: dict[str, int] = {}
        for hook in permit_feed.feed(plan, day):
            yield f"webhook {hook.sort}"
            number, at = hook.change.permit.record_id, hook.change.state.at
            if hook.sort == "own" and at < newest.get(number, 0):
                yield "webhook overtaken"
            newest[number] = max(at, newest.get(number, 0))


def _is_played(city: City, at: int) -> bool:
    return at < city.settings.day_start(dirty_city.DAYS)
