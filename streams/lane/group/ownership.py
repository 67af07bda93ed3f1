"""Whether a worker was given what the lane needs: partition numbers, each with every source."""

from collections.abc import Collection, Iterable, Mapping

from streams.lane.errors import LaneError
from streams.lane.port import Place


def require_sources(sources: Iterable[str], counts: Mapping[str, int]) -> int:
    """How many partitions all have.

    Raises LaneError where a source is missing, or sources differ in their partition counts.

    `counts`: partitions by physical name, of the topics that are there.
    """
    missing = [topic for topic in sources if topic not in counts]
    if missing:
        message = (
            f"the broker has no topic {', '.join(missing)}: run `shequ topics apply`, "
            "then start again"
        )
        raise LaneError(message)
    if len(set(counts.values())) > 1:
        message = (
            f"source topics differ in their partition counts, {dict(counts)}: the count is chosen "
            "once for all; make anew those that differ, then start again"
        )
        raise LaneError(message)
    return max(counts.values(), default=0)


def require_owned(sources: Collection[str], assigned: Collection[Place]) -> set[int]:
    """Partition numbers assigned. Raises LaneError where one came without a source."""
    numbers = {number for _, number in assigned}
    for number in sorted(numbers):
        if lacking := [topic for topic in sources if (topic, number) not in assigned]:
            message = f"partition {number} came without {lacking}: another assignor is in the group"
            raise LaneError(message)
    return numbers
