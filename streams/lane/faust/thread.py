# ruff: noqa: SLF001 -- aiokafka has no public view of positions, nor of what it has fetched
"""The thread that talks to the broker, in place of Faust's: fetches in batches, with positions."""

import asyncio
import os
import socket
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

import aiokafka
import structlog
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import ConsumerStoppedError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers.aiokafka import (
    AIOKafkaConsumerThread,
    Transport,
    credentials_to_aiokafka_auth,
    server_list,
)
from faust.types import TP
from typing_extensions import override

from streams.lane.faust.patience import JOINING_SECONDS, REQUEST_SECONDS, PatientClient
from streams.lane.group.assignor import LaneAssignor
from streams.lane.kafka.unpacking import take, until_fetched
from streams.lane.port import Fetched, Record

if TYPE_CHECKING:
    from aiokafka.consumer.subscription_state import Assignment, Subscription, TopicPartitionState

logger = structlog.get_logger()


class LaneThread(AIOKafkaConsumerThread):
    """Heartbeats while the fold works. Its methods are called from the app's loop."""

    lane_assignor: LaneAssignor
    _committing: "Future[None] | None" = None

    @override
    def _create_worker_consumer(self, transport: Transport) -> aiokafka.AIOKafkaConsumer:
        """Read committed, LaneAssignor; a position without a record is an error, not a jump."""
        conf = self.app.conf
        self.lane_assignor = LaneAssignor(f"{socket.gethostname()}:{os.getpid()}")
        reaching = {
            "client_id": conf.broker_client_id,
            "bootstrap_servers": server_list(transport.url, transport.default_port),
            **credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        }
        consumer = aiokafka.AIOKafkaConsumer(
            **reaching,
            group_id=conf.id,
            partition_assignment_strategy=[self.lane_assignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=500,
            request_timeout_ms=int(REQUEST_SECONDS * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
        )
        joining = max(JOINING_SECONDS, conf.broker_session_timeout)
        consumer._client = PatientClient(joining_seconds=joining, **reaching)
        return consumer

    async def fetch(self, wanted: Collection[TP], seconds: float) -> list[Fetched]:
        """What there is of the wanted topic-partitions; waits up to `seconds` where nothing is."""
        if self.thread_loop.is_closed():
            raise ConsumerStoppedError
        fetching = asyncio.run_coroutine_threadsafe(self._fetch(wanted, seconds), self.thread_loop)
        return await asyncio.wrap_future(fetching)

    async def _fetch(self, wanted: Collection[TP], seconds: float) -> list[Fetched]:
        """Nothing where the assignment changed meanwhile: what came is of the old one."""
        assignment = self._assignment()
        if assignment is None:
            return []
        states = {
            place: state
            for place in assignment.tps
            if TP(place.topic, place.partition) in wanted
            and (state := assignment.state_value(place)).has_valid_position
        }
        if not states:
            return []
        starts = {place: state.position for place, state in states.items()}
        await self._until_fetched(states, seconds)
        if self._assignment() is not assignment:
            return []
        return [
            _fetched(place, starts[place], take(self._fetcher, place), state)
            for place, state in states.items()
            if state.has_valid_position
        ]

    async def _until_fetched(self, places: Collection[TopicPartition], seconds: float) -> None:
        """What getmany() does before it gives records: errors, a rebalance, waiting."""
        consumer = self._ensure_consumer()
        if consumer._closed or consumer._coordinator is None:
            raise ConsumerStoppedError
        consumer._coordinator.check_errors()
        subscriptions = consumer._subscription
        with subscriptions.fetch_context():  # else the group would take this member for dead
            if subscriptions.reassignment_in_progress:
                await subscriptions.wait_for_assignment()
            await until_fetched(self._fetcher, places, seconds)

    @property
    def _fetcher(self) -> Fetcher:
        return cast("Fetcher", self._ensure_consumer()._fetcher)

    def _assignment(self) -> "Assignment | None":
        subscriptions = self._ensure_consumer()._subscription
        subscription = cast("Subscription | None", subscriptions.subscription)
        return None if subscription is None else subscription.assignment

    def commit_soon(self, offsets: Mapping[TP, int]) -> None:
        """Offsets of the group, for lag tools only: nobody waits for them, one at a time.

        Faust's own ends the worker where they cannot be written, and aiokafka's tries for as long
        as the group has no coordinator: meanwhile nothing would be folded.
        """
        under_way = self._committing is not None and not self._committing.done()
        if not under_way and not self.thread_loop.is_closed():
            telling = self._tell_group(offsets)
            self._committing = asyncio.run_coroutine_threadsafe(telling, self.thread_loop)

    async def _tell_group(self, offsets: Mapping[TP, int]) -> None:
        assignment = self._assignment()
        mine = {
            place: OffsetAndMetadata(offset, "")
            for tp, offset in offsets.items()
            if assignment and (place := TopicPartition(*tp)) in assignment.tps
        }
        try:
            if mine:
                await self._ensure_consumer().commit(mine)
        except KafkaError as error:
            logger.info("the group was not told how far this worker is", error=repr(error))

    async def partition_counts(self, topics: Iterable[str]) -> dict[str, int]:
        """How many partitions each topic has, of those that are there."""
        consumer = self._ensure_consumer()
        found = {topic: consumer.partitions_for_topic(topic) for topic in topics}
        return {topic: len(partitions) for topic, partitions in found.items() if partitions}


def _fetched(
    place: TopicPartition,
    start: int,
    records: Sequence[Record],
    state: "TopicPartitionState",
) -> Fetched:
    return Fetched(
        place.topic,
        place.partition,
        start,
        records,
        state.position,
        at_end=state.lso is not None and state.position >= state.lso,
    )
