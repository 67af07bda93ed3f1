"""Applications for permits: who must do what, what is refused, and what becomes of the request."""

from itertools import permutations
from typing import Any

import msgspec
import pytest
from sayings import (
    ALLOWED_PROOF,
    COMMUNITY,
    DAY,
    IDENTITY_PROOF,
    NEXT,
    REGISTERED_ESTATE,
)
from town import Town

from streams.community.ports import BadRecordError
from streams.community.register_rows import Permit
from streams.community.rows import Summary

Stated = dict[str, Any]

PROHIBITED: Stated = {"act": "proof", "proof": IDENTITY_PROOF}
PROVED: Stated = {"act": "proof", "proof": ALLOWED_PROOF}
DECIDED: Stated = {"stage": "decided", "status": "closed", "decision": "granted"}
WITHDRAWN: Stated = {"stage": "withdrawn", "status": "void"}


def _row(town: Town, code: str = COMMUNITY) -> Permit:
    found = town.permit_row(code=code)
    assert found is not None
    return found


def _acts(town: Town, code: str = COMMUNITY) -> tuple[int, int]:
    """Needed, and of those refused."""
    summary = town.summary(code)
    return summary.acts_total, summary.acts_refused


def _counts(summary: Summary) -> tuple[int, ...]:
    return (
        summary.permits_total, summary.permits_open, summary.acts_total, summary.acts_refused,
        summary.requests_total, summary.tasks_total, summary.tasks_open,
    )  # fmt: skip


@pytest.mark.parametrize("channel", ["network", "app", "terminal", "hall"])
def test_an_application_makes_a_request_through_whichever_channel_it_came(channel: str) -> None:
    """The item asks a site check of the community: whoever handed it in, and where."""
    town = Town()
    town.permit(channel=channel)
    row, task = _row(town), town.task()
    assert (row.channel, row.act, row.task_id) == (channel, "site_check", task.task_id)
    assert (task.kind_id, task.kind.value, task.state) == ("permit_site_check", "Y01", "dispatched")
    assert (task.origin_department, task.origin_document) == ("市市场监管局", "受理1号")
    assert _counts(town.summary()) == (1, 1, 1, 0, 1, 1, 1)


def test_what_the_platform_asks_goes_before_what_the_item_asks() -> None:
    """Mostly the platform says nothing, and the list of items holds."""
    town = Town()
    town.permit(act="opinion")
    assert (_row(town).act, town.task().kind_id) == ("opinion", "permit_opinion")


@pytest.mark.parametrize("act", [None, ""])
def test_an_item_that_asks_nothing_makes_no_request(act: str | None) -> None:
    """It is counted, and the community sees it."""
    town = Town()
    town.permit(item=REGISTERED_ESTATE, act=act)
    assert (_row(town).act, _row(town).task_id) == (None, None)
    assert _counts(town.summary()) == (1, 1, 0, 0, 0, 0, 0)
    assert town.requests() == []


def test_an_item_that_no_list_knows_asks_nothing() -> None:
    """A new item of the platform, the city's list is not there yet."""
    town = Town(with_lists=False)
    town.permit()
    assert _counts(town.summary()) == (1, 1, 0, 0, 0, 0, 0)


def test_an_allowed_proof_is_work_of_the_community() -> None:
    """Its own kind."""
    town = Town()
    town.permit(**PROVED)
    assert (town.task().kind_id, _acts(town)) == ("permit_proof", (1, 0))


def test_the_decision_closes_the_task() -> None:
    """The department decided: nothing is left to do."""
    town = Town()
    town.permit()
    town.permit(order=2, closed_at=town.now, **DECIDED)
    assert (town.task().state, town.requests()[0].status) == ("closed", "closed")
    assert (_row(town).decision, _row(town).stage) == ("granted", "decided")
    assert _counts(town.summary()) == (1, 0, 1, 0, 1, 1, 0)


def test_withdrawing_voids_the_task_and_the_act_stays_counted() -> None:
    """It was needed; what a total counted it counts for ever."""
    town = Town()
    town.permit()
    town.permit(order=2, closed_at=town.now, **WITHDRAWN)
    assert (town.task().state, town.requests()[0].status) == ("void", "void")
    assert _counts(town.summary()) == (1, 0, 1, 0, 1, 1, 0)


def test_an_act_that_changes_changes_the_task() -> None:
    """It is the same request, with another kind and its time."""
    town = Town()
    town.permit()
    town.permit(order=2, act="opinion")
    assert (town.task().kind_id, town.task().requests) == ("permit_opinion", 1)


def test_an_act_that_is_no_longer_needed_takes_its_request_back() -> None:
    """The item was mistaken."""
    town = Town()
    town.permit()
    town.permit(order=2, item=REGISTERED_ESTATE)
    assert (town.task().state, _acts(town)) == ("withdrawn", (0, 0))


def test_applications_never_merge() -> None:
    """Two shops in one building are two site checks."""
    town = Town()
    town.permit("SB1")
    town.permit("SB2")
    assert [task.requests for task in town.tasks()] == [1, 1]


def test_an_application_that_moves_is_counted_and_asked_of_the_new_code_only() -> None:
    """The address was another community's."""
    town = Town()
    town.permit()
    town.permit(order=2, left=NEXT)
    town.permit(order=2, community=NEXT, arrived=COMMUNITY)
    assert _counts(town.summary()) == (0, 0, 0, 0, 0, 0, 0)
    assert _counts(town.summary(NEXT)) == (1, 1, 1, 0, 1, 1, 1)
    assert (town.task().state, town.task(NEXT).state) == ("withdrawn", "dispatched")
    assert (_row(town).status, _row(town, NEXT).status) == ("left", "open")


def test_an_ended_application_leaves_with_its_request_and_the_totals_stay() -> None:
    """As a case does."""
    town = Town()
    town.permit(closed_at=town.now, **DECIDED)
    town.permit("SB2", closed_at=town.now, **DECIDED, **PROHIBITED)
    counts = _counts(town.summary())
    town.wait(31 * DAY)
    assert (town.permit_row(), town.permit_row("SB2"), town.requests()) == (None, None, [])
    assert _counts(town.summary()) == counts == (2, 0, 2, 1, 1, 1, 0)


def test_an_application_older_than_the_horizon_is_late() -> None:
    """It resurrects nothing."""
    town = Town()
    town.permit(occurred_at=town.now - 31 * DAY)
    assert (town.permit_row(), town.summary().late_total) == (None, 1)


def test_in_whichever_order_the_versions_come_the_greatest_holds() -> None:
    """Applied, refused, asked again, decided: rows and counts are those of the last."""
    told: list[Stated] = [
        {"order": 1, "stage": "applied", "accepted_at": None, "document": None},
        {"order": 2, **PROHIBITED},
        {"order": 3, **PROVED},
        {"order": 4, **PROVED, **DECIDED},
    ]
    outcomes = set()
    for order in permutations(told):
        town = Town()
        for stated in order:
            town.permit(**stated)
        row = msgspec.structs.replace(_row(town), task_id=None)
        outcomes.add((_counts(town.summary()), row, town.requests()[0].status))
    assert {(counts, status) for counts, _, status in outcomes} == {
        ((1, 0, 1, 0, 1, 1, 0), "closed")
    }
    assert len(outcomes) == 1


@pytest.mark.parametrize(
    ("field", "stated"), [("status", {"status": "left"}), ("act", {"act": "dance"})]
)
def test_a_word_that_nobody_knows_is_a_dead_letter(field: str, stated: Stated) -> None:
    """It would be counted as nothing, and asked of nobody."""
    with pytest.raises(BadRecordError, match=f"permit\\.{field}"):
        Town().permit(**stated)
