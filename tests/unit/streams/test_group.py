"""A worker in the wrong company says so, and what to correct."""

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, InconsistentGroupProtocolError

from streams.lane.errors import LaneError
from streams.lane.group.assignor import Decision, LaneAssignor, Share
from streams.lane.group.company import explained, require_family


def assignor(decision: Decision | None) -> LaneAssignor:
    """Of a worker that was told this."""
    made = LaneAssignor("host:1")
    made.decision = decision
    return made


def test_a_worker_whose_topics_are_none_of_the_groups_ends() -> None:
    """It would wait for partitions that nobody can give it."""
    shares = {"x": Share("other:7", [0, 1])}
    told = Decision(3, shares, strangers=["host:1"], topics=["p.a", "p.b"])
    with pytest.raises(LaneError, match=r"other:7 read p.a, p.b .*SHEQU_TOPIC_PREFIX"):
        require_family(assignor(told), "g")


@pytest.mark.parametrize(
    "told", [None, Decision(3, {"x": Share("host:1", [])}), Decision(3, {}, older=["host:1"])]
)
def test_a_worker_that_only_waits_goes_on(told: Decision | None) -> None:
    """Others have all there is, or read more topics, or say nothing of it."""
    require_family(assignor(told), "g")


def test_a_group_of_another_protocol_is_named_and_other_refusals_go_through() -> None:
    """The broker's own word is `inconsistent group protocol`, which helps nobody."""
    error = explained(InconsistentGroupProtocolError(), "g")
    assert isinstance(error, LaneError)
    assert "group g has members that are no workers of this lane" in str(error)
    other = GroupAuthorizationFailedError("g")
    assert explained(other, "g") is other
