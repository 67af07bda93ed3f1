"""The joints between the lane and Faust 0.15.3: consumer, transport, topic, and the end.

Faust stays the app: worker, agents, command line, supervision. Replaced are the parts that were
measured to lose, repeat or crawl; each override says which.
"""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol, cast

import structlog
from aiokafka.errors import ConsumerStoppedError
from faust.topics import Topic
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP, AppT, EventT
from faust.types.tuples import Message
from mode import ServiceT
from typing_extensions import override

from streams.lane.errors import EX_TEMPFAIL
from streams.lane.faust.thread import LaneThread
from streams.lane.group.company import require_family, watch
from streams.lane.group.ownership import require_owned, require_sources
from streams.lane.kafka.refusals import told
from streams.lane.lane import Lane
from streams.lane.port import Fetched, Place, Unit

logger = structlog.get_logger()

FETCH_SECONDS = 0.5
HURRY_SECONDS = 0.02
"""How long a fetch waits while it leaves out a partition that is full: it may soon want more."""
GROUP_COMMIT_SECONDS = 5.0
TURNS = 8
"""Of the event loop between two units."""


class HasLane(Protocol):
    """What the joints ask of the app."""

    lane: Lane


def end_process(error: BaseException) -> None:
    """End at once: what memory holds is ahead of the log, and the next start reads it anew."""
    logger.error("the lane ends this worker; it is to be started again", error=told(error),
                 kind=type(error).__name__)  # fmt: skip
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EX_TEMPFAIL)


class LaneConsumer(Consumer):
    """Faust's consumer, with seek, revocation and the fetch loop in the lane's hands."""

    _thread: LaneThread
    _fetching: "asyncio.Task[list[Fetched]] | None" = None
    _fetched_for = 0
    """Generation of the lane for which the fetch is that is on its way."""

    @override
    def _new_consumer_thread(self) -> LaneThread:
        return LaneThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def lane(self) -> Lane:
        """The lane of this worker's app."""
        return cast("HasLane", self.app).lane

    def _end(self, error: BaseException) -> None:
        self.lane.telling.ended(error)
        end_process(error)

    @override
    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe, and hear where the group refuses this worker: Faust would wait for ever."""
        await super().subscribe(topics)
        consumer = self._thread._ensure_consumer()  # noqa: SLF001 -- as Faust's own does
        await self._thread.call_thread(watch, consumer, self.app.conf.id, end_process)

    @override
    async def perform_seek(self) -> None:
        """Take over what is assigned: Faust's leaves a partition without a commit unmoved."""
        assigned = {(tp.topic, tp.partition) for tp in self.assignment()}
        try:
            count = await self._require_sources()
            numbers = require_owned(self.lane.source_topics, assigned)
            taken = await self.lane.assign(numbers, count, self._seek_all)
        except Exception as error:  # noqa: BLE001 -- each cause says itself what to do
            self._end(error)
            return
        if taken:
            logger.info("partitions taken over", partitions=sorted(numbers))

    def _tell_decision(self) -> None:
        assignor = self._thread.lane_assignor
        self.lane.telling.decided(assignor.who, assignor.decision)

    async def _require_sources(self) -> int:
        sources = self.lane.source_topics
        return require_sources(sources, await self._thread.partition_counts(sources))

    async def _seek_all(self, places: Mapping[Place, int]) -> None:
        """Seek when no fetch is on its way: it would move the positions once more."""
        if self._fetching is not None:
            await asyncio.wait([self._fetching])
        await self.seek_wait({TP(*place): offset for place, offset in places.items()})

    @override
    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Nothing assigned is said: Faust seeks nothing then, and the worker would look dead."""
        self._tell_decision()
        await super().on_partitions_assigned(assigned, generation_id)
        if not assigned:
            try:
                count = await self._require_sources()
                require_family(self._thread.lane_assignor, self.app.conf.id)
                await self.lane.assign((), count, self._seek_all)  # what is held here goes
            except Exception as error:  # noqa: BLE001 -- each cause says itself what to do
                self._end(error)
            logger.info("no partition for this worker: others have them all")

    @override
    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is folded before the partitions go."""
        await self.lane.quiesce()
        await super().on_partitions_revoked(revoked)

    @override
    async def on_stop(self) -> None:
        """Commit what is folded before the worker goes."""
        await self.lane.stop()
        await super().on_stop()

    @override
    async def _drain_messages(self, fetcher: ServiceT) -> None:
        """Fetch batches and hand the agent units; Faust's own does it record by record."""
        try:
            await self._drain(fetcher)
        except asyncio.CancelledError:
            if not fetcher.should_stop:
                raise
            # stopped while it rebalances: Faust would take the cancelled loop for a crash
        except Exception as error:  # noqa: BLE001 -- a gap in the fetches: restore, begin anew
            if not (isinstance(error, ConsumerStoppedError) and self.should_stop):
                self._end(error)

    async def _drain(self, fetcher: ServiceT) -> None:
        committed = 0.0
        while not (self.should_stop or fetcher.should_stop):
            if not self.flow_active:
                await self.wait(self.can_resume_flow)  # type: ignore[arg-type] # see Faust's own
                continue
            self.lane.moved.clear()  # what happens from here on ends the waiting below
            self._feed_fetched()
            self._begin_fetch()
            if not await self._deliver():
                await self._until_moved()
            if self.loop.time() - committed > GROUP_COMMIT_SECONDS:
                committed = self.loop.time()
                self._commit_for_lag_tools()

    def _begin_fetch(self) -> None:
        """One fetch is on its way all the time, while units are folded and committed, too."""
        lane, assigned = self.lane, self.assignment()
        wanted = {tp for tp in assigned if lane.wants(tp.topic, tp.partition)}
        if self._fetching is not None or not wanted:
            return
        seconds = FETCH_SECONDS if len(wanted) == len(assigned) else HURRY_SECONDS
        self._fetched_for = lane.generation
        self._fetching = asyncio.ensure_future(self._thread.fetch(wanted, seconds))
        self._fetching.add_done_callback(lambda _: lane.moved.set())

    def _feed_fetched(self) -> None:
        """Hand the lane what has come; what was asked for before a rebalance is dropped."""
        if self._fetching is None or not self._fetching.done():
            return
        fetched, self._fetching = self._fetching.result(), None
        if self._fetched_for == self.lane.generation:
            for one in fetched:
                self.lane.feed(one)

    async def _until_moved(self) -> None:
        """Something was fetched, folded or committed, or it is time to look at what is due."""
        lane = self.lane
        if lane.telling.unsettled and lane.idle:
            lane.telling.settled()  # nothing to fold: the rebalance is over
        with suppress(TimeoutError):
            await asyncio.wait_for(lane.moved.wait(), FETCH_SECONDS)

    async def _deliver(self) -> int:
        """Hand over every unit that is ready, one after the other, and let the others go on.

        The agent folds when this loop lets go. A transaction takes a dozen turns of the event loop,
        its answers are read in between: one turn for all units of all partitions made it last
        longer than the broker allows, where the machine was busy.
        """
        count = 0
        for unit in self.lane.units(patient=True):
            count += 1
            await self.callback(self._message(unit))
            for _ in range(TURNS):
                await asyncio.sleep(0)
        return count

    def _message(self, unit: Unit) -> Message:
        topic = self.lane.source_topics[0]
        value = cast("bytes", unit)  # LaneTopic decodes nothing: the agent gets it as it is
        generation = self.app.consumer_generation_id
        return Message(topic, unit.partition, 0, 0.0, 0, None, None, value, None, 0, 0,
                       generation_id=generation)  # fmt: skip

    def _commit_for_lag_tools(self) -> None:
        places = self.lane.positions()
        if places and self.flow_active:
            self._thread.commit_soon({TP(*place): offset for place, offset in places.items()})


class LaneTransport(Transport):
    """Faust's transport with the lane's consumer."""

    Consumer = LaneConsumer


class LaneTopic(Topic):
    """All source topics as one channel of units; nothing is acked, the lane keeps positions."""

    def __init__(self, app: AppT, **kwargs: Any) -> None:  # noqa: ANN401 -- Faust clones a topic with all of its own arguments
        super().__init__(app, **{**kwargs, "acks": False})

    @override
    def get_topic_name(self) -> str:
        """For `faust agents`: Faust's own refuses a topic with several names."""
        return ", ".join(self.topics)

    @override
    def _compile_decode(self) -> None:
        """Decode nothing: a unit comes as it is. Faust's own acks what does not decode."""
        self.decode = self._as_event  # type: ignore[method-assign] # so does Faust itself

    async def _as_event(self, message: Message, *, propagate: bool = False) -> EventT[Any]:
        del propagate  # there is nothing that could fail
        return self._create_event(None, message.value, message.headers, message)
