"""Random runs of the lane on its in-memory twin, and what must be true after every one."""

import asyncio
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka.partitioner import DefaultPartitioner

from schemas.naming import Names
from streams.lane.fold import AnyFold
from streams.lane.memory import MemoryLog, MemoryWorker
from streams.lane.partition import JOURNAL_SCHEMA, POSITIONS_KEY, AnyPartition, Partition
from streams.lane.pending import Frozen
from streams.lane.port import Record, Write
from streams.lane.replay import replay
from streams.lane.topic_map import TopicMap

START = 1_795_132_800_000
APPENDED = ("task.events", "dlq.", "crossings")


class Said(NamedTuple):
    """The next record of a story; without partitions it comes in one of them, by chance."""

    topic: str
    value: bytes
    key: bytes = b"key"
    at: Sequence[int] = ()


Say = Callable[[random.Random], Said | None]


@dataclass
class Run:
    """Two partitions, a clock that the run moves, workers that come, die, sleep and wake."""

    seed: int
    new_fold: Callable[[], AnyFold]
    say: Say
    partitions: Sequence[int] = (0, 1)
    now: int = START
    faults: bool = True
    ended: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = Names()
        self.chance = random.Random(self.seed)
        self.log = MemoryLog(lambda: self.now, self._fault, len(self.partitions))
        self.topics = TopicMap(self.new_fold(), self.names)
        self.live: list[MemoryWorker] = []
        self.zombies: list[MemoryWorker] = []

    async def play(self, steps: int) -> None:
        """Random steps, then a worker that nothing disturbs folds the rest."""
        acts = (self._append, self._work, self._work, self._work, self._rebalance, self._kill,
                self._stop, self._wake)  # fmt: skip
        for _ in range(steps):
            act = self.chance.choices(acts, (40, 20, 20, 10, 4, 2, 2, 3))[0]
            await act()
        await self.finish()

    async def finish(self) -> None:
        """Everything that was sent is folded and committed, by workers without faults."""
        self.faults = False
        for worker in self.live:
            await worker.quiesce()
        last = MemoryWorker(self.log, self.new_fold(), self.names)
        assert await last.assign(self.partitions), last.failure
        await last.drain()
        assert last.failure is None
        await last.quiesce()

    def append(self, said: Said | None) -> None:
        """A department says something; now and then in a transaction of its own."""
        if said is None:
            return
        for number in said.at or (self.chance.choice(self.partitions),):
            self.log.append(Write(said.topic, said.key, said.value), number)
            if self.chance.random() < 0.2:
                self.log.mark(said.topic, number)

    def _fault(self) -> str | None:
        if not self.faults:
            return None
        return self.chance.choices((None, "slow", "before", "after"), (80, 14, 3, 3))[0]

    async def _append(self) -> None:
        self.now += self.chance.choice((0, 0, 1, 30, 400, 1_500, 7_000))
        for _ in range(self.chance.choice((1, 1, 3, 12))):
            self.append(self.say(self.chance))

    async def _work(self) -> None:
        self._bury()
        if not self.live:
            await self._rebalance()
            return
        worker = self.chance.choice(self.live)
        await self._step(worker)

    async def _step(self, worker: MemoryWorker) -> None:
        worker.fetch(self.chance.choice((1, 3, 1000)))
        for _ in range(self.chance.randint(0, 3)):
            worker.fold()
            await asyncio.sleep(0)

    async def _rebalance(self) -> None:
        """All live workers give up; one may be new; each takes its share, in any order."""
        self._bury()
        for worker in self.live:
            await worker.quiesce()
        self._bury()
        if not self.live or (len(self.live) < 3 and self.chance.random() < 0.5):
            self.live.append(MemoryWorker(self.log, self.new_fold(), self.names))
        shares: dict[int, list[int]] = {id(worker): [] for worker in self.live}
        for number in self.partitions:
            shares[id(self.chance.choice(self.live))].append(number)
        self.chance.shuffle(self.live)
        await asyncio.gather(*(worker.assign(shares[id(worker)]) for worker in self.live))

    async def _kill(self) -> None:
        """Kill -9: a worker is gone with all it knows, and the others take over."""
        self._bury()
        if self.live:
            dead = self.live.pop(self.chance.randrange(len(self.live)))
            dead.failure = RuntimeError("killed")
            self.ended.append("killed")
            await self._rebalance()

    async def _stop(self) -> None:
        """SIGSTOP past the session: the others take over, and it knows nothing of it."""
        self._bury()
        if self.live:
            self.zombies.append(self.live.pop(self.chance.randrange(len(self.live))))
            await self._rebalance()

    async def _wake(self) -> None:
        """SIGCONT: it goes on where it was, until it is fenced or learns of the rebalance."""
        if self.zombies:
            zombie = self.zombies.pop(self.chance.randrange(len(self.zombies)))
            await self._step(zombie)
            if self.chance.random() < 0.5:
                await zombie.quiesce()
            self.ended.append(type(zombie.failure).__name__)

    def _bury(self) -> None:
        for worker in [worker for worker in self.live if worker.failure is not None]:
            self.live.remove(worker)
            self.ended.append(type(worker.failure).__name__)

    def require_exact(self) -> None:
        """What was committed is the pure fold of what was sent, each record once.

        What partitions tell each other is input as well: each crossing that the folds give stands
        once on the topic, where its key belongs, and nothing else does.
        """
        told: Counter[tuple[int, bytes | None, bytes | None]] = Counter()
        for number in self.partitions:
            told.update(self._require_exact(number))
        recorded = [
            (number, record.key, record.value)
            for number in self.partitions
            for topic in self.new_fold().crossings
            for record in self._read(topic, number)
        ]
        assert Counter(recorded) == told

    def _require_exact(self, number: int) -> list[tuple[int, bytes | None, bytes | None]]:
        """Of one partition; gives what it tells the others."""
        journal = [r.value or b"" for r in self._read("journal", number)]
        partition, appended = self._replayed(number, journal)
        crossings = [out for out in appended if out[0] in partition.fold.crossings]
        outs = [out for out in appended if out[0] not in partition.fold.crossings]
        self._require_each_once(number, journal, partition.fold)
        assert self.rows(number) == {
            (table.name, key): data
            for table in partition.fold.tables
            for key, data in partition.rows.items(table.name)
        }
        written = [
            (topic, r.key, r.value)
            for topic in sorted({topic for topic, _, _ in outs} | {"task.events"})
            for r in self._read(topic, number)
        ]
        assert written == sorted(outs, key=lambda out: out[0])
        return [(self._belongs(key), key, value) for _, key, value in crossings]

    def _belongs(self, key: bytes | None) -> int:
        """By the partitioner that producers use."""
        numbers = list(self.partitions)
        return int(DefaultPartitioner()(key, numbers, numbers))

    def _replayed(
        self, number: int, journal: list[bytes]
    ) -> tuple[AnyPartition, list[tuple[str, bytes | None, bytes | None]]]:
        """Folded again along the journal; equal at every record of it."""
        outs: list[tuple[str, bytes | None, bytes | None]] = []
        partition: AnyPartition = Partition(number, self.new_fold())

        def sink(frozen: Frozen) -> None:
            append_only = [w for w in frozen.writes if w.topic.startswith(APPENDED)]
            outs.extend((write.topic, write.key, write.value) for write in append_only)

        def fetch(topic: str, first: int, following: int) -> list[Record]:
            records = self._read(topic, number)
            return records[_index(records, first) : _index(records, following)]

        answers = list(replay(partition, journal, fetch, sink))
        assert answers == [None] * len(journal)
        return partition, outs

    def _require_each_once(self, number: int, journal: list[bytes], fold: AnyFold) -> None:
        folded: dict[str, int] = dict.fromkeys(fold.sources, 0)
        reached: dict[str, int] = dict.fromkeys(fold.sources, 0)
        now = 0
        for data in journal:
            for step in fold.decode(JOURNAL_SCHEMA, data)["steps"]:
                assert step["now"] >= now
                now = step["now"]
                if step["topic"]:
                    assert step["first"] >= reached[step["topic"]]
                    reached[step["topic"]] = step["next"]
                    folded[step["topic"]] += step["count"]
        assert folded == {topic: len(self._read(topic, number)) for topic in fold.sources}

    def rows(self, number: int) -> dict[tuple[str, str], bytes]:
        """Committed rows of a partition, by table and key."""
        rows: dict[tuple[str, str], bytes] = {}
        for topic in self.topics.changelogs():
            for record in self.log.records(topic, number):
                key = (record.key or b"").decode()
                name = "" if key == POSITIONS_KEY else self.topics.table_of(topic, key)
                if record.value is None:
                    rows.pop((name, key), None)
                elif name:
                    rows[name, key] = record.value
        return rows

    def _read(self, logical: str, number: int) -> list[Record]:
        return self.log.records(self.topics.physical(logical), number)


def _index(records: list[Record], offset: int) -> int:
    return bisect_left(records, offset, key=lambda record: record.offset)
