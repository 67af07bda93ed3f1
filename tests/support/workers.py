"""Real workers on a real Kafka: started, killed, stopped, asked; and what must be true after."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import DefaultPartitioner
from stories import Told
from town import PlainRows
from typing_extensions import override

from ops import lists, topics
from ops.reading import places, read_all, reader
from ops.settings import Settings
from ops.verification import Proof, verify
from schemas.naming import Lineage, Names
from streams.community.rows import Row
from streams.community.tables import TABLES, Table
from streams.community_fold import CommunityFold
from streams.lane.partition import JOURNAL_SCHEMA
from streams.lane.port import Record

READY = "partitions taken over"
SESSION_SECONDS = 6


class Bus:
    """The topics of one test, under a prefix of its own."""

    def __init__(
        self, bootstrap: str, home: Path, prefix: str, partitions: int = 4, version: int = 1
    ) -> None:
        self.bootstrap, self.home = bootstrap, home
        self.names = Names(Lineage(version=version), prefix)
        self.fold = CommunityFold.open(home)
        self.sent = 0
        self._settings = Settings(topic_prefix=prefix, partitions=partitions, view_version=version)

    async def make(self) -> None:
        """All topics, and the lists that ship."""
        await topics.apply(self.bootstrap, topics.wanted_topics(self._settings))
        await lists.publish_changed(self.bootstrap, self.names, lists.load_shipped())

    async def send(self, told: Iterable[Told], a_second: float = 0) -> None:
        """Say it, so many a second, or as fast as the broker takes it."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5)
        await producer.start()
        try:
            loop = asyncio.get_running_loop()
            began, count = loop.time(), 0
            for one in told:
                await producer.send(self.names.physical(one.topic), one.value, key=one.key)
                count += 1
                if a_second and (wait := began + count / a_second - loop.time()) > 0:
                    await asyncio.sleep(wait)
        finally:
            await producer.stop()
            self.sent += count

    async def folded(self) -> bool:
        """Whether the journal holds every record of every source; looks twice a second."""
        await asyncio.sleep(0.5)
        return await self._journalled() == await self._said()

    async def _said(self) -> int:
        return sum([len(found) for found in (await self._read(self.fold.sources)).values()])

    async def _journalled(self) -> int:
        journal = (await self._read(["journal"])).values()
        return sum(
            step["count"]
            for records in journal
            for _, value in records
            for step in self.fold.decode(JOURNAL_SCHEMA, value or b"")["steps"]
        )

    async def _read(
        self, logical: Sequence[str]
    ) -> dict[TopicPartition, list[tuple[bytes | None, bytes | None]]]:
        physical = [self.names.physical(name) for name in logical]
        async with reader(self.bootstrap, physical) as consumer:
            return {
                place: [(r.key, r.value) for r in await read_all(consumer, place)]
                for topic in physical
                for place in places(consumer, topic)
            }

    async def require_exact(self) -> list[Proof]:
        """The replay is equal, and so is a fold that knows nothing of the lane."""
        proofs = await verify(self.bootstrap, self.names, self.fold)
        assert [proof.differences for proof in proofs] == [[]] * len(proofs)
        assert not any(proof.moving for proof in proofs)
        assert sum(proof.records for proof in proofs) == await self._said()
        crossings = await self._require_pure_fold()
        assert crossings == sum(proof.crossings for proof in proofs)
        return proofs

    async def _require_pure_fold(self) -> int:
        """Rows and histories of the topics against the core alone, in the journal's order.

        Gives how many crossings the folds tell: each stands once, where its key belongs.
        """
        topics = {"journal", "task.events", "crossings", *(table.topic for table in TABLES)}
        written = await self._read(sorted(topics))
        told: Counter[tuple[int, bytes | None, bytes | None]] = Counter()
        sources = await self._sources()
        for number in range(self._settings.partitions):
            place = TopicPartition(self.names.physical("journal"), number)
            rows = self._pure(written[place], sources, number)
            assert self._committed(written, number) == rows.rows
            events = written[TopicPartition(self.names.physical("task.events"), number)]
            outs = [(topic, key.encode(), self.fold.encode(schema, event))
                    for topic, schema, key, event in rows.outs]  # fmt: skip
            assert events == [(key, value) for topic, key, value in outs if topic == "task.events"]
            assert max(Counter(value for _, value in events).values(), default=1) == 1
            told.update(
                (self._belongs(key), key, value)
                for topic, key, value in outs
                if topic == "crossings"
            )
        assert told == Counter(
            (place.partition, key, value)
            for place, records in written.items()
            if place.topic == self.names.physical("crossings")
            for key, value in records
        )
        return sum(told.values())

    def _belongs(self, key: bytes) -> int:
        """By the partitioner that producers use."""
        numbers = list(range(self._settings.partitions))
        return int(DefaultPartitioner()(key, numbers, numbers))

    async def _sources(self) -> dict[tuple[str, int], dict[int, Record]]:
        physical = {self.names.physical(name): name for name in self.fold.sources}
        async with reader(self.bootstrap, list(physical)) as consumer:
            return {
                (physical[place.topic], place.partition): {
                    r.offset: Record(r.offset, r.timestamp, r.key, r.value)
                    for r in await read_all(consumer, place)
                }
                for topic in physical
                for place in places(consumer, topic)
            }

    def _pure(
        self,
        journal: list[tuple[bytes | None, bytes | None]],
        sources: Mapping[tuple[str, int], Mapping[int, Record]],
        number: int,
    ) -> "UndoableRows":
        rows = UndoableRows()
        for _, data in journal:
            for step in self.fold.decode(JOURNAL_SCHEMA, data or b"")["steps"]:
                said = sources.get((step["topic"], number), {})
                offsets = [o for o in said if step["first"] <= o < step["next"]]
                self.fold.tick(step["now"], rows)
                for offset in offsets:
                    self.fold.tick(step["now"], rows)
                    rows.attempt(self.fold, step["now"], step["topic"], said[offset])
        return rows

    def _committed(
        self,
        written: Mapping[TopicPartition, list[tuple[bytes | None, bytes | None]]],
        number: int,
    ) -> dict[tuple[str, str], Row]:
        tables = {table.name: table for table in TABLES}
        found: dict[tuple[str, str], Row] = {}
        for topic in dict.fromkeys(table.topic for table in TABLES):
            for key, value in written[TopicPartition(self.names.physical(topic), number)]:
                text = (key or b"").decode()
                name = text.split("/", 2)[1] if topic == "state" else _table_of(topic).name
                if name not in tables:
                    continue
                if value is None:
                    found.pop((name, text), None)
                else:
                    found[name, text] = self.fold.decode_row(tables[name], value)
        return found


def _table_of(topic: str) -> Table:
    return next(table for table in TABLES if table.topic == topic)


class UndoableRows(PlainRows):
    """Plain rows that forget what a record did that failed."""

    def __init__(self) -> None:
        super().__init__()
        self._undo: list[tuple[tuple[str, str], Row | None]] = []

    @override
    def put(self, table: Table, key: str, row: Row) -> None:
        self._undo.append(((table.name, key), self.rows.get((table.name, key))))
        super().put(table, key, row)

    @override
    def delete(self, table: Table, key: str) -> None:
        self._undo.append(((table.name, key), self.rows.get((table.name, key))))
        super().delete(table, key)

    def attempt(self, fold: CommunityFold, now: int, topic: str, record: Record) -> None:
        """Fold a record; one that fails leaves nothing."""
        self._undo.clear()
        told = len(self.outs)
        try:
            fold.apply(now, topic, record, self)
        except Exception:  # noqa: BLE001 -- it is a dead letter, whatever it provoked
            del self.outs[told:]
            for place, before in reversed(self._undo):
                if before is None:
                    self.rows.pop(place, None)
                else:
                    self.rows[place] = before


class Worker:
    """One `shequ worker`, as an operator starts it."""

    def __init__(self, bus: Bus, name: str, **environment: str) -> None:
        self.log = bus.home / f"{name}.log"
        self._env = {
            **os.environ,
            "SHEQU_HOME": str(bus.home),
            "SHEQU_BOOTSTRAP": bus.bootstrap,
            "SHEQU_TOPIC_PREFIX": bus.names.prefix,
            "SHEQU_SESSION_TIMEOUT": str(SESSION_SECONDS),
            "SHEQU_LOG_FORMAT": "json",
            **environment,
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> "Worker":
        """Start it; it is not ready yet."""
        with self.log.open("ab") as sink:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "ops", "worker", env=self._env, stdout=sink, stderr=sink
            )
        return self

    @property
    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text("utf-8", "replace")

    @property
    def ready(self) -> bool:
        """Whether it has taken partitions over."""
        return READY in self.said

    @property
    def code(self) -> int | None:
        """Exit code, or None while it runs."""
        return None if self.process is None else self.process.returncode

    def signal(self, sign: signal.Signals) -> None:
        """Send it a signal."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(sign)

    async def ended(self, seconds: float = 40.0) -> int:
        """Its exit code, when it has ended."""
        assert self.process is not None
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def stop(self) -> None:
        """In order: it ends with exit code 0."""
        self.signal(signal.SIGTERM)
        assert await self.ended() == 0, self.said[-3000:]


class Supervisor:
    """Starts a worker again whenever it ends, as systemd would."""

    def __init__(self, bus: Bus, name: str) -> None:
        self.bus, self.name = bus, name
        self.worker: Worker | None = None
        self.codes: list[int] = []
        self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            self.worker = await Worker(self.bus, f"{self.name}-{len(self.codes)}").start()
            self.codes.append(await self.worker.ended(600))
            await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Let go, and end the worker."""
        self._task.cancel()
        if self.worker is not None and self.worker.code is None:
            self.worker.signal(signal.SIGTERM)
            await self.worker.ended()


def pause(chance: random.Random, least: float, most: float) -> float:
    """A random time, in seconds."""
    return least + chance.random() * (most - least)
