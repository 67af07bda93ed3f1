"""A refusal of the broker, in words that an operator can act on."""

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    InvalidProducerIdMapping,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from streams.lane.errors import CommitFailedError, LaneError
from streams.lane.kafka.refusals import told
from streams.lane.kafka.topics_there import require_alike, require_allowed, require_there


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (TopicAuthorizationFailedError("views.cases.v1"), "forbid this worker views.cases.v1"),
        (TopicAuthorizationFailedError({"b", "a"}), "forbid this worker a, b"),
        (GroupAuthorizationFailedError("community-v1"), "the group community-v1: allow READ"),
        (TransactionalIdAuthorizationFailed("community-v1-2"), "id community-v1-2: allow WRITE"),
        (MessageSizeTooLargeError(), "raise its max.message.bytes"),
    ],
)
def test_it_names_what_was_refused_and_what_to_change(error: KafkaError, what: str) -> None:
    assert what in told(error)


def test_it_looks_behind_what_the_client_made_of_it() -> None:
    """The client says "Unexpected error" of whatever ended what it does in its background."""
    hidden = KafkaError("Unexpected error during batch delivery")
    hidden.__cause__ = InvalidProducerIdMapping()
    error = CommitFailedError("partition 1: it failed")
    error.__cause__ = hidden
    assert told(error).startswith("partition 1: it failed: the broker has forgotten")


def test_what_says_itself_what_to_do_stays_as_it_is() -> None:
    assert told(LaneError("mend the clock")) == "mend the clock"


def test_topics_that_are_all_alike_are_no_news() -> None:
    require_alike({"a": 4, "b": 4})
    require_allowed([])
    require_there(["a", "b"], own=["a"], there={"a", "b"})


def test_of_topics_that_differ_those_are_named_that_are_fewer() -> None:
    with pytest.raises(LaneError, match=r"most have 4, \{'b': 3\} have another"):
        require_alike({"a": 4, "b": 3, "c": 4})


def test_a_new_installation_is_told_to_make_its_topics() -> None:
    with pytest.raises(LaneError, match="no topic a, b: run `shequ topics apply`"):
        require_there(["a", "b"], own=["a"], there=set())


def test_a_lineage_that_lost_one_topic_is_told_not_to_make_it_anew() -> None:
    with pytest.raises(LaneError, match="do not make it anew"):
        require_there(["a", "b", "source"], own=["a", "b"], there={"b", "source"})
