"""Applications for permits: their lives, what they ask of communities, how departments err."""

import math
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import yaml

import schemas
from ops.simulator.city import City
from ops.simulator.people import check_digit
from ops.simulator.permit_feed import feed
from ops.simulator.permit_kinds import ALLOWED_PROOFS, CHANNELS, ITEMS, PROHIBITED_PROOFS
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.permits import Permit, body
from ops.simulator.records import BAD_TIME, MISSING, UNKNOWN_KIND
from ops.simulator.settings import DAY, MINUTE, Settings

SHIPPED = Path(schemas.__file__).parent


def near(found: int, of: int, share: float) -> bool:
    """Within four standard deviations of chance."""
    return abs(found - share * of) <= 4 * math.sqrt(share * of * (1 - share))


def rows(path: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load((SHIPPED / path).read_text("utf-8"))["rows"]
    return found


def told(permit: Permit) -> bool:
    return permit.fault is None and permit.states[0].placing.located


def test_its_items_and_proofs_are_those_of_the_demo_citys_lists() -> None:
    names = {row["value"]: row["zh"] for row in rows("codes/permit_item.yaml")}
    assert {item.code: item.name for item in ITEMS} == names
    acts = {row["value"]: row["act"] for row in rows("lists/permit_items.yaml")}
    assert {item.code: item.act for item in ITEMS} == acts
    types = {row["value"] for row in rows("codes/service_item_type.yaml")}
    assert {item.sort for item in ITEMS} <= types
    for file, proofs in (
        ("community_proof", PROHIBITED_PROOFS),
        ("community_proof_demo", ALLOWED_PROOFS),
    ):
        listed = yaml.safe_load((SHIPPED / f"codes/{file}.yaml").read_text("utf-8"))
        assert {p.code for p in proofs} == {row["value"] for row in listed["rows"]}
        assert {p.standard for p in proofs} == {f"{listed['list']}-{listed['version']}"}


def test_the_same_seed_draws_the_same_webhooks_whatever_was_asked_first(
    permit_plan: PermitPlan,
) -> None:
    one, other = PermitPlan(permit_plan.city), PermitPlan(permit_plan.city)
    other.day(4)
    for day in range(2):
        assert [h.message(int) for h in feed(one, day)] == [
            h.message(int) for h in feed(other, day)
        ]


def test_a_city_has_no_platform_unless_it_is_given_one() -> None:
    assert PermitPlan(City(Settings(start=date(2026, 11, 1), people=50))).day(3) == ()


def test_states_are_a_minute_apart_and_within_the_hours_of_the_day(permit_plan: PermitPlan) -> None:
    for permit in permit_plan.permits:
        for before, after in pairwise(permit.states):
            assert after.at - before.at >= MINUTE
        for state in permit.states:
            minute = (state.at - permit_plan.settings.start_ms) % DAY // MINUTE
            assert 10 <= minute < 23 * 60 + 30


def test_an_application_is_applied_for_accepted_and_decided_in_this_order(
    permit_plan: PermitPlan,
) -> None:
    paths = Counter(
        tuple(dict.fromkeys(state.stage for state in permit.states))
        for permit in permit_plan.permits
        if permit.fault is None
    )
    assert set(paths) == {
        ("applied",),
        ("applied", "not_accepted"),
        ("applied", "withdrawn"),
        ("applied", "accepted"),
        ("applied", "accepted", "decided"),
        ("applied", "accepted", "withdrawn"),
    }
    assert paths.most_common(1)[0][0] == ("applied", "accepted", "decided")


def test_what_is_said_agrees_with_the_stage(permit_plan: PermitPlan) -> None:
    for permit in permit_plan.permits:
        for state in permit.good():
            assert (state.status == "open") == (state.closed_at is None)
            assert bool(state.decision) == (state.stage == "decided")
            said = body(permit, state, int)
            assert (said["slbh"] is None) == (said["slsj"] is None)
            assert bool(said["zmml"]) == bool(said["zmbm"]) == (said["sqxb"] == "证明")


def test_channels_have_their_shares(permit_plan: PermitPlan) -> None:
    found = Counter(permit.channel for permit in permit_plan.permits)
    for channel, percent in zip(*CHANNELS, strict=True):
        assert near(found[channel], len(permit_plan.permits), percent / 100)


def test_platforms_ask_of_communities_what_the_item_needs_and_more(permit_plan: PermitPlan) -> None:
    asked = Counter((bool(p.item.act), p.states[-1].asked.act) for p in permit_plan.permits)
    assert set(asked) == {
        *((True, act) for act in ("", "opinion", "site_check", "proof")),
        *((False, act) for act in ("", "opinion", "site_check", "proof")),
    }
    proofs = [p for p in permit_plan.permits if p.states[-1].asked.act == "proof"]
    refused = sum(permit.refused(permit.states[-1]) for permit in proofs)
    assert near(refused, len(proofs), 1 / 2)
    again = [p for p in proofs if len({state.asked for state in p.states}) == 2]
    assert {p.refused(p.states[-1]) for p in again} == {True, False}


def test_faults_and_places_come_as_often_as_set(permit_plan: PermitPlan) -> None:
    dirt, count = permit_plan.city.dirt, len(permit_plan.permits)
    rules = Counter(permit.fault.rule for permit in permit_plan.permits if permit.fault)
    assert near(rules[MISSING], count, dirt.missing_fields)
    assert near(rules[UNKNOWN_KIND], count, dirt.unknown_kinds)
    assert near(rules[BAD_TIME], count, dirt.unreadable_times)
    good = [permit for permit in permit_plan.permits if permit.fault is None]
    at_desk = sum(not permit.states[0].placing.located for permit in good)
    assert near(at_desk, len(good), dirt.unlocated + dirt.unknown_codes + dirt.virtual_codes)
    codeless = sum(not p.states[0].placing.stated for p in filter(told, good))
    assert near(codeless, sum(map(told, good)), dirt.codeless)


def test_some_move_and_some_of_those_come_back_each_on_a_later_day(permit_plan: PermitPlan) -> None:
    routes = Counter[int]()
    for permit in filter(told, permit_plan.permits):
        places = [state.placing.filed for state in permit.states]
        changed = [
            state for before, state in pairwise(permit.states) if before.placing != state.placing
        ]
        routes[len(changed)] += 1
        days = [permit_plan.settings.day_of(state.at) for state in (permit.states[0], *changed)]
        assert days == sorted(set(days))
        if len(changed) == 2:
            assert places[0] == places[-1]
    assert near(routes[1] + routes[2], routes.total(), permit_plan.city.dirt.moved)
    assert routes[2] > 5


def test_some_ids_have_a_wrong_check_digit_and_nothing_else_wrong(permit_plan: PermitPlan) -> None:
    stated = [permit.stated_id for permit in permit_plan.permits if permit.stated_id]
    wrong = [number for number in stated if check_digit(number[:17]) != number[17]]
    count, share = len(permit_plan.permits), permit_plan.city.dirt.wrong_ids
    assert near(len(wrong), count, share)
    assert near(len(stated) - len(wrong), count, 0.8 * (1 - share))
    for permit in permit_plan.permits:
        if permit.stated_id:
            assert permit.stated_id[:17] == permit.person.resident_id[:17]


def test_some_decisions_are_contradicted_minutes_later(permit_plan: PermitPlan) -> None:
    decided = [p for p in permit_plan.permits if p.states[-1].stage == "decided"]
    twice = [p for p in decided if len(p.states) > 1 and p.states[-2].stage == "decided"]
    assert near(len(twice), len(decided), permit_plan.city.dirt.contradicted)
    for permit in twice:
        before, after = permit.states[-2:]
        assert {before.decision, after.decision} == {"granted", "refused"}
        assert after.at - before.at < 10 * MINUTE
