"""What the platform sends: everything at least once, in no order, and strangers in between."""

import json
import math
from collections import Counter

import pytest

from ops.simulator.permit_feed import Webhook, feed
from ops.simulator.permit_plan import PermitPlan

DAYS = 7


@pytest.fixture(scope="module")
def hooks(permit_plan: PermitPlan) -> list[Webhook]:
    return [hook for day in range(DAYS) for hook in feed(permit_plan, day)]


def near(found: int, of: int, share: float) -> bool:
    """Within four standard deviations of chance."""
    return abs(found - share * of) <= 4 * math.sqrt(share * of * (1 - share))


def test_every_change_is_sent_once_it_may_be_told(
    permit_plan: PermitPlan, hooks: list[Webhook]
) -> None:
    own = Counter((h.change.permit.record_id, h.change.state.at) for h in hooks if h.sort == "own")
    changes = [change for day in range(DAYS) for change in permit_plan.day(day)]
    assert own == Counter((c.permit.record_id, c.state.at) for c in changes)
    assert [bool(feed(permit_plan, day)) for day in range(4)] == [True, False, False, True]
    flood = feed(permit_plan, 3)
    assert {permit_plan.settings.day_of(hook.change.state.at) for hook in flood} == {1, 2, 3}
    assert all(permit_plan.settings.day_of(hook.at) == 3 for hook in flood)


def test_strangers_and_repeats_come_as_often_as_set(
    permit_plan: PermitPlan, hooks: list[Webhook]
) -> None:
    dirt, sorts = permit_plan.city.dirt, Counter(hook.sort for hook in hooks)
    assert near(sorts["again"], sorts["own"], dirt.repeated_webhooks)
    assert near(sorts["captured"], sorts["own"], dirt.replayed_webhooks)
    assert near(sorts["forged"], sorts["own"], dirt.forged_webhooks)
    assert near(sorts["half"], sorts["own"], dirt.half_webhooks)


def test_webhooks_of_one_change_share_an_id_and_what_is_sent_again_is_the_same(
    hooks: list[Webhook],
) -> None:
    own = {hook.id: hook.message(int).body for hook in hooks if hook.sort == "own"}
    assert len(own) == sum(hook.sort == "own" for hook in hooks)
    for hook in hooks:
        said = hook.message(int).body
        if hook.sort in {"again", "captured"}:
            assert said == own[hook.id]
        if hook.sort == "half":
            assert own[hook.id].startswith(said)
            with pytest.raises(ValueError, match=r"line 1|decode"):
                json.loads(said)
        if hook.sort == "forged":
            assert json.loads(said)["gxsj"] > json.loads(own[hook.id])["gxsj"]


def test_some_are_overtaken_by_newer_ones(hooks: list[Webhook]) -> None:
    newest, overtaken = dict[str, int](), 0
    for hook in hooks:
        number, at = hook.change.permit.record_id, hook.change.state.at
        overtaken += at < newest.get(number, 0) and hook.sort == "own"
        newest[number] = max(at, newest.get(number, 0))
    assert overtaken > 50
