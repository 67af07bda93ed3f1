"""The joints between the lane and Faust 0.15.3: consumer, thread, transport, topic.

Faust stays the app: worker, agents, command line, supervision. Replaced are the parts that were
measured to lose, repeat or crawl; each override says which.
"""

import asyncio
import os
import sys
from collections.abc import Iterable
from typing import Any

import aiokafka
import structlog
from faust.topics import Topic
from faust.transport.drivers.aiokafka import (
    AIOKafkaConsumerThread,
    Consumer,
    Transport,
    credentials_to_aiokafka_auth,
    server_list,
)
from faust.types import TP
from faust.types.tuples import Message
from typing_extensions import override

from streams.lane.assignor import LaneAssignor
from streams.lane.errors import EX_TEMPFAIL
from streams.lane.lane import Lane
from streams.lane.port import Record

logger = structlog.get_logger()

FETCH_SECONDS = 0.5
BUSY_FETCH_SECONDS = 0.02
GROUP_COMMIT_SECONDS = 5.0


def end_process(error: BaseException) -> None:
    """End at once: what memory holds is ahead of the log, and the next start reads it anew."""
    logger.error("the lane ends this worker; it is to be started again", error=str(error),
                 kind=type(error).__name__)  # fmt: skip
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EX_TEMPFAIL)


class LaneThread(AIOKafkaConsumerThread):
    """The thread that talks to the broker: fetches in batches, heartbeats while the fold works."""

    @override
    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        """Read committed, with the LaneAssignor; a position without a record is an error, not a jump."""
        conf = self.app.conf
        self._assignor = LaneAssignor
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            bootstrap_servers=server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[LaneAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=500,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            **credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        )

    async def fetch(self, wanted: set[TP], seconds: float) -> list[tuple[TP, list[Record], bool]]:
        """Records by topic-partition, and whether its end was reached; call from the app's loop."""
        fetched: list[tuple[TP, list[Record], bool]] = await self.call_thread(
            self._fetch, wanted, seconds
        )
        return fetched

    async def _fetch(self, wanted: set[TP], seconds: float) -> list[tuple[TP, list[Record], bool]]:
        consumer = self._ensure_consumer()
        owned = consumer.assignment()
        asked = [tp for tp in owned if TP(tp.topic, tp.partition) in wanted]
        records = {}
        if asked:
            records = await consumer.getmany(*asked, timeout_ms=int(seconds * 1000))
        assignment = consumer._subscription.subscription.assignment
        result = []
        for tp in asked:
            if tp not in consumer.assignment():
                continue
            state = assignment.state_value(tp)
            at_end = (
                state.lso is not None and state.has_valid_position and state.position >= state.lso
            )
            batch = [Record(r.offset, r.timestamp, r.key, r.value) for r in records.get(tp, ())]
            result.append((TP(tp.topic, tp.partition), batch, at_end))
        return result

    async def partition_counts(self, topics: Iterable[str]) -> dict[str, int]:
        """How many partitions each topic has, where it is there."""
        consumer = self._ensure_consumer()
        found = {topic: consumer.partitions_for_topic(topic) for topic in topics}
        return {topic: len(partitions) for topic, partitions in found.items() if partitions}


class LaneConsumer(Consumer):
    """Faust's consumer, with seek, revocation and the fetch loop in the lane's hands."""

    @override
    def _new_consumer_thread(self) -> LaneThread:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def lane(self) -> Lane:
        """The lane of this worker's app."""
        found: Lane = self.app.lane
        return found

    @override
    async def perform_seek(self) -> None:
        """Seek to the lane's own positions: Faust's leaves a partition without a commit unmoved."""
        assigned = {(tp.topic, tp.partition) for tp in self.assignment()}
        try:
            counts = await self._thread.partition_counts(self.lane.source_topics)
            numbers = self.lane.require_owned(assigned, counts) if assigned else set()
            seeks = await self.lane.assign(numbers)
            if seeks:
                await self.seek_wait({TP(*place): offset for place, offset in seeks.items()})
        except Exception as error:  # restore failed: each cause says itself what to do
            end_process(error)
        logger.info("partitions taken over", partitions=sorted(numbers))

    @override
    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is folded before the partitions go."""
        await self.lane.quiesce()
        await super().on_partitions_revoked(revoked)

    @override
    async def on_stop(self) -> None:
        """Commit what is folded before the worker goes."""
        await self.lane.quiesce()
        await super().on_stop()

    @override
    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch batches and hand the agent units; Faust's own does it record by record."""
        committed = 0.0
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            if not self.flow_active:
                await self.wait(self.can_resume_flow)
                continue
            delivered = await self._fetch_once()
            delivered += await self._deliver()
            if not delivered:
                await asyncio.sleep(0)
            if self.loop.time() - committed > GROUP_COMMIT_SECONDS:
                committed = self.loop.time()
                await self._commit_for_lag_tools()

    async def _fetch_once(self) -> int:
        lane, generation = self.lane, self.lane.generation
        wanted = {tp for tp in self.assignment() if lane.wants(tp.topic, tp.partition)}
        if not wanted:
            await asyncio.sleep(BUSY_FETCH_SECONDS)
            return 0
        fetched = await self._thread.fetch(wanted, FETCH_SECONDS)
        if generation != lane.generation:
            return 0
        for tp, records, at_end in fetched:
            lane.feed(tp.topic, tp.partition, records, at_end=at_end)
        return sum(len(records) for _, records, _ in fetched)

    async def _deliver(self) -> int:
        units = list(self.lane.units())
        for unit in units:
            topic = self.lane.source_topics[0]
            generation = self.app.consumer_generation_id
            message = Message(
                topic, unit.partition, 0, 0.0, 0, None, None, unit, None, 0, 0,
                generation_id=generation,
            )  # fmt: skip
            await self.callback(message)
        return len(units)

    async def _commit_for_lag_tools(self) -> None:
        places = self.lane.positions()
        if places and self.flow_active:
            await self._thread.commit({TP(*place): offset for place, offset in places.items()})


class LaneTransport(Transport):
    """Faust's transport with the lane's consumer."""

    Consumer = LaneConsumer


class LaneTopic(Topic):
    """All source topics as one channel of units; nothing is acked, the lane keeps positions."""

    def __init__(self, app: Any, **kwargs: Any) -> None:
        super().__init__(app, **{**kwargs, "acks": False})

    @override
    def _compile_decode(self) -> None:
        """Decode nothing: a unit comes as it is. Faust's own acks what does not decode."""
        self.decode = self._as_event

    async def _as_event(self, message: Message, *, propagate: bool = False) -> Any:
        return self._create_event(None, message.value, message.headers, message=message)
