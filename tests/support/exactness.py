"""What must be true of everything committed, whatever happened to the workers that wrote it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from aiokafka.partitioner import DefaultPartitioner
from town import PlainRows
from typing_extensions import override

from ops.reading import Found, places, read_all, reader
from schemas.catalogue import catalogue
from schemas.naming import Names
from streams.community.rows import Row
from streams.community.tables import TABLES, Table
from streams.community_fold import CommunityFold
from streams.lane.partition import JOURNAL_SCHEMA
from streams.lane.port import Record

Place = tuple[str, int]
"""Logical topic and partition."""
Told = tuple[int, bytes | None, bytes | None]
"""Partition, key and value of a crossing."""
WRITTEN = ("journal", "task.events", "crossings", *dict.fromkeys(table.topic for table in TABLES))
OFFSET_HEADER = "shequ_offset"
CLOCK_LIMIT_MS = 5_000
_TABLES = {table.name: table for table in TABLES}
_TABLE_OF = {table.topic: table.name for table in reversed(TABLES)}


async def read_topics(
    bootstrap: str, names: Names, logical: Sequence[str]
) -> dict[Place, list[Found]]:
    """All committed records of topics, by logical topic and partition."""
    physical = {names.physical(name): name for name in logical}
    async with reader(bootstrap, list(physical)) as consumer:
        return {
            (physical[place.topic], place.partition): await read_all(consumer, place)
            for topic in physical
            for place in places(consumer, topic)
        }


class PureFold:
    """The core alone, in the journal's order, against what the lane wrote."""

    def __init__(self, fold: CommunityFold, found: Mapping[Place, list[Found]], count: int) -> None:
        """`found`: all sources and all that was written. `count`: partitions of each."""
        self._fold = fold
        self._found = found
        self._count = count
        self._failed: list[str] = []

    def require_equal(self) -> int:
        """Rows, histories and crossings; gives how many crossings the folds tell.

        Each crossing stands once, where its key belongs.
        """
        told: Counter[Told] = Counter()
        for number in range(self._count):
            rows = self._folded(number)
            assert self._committed(number) == rows.rows
            outs = [
                (topic, key.encode(), self._fold.encode(schema, event))
                for topic, schema, key, event in rows.outs
            ]
            events = [(r.key, r.value) for r in self._found["task.events", number]]
            assert events == [(key, value) for topic, key, value in outs if topic == "task.events"]
            assert max(Counter(value for _, value in events).values(), default=1) == 1
            told.update((self._belongs(k), k, v) for topic, k, v in outs if topic == "crossings")
        written = Counter(
            (number, record.key, record.value)
            for number in range(self._count)
            for record in self._found["crossings", number]
        )
        assert told == written
        return sum(told.values())

    def require_letters(self) -> int:
        """Each record that fails has one letter, which says where it stood; gives how many."""
        written = Counter(
            value.decode()
            for topic in letter_topics(self._fold)
            for number in range(self._count)
            for record in self._found[topic, number]
            for name, value in record.headers
            if name == OFFSET_HEADER
        )
        assert written == Counter(self._failed)
        return len(self._failed)

    def require_time(self) -> None:
        """No step lies before the one before it, none ahead of the broker's time."""
        for number in range(self._count):
            now = 0
            for record in self._found["journal", number]:
                for step in self._steps(record):
                    assert now <= _int(step["now"]) <= record.timestamp + CLOCK_LIMIT_MS
                    now = _int(step["now"])

    def longest_wait(self) -> int:
        """Longest time from a record's append to its commit, ms.

        Counted from a partition's first commit on: what was there before waited for a start.
        """
        waits = [0]
        for number in range(self._count):
            journal = self._found["journal", number]
            for record in journal:
                waits += [
                    record.timestamp - source.timestamp
                    for step in self._steps(record)
                    for source in self._segment(step, number)
                    if source.timestamp >= journal[0].timestamp
                ]
        return max(waits)

    def _belongs(self, key: bytes) -> int:
        """By the partitioner that producers use."""
        numbers = list(range(self._count))
        return int(DefaultPartitioner()(key, numbers, numbers))

    def _steps(self, journal: Found) -> list[dict[str, object]]:
        steps: list[dict[str, object]]
        steps = self._fold.decode(JOURNAL_SCHEMA, journal.value or b"")["steps"]
        return steps

    def _segment(self, step: Mapping[str, object], number: int) -> list[Found]:
        first, following = _int(step["first"]), _int(step["next"])
        said = self._found.get((str(step["topic"]), number), [])
        return [record for record in said if first <= record.offset < following]

    def _folded(self, number: int) -> "UndoableRows":
        rows = UndoableRows()
        for journal in self._found["journal", number]:
            for step in self._steps(journal):
                now, topic = _int(step["now"]), str(step["topic"])
                self._fold.tick(now, rows)
                for r in self._segment(step, number):
                    self._fold.tick(now, rows)
                    record = Record(r.offset, r.timestamp, r.key, r.value)
                    if not rows.attempt(self._fold, now, topic, record):
                        self._failed.append(f"{topic}-{number}-{r.offset}")
        return rows

    def _committed(self, number: int) -> dict[tuple[str, str], Row]:
        found: dict[tuple[str, str], Row] = {}
        for topic in dict.fromkeys(table.topic for table in TABLES):
            for record in self._found[topic, number]:
                text = (record.key or b"").decode()
                name = text.split("/", 2)[1] if topic == "state" else _TABLE_OF[topic]
                if name not in _TABLES:
                    continue
                if record.value is None:
                    found.pop((name, text), None)
                else:
                    found[name, text] = self._fold.decode_row(_TABLES[name], record.value)
        return found


def letter_topics(fold: CommunityFold) -> list[str]:
    """Logical topics of dead letters of a fold's sources."""
    known = catalogue().topics
    return [f"dlq.{source}" for source in fold.sources if known[source].dead_letters]


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


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

    def attempt(self, fold: CommunityFold, now: int, topic: str, record: Record) -> bool:
        """Fold a record; one that fails twice leaves nothing, and False."""
        tried = self._tried(fold, now, topic, record)
        return tried or self._tried(fold, now, topic, record)

    def _tried(self, fold: CommunityFold, now: int, topic: str, record: Record) -> bool:
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
            return False
        return True
