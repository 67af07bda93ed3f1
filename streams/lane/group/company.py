"""Who else is in the consumer group, and what to say where it is the wrong company."""

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import InconsistentGroupProtocolError

from streams.lane.errors import LaneError
from streams.lane.group.assignor import LaneAssignor

APART = (
    "Two installations on one Kafka need names that differ: correct SHEQU_TOPIC_PREFIX, SHEQU_APP "
    "or SHEQU_VIEW_VERSION of one, or stop it"
)


async def watch(
    consumer: AIOKafkaConsumer, group: str, end: Callable[[BaseException], None]
) -> None:
    """See that a refusal of the group ends the worker; call it in the consumer's own thread.

    aiokafka tells it to whoever fetches, and a worker without partitions never does.
    """
    subscriptions = consumer._subscription  # noqa: SLF001 -- no public way is told of it

    def again() -> None:
        subscriptions.wait_for_assignment().add_done_callback(told)

    def told(assigned: "asyncio.Future[None]") -> None:
        if assigned.cancelled():
            return
        error = assigned.exception()
        if error is None:
            again()
        else:
            end(explained(error, group))

    again()


def explained(error: BaseException, group: str) -> BaseException:
    """The error, with what to do where that is known."""
    if not isinstance(error, InconsistentGroupProtocolError):
        return error
    return LaneError(
        f"group {group} has members that are no workers of this lane (they share partitions by "
        f"another protocol): another application runs under this name. {APART}"
    )


def require_family(assignor: LaneAssignor, group: str) -> None:
    """Raises LaneError where this worker reads other topics than the group it has come into."""
    decision = assignor.decision
    if decision is None or assignor.who not in decision.strangers:
        return
    others = sorted(share.who for share in decision.shares.values())
    message = (
        f"group {group} is another installation's: {', '.join(others)} read "
        f"{', '.join(decision.topics[:3])} ..., and none of this worker's topics. {APART}"
    )
    raise LaneError(message)
