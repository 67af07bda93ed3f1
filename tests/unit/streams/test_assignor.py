"""Who gets which partition numbers: each number whole, with every source, to one worker."""

from collections.abc import Collection, Mapping

import msgspec
import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)

from streams.lane.errors import LaneError
from streams.lane.group.assignor import LaneAssignor, Said, Share
from streams.lane.group.ownership import require_owned, require_sources

SOURCES = ("a", "b", "control")


class Cluster(ClusterMetadata):
    """Topics with a number of partitions each."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # aiokafka's own
        self._counts = counts

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """Numbers, or None where there is no such topic."""
        return set(range(self._counts[topic])) if topic in self._counts else None


class Group:
    """Members by name, who tell each other only what goes over the wire."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = counts
        self.members: dict[str, tuple[LaneAssignor, tuple[str, ...]]] = {}
        self.earlier: dict[str, tuple[str, ...]] = {}
        """Members of a version that says nothing of itself, by name, with their topics."""

    def join(self, name: str, topics: tuple[str, ...] = SOURCES) -> LaneAssignor:
        """A new worker; it has its numbers after the next rebalance."""
        self.members[name] = (LaneAssignor(f"host:{name}"), topics)
        return self.members[name][0]

    def rebalance(
        self, but: Collection[str] = (), leader: str = ""
    ) -> dict[str, dict[str, list[int]]]:
        """Everybody says what it owns, one decides, everybody is told; partitions by topic.

        `but`: who sleeps through it.
        """
        said = {
            name: ConsumerProtocolMemberMetadata.decode(assignor.metadata(topics).encode())
            for name, (assignor, topics) in self.members.items()
            if name not in but
        }
        for name, topics in self.earlier.items():
            said[name] = ConsumerProtocolMemberMetadata(1, sorted(topics), b"")
        decides = self.members[leader or min(said.keys() & self.members.keys())][0]
        given = decides.assign(Cluster(self.counts), said)
        for name in said.keys() & self.members.keys():
            told = ConsumerProtocolMemberAssignment.decode(given[name].encode())
            self.members[name][0].on_assignment(told)
        return {name: dict(one.assignment) for name, one in given.items()}


def assign(
    members: Mapping[str, tuple[str, ...]], counts: Mapping[str, int]
) -> dict[str, dict[str, list[int]]]:
    """Partitions by member and topic, of members that have never shared before."""
    group = Group(counts)
    for name, topics in members.items():
        group.join(name, topics)
    return group.rebalance()


def numbers(assigned: Mapping[str, Mapping[str, list[int]]]) -> dict[str, list[int]]:
    """Numbers by member."""
    return {name: topics.get("a", []) for name, topics in assigned.items()}


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


def test_numbers_stay_with_their_worker_when_another_joins_and_leaves() -> None:
    """Their rows are there: what stays is not restored again."""
    group = Group(dict.fromkeys(SOURCES, 12))
    group.join("x")
    group.join("y")
    before = numbers(group.rebalance())
    group.join("z")
    joined = numbers(group.rebalance(leader="z"))
    assert all(set(joined[name]) <= set(before[name]) for name in "xy")
    del group.members["x"]
    left = numbers(group.rebalance(leader="y"))
    assert all(set(joined[name]) <= set(left[name]) for name in "yz")
    assert sorted(left["y"] + left["z"]) == list(range(12))


def test_a_worker_that_slept_through_a_rebalance_takes_nothing_back() -> None:
    """What it believes to own is another's since."""
    group = Group(dict.fromkeys(SOURCES, 4))
    group.join("a")
    group.join("b")
    assert numbers(group.rebalance()) == {"a": [0, 1], "b": [2, 3]}
    assert numbers(group.rebalance(but=["a"], leader="b")) == {"b": [0, 1, 2, 3]}
    assert numbers(group.rebalance(leader="a")) == {"b": [0, 1], "a": [2, 3]}


def test_a_worker_of_an_earlier_version_shares_as_well() -> None:
    """It says nothing of what it owns, and understands what it is given."""
    group = Group(dict.fromkeys(SOURCES, 4))
    group.join("new")
    group.earlier["old"] = SOURCES
    assigned = numbers(group.rebalance())
    assert sorted(assigned["new"] + assigned["old"]) == [0, 1, 2, 3]
    assert len(assigned["old"]) == 2
    assert numbers(group.rebalance()) == assigned


def test_a_leader_of_an_earlier_version_tells_no_reasons() -> None:
    """Its word is taken for what is owned all the same."""
    assignor = LaneAssignor("host:1")
    places = [(topic, [1, 3]) for topic in SOURCES]
    assignor.on_assignment(ConsumerProtocolMemberAssignment(1, places, b""))
    assert assignor.decision is None
    said = msgspec.json.decode(assignor.metadata(SOURCES).user_data, type=Said)
    assert said == Said("host:1", 0, [1, 3])


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"null", b"[1]", b'{"who":1}', b'{"who":"x","round":-1}', None]
)
def test_what_cannot_be_read_of_a_member_claims_nothing(data: bytes | None) -> None:
    """It may be anybody's: it neither stops the group nor takes what another owns."""
    group = Group(dict.fromkeys(SOURCES, 4))
    leader = group.join("x")
    group.rebalance()
    said = {
        "x": leader.metadata(SOURCES),
        "y": ConsumerProtocolMemberMetadata(0, list(SOURCES), data),
    }
    given = leader.assign(Cluster(group.counts), said)
    assert sorted(len(dict(one.assignment)["a"]) for one in given.values()) == [2, 2]


def test_what_a_later_version_says_besides_is_passed_over() -> None:
    """An upgrade may add to it."""
    data = b'{"who":"x","round":3,"numbers":[3],"more":{"of":"it"}}'
    given = LaneAssignor("host:1").assign(
        Cluster(dict.fromkeys(SOURCES, 4)),
        {
            "x": ConsumerProtocolMemberMetadata(0, list(SOURCES), data),
            "a": LaneAssignor("host:a").metadata(SOURCES),
        },
    )
    assert 3 in dict(given["x"].assignment)["a"]


def test_everybody_is_told_who_got_what() -> None:
    """So that each can say in its log why it has what it has."""
    group = Group(dict.fromkeys(SOURCES, 4))
    group.join("new")
    group.join("older", ("a", "b"))
    group.rebalance()
    decision = group.members["older"][0].decision
    assert decision is not None
    assert decision == group.members["new"][0].decision
    assert decision.shares == {"new": Share("host:new", [0, 1, 2, 3])}
    assert (decision.older, decision.strangers) == (["host:older"], [])


def test_workers_of_another_installation_get_nothing_and_are_named() -> None:
    """Two prefixes can make one group's name: `a` + `b-v1`, `ab` + `-v1`. Who owns goes on."""
    group = Group(dict.fromkeys((*SOURCES, "x.a", "x.b", "x.c", "x.d"), 4))
    group.join("ours")
    group.rebalance()
    group.join("theirs", ("x.a", "x.b", "x.c", "x.d"))
    assigned = group.rebalance(leader="theirs")
    assert numbers(assigned)["ours"] == [0, 1, 2, 3]
    assert assigned["theirs"] == {}
    decision = group.members["theirs"][0].decision
    assert decision is not None
    assert decision.strangers == ["host:theirs"]


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
