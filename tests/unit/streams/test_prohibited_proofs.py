"""Proofs that communities must not issue: refused with the reason, and asked of nobody."""

from typing import Any

import pytest
from sayings import (
    ALLOWED_PROOF,
    COMMUNITY,
    HOUR,
    IDENTITY_PROOF,
    NEXT,
    RELIEF,
)
from town import Town

from streams.community import lists
from streams.community.register_rows import Permit
from streams.community.rows import Summary

Stated = dict[str, Any]

PROHIBITED: Stated = {"act": "proof", "proof": IDENTITY_PROOF}
PROVED: Stated = {"act": "proof", "proof": ALLOWED_PROOF}


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


def test_a_proof_that_communities_must_not_issue_is_refused_and_the_row_says_why() -> None:
    """No request, no task: the rule, the list with its version, the law."""
    town = Town()
    town.permit(**PROHIBITED)
    row = _row(town)
    assert row.refusal is not None
    assert (row.refusal.rule, row.refusal.list) == ("proof.prohibited", "prohibited_proofs")
    version = lists.list_version(town.rows, "prohibited_proofs")
    assert (row.refusal.value, row.refusal.list_version) == ("02", version)
    assert row.refusal.evidence == "居民身份信息证明; 公安机关; 居民身份证法"
    assert (town.requests(), town.tasks(), row.task_id) == ([], [], None)
    assert _counts(town.summary()) == (1, 1, 1, 1, 0, 0, 0)


def test_a_proof_that_an_item_asks_for_is_refused_like_one_that_the_platform_asks_for() -> None:
    """The list of items says proof; which one, the application says."""
    town = Town()
    town.permit(item=RELIEF, proof=IDENTITY_PROOF)
    assert _acts(town) == (1, 1)
    town.permit("SB2", item=RELIEF, proof=ALLOWED_PROOF)
    assert _acts(town) == (2, 1)


@pytest.mark.parametrize("act", ["opinion", "site_check"])
def test_only_the_act_of_proving_is_refused(act: str) -> None:
    """A site check is none, whatever stands beside it."""
    town = Town()
    town.permit(act=act, proof=IDENTITY_PROOF)
    assert (_acts(town), _row(town).refusal) == ((1, 0), None)
    assert len(town.tasks()) == 1


def test_the_same_value_in_another_list_is_another_proof() -> None:
    """A code means something in its list and edition only."""
    town = Town()
    for number, other in enumerate(({"list": "ezhou.community_proof"}, {"version": "2022"})):
        town.permit(f"SB{number}", act="proof", proof=IDENTITY_PROOF | other)
    assert _acts(town) == (2, 0)


def test_when_the_prohibited_proof_is_no_longer_asked_for_the_act_becomes_a_request() -> None:
    """The department asks for a site check instead."""
    town = Town()
    town.permit(**PROHIBITED)
    town.permit(order=2, act="site_check")
    assert (_acts(town), _row(town).refusal) == ((1, 0), None)
    assert (town.task().state, town.task().kind_id) == ("dispatched", "permit_site_check")
    assert _row(town).task_id == town.task().task_id


def test_when_a_prohibited_proof_is_asked_for_later_the_request_is_taken_back() -> None:
    """Its task is withdrawn, and is not made anew until something else is asked."""
    town = Town()
    town.permit()
    town.permit(order=2, **PROHIBITED)
    assert (_acts(town), _row(town).task_id) == ((1, 1), None)
    assert (town.task().state, town.requests()[0].status) == ("withdrawn", "left")
    assert _counts(town.summary()) == (1, 1, 1, 1, 0, 0, 0)
    town.wait(HOUR)
    town.permit(order=3, **PROVED)
    first, second = town.tasks()
    assert (first.state, second.state, second.links) == ("withdrawn", "dispatched", first.task_id)
    assert _counts(town.summary()) == (1, 1, 1, 0, 1, 1, 1)


def test_a_refused_one_that_moves_is_refused_at_the_new_code_only() -> None:
    """Counts follow the record."""
    town = Town()
    town.permit(**PROHIBITED)
    town.permit(order=2, left=NEXT, **PROHIBITED)
    town.permit(order=2, community=NEXT, arrived=COMMUNITY, **PROHIBITED)
    assert (_acts(town), _acts(town, NEXT)) == ((0, 0), (1, 1))


def test_a_list_that_changes_changes_nothing_by_itself() -> None:
    """What was decided stands, with the version of the list that decided it."""
    town = Town()
    town.permit("SB1", **PROHIBITED)
    town.permit("SB2", **PROVED)
    town.permit("SB3")
    before = {key: row for key, row in town.rows.rows.items() if key[0] != "lists"}
    town.publish("permit_items", [])
    town.publish("prohibited_proofs", [{**ALLOWED_PROOF, "zh": "居住情况证明"}])
    assert {key: row for key, row in town.rows.rows.items() if key[0] != "lists"} == before
    town.permit("SB4", **PROHIBITED)
    town.permit("SB5", **PROVED)
    town.permit("SB6")
    assert _acts(town) == (5, 2)
    row = town.permit_row("SB5")
    assert row is not None
    assert row.refusal is not None
    assert (row.refusal.list_version, row.refusal.evidence) == ("9", "居住情况证明")
