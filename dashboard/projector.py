"""The projector: from view topics to the read model, exactly once.

It belongs to no consumer group and reads every partition. Its offsets stand in the read model and
change in the same SQL transaction as the rows, so whatever ends it, the next one goes on exactly
there. It does not end when the broker is away: it waits, and says so in the read model.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError

from dashboard.model.engine import open_writer, set_broken_aside
from dashboard.model.store import FencedError, Offsets, Store
from dashboard.projection.consumer import Cluster, TopicMissingError, connected, starts
from dashboard.projection.following import Following
from dashboard.projection.freshness import Freshness
from dashboard.projection.intake import Intake, UnreadableRecordError
from dashboard.projection.topics import history_kept, readings, watched
from dashboard.settings import Settings

__all__ = ["FencedError", "Projector"]

log = structlog.get_logger()

PASSING = (KafkaError, TopicMissingError, UnreadableRecordError, DBAPIError, OSError)
"""What a later attempt may find mended."""

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 15.0
STEADY_SECONDS = 30.0
"""Who followed for so long was well: the next wait is short again."""


class Projector:
    """Fills one read model until told to stop."""

    def __init__(
        self,
        settings: Settings,
        *,
        rebuild: bool = False,
        bootstrap: Callable[[], str] | None = None,
    ) -> None:
        """`bootstrap` is asked before each connection: an embedded broker may come back elsewhere.

        It raises OSError where there is no broker now.
        """
        self._settings = settings
        self._rebuild = rebuild
        self._bootstrap = bootstrap or (lambda: settings.bootstrap)
        self._readings = readings(settings.names)
        self._intake = Intake(self._readings)
        self._freshness = Freshness(self._bootstrap, watched(settings.names))
        if aside := set_broken_aside(settings.model_url, whole=rebuild):
            log.warning("projector.set_broken_read_model_aside", file=str(aside))
        self._engine = open_writer(settings.model_url)
        self._store = Store(
            self._engine,
            lineage=settings.topic_prefix + str(settings.names.lineage),
            tombstone_days=settings.tombstone_days,
        )
        self._stop = asyncio.Event()
        self._wait = FIRST_WAIT_SECONDS

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stop.set()

    async def run(self) -> None:
        """Read until stopped. Raises FencedError where another projector took the model over."""
        try:
            async with asyncio.TaskGroup() as group:
                watcher = group.create_task(self._freshness.run())
                await self._keep_following()
                watcher.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            await self._engine.dispose()

    async def _keep_following(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                await self._follow()
            except PASSING as error:
                if time.monotonic() - began > STEADY_SECONDS:
                    self._wait = FIRST_WAIT_SECONDS
                await self._say_and_wait(str(error) or type(error).__name__)

    async def _follow(self) -> None:
        bootstrap = self._bootstrap()
        async with (
            Cluster.at(bootstrap) as cluster,
            connected(bootstrap, "shequ-projector") as consumer,
        ):
            offsets = await self._resume(cluster, consumer)
            following = Following(
                cluster,
                consumer,
                offsets,
                store=self._store,
                intake=self._intake,
                freshness=self._freshness,
                batch_records=self._settings.batch_records,
                history_kept=history_kept(self._settings.names),
            )
            await following.run(self._stop)

    async def _resume(self, cluster: Cluster, consumer: AIOKafkaConsumer) -> Offsets:
        """Where to go on; empties the model first where it cannot be gone on with."""
        required = [name for name, reading in self._readings.items() if reading.required]
        partitions = await cluster.partitions(self._readings, required)
        name = await cluster.id()
        stored, why = await self._store.take_over(name, rebuild=self._rebuild)
        offsets, lost = await starts(consumer, partitions, stored)
        if lost:
            why = (
                f"the broker no longer has {lost[0].topic}-{lost[0].partition} at {stored[lost[0]]}"
            )
            await self._store.empty(name)
            offsets, _ = await starts(consumer, partitions, {})
        if why:
            log.info("projector.rebuilds", reason=why)
        self._rebuild = False
        return offsets

    async def _say_and_wait(self, reason: str) -> None:
        pause = self._wait * random.uniform(0.5, 1)  # noqa: S311 - spreads retries, no secret
        self._wait = min(LONGEST_WAIT_SECONDS, self._wait * 2)
        log.warning("projector.waits", seconds=round(pause, 1), reason=reason)
        with suppress(DBAPIError):
            await self._store.fail(reason)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), pause)
