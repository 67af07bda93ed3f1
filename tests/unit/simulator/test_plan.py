"""What happens in the city, and the rules that keep its truth free of the order of reading."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest

from ops.simulator import cases, incidents, own_cases
from ops.simulator.city import City
from ops.simulator.plan import Change, Plan
from ops.simulator.records import Record
from ops.simulator.settings import DAY, MINUTE, Dirt, Settings, last_days

DAYS = 6


def small(seed: int) -> Plan:
    settings = Settings(start=date(2026, 11, 1), seed=seed, people=400, incidents_per_thousand=100)
    return Plan(City(settings))


def written(change: Change) -> object:
    record, state = change.record, change.state
    if record.system == "police":
        return incidents.row(record, state, int)
    if record.system == "own_cases":
        return own_cases.value(record, state, int)
    return cases.row(record, state, int)


def clusters(plan: Plan) -> dict[int, list[Record]]:
    groups: dict[int, list[Record]] = defaultdict(list)
    for record in plan.records:
        if record.cluster is not None:
            groups[record.cluster].append(record)
    return groups


def days(plan: Plan, record: Record) -> list[int]:
    return [plan.settings.day_of(state.at) for state in record.states]


def test_the_same_seed_draws_the_same_rows_whatever_was_asked_first() -> None:
    one, other = small(3), small(3)
    other.day(4)
    for day in range(4):
        assert [written(c) for c in one.day(day)] == [written(c) for c in other.day(day)]


def test_another_seed_draws_another_city() -> None:
    assert [written(c) for c in small(3).day(0)] != [written(c) for c in small(4).day(0)]


def test_the_default_history_ends_when_today_begins() -> None:
    today = date(2026, 11, 22)
    settings = Settings(start=last_days(7, today), days=7)
    assert settings.start == date(2026, 11, 15)
    assert settings.start_ms + 7 * DAY == settings.day_start(7)
    assert settings.day_of(settings.day_start(7)) == 7


def test_no_record_number_stands_twice(plan: Plan) -> None:
    numbers = Counter((record.system, record.record_id) for record in plan.records)
    assert max(numbers.values()) == 1


def test_states_of_a_record_are_a_minute_apart_and_end_with_its_closing(plan: Plan) -> None:
    for record in plan.records:
        for before, after in pairwise(record.states):
            assert after.at - before.at >= MINUTE
            assert before.status == "open"


def test_everything_happens_within_its_day_and_leaves_time_to_be_read(plan: Plan) -> None:
    for day in range(DAYS):
        for change in plan.day(day):
            minute = (change.state.at - plan.settings.day_start(day)) / MINUTE
            assert 10 <= minute <= 23 * 60 + 20


def test_a_referral_stays_and_crimes_are_never_passed_on(plan: Plan) -> None:
    for record in plan.records:
        referred = [state.referred for state in record.states]
        assert referred == sorted(referred)
        if record.kind.code in {"P10", "P20"}:
            assert not any(referred)


def test_a_cluster_has_two_to_four_reports_of_one_thing(plan: Plan) -> None:
    for members in clusters(plan).values():
        assert 2 <= len(members) <= 4
        places = {state.placing.unit for record in members for state in record.states}
        codes = {state.placing.filed for record in members for state in record.states}
        assets = {record.asset for record in members}
        assert len(codes) == 1
        assert len(assets) == 1
        if assets == {""}:
            assert len(places) == 1
            assert len({record.kind.matter for record in members}) == 1
            assert all(place.count("/") >= 1 for place in places)


def test_reports_of_a_cluster_come_in_one_day_and_close_on_later_days(plan: Plan) -> None:
    for members in clusters(plan).values():
        first = {days(plan, record)[0] for record in members}
        assert len(first) == 1
        ends = [s for r in members for s in r.states if s.status != "open"]
        assert all(plan.settings.day_of(state.at) > max(first) for state in ends)


def test_clustered_incidents_are_referred_from_their_first_row_and_never_bad(plan: Plan) -> None:
    for members in clusters(plan).values():
        assert all(record.states[0].referred for record in members)
        assert all(record.fault is None for record in members)


def test_some_clusters_span_the_systems(plan: Plan) -> None:
    systems = Counter(
        "+".join(sorted({record.system for record in members}))
        for members in clusters(plan).values()
    )
    alone = {"city", "police", "own_cases"}
    assert set(systems) == alone | {"city+police", "own_cases+police"}


def matters(plan: Plan) -> dict[tuple[str, str, str], list[tuple[int, int, object]]]:
    """(code, what, where) -> (first day, last day or for ever, cluster or record) of its users."""
    uses: dict[tuple[str, str, str], list[tuple[int, int, object]]] = defaultdict(list)
    for record in plan.records:
        user = record.cluster or record.record_id
        for index, state in enumerate(record.states):
            place = state.placing
            after = record.states[index + 1 :]
            gone = [s for s in after if s.placing.filed != place.filed]
            end = gone[0] if gone else record.states[-1]
            over = plan.settings.day_of(end.at) if gone or end.status != "open" else 1 << 30
            use = (plan.settings.day_of(state.at), over, user)
            if not place.located:
                continue
            if record.asset:
                uses[place.filed, "asset", record.asset].append(use)
            elif record.kind.matter and "/" in place.unit:
                uses[place.filed, record.kind.matter, place.unit].append(use)
    return uses


def test_two_matters_never_stand_at_one_place_on_one_day(plan: Plan) -> None:
    for uses in matters(plan).values():
        for start, _, user in uses:
            others = [use for use in uses if use[2] != user]
            assert all(over < start for first, over, _ in others if first <= start)


def test_a_place_is_used_again_after_its_cluster_is_over(plan: Plan) -> None:
    users = [{user for _, _, user in uses} for uses in matters(plan).values()]
    assert sum(len(found) > 1 for found in users) > 10


def test_a_record_changes_code_on_a_later_day_with_nothing_else_that_day(plan: Plan) -> None:
    moved = 0
    for record in plan.records:
        for before, after in pairwise(record.states):
            if before.placing.filed == after.placing.filed:
                continue
            moved += 1
            assert record.cluster is None
            assert after.status == "open"
            day = plan.settings.day_of(after.at)
            assert days(plan, record).count(day) == 1
    assert moved > 50


def test_some_records_that_moved_come_back_to_where_they_were(plan: Plan) -> None:
    found = [[state.placing for state in record.states] for record in plan.records]
    moved = [places for places in found if len({p.filed for p in places if p.located}) > 1]
    back = [places for places in moved if places[-1] == places[0]]
    share = plan.city.dirt.moved_back
    assert share / 2 < len(back) / len(moved) < share * 2
    for record in plan.records:
        codes = [state.placing.filed for state in record.states]
        assert len([1 for before, after in pairwise(codes) if before != after]) < 3


def test_a_city_without_dirt_tells_of_every_place(crowded: Settings) -> None:
    plan = Plan(City(crowded, Dirt.none()))
    plan.day(1)
    for record in plan.records:
        assert record.fault is None
        assert {s.placing.filed for s in record.states} == {record.states[0].placing.stated}


def test_a_share_beyond_one_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Dirt\.moved is 2: give a share"):
        Dirt(moved=2)
