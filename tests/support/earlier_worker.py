"""A worker of the version before sticky shares: it says nothing of itself, and hears no reasons."""

from collections.abc import Iterable, Mapping

from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)
from typing_extensions import override

from ops.cli import main
from streams.lane.faust import thread as faust_thread
from streams.lane.group.assignor import LaneAssignor


class EarlierAssignor(LaneAssignor):
    """As it was: numbers dealt round in order, version 1, no user data."""

    @override
    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        return ConsumerProtocolMemberMetadata(1, sorted(topics), b"")

    @override
    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        topics = sorted(next(iter(members.values())).subscription)
        numbers = sorted(cluster.partitions_for_topic(topics[0]) or ())
        ordered = sorted(members)
        return {
            member: ConsumerProtocolMemberAssignment(
                1, [(topic, numbers[place :: len(ordered)]) for topic in topics], b""
            )
            for place, member in enumerate(ordered)
        }


vars(faust_thread)["LaneAssignor"] = EarlierAssignor  # the whole process is of that version
main()
