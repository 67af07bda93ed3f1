"""Fold the source topics again along the journal, and hold the answer against what was written.

Compared are, for every partition: the digests of every journal record, then the rows that the
view and state topics hold, and the history in `task.events`; at last, what the partitions told
each other. That is input as well: each replay takes it as recorded.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import blake2b

from aiokafka import AIOKafkaConsumer, TopicPartition

from ops.crossing_proof import CrossingProof
from ops.reading import Found, places, read_all, read_from, reader
from schemas.naming import Names
from streams.lane.fold import AnyFold
from streams.lane.partition import JOURNAL_SCHEMA, POSITIONS_KEY, AnyPartition, Partition
from streams.lane.pending import Frozen
from streams.lane.port import Record
from streams.lane.replay import Difference, replay
from streams.lane.topic_map import TopicMap

JOURNAL_RECORDS = 1_000
"""So many are replayed at a time: a year of events does not fit into memory."""
HISTORY = "task.events"


@dataclass(slots=True)
class Proof:
    """What was compared of a partition, and the first difference if there is one.

    `moving`: a worker wrote meanwhile, so that what was written could not be compared.
    """

    partition: int
    journal: int = 0
    records: int = 0
    rows: int = 0
    history: int = 0
    crossings: int = 0
    state: str = ""
    outs: str = ""
    moving: bool = False
    differences: list[Difference] = field(default_factory=list)


async def verify(bootstrap: str, names: Names, fold: AnyFold) -> list[Proof]:
    """One proof per partition. Reads everything committed as of now; changes nothing."""
    topics = TopicMap(fold, names)
    wanted = [names.physical(name) for name in ("journal", HISTORY, *fold.sources)]
    wanted += [*topics.changelogs(), *topics.crossings]
    async with reader(bootstrap, sorted(set(wanted))) as consumer:
        journals = places(consumer, names.physical("journal"))
        crossings = CrossingProof(topics, len(journals))
        proofs, ends = [], []
        for place in journals:
            ends.append(await _end(consumer, place))
            check = _Check(consumer, names, fold, place.partition, crossings)
            proofs.append(await check.run(ends[-1]))
        found = await crossings.differences(consumer)
        for place, proof, end in zip(journals, proofs, ends, strict=True):
            proof.moving = proof.moving or await _end(consumer, place) != end
        if not any(proof.moving or proof.differences for proof in proofs):
            for number, what, recorded, replayed in found:
                difference = Difference(number, proofs[number].journal, what, recorded, replayed)
                proofs[number].differences.append(difference)
        return proofs


async def _end(consumer: AIOKafkaConsumer, place: TopicPartition) -> int:
    return int((await consumer.end_offsets([place]))[place])


class _Check:
    """One partition's proof on its way."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        names: Names,
        fold: AnyFold,
        number: int,
        crossings: CrossingProof,
    ) -> None:
        self.proof = Proof(number)
        self._crossings = crossings
        self._consumer = consumer
        self._names = names
        self._topics = TopicMap(fold, names)
        self._partition: AnyPartition = Partition(number, fold)
        self._segments: dict[str, list[Record]] = {}
        self._history = _Hash()

    async def run(self, end: int) -> Proof:
        """`end`: of the journal, as of then."""
        await self._replay(end)
        rows = await self._written_rows()
        history = await self._written_history()
        self.proof.moving = await _end(self._consumer, self._place("journal")) != end
        if not self.proof.differences and not self.proof.moving:
            self._compare(rows, history)
        partition, proof = self._partition, self.proof
        proof.rows, proof.history = len(partition.rows), self._history.count
        proof.state, proof.outs = partition.digest().hex(), partition.outs.hex()
        return proof

    def _place(self, logical: str) -> TopicPartition:
        return TopicPartition(self._names.physical(logical), self.proof.partition)

    async def _replay(self, end: int) -> None:
        async for journal in self._journal(end):
            await self._load(journal)
            for difference in replay(self._partition, journal, self._fetch, self._sink):
                self.proof.journal += 1
                if difference is not None:
                    self.proof.differences.append(difference)
                    return

    async def _journal(self, end: int) -> AsyncIterator[list[bytes]]:
        """The journal up to an offset, a thousand records at a time."""
        place = self._place("journal")
        at = (await self._consumer.beginning_offsets([place]))[place]
        while at < end:
            found = await read_from(self._consumer, place, at, min(end, at + 2 * JOURNAL_RECORDS))
            at = min(end, at + 2 * JOURNAL_RECORDS)
            yield [record.value or b"" for record in found]

    async def _load(self, journal: list[bytes]) -> None:
        """Read what these journal records say that they folded."""
        ranges: dict[str, tuple[int, int]] = {}
        for data in journal:
            for step in self._partition.fold.decode(JOURNAL_SCHEMA, data)["steps"]:
                first, _ = ranges.get(step["topic"], (step["first"], 0))
                ranges[step["topic"]] = (first, step["next"])
        ranges.pop("", None)
        self._segments = {
            topic: await self._segment(topic, *wanted) for topic, wanted in ranges.items()
        }

    async def _segment(self, topic: str, first: int, following: int) -> list[Record]:
        """Records newest first, so that they are taken off the end; none where they are gone."""
        place = self._place(topic)
        earliest = (await self._consumer.beginning_offsets([place]))[place]
        found = await read_from(self._consumer, place, max(first, earliest), following)
        return [Record(r.offset, r.timestamp, r.key, r.value) for r in reversed(found)]

    def _fetch(self, topic: str, first: int, following: int) -> list[Record]:
        """Steps go forward, so each segment is walked once."""
        segment, taken = self._segments[topic], list[Record]()
        while segment and segment[-1].offset < following:
            record = segment.pop()
            if record.offset >= first:
                taken.append(record)
        self.proof.records += len(taken)
        return taken

    def _sink(self, frozen: Frozen) -> None:
        self.proof.crossings += self._crossings.take(frozen)
        for write in frozen.writes:
            if write.topic == HISTORY:
                self._history.add(write.key, write.value)

    async def _written_rows(self) -> dict[tuple[str, str], bytes]:
        """Last value of every key in the changelogs, by table and key."""
        rows: dict[tuple[str, str], bytes] = {}
        for topic in self._topics.changelogs():
            for record in await read_all(self._consumer, self._tp(topic)):
                key = (record.key or b"").decode()
                if key == POSITIONS_KEY:
                    continue
                name = self._topics.table_of(topic, key)
                if record.value is None:
                    rows.pop((name, key), None)
                else:
                    rows[name, key] = record.value
        return rows

    async def _written_history(self) -> list[Found]:
        return await read_all(self._consumer, self._place(HISTORY))

    def _tp(self, physical: str) -> TopicPartition:
        return TopicPartition(physical, self.proof.partition)

    def _compare(self, rows: dict[tuple[str, str], bytes], history: list[Found]) -> None:
        partition = self._partition
        mine = {
            (table.name, key): data
            for table in partition.fold.tables
            for key, data in partition.rows.items(table.name)
        }
        for name, key in sorted(rows.keys() | mine.keys()):
            if (wrong := rows.get((name, key))) != (right := mine.get((name, key))):
                self._differs(f"row {name} {key}", _short(wrong), _short(right))
                return
        written = _Hash()
        for record in history:
            written.add(record.key, record.value)
        if written.value != self._history.value:
            self._differs(HISTORY, f"{written.count} events", f"{self._history.count} events")

    def _differs(self, what: str, recorded: str, replayed: str) -> None:
        number, seq = self.proof.partition, self._partition.seq
        self.proof.differences.append(Difference(number, seq, what, recorded, replayed))


class _Hash:
    """Running hash over keys and values."""

    def __init__(self) -> None:
        self.count = 0
        self.value = b""

    def add(self, key: bytes | None, value: bytes | None) -> None:
        self.count += 1
        pair = len(key or b"").to_bytes(4, "big") + (key or b"") + (value or b"")
        self.value = blake2b(self.value + pair, digest_size=16).digest()


def _short(data: bytes | None) -> str:
    return "absent" if data is None else blake2b(data, digest_size=8).hexdigest()
