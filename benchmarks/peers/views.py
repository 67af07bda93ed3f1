"""A peer's two views as anybody outside reads them: committed records of its changelogs."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from benchmarks.peers import thin
from ops.reading import places, read_from

CASES, SUMMARY = "cases", "summary"
MODULUS = 1 << 128
POINT_MS = 100
PIECE = 20_000
"""Offsets that are read at a time: a view may hold millions of records."""
Found = ConsumerRecord[bytes, bytes]


class Row(NamedTuple):
    """A row as written: its table, and the key that the thin fold gives it."""

    table: str
    key: bytes
    value: bytes


ReadRow = Callable[[Found], Row | None]
"""What a record of a changelog holds; None where it is no row of the fold."""


@dataclass(frozen=True, slots=True)
class Views:
    """Topics of a peer's rows, and how their records are read."""

    topics: tuple[str, ...]
    row: ReadRow


def own_topics(cases: str, summary: str) -> Views:
    """Views of a peer with a changelog per table, in the fold's own keys."""
    tables = {cases: CASES, summary: SUMMARY}

    def row(found: Found) -> Row | None:
        return Row(tables[found.topic], found.key or b"", found.value or b"")

    return Views((summary, cases), row)


def quix_topic(topic: str, own: bytes, *, json_rows: bool) -> Views:
    """Views of a peer with one changelog, keyed `<code>|<record id, or own>`.

    `json_rows`: keys and rows are JSON; they are read as the bytes that they would be in Avro.
    """

    def row(found: Found) -> Row | None:
        code, _, rest = (found.key or b"").partition(b"|")
        value = found.value or b""
        if json_rows:
            rest, value = rest.strip(b'"'), _as_avro(value)
        if rest == own:
            return Row(SUMMARY, code, value)
        return Row(CASES, code + b"/" + rest, value)

    return Views((topic,), row)


def _as_avro(value: bytes) -> bytes:
    fields = json.loads(value)
    if "hash" not in fields:
        return thin.SUMMARY.encode(fields)
    return thin.CASE.encode({**fields, "hash": bytes.fromhex(fields["hash"])})


class Point(NamedTuple):
    """How many events were folded in all by rows appended up to then, ms."""

    at: int
    total: int


@dataclass(slots=True)
class Progress:
    """Events folded, by partition and over time, as the rows of communities tell it."""

    folded: Counter[int] = field(default_factory=Counter)
    points: list[Point] = field(default_factory=list)
    _known: dict[bytes, int] = field(default_factory=dict)
    _gained: Counter[int] = field(default_factory=Counter)

    def add(self, found: Found, row: Row) -> None:
        """A community's row; those of one community in their order."""
        total = int(thin.SUMMARY.decode(row.value)["events_total"])
        gained = total - self._known.get(row.key, 0)
        self._known[row.key] = total
        self.folded[found.partition] += gained
        self._gained[found.timestamp] += gained

    def finish(self) -> None:
        """Make points of all that was added: one for each tenth of a second with rows in it.

        A commit appends thousands of rows within milliseconds: it counts whole, or not at all.
        """
        total, latest = 0, dict[int, Point]()
        for at in sorted(self._gained):
            total += self._gained[at]
            latest[at // POINT_MS] = Point(at, total)
        self.points.extend(latest.values())


class Follower:
    """Reads views; keeps the last value of each row, and how far the rows had come when."""

    def __init__(self, views: Views) -> None:
        self.progress = Progress()
        self.rows: dict[int, dict[tuple[str, bytes], bytes]] = {}
        self._views = views

    async def drain(self, consumer: AIOKafkaConsumer) -> None:
        """Everything that is committed now, of all views, a piece at a time."""
        for topic in self._views.topics:
            for place in places(consumer, topic):
                end = (await consumer.end_offsets([place]))[place]
                for start in range(0, end, PIECE):
                    self._take(await read_from(consumer, place, start, min(start + PIECE, end)))
        self.progress.finish()

    def _take(self, records: Iterable[Found]) -> None:
        for record in records:
            row = self._views.row(record)
            if row is None:
                continue
            self.rows.setdefault(record.partition, {})[row.table, row.key] = row.value
            if row.table == SUMMARY:
                self.progress.add(record, row)


def digest(rows: Iterable[tuple[tuple[str, bytes], bytes]]) -> int:
    """Sum of every row's hash: free of order."""
    return sum(_hash(table, key, value) for (table, key), value in rows) % MODULUS


def _hash(table: str, key: bytes, value: bytes) -> int:
    found = blake2b(b"\0".join((table.encode(), key, value)), digest_size=16)
    return int.from_bytes(found.digest(), "big")
