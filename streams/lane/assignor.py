"""Assign partition numbers, each with every source topic, to workers of the same topic set.

Faust's own assignors do not guarantee copartitioning: in a rolling upgrade in which one worker
subscribed to one topic more, 4 of 8 partitions were owned by two workers.
"""

from collections.abc import Iterable, Mapping

from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)
from typing_extensions import override


def share(numbers: Iterable[int], members: Iterable[str]) -> dict[str, list[int]]:
    """Numbers dealt round, in order: counts differ by one at most, and all compute the same."""
    ordered = sorted(members)
    shares: dict[str, list[int]] = {member: [] for member in ordered}
    for position, number in enumerate(sorted(numbers)):
        shares[ordered[position % len(ordered)]].append(number)
    return shares


class LaneAssignor(AbstractPartitionAssignor):
    """Members with the largest topic set share the numbers; one with an older set gets none."""

    name = "shequ-lane"
    version = 1

    @classmethod
    @override
    def assign(
        cls, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Assignment by member id."""
        sets = {member: frozenset(meta.subscription) for member, meta in members.items()}
        newest = max(sets.values(), key=lambda topics: (len(topics), sorted(topics)))
        counts = [cluster.partitions_for_topic(topic) or set() for topic in newest]
        numbers = set.intersection(*counts) if counts else set()
        shares = share(numbers, [member for member, topics in sets.items() if topics == newest])
        return {
            member: ConsumerProtocolMemberAssignment(
                cls.version,
                [(topic, shares.get(member, [])) for topic in sorted(newest) if shares.get(member)],
                b"",
            )
            for member in members
        }

    @classmethod
    @override
    def metadata(cls, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What a member says of itself."""
        return ConsumerProtocolMemberMetadata(cls.version, sorted(topics), b"")

    @classmethod
    @override
    def on_assignment(cls, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Nothing to remember: rows are restored by the lane."""
