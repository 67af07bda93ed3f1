"""Runs an adapter: read, map, send, remember; every wait is tried again, nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import stamina
import structlog

from adapters.kit.adapter import Adapter, Batch, Source, Sweeping
from adapters.kit.assembly import Parts
from adapters.kit.checkpoint import Changes
from adapters.kit.errors import HaltError, RetryError
from adapters.kit.heartbeat import Mood
from adapters.kit.own_topic import tail
from adapters.kit.share import BadShare

HALTED = 3
"""Exit code of an adapter that only a person can help."""

BACKFILL = "backfill"
"""Mark of a first load that is not over."""

FIRST_WAIT_SECONDS = 0.25

T = TypeVar("T")
log = structlog.get_logger(__name__)


class _StoppedError(Exception):
    """Told to stop while waiting."""


class Runner:
    """One adapter at work. `stop()` lets the batch under way finish, then ends."""

    def __init__(self, adapter: Adapter[Any], parts: Parts) -> None:
        """The adapter, and all that it works with."""
        self._adapter, self._parts = adapter, parts
        self._beat, self._checkpoint = parts.heartbeat, parts.checkpoint
        self._share = BadShare(most=parts.own.bad_share, window=parts.own.bad_window)
        self._told_to_stop = asyncio.Event()

    def stop(self) -> None:
        """Ask for the end (SIGTERM)."""
        self._told_to_stop.set()

    async def run(self, *, once: bool = False) -> int:
        """Work until stopped, or with `once` until the source has nothing more; the exit code.

        A halted adapter goes on saying so until it is stopped: silent would look like dead.
        """
        beating = asyncio.create_task(self._beat.run(self._parts.kit.heartbeat_seconds))
        try:
            return await self._work(once=once)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await self._beat.close()
            await self._parts.producer.close()

    async def _work(self, *, once: bool) -> int:
        try:
            await self._or_stop(self._again(self._catch_up))
            await self._read_all(once=once)
        except _StoppedError:
            pass
        except HaltError as error:
            self._beat.change(Mood.HALTED, error.finding.sentence)
            if not once:
                await self._told_to_stop.wait()
            return HALTED
        self._beat.change(Mood.STOPPING)
        return 0

    async def _read_all(self, *, once: bool) -> None:
        source: Source = self._adapter.open_source(self._parts.own, self._checkpoint.marks())
        if isinstance(source, Sweeping):
            source.told(self._checkpoint.ids)
        try:
            while not self._told_to_stop.is_set():
                batch = await self._or_stop(self._again(source.read))
                if batch is not None or not self._adapter.pushed:
                    self._beat.read()
                if batch is not None:
                    await self._or_drained(self._carry(batch))
                    continue
                if source.idle:
                    self._end_first_load()
                    if once:
                        return
                await self._or_stop(source.wait())
        finally:
            await source.close()

    async def _carry(self, batch: Batch) -> None:
        """From rows to acknowledged messages to the checkpoint to who waits, in this order."""
        if not (batch.rows or batch.rejected or batch.gone or self._is_new(batch)):
            return
        parts, work = self._parts, self._parts.intake.take(batch, self._parts.clock())
        taken = await self._again(lambda: parts.producer.send(work.messages))
        counted = {
            "events": len(work.outgoing),
            "letters": len(work.letters),
            "skipped": work.skipped,
        }
        changes = Changes(
            records=work.records,
            marks=batch.marks,
            letters=work.letters,
            offsets=taken.next_offsets,
            counters=counted,
        )
        self._checkpoint.write(changes)
        self._beat.appended(taken, counted)
        if batch.carried:
            batch.carried(work.set_aside)
        self._share.add(used=work.used, bad=work.bad)

    def _is_new(self, batch: Batch) -> bool:
        known = self._checkpoint.marks()
        return any(known.get(name, "") != value for name, value in batch.marks.items())

    async def _catch_up(self) -> None:
        """Learn from the own topics what the checkpoint does not hold."""
        parts, known = self._parts, self._checkpoint.offsets()
        async with tail(parts.kit.bootstrap, (parts.topic, parts.dead_letters), known) as rest:
            first = parts.own.backfill_first_load and not known and rest.is_empty(parts.topic)
            async for chunk in rest.chunks():
                parts.memory.fold(chunk)
        if first:
            self._checkpoint.write(Changes(marks={BACKFILL: "first load"}))
        parts.events.backfill = BACKFILL in self._checkpoint.marks()
        self._beat.counters.clear()
        self._beat.counters.update(self._checkpoint.counters())

    def _end_first_load(self) -> None:
        """The first load is over once something came, and nothing more is there."""
        if self._parts.events.backfill and self._beat.counters["events"]:
            self._checkpoint.write(Changes(marks={BACKFILL: ""}))
            self._parts.events.backfill = False

    async def _again(self, step: Callable[[], Awaitable[T]]) -> T:
        """Take a step until it succeeds; what is waited for is shown in the heartbeat."""
        most = self._parts.kit.retry_most_seconds
        async for attempt in stamina.retry_context(
            on=self._to_be_tried_again,
            attempts=None,
            timeout=None,
            wait_initial=min(FIRST_WAIT_SECONDS, most),
            wait_max=most,
            wait_jitter=FIRST_WAIT_SECONDS,
        ):
            with attempt:
                result = await step()
        self._beat.change(Mood.RUNNING)
        return result

    def _to_be_tried_again(self, error: Exception) -> bool:
        if isinstance(error, RetryError):
            self._beat.change(Mood.RETRYING, error.finding.sentence)
        return isinstance(error, RetryError)

    async def _or_stop(self, step: Awaitable[T]) -> T:
        """Wait for a step, but no longer than until told to stop."""
        return await self._race(step, 0)

    async def _or_drained(self, step: Awaitable[T]) -> T:
        """Wait for a step; once told to stop, for the drain time at most."""
        return await self._race(step, self._parts.kit.drain_seconds)

    async def _race(self, step: Awaitable[T], grace: float) -> T:
        work = asyncio.ensure_future(step)
        told = asyncio.ensure_future(self._told_to_stop.wait())
        try:
            await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and grace:
                await asyncio.wait({work}, timeout=grace)
            if not work.done():
                raise _StoppedError
            return await work
        finally:
            told.cancel()
            work.cancel()
            await asyncio.gather(work, told, return_exceptions=True)
