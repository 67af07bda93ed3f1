"""Assign partition numbers, each with every source topic, to workers of the same topic set.

Faust's own assignors do not guarantee copartitioning: in a rolling upgrade in which one worker
subscribed to one topic more, 4 of 8 partitions were owned by two workers.

What members tell each other rides in the protocol's user data: each says what it owns, so that
numbers stay where their rows are; the leader says who got what, so that each can say why.
Workers of versions that send none share all the same.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)

from streams.lane.group.shares import Claim, share

VERSION = 0
"""Of the consumer protocol. What follows in version 1 aiokafka does not write: a broker that
looks for it would take the member for damaged."""


class Said(msgspec.Struct, frozen=True):
    """What a member says of itself: where it runs, and what it owns since which round."""

    who: str
    round: Annotated[int, msgspec.Meta(ge=0)] = 0
    numbers: list[int] = msgspec.field(default_factory=list)


class Share(msgspec.Struct, frozen=True):
    """What one member gets."""

    who: str
    numbers: list[int]


class Decision(msgspec.Struct, frozen=True):
    """What the leader decided, as every member is told it; shares by member id.

    `older`: who gets nothing because others read more topics. `strangers`: who gets nothing
    because it reads none of them: another installation's worker under the same group.
    """

    round: int
    shares: dict[str, Share]
    older: list[str] = msgspec.field(default_factory=list)
    strangers: list[str] = msgspec.field(default_factory=list)
    topics: list[str] = msgspec.field(default_factory=list)


class LaneAssignor:
    """One consumer's: aiokafka calls class methods, so an instance does, and can remember.

    Its methods run in the thread of the consumer; `decision` may be read from any.
    """

    name = "shequ-lane"

    def __init__(self, who: str) -> None:
        """`who`: where this worker runs, as people are told it."""
        self.who = who
        self.decision: Decision | None = None
        self._said = Said(who)

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What a member says of itself."""
        data = msgspec.json.encode(self._said)
        return ConsumerProtocolMemberMetadata(VERSION, sorted(topics), data)

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Assignment by member id: the members with the largest topic set share the numbers."""
        said = {member: _said(meta.user_data) for member, meta in members.items()}
        sets = {member: frozenset(meta.subscription) for member, meta in members.items()}
        family = _family(sets, said)
        newest = max(
            (sets[member] for member in family), key=lambda topics: (len(topics), sorted(topics))
        )
        sharing = [member for member in family if sets[member] == newest]
        claims = {member: Claim(said[member].round, said[member].numbers) for member in sharing}
        shares = share(_numbers(cluster, newest), claims)
        decision = Decision(
            1 + max(one.round for one in said.values()),
            {member: Share(said[member].who, shares[member]) for member in sharing},
            sorted(said[member].who for member in family if member not in claims),
            sorted(said[member].who for member in members if member not in family),
            sorted(newest),
        )
        data = msgspec.json.encode(decision)
        return {
            member: ConsumerProtocolMemberAssignment(
                VERSION,
                [(topic, shares[member]) for topic in sorted(newest) if shares.get(member)],
                data,
            )
            for member in members
        }

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Remember what this worker owns: it says so when the group shares anew."""
        numbers = sorted({place.partition for place in assignment.partitions()})
        self.decision = _decision(assignment.user_data)
        after = self._said.round if self.decision is None else self.decision.round
        self._said = Said(self.who, after, numbers)


def _numbers(cluster: ClusterMetadata, topics: Iterable[str]) -> set[int]:
    """Numbers that every topic has."""
    counts = [cluster.partitions_for_topic(topic) or set() for topic in topics]
    return set.intersection(*counts) if counts else set()


def _family(sets: Mapping[str, frozenset[str]], said: Mapping[str, Said]) -> list[str]:
    """Members whose topics hang together; of several such, those that have owned last.

    Versions of one installation read mostly the same topics; another prefix shares none.
    """
    families: list[tuple[frozenset[str], list[str]]] = []
    for member in sorted(sets):
        apart = [one for one in families if not one[0] & sets[member]]
        near = [one for one in families if one[0] & sets[member]]
        topics = sets[member].union(*(one[0] for one in near))
        families = [*apart, (topics, [*(m for one in near for m in one[1]), member])]
    return max(
        families,
        key=lambda one: (max(_owns(said[m]) for m in one[1]), len(one[1]), sorted(one[0])),
    )[1]


def _owns(said: Said) -> int:
    return said.round if said.numbers else 0


def _said(data: bytes | None) -> Said:
    """What a member said; nothing where it is of a version that says none, or not to be read."""
    try:
        return msgspec.json.decode(data or b"", type=Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Said("a worker that does not say where it runs")


def _decision(data: bytes | None) -> Decision | None:
    try:
        return msgspec.json.decode(data or b"", type=Decision)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
