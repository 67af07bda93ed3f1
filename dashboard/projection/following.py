"""Follows the topics over one connection: fetch, fold into a batch, commit, and again."""

import asyncio

import structlog
from aiokafka import AIOKafkaConsumer

from dashboard.model.store import Commit, Offsets, Store, now_ms
from dashboard.model.writes import Batch
from dashboard.projection.consumer import Cluster, ends_of
from dashboard.projection.every import Every
from dashboard.projection.freshness import Freshness
from dashboard.projection.intake import Fetched, Intake

log = structlog.get_logger()

POLL_MS = 200
LOOK_SECONDS = 1.0
TOPICS_SECONDS = 30.0
TRIM_SECONDS = 3600.0


class Following:
    """One connection: starts at `offsets`, ends when told to or when the topics are others."""

    def __init__(
        self,
        cluster: Cluster,
        consumer: AIOKafkaConsumer,
        offsets: Offsets,
        *,
        store: Store,
        intake: Intake,
        freshness: Freshness,
        batch_records: int,
        history_kept: dict[str, int],
    ) -> None:
        self._cluster = cluster
        self._consumer = consumer
        self._store = store
        self._intake = intake
        self._freshness = freshness
        self._most = batch_records
        self._kept = history_kept
        self._next = offsets
        self._stored: Offsets = {}
        self._ends: Offsets = {}
        self._look = Every(LOOK_SECONDS)
        self._look_at_topics = Every(TOPICS_SECONDS, later=True)
        self._trim = Every(TRIM_SECONDS)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, or until there are other partitions than the assigned ones."""
        self._consumer.assign(list(self._next))
        for partition, offset in self._next.items():
            self._consumer.seek(partition, offset)
        while not stop.is_set():
            await self.step()
            if self._look_at_topics.due() and await self._other_partitions():
                log.info("projector.topics_changed")
                return

    async def step(self) -> None:
        """Fetch once and commit what came; at least every LOOK_SECONDS the ends are read anew."""
        fetched: Fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=self._most)
        batch = self._intake.batch(fetched)
        self._next = {p: await self._consumer.position(p) for p in self._next}
        looked_at = await self._look_at_ends()
        if fetched or looked_at or self._next != self._stored:
            await self._commit(batch, looked_at)

    async def _look_at_ends(self) -> int:
        """When the ends were read (ms): what was appended before is counted in them; 0: not now."""
        if not self._look.due():
            return 0
        now = now_ms()
        self._ends = await ends_of(self._consumer, list(self._next))
        await self._trim_history()
        return now

    async def _commit(self, batch: Batch, looked_at: int) -> None:
        state = "live" if self._caught_up() else ""
        if state and self._store.state != state:
            log.info("projector.caught_up", offsets=sum(self._next.values()))
        appends = self._freshness.take()
        commit = Commit(
            next=self._next, ends=self._ends, appends=appends, seen_at=looked_at, state=state
        )
        try:
            await self._store.commit(batch, commit)
        except BaseException:
            self._freshness.give_back(appends)
            raise
        self._stored = self._next

    def _caught_up(self) -> bool:
        return bool(self._ends) and all(self._next[p] >= end for p, end in self._ends.items())

    async def _trim_history(self) -> None:
        if self._trim.due():
            await self._store.trim({t: now_ms() - kept for t, kept in self._kept.items()})

    async def _other_partitions(self) -> bool:
        topics = self._intake.topics
        return set(await self._cluster.partitions(topics)) != set(self._next)
