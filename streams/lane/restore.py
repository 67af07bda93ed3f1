"""Rows and positions of a partition, read back from its own topics."""

from typing import Any

from schemas.naming import Names
from streams.lane.errors import CodeChangedError, DigestMismatchError, LogTrimmedError
from streams.lane.fold import Fold
from streams.lane.partition import POSITIONS_KEY, POSITIONS_SCHEMA, Partition
from streams.lane.port import Log

CONTROL_SCHEMA = "shequ.ops.Control"


async def restore(number: int, fold: Fold, log: Log, topics: "TopicMap") -> Partition:
    """The partition as its last transaction left it.

    Call after the fence: then nothing of an earlier owner is still on its way. Raises
    DigestMismatchError, CodeChangedError or LogTrimmedError, each with what to do.
    """
    partition = Partition(number, fold)
    positions: dict[str, Any] | None = None
    async for topic, record in log.read(topics.tables(), number):
        key = (record.key or b"").decode()
        if key == POSITIONS_KEY and record.value is not None:
            positions = fold.decode(POSITIONS_SCHEMA, record.value)
        else:
            table = topics.table_of(topic, key)
            partition.rows.set(table, key, record.value)
    if positions is not None:
        _take_positions(partition, positions)
    await _check_code(partition, positions, log, topics)
    await _check_log(partition, log, topics)
    return partition


def _take_positions(partition: Partition, positions: dict[str, Any]) -> None:
    partition.seq = positions["seq"]
    partition.now = positions["now"]
    partition.outs = positions["outs"]
    partition.offsets = {entry["topic"]: entry["next"] for entry in positions["offsets"]}
    if partition.digest() != positions["state"]:
        message = (
            f"partition {partition.number}: the {len(partition.rows)} rows restored have digest "
            f"{partition.digest().hex()}, the journal says {positions['state'].hex()} at seq "
            f"{partition.seq}: rebuild the lineage by a replay, leave the topics as they are"
        )
        raise DigestMismatchError(message)


async def _check_code(
    partition: Partition, positions: dict[str, Any] | None, log: Log, topics: "TopicMap"
) -> None:
    mine = partition.fold.code
    if positions is None or positions["code"] == mine:
        return
    async for _, record in log.read([topics.physical("control")], partition.number):
        control = partition.fold.decode(CONTROL_SCHEMA, record.value or b"")
        same = control["lineage"] == topics.lineage and control["code"] == mine
        if control["kind"] == "epoch" and same:
            return
    message = (
        f"the journal of partition {partition.number} was written by code {positions['code']}, this is "
        f'{mine}: replay and promote, or record an epoch: shequ epoch --reason "why"'
    )
    raise CodeChangedError(message)


async def _check_log(partition: Partition, log: Log, topics: "TopicMap") -> None:
    names = [topics.physical(source) for source in partition.fold.sources]
    earliest = await log.earliest(names, partition.number)
    for source in partition.fold.sources:
        first = earliest[topics.physical(source)]
        wanted = partition.offsets.get(source, 0)
        if source in partition.offsets and first > wanted:
            message = (
                f"{source}-{partition.number} goes on at {wanted}, but retention has eaten all before "
                f"{first}: replay from a snapshot, and raise retention_ms"
            )
            raise LogTrimmedError(message)


class TopicMap:
    """Logical and physical names of an app's topics."""

    def __init__(self, fold: Fold, names: Names) -> None:
        self._tables = {
            name: self._physical(name, names) for name in {t.topic for t in fold.tables}
        }
        self._public = {self._tables[t.topic]: t.name for t in fold.tables if t.public}
        self._names = names
        self.lineage = str(names.lineage)
        self._cache: dict[str, str] = {}

    @staticmethod
    def _physical(logical: str, names: Names) -> str:
        return names.physical(logical)

    def physical(self, logical: str) -> str:
        """Physical name of a logical topic."""
        name = self._cache.get(logical)
        if name is None:
            name = self._cache[logical] = self._names.physical(logical)
        return name

    def tables(self) -> list[str]:
        """Physical changelog topics, each once, sorted."""
        return sorted({*self._tables.values(), self.physical("state")})

    def table_of(self, topic: str, key: str) -> str:
        """Table of a changelog record: a public table has its topic, a private one is in the key."""
        return self._public.get(topic) or key.split("/", 2)[1]
