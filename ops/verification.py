"""Fold the source topics again along the journal and compare every digest: the proof of a replay."""

from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition

from ops.reading import places, read_all, reader
from schemas.naming import Names
from streams.lane.fold import Fold
from streams.lane.partition import Partition
from streams.lane.port import Record
from streams.lane.replay import Difference, replay


@dataclass(slots=True)
class Proof:
    """What was compared: journal records, folded records, rows, and the first difference if any."""

    partition: int
    journal: int = 0
    records: int = 0
    rows: int = 0
    state: str = ""
    outs: str = ""
    differences: list[Difference] = field(default_factory=list)


async def verify(bootstrap: str, names: Names, fold: Fold) -> list[Proof]:
    """One proof per partition. Reads everything committed as of now; changes nothing."""
    journal = names.physical("journal")
    sources = [names.physical(source) for source in fold.sources]
    async with reader(bootstrap, [journal, *sources]) as consumer:
        return [
            await _verify(consumer, names, fold, place.partition)
            for place in places(consumer, journal)
        ]


async def _verify(consumer: AIOKafkaConsumer, names: Names, fold: Fold, number: int) -> Proof:
    place = TopicPartition(names.physical("journal"), number)
    journal = [record.value or b"" for record in await read_all(consumer, place)]
    logs = {source: await _log(consumer, names.physical(source), number) for source in fold.sources}
    cursors = dict.fromkeys(fold.sources, 0)

    def fetch(topic: str, first: int, following: int) -> list[Record]:
        """Steps go forward, so each log is walked once."""
        log, at = logs[topic], cursors[topic]
        while at < len(log) and log[at].offset < first:
            at += 1
        start = at
        while at < len(log) and log[at].offset < following:
            at += 1
        cursors[topic] = at
        return log[start:at]

    partition = Partition(number, fold)
    proof = Proof(number)
    for difference in replay(partition, journal, fetch):
        proof.journal += 1
        if difference is not None:
            proof.differences.append(difference)
    proof.records = sum(cursors.values())
    proof.rows = len(partition.rows)
    proof.state, proof.outs = partition.digest().hex(), partition.outs.hex()
    return proof


async def _log(consumer: AIOKafkaConsumer, topic: str, number: int) -> list[Record]:
    found = await read_all(consumer, TopicPartition(topic, number))
    return [Record(r.offset, r.timestamp, r.key, r.value) for r in found]
