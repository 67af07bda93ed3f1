"""What must hold besides the rows before a partition goes on: the code, the log, the journal."""

import asyncio
from collections.abc import Callable

from schemas.errors import ContractError
from streams.lane.errors import (
    CodeChangedError,
    HangingTransactionError,
    LogTrimmedError,
    MadeAnewError,
    PositionsGoneError,
)
from streams.lane.partition import AnyPartition
from streams.lane.port import Log
from streams.lane.topic_map import TopicMap

CONTROL_SCHEMA = "shequ.ops.Control"
SETTLE_SECONDS = 10.0
SETTLE_TRIES = 40


async def check_settled(
    number: int, log: Log, topics: TopicMap, is_current: Callable[[], bool]
) -> None:
    """After the fence nothing of this lineage is open; markers may take a moment to be readable.

    Where `is_current` no longer holds, or what is open moves, a newer owner writes: none hangs.
    A broker that goes down may forget a marker of a transaction that it calls complete (KIP-890);
    the next commit of the same id would end what hangs there, as its own.
    """
    own = [*topics.changelogs(), topics.physical("journal")]
    hanging = await log.hanging(own, number)
    for _ in range(SETTLE_TRIES):
        if not (hanging and is_current()):
            return
        await asyncio.sleep(SETTLE_SECONDS / SETTLE_TRIES)
        now = await log.hanging(own, number)
        hanging = {topic: at for topic, at in hanging.items() if now.get(topic) == at}
    places = ", ".join(
        f"--topic {topic} --partition {number} --start-offset {offset}"
        for topic, offset in hanging.items()
    )
    message = (
        f"a transaction on partition {number} does not end although its writer was fenced: the "
        "broker has lost its end, or a stranger writes to topics of this lineage. Abort it, then "
        f"start again: kafka-transactions.sh --bootstrap-server ... abort {places}"
    )
    raise HangingTransactionError(message)


async def check_new(partition: AnyPartition, log: Log, topics: TopicMap) -> None:
    """A partition without positions has no row and no journal: else its `state` was deleted."""
    journal = [topics.physical("journal")]
    written = [chunk async for chunk in log.read(journal, partition.number) if chunk.records]
    if len(partition.rows) or written:
        message = (
            f"partition {partition.number} has {len(partition.rows)} rows and no positions: its "
            "state topic was deleted, or trimmed; rebuild the lineage by a replay, leave the "
            "topics as they are"
        )
        raise PositionsGoneError(message)


async def check_code(partition: AnyPartition, wrote: str, log: Log, topics: TopicMap) -> None:
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


async def check_log(partition: AnyPartition, log: Log, topics: TopicMap) -> None:
    """Every source has a position that is still there; a new one begins where its log begins.

    The journal, too, is the one that was written.
    """
    journal = topics.physical("journal")
    bounds = await log.bounds([*topics.sources, journal], partition.number)
    for physical, source in topics.sources.items():
        first, end = bounds[physical]
        wanted = partition.offsets.setdefault(source, first)
        if first > wanted:
            message = (
                f"{source}-{partition.number} goes on at {wanted}, but retention has eaten all "
                f"before {first}: fold what is left as a new SHEQU_VIEW_VERSION, and raise "
                "retention_ms"
            )
            raise LogTrimmedError(message)
        _require_reached(f"{physical}-{partition.number}", wanted, end)
    _require_reached(f"{journal}-{partition.number}", partition.seq, bounds[journal][1])


def _require_reached(place: str, wanted: int, end: int) -> None:
    if wanted > end:
        message = (
            f"{place} ends at {end}, but this lineage was at {wanted}: somebody deleted it and it "
            "was made anew, or the broker lost its end. Bring it back from a copy, or fold the "
            "sources as a new SHEQU_VIEW_VERSION; a replay of this one is no longer possible"
        )
        raise MadeAnewError(message)
