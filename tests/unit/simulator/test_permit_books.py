"""The books of permits, against a reader of the webhooks and the lists that ship."""

import random
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import schemas
from ops.simulator.city import City
from ops.simulator.permit_books import PermitBooks
from ops.simulator.permit_feed import feed
from ops.simulator.permit_plan import PermitChange, PermitPlan
from ops.simulator.permits import body
from ops.simulator.settings import Dirt
from ops.simulator.silence import Silence

DAYS = 7
SHIPPED = Path(schemas.__file__).parent
COUNTS = ("permits_total", "permits_open", "acts_total", "acts_refused")
Said = dict[str, Any]


def rows(path: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load((SHIPPED / path).read_text("utf-8"))["rows"]
    return found


def usable(change: PermitChange) -> Said | None:
    """What a reader makes of a webhook: the first of an application with a fault is of no use."""
    return None if change.bad else body(change.permit, change.state, int)


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_of_delivery_within_a_day_leads_to_the_same_truth(
    permit_plan: PermitPlan, seed: int
) -> None:
    rng, books = random.Random(seed), PermitBooks(permit_plan)
    latest: dict[str, Said] = {}
    for day in range(DAYS):
        hooks = [hook for hook in feed(permit_plan, day) if hook.sort in {"own", "again"}]
        rng.shuffle(hooks)
        for said in filter(None, (usable(hook.change) for hook in hooks)):
            before = latest.get(said["sbbh"])
            if before is None or before["gxsj"] < said["gxsj"]:
                latest[said["sbbh"]] = said
        assert {s.permit.record_id: s.state.stage for s in books.standings(day)} == {
            number: stage_of(said["hj"]) for number, said in latest.items()
        }
        assert totals(books, day) == counted(list(latest.values()))


def stage_of(written: str) -> str:
    return {
        "申请": "applied",
        "受理": "accepted",
        "不予受理": "not_accepted",
        "办结": "decided",
        "撤回": "withdrawn",
    }[written]


def totals(books: PermitBooks, day: int) -> dict[str, int]:
    counts = sum((standing.counts() for standing in books.standings(day)), Counter[str]())
    return {
        name: counts[name]
        for name in ("permits_total", "permits_open", "acts_total", "acts_refused")
    }


def counted(latest: Collection[Said]) -> dict[str, int]:
    """The same from the webhooks' own words and the lists that ship with the hub."""
    acts = {row["value"]: row["act"] for row in rows("lists/permit_items.yaml")}
    barred = {row["value"] for row in rows("lists/prohibited_proofs.yaml")}
    needed = [said for said in latest if said["sqxb"] or acts[said["sxbm"]]]
    refused = [
        said
        for said in needed
        if said["sqxb"] == "证明"
        and said["zmml"] == "hubei.community_proof-2021"
        and said["zmbm"] in barred
    ]
    return {
        "permits_total": len(latest),
        "permits_open": sum(said["hj"] in {"申请", "受理"} for said in latest),
        "acts_total": len(needed),
        "acts_refused": len(refused),
    }


def test_a_bad_webhook_is_known_when_it_was_told_and_corrected_later(
    permit_plan: PermitPlan,
) -> None:
    books = PermitBooks(permit_plan)
    for day, until in ((0, 0), (2, 0), (3, 3)):
        faulty = [p for p in permit_plan.until(until) if p.fault is not None]
        bad = [x for x in books.bad(day) if x.rule != "row.unreadable"]
        assert len(bad) == len(faulty)
    standing = {s.permit.record_id for s in books.standings(0)}
    assert not [p for p in permit_plan.until(0) if p.fault and p.record_id in standing]


def test_what_a_silent_platform_holds_back_counts_only_when_it_is_told(
    permit_plan: PermitPlan,
) -> None:
    books = PermitBooks(permit_plan)
    before, silent, after = (len(list(books.standings(day))) for day in (0, 2, 3))
    assert before == silent < after
    loud = PermitPlan(City(permit_plan.settings, replace(Dirt(), silent=())))
    assert len(list(PermitBooks(loud).standings(2))) > silent
    mute = PermitPlan(
        City(permit_plan.settings, replace(Dirt(), silent=(Silence("permits", 0, 2),)))
    )
    assert list(PermitBooks(mute).standings(1)) == []


def test_nobody_named_in_an_application_may_be_found_outside(permit_plan: PermitPlan) -> None:
    secrets = PermitBooks(permit_plan).secrets(0)
    for permit in permit_plan.until(0):
        said = body(permit, permit.states[0], int)
        personal = {said["sqrxm"], said["sqrdh"], said["sqrsfzh"]} - {"", None}
        assert personal <= secrets
        if permit.person.name in permit.text:
            assert permit.text in secrets


def test_a_task_is_as_its_permit_is(permit_plan: PermitPlan) -> None:
    standings = list(PermitBooks(permit_plan).standings(DAYS - 1))
    states = Counter((s.is_request, s.state.status) for s in standings)
    assert set(states) == {
        (asks, status) for asks in (True, False) for status in ("open", "closed", "void")
    }
    assert not [s for s in standings if s.refused and s.is_request]
