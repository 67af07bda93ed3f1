"""Rows of the thin fold, of so many communities, as its changelog and its state hold them."""

import uuid
from collections.abc import Iterator
from itertools import islice

from benchmarks.peers import thin
from benchmarks.peers.events import generated
from benchmarks.peers.fold import ThinFold
from schemas.naming import Names
from streams.lane.kafka.log import KafkaLog
from streams.lane.partition import JOURNAL_SCHEMA, POSITIONS_KEY, POSITIONS_SCHEMA
from streams.lane.port import Write
from streams.lane.rows.digest import MASK, digest_of, number

TEMPLATES = 300
BATCH_ROWS = 5_000
SPACE = uuid.UUID(int=1)


def record_of(place: int) -> str:
    """Id of a record, as long as the departments' own, and without order."""
    return uuid.uuid5(SPACE, str(place)).hex


def code_of(place: int, communities: int) -> str:
    """Code of the community of a record."""
    return f"42{place % communities:010d}"


def templates() -> list[thin.Fields]:
    """Events of every kind that there is."""
    return [thin.EVENT.decode(message.value) for message in islice(generated(3_000), TEMPLATES)]


def rows(count: int, communities: int) -> Iterator[tuple[str, bytes]]:
    """Keys and bytes of so many cases."""
    shapes = [thin.CASE.encode(thin.folded(event, None, None)[0]) for event in templates()]
    for place in range(count):
        yield f"{code_of(place, communities)}/{record_of(place)}", shapes[place % TEMPLATES]


async def fill(bootstrap: str, names: Names, count: int, communities: int) -> int:
    """Write them as the lane does, with positions that agree with them; gives the bytes."""
    fold, log = ThinFold(str(names.lineage)), KafkaLog(bootstrap, names)
    topic, digest, state, size, seq = fold.cases.topic, digest_of("cases"), 0, 0, 0
    await log.fence(0)
    made = rows(count, communities)
    while batch := list(islice(made, BATCH_ROWS)):
        seq += 1
        size += sum(len(key) + len(data) for key, data in batch)
        state += sum(number(digest(key, data)) for key, data in batch)
        writes = [Write(names.physical(topic), key.encode(), data) for key, data in batch]
        digests = {"state": (state & MASK).to_bytes(16, "big"), "outs": bytes(16)}
        marks = {"seq": seq, "code": fold.code, **digests}
        data = fold.encode(POSITIONS_SCHEMA, {**marks, "now": 1, "offsets": []})
        writes.append(Write(names.physical("state"), POSITIONS_KEY.encode(), data))
        entry = fold.encode(JOURNAL_SCHEMA, {**marks, "steps": []})
        writes.append(Write(names.physical("journal"), None, entry))
        await log.commit(0, writes)
    await log.release(0)
    return size
