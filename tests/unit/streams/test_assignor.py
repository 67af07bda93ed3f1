"""Who gets which partition numbers: each number whole, with every source, to one worker."""

from collections.abc import Mapping

import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from hypothesis import given
from hypothesis import strategies as st

from streams.lane.assignor import LaneAssignor, share
from streams.lane.errors import LaneError
from streams.lane.ownership import require_owned, require_sources

SOURCES = ("a", "b", "control")


class Cluster(ClusterMetadata):
    """Topics with a number of partitions each."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # aiokafka's own
        self._counts = counts

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """Numbers, or None where there is no such topic."""
        return set(range(self._counts[topic])) if topic in self._counts else None


def assign(
    members: Mapping[str, tuple[str, ...]], counts: Mapping[str, int]
) -> dict[str, dict[str, list[int]]]:
    """Partitions by member and topic."""
    said = {name: LaneAssignor.metadata(topics) for name, topics in members.items()}
    assert all(isinstance(one, ConsumerProtocolMemberMetadata) for one in said.values())
    given_ = LaneAssignor.assign(Cluster(counts), said)
    return {name: dict(one.assignment) for name, one in given_.items()}


@given(st.integers(0, 64), st.sets(st.text(min_size=1, max_size=3), min_size=1, max_size=9))
def test_every_number_is_given_once_and_evenly(count: int, members: set[str]) -> None:
    """Counts differ by one at most; everybody computes the same."""
    shares = share(range(count), members)
    assert sorted(number for numbers in shares.values() for number in numbers) == list(range(count))
    sizes = [len(numbers) for numbers in shares.values()]
    assert max(sizes) - min(sizes) <= 1
    assert shares == share(reversed(range(count)), sorted(members, reverse=True))


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 9])
def test_a_number_comes_with_all_its_topics(workers: int) -> None:
    """What one code's records say meets in one worker, whatever the topic."""
    counts = dict.fromkeys(SOURCES, 4)
    assigned = assign({f"w{n}": SOURCES for n in range(workers)}, counts)
    seen: list[int] = []
    for topics in assigned.values():
        assert len({tuple(topics.get(topic, ())) for topic in SOURCES}) == 1
        seen += topics.get("a", [])
    assert sorted(seen) == [0, 1, 2, 3]


def test_during_an_upgrade_a_worker_with_an_older_topic_set_gets_none() -> None:
    """Faust's own gave 4 of 8 partitions to two workers then."""
    members = {"old": ("a", "b"), "new": SOURCES, "newer": SOURCES}
    assigned = assign(members, dict.fromkeys(SOURCES, 4))
    assert assigned["old"] == {}
    owned = assigned["new"]["control"] + assigned["newer"]["control"]
    assert sorted(owned) == [0, 1, 2, 3]


def test_sets_of_one_size_are_told_apart_the_same_way_by_everybody() -> None:
    """One of them wins whole; the numbers are never split between two sets."""
    members = {"x": ("a", "b"), "y": ("a", "control")}
    assigned = assign(members, dict.fromkeys(SOURCES, 4))
    assert [bool(topics) for topics in assigned.values()].count(True) == 1


@pytest.mark.parametrize("counts", [{"a": 4, "b": 4}, {}])
def test_where_a_topic_is_missing_nobody_works(counts: dict[str, int]) -> None:
    """Half a number would fold half of what its codes say."""
    assert assign({"w": SOURCES}, counts) == {"w": {}}


def test_numbers_that_not_every_topic_has_go_to_nobody() -> None:
    """The worker that sees it ends, and says so."""
    assert assign({"w": ("a", "b")}, {"a": 4, "b": 2}) == {"w": {"a": [0, 1], "b": [0, 1]}}


def test_a_missing_source_is_named_and_what_to_do() -> None:
    """The topics were not made, or the prefix is wrong."""
    with pytest.raises(LaneError, match="no topic control: run `shequ topics apply`"):
        require_sources(SOURCES, {"a": 4, "b": 4})
    assert require_sources(SOURCES, dict.fromkeys(SOURCES, 4)) == 4


def test_sources_of_different_partition_counts_are_named() -> None:
    """They are chosen once for all."""
    with pytest.raises(LaneError, match="'b': 2"):
        require_sources(SOURCES, {"a": 4, "b": 2, "control": 4})


def test_a_number_that_came_without_a_source_is_refused() -> None:
    """Another assignor is in the group: two workers would own it."""
    assigned = {(topic, number) for topic in SOURCES for number in (0, 3)}
    assert require_owned(SOURCES, assigned) == {0, 3}
    assert require_owned(SOURCES, set()) == set()
    with pytest.raises(LaneError, match=r"partition 3 came without \['b'\]"):
        require_owned(SOURCES, assigned - {("b", 3)})
