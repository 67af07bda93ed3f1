"""Rows and positions of a partition, read back from its own topics."""

from typing import Any

from schemas.errors import ContractError
from streams.lane.errors import CodeChangedError, DigestMismatchError, LogTrimmedError
from streams.lane.fold import AnyFold
from streams.lane.partition import POSITIONS_KEY, POSITIONS_SCHEMA, AnyPartition, Partition
from streams.lane.port import Log
from streams.lane.progress import NoProgress, Progress
from streams.lane.topic_map import TopicMap

CONTROL_SCHEMA = "shequ.ops.Control"


async def restore(
    number: int, fold: AnyFold, log: Log, topics: TopicMap, progress: Progress | None = None
) -> AnyPartition:
    """The partition as its last transaction left it.

    Call after the fence: then nothing of an earlier owner is still on its way. Raises
    DigestMismatchError, CodeChangedError or LogTrimmedError, each with what to do.
    """
    partition: AnyPartition = Partition(number, fold)
    progress = progress or NoProgress()
    progress.begin(number, 0)
    positions: dict[str, Any] | None = None
    async for chunk in log.read(topics.changelogs(), number):
        for record in chunk.records:
            key = (record.key or b"").decode()
            if key == POSITIONS_KEY and record.value is not None:
                positions = fold.decode(POSITIONS_SCHEMA, record.value)
            else:
                partition.rows.set(topics.table_of(chunk.topic, key), key, record.value)
        progress.advance(number, len(chunk.records))
    progress.done(number)
    if positions is not None:
        _take_positions(partition, positions)
        await _check_code(partition, positions["code"], log, topics)
    await _check_log(partition, log, topics)
    return partition


def _take_positions(partition: AnyPartition, positions: dict[str, Any]) -> None:
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


async def _check_code(partition: AnyPartition, wrote: str, log: Log, topics: TopicMap) -> None:
    """Other code goes on only where the last epoch of this lineage names it."""
    mine = partition.fold.code
    if wrote == mine or await _last_epoch(partition, log, topics) == mine:
        return
    message = (
        f"the journal of partition {partition.number} was written by code {wrote}, "
        f'this is {mine}: start that version, or record an epoch: shequ epoch --reason "why"'
    )
    raise CodeChangedError(message)


async def _last_epoch(partition: AnyPartition, log: Log, topics: TopicMap) -> str | None:
    code = None
    async for chunk in log.read([topics.physical("control")], partition.number):
        for record in chunk.records:
            try:
                control = partition.fold.decode(CONTROL_SCHEMA, record.value or b"")
            except ContractError:
                continue  # the fold makes a dead letter of it; here it must not stop the start
            if control["kind"] == "epoch" and control["lineage"] == topics.lineage:
                code = control["code"]
    return code


async def _check_log(partition: AnyPartition, log: Log, topics: TopicMap) -> None:
    """Every source has a position that is still there; a new one begins where its log begins."""
    earliest = await log.earliest(list(topics.sources), partition.number)
    for physical, source in topics.sources.items():
        first = earliest[physical]
        wanted = partition.offsets.setdefault(source, first)
        if first > wanted:
            message = (
                f"{source}-{partition.number} goes on at {wanted}, but retention has eaten all "
                f"before {first}: fold what is left as a new SHEQU_VIEW_VERSION, and raise "
                "retention_ms"
            )
            raise LogTrimmedError(message)
