"""What must be true after a schedule: the topics hold the pure fold of what was sent, no more."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from schemas.naming import Names
from streams.lane.fold import AnyFold
from streams.lane.partition import JOURNAL_SCHEMA, POSITIONS_KEY, AnyPartition, Partition
from streams.lane.port import Record
from streams.lane.replay import replay
from streams.lane.topic_map import TopicMap, partition_of
from streams.lane.twin.log import MemoryLog
from streams.lane.twin.pure import PureRows, Told

Crossed = Counter[tuple[int, Told]]


class NotExactError(AssertionError):
    """The topics do not hold what the pure fold gives: a record was lost, or folded twice."""


class Exactness:
    """Checks of one log, after the last worker has folded all of it."""

    def __init__(
        self, log: MemoryLog, names: Names, new_fold: Callable[[], AnyFold], numbers: Sequence[int]
    ) -> None:
        self._log = log
        self._new_fold = new_fold
        self._numbers = numbers
        self._topics = TopicMap(new_fold(), names)

    def require(self) -> None:
        """Raises NotExactError with what differs, and where.

        What partitions tell each other is input as well: each crossing that the folds give stands
        once on the topic, where its key belongs, and nothing else does.
        """
        told: Crossed = Counter()
        for number in self._numbers:
            told.update(self._require_partition(number))
        recorded: Crossed = Counter(
            (number, Told(topic, record.key or b"", record.value))
            for number in self._numbers
            for topic in self._new_fold().crossings
            for record in self._read(topic, number)
        )
        _require_equal("crossings", recorded, told)

    def _require_partition(self, number: int) -> Crossed:
        """Of one partition; gives what it tells the others."""
        fold = self._new_fold()
        journal = [record.value or b"" for record in self._read("journal", number)]
        entries = [fold.decode(JOURNAL_SCHEMA, data) for data in journal]
        self._require_each_once(number, entries, fold)
        rows = self._pure(number, entries, fold)
        where = f"partition {number}"
        committed = dict(rows.encoded())
        _require_equal(f"{where}: rows", self.rows(number), committed)
        wanted: dict[str, list[Told]] = {topic: [] for topic in self._others(number)}
        for one in rows.told:
            if one.topic not in fold.crossings:
                wanted.setdefault(self._topics.physical(one.topic), []).append(one)
        for topic, told in sorted(wanted.items()):
            written = [(r.key or b"", r.value) for r in self._log.history(topic, number)]
            _require_equal(f"{where}: {topic}", written, [(o.key, o.value) for o in told])
        self._require_replay(number, journal, committed)
        return Counter(
            (partition_of(one.key, len(self._numbers)), one)
            for one in rows.told
            if one.topic in fold.crossings
        )

    def _others(self, number: int) -> set[str]:
        """Topics that somebody wrote and that are none of the lane's own: outputs."""
        fold = self._new_fold()
        own = {"state", "journal", *fold.sources, *(table.topic for table in fold.tables)}
        known = {self._topics.physical(topic) for topic in own} | {self._topics.physical("control")}
        return {topic for topic, at in self._log.places() if at == number and topic not in known}

    def _pure(self, number: int, entries: list[dict[str, Any]], fold: AnyFold) -> PureRows:
        rows = PureRows(fold)
        for entry in entries:
            for step in entry["steps"]:
                records = self._segment(step["topic"], number, step["first"], step["next"])
                rows.step(step["now"], step["topic"], number, records)
        return rows

    def _segment(self, topic: str, number: int, first: int, following: int) -> list[Record]:
        if not topic:
            return []
        records = self._read(topic, number)
        return records[_index(records, first) : _index(records, following)]

    def _require_replay(
        self, number: int, journal: list[bytes], committed: dict[tuple[str, str], bytes]
    ) -> None:
        """Folded again by the lane's own code along the journal: equal at every record of it."""
        partition: AnyPartition = Partition(number, self._new_fold())
        answers = list(
            replay(partition, journal, lambda topic, a, b: self._segment(topic, number, a, b))
        )
        _require_equal(f"partition {number}: replay", answers, [None] * len(journal))
        replayed = {
            (table.name, key): data
            for table in partition.fold.tables
            for key, data in partition.rows.items(table.name)
        }
        _require_equal(f"partition {number}: rows of the replay", replayed, committed)

    def _require_each_once(self, number: int, entries: list[dict[str, Any]], fold: AnyFold) -> None:
        """The journal names each record of each source once, in order; time never goes back."""
        folded = dict.fromkeys(fold.sources, 0)
        reached = dict.fromkeys(fold.sources, 0)
        now = 0
        for step in (step for entry in entries for step in entry["steps"]):
            if step["now"] < now or (step["topic"] and step["first"] < reached[step["topic"]]):
                message = f"partition {number}: step {step} goes back behind {now}, {reached}"
                raise NotExactError(message)
            now = step["now"]
            if step["topic"]:
                reached[step["topic"]] = step["next"]
                folded[step["topic"]] += step["count"]
        said = {topic: len(self._read(topic, number)) for topic in fold.sources}
        _require_equal(f"partition {number}: records folded", folded, said)

    def rows(self, number: int) -> dict[tuple[str, str], bytes]:
        """Committed rows of a partition, by table and key, as a reader of the topics has them."""
        rows: dict[tuple[str, str], bytes] = {}
        for topic in self._topics.changelogs():
            for record in self._log.records(topic, number):
                key = (record.key or b"").decode()
                if key == POSITIONS_KEY:
                    continue
                place = (self._topics.table_of(topic, key), key)
                if record.value is None:
                    rows.pop(place, None)
                else:
                    rows[place] = record.value
        return rows

    def _read(self, logical: str, number: int) -> list[Record]:
        return self._log.history(self._topics.physical(logical), number)


def _require_equal(what: str, found: Any, wanted: Any) -> None:  # noqa: ANN401 -- lists, dicts
    if found == wanted:
        return
    message = (
        f"{what}: the topics hold {_only(found, wanted)}, the fold gives {_only(wanted, found)}"
    )
    raise NotExactError(message)


def _only(one: Any, other: Any) -> str:  # noqa: ANN401 -- as above
    """What only the one has: enough to begin with."""
    if isinstance(one, dict):
        found: Any = {key: value for key, value in one.items() if other.get(key) != value}
    else:
        first = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        found = one[min(len(one), len(other)) if first is None else first :][:3]
    return f"{found!r:.400}"


def _index(records: list[Record], offset: int) -> int:
    return bisect_left(records, offset, key=lambda record: record.offset)
