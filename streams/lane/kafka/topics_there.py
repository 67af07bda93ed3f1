"""Whether the topics that a worker needs are there, all alike: asked once, before it starts."""

from collections.abc import Collection, Iterable, Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError

from schemas.kafka_access import access
from streams.lane.errors import LaneError
from streams.lane.topic_map import TopicMap

FORBIDDEN = TopicAuthorizationFailedError.errno


async def require_topics(bootstrap: str, topics: TopicMap) -> None:
    """All topics of the lineage, and the letters' of its sources.

    Raises LaneError where one is missing, forbidden, or has another count of partitions.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **access())
    await admin.start()
    try:
        described = await admin.describe_topics(topics.needed)
    finally:
        await admin.close()
    forbidden = [t["topic"] for t in described if t["error_code"] == FORBIDDEN]
    counts = {t["topic"]: len(t["partitions"]) for t in described if not t["error_code"]}
    require_allowed(forbidden)
    require_there(topics.needed, own=topics.own, there=counts.keys())
    require_alike(counts)


def require_allowed(forbidden: Iterable[str]) -> None:
    """Raises LaneError naming the topics that this worker may not even see."""
    if names := ", ".join(sorted(forbidden)):
        message = (
            f"the broker's ACLs forbid this worker to see {names}: allow its user to describe, "
            "read and write the topics of its lineage, and to describe and read the sources"
        )
        raise LaneError(message)


def require_there(needed: Iterable[str], own: Collection[str], there: Collection[str]) -> None:
    """Raises LaneError naming the topics that are missing.

    `own`: of the lineage. Where only some of these are gone, somebody deleted what was in use.
    """
    missing = [name for name in needed if name not in there]
    if not missing:
        return
    lost = [name for name in missing if name in own]
    if lost and len(lost) < len(own):
        message = (
            f"the broker has no topic {', '.join(missing)}, but others of this lineage are there: "
            "somebody deleted it, or it was never made. Where rows were in it, do not make it "
            "anew: fold the sources as a new SHEQU_VIEW_VERSION. Else run `shequ topics apply`"
        )
        raise LaneError(message)
    message = (
        f"the broker has no topic {', '.join(missing)}: run `shequ topics apply`, then start again"
    )
    raise LaneError(message)


def require_alike(counts: Mapping[str, int]) -> None:
    """Raises LaneError naming the topics whose partitions are not as many as most have."""
    wanted = max(counts.values(), key=list(counts.values()).count)
    other = {name: count for name, count in sorted(counts.items()) if count != wanted}
    if other:
        message = (
            f"topics differ in their partition counts: most have {wanted}, {other} have another; "
            "the count is chosen once for all (SHEQU_PARTITIONS): make anew those that differ, "
            "and fold as a new SHEQU_VIEW_VERSION where rows were in them; then start again"
        )
        raise LaneError(message)
