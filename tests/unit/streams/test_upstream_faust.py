"""Faults of stock Faust 0.15.3 that need no broker to be shown, each beside what the lane does.

The first half of each test is about the locked version: if it fails one day, upstream has mended
it, and docs/lane.md says so. Numbers are those of threads in faust-streaming/faust.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import faust
import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from faust.assignor.partition_assignor import PartitionAssignor
from faust.stores.memory import Store
from faust.tables.manager import TableManager
from faust.transport.producer import ProducerBuffer
from faust.types import TP
from lane_work import NAMES, counts, say, work
from toy import ToyFold

from streams.lane.errors import LaneError
from streams.lane.faust.app import lane_app
from streams.lane.group.assignor import LaneAssignor
from streams.lane.group.ownership import require_sources
from streams.lane.port import Write
from streams.lane.twin import MemoryLog, MemoryWorker
from streams.settings import load

EIGHT = {"a": 8, "b": 8, "c": 8}
OLD, NEW = ("a", "b"), ("a", "b", "c")
PLACE = TP("t", 0)


class Cluster(ClusterMetadata):
    """Topics with a number of partitions each."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # aiokafka's own
        self._counts = counts

    def topics(self, exclude_internal_topics: bool = True) -> set[str]:  # noqa: FBT001, FBT002 -- aiokafka's own
        """Names."""
        del exclude_internal_topics
        return set(self._counts)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """Numbers, or None where there is no such topic."""
        return set(range(self._counts[topic])) if topic in self._counts else None


@pytest.fixture
async def stock() -> faust.App:
    """An app that nothing was set of."""
    return faust.App("stock", broker="kafka://127.0.0.1:1")


def _stock_assignor(
    topics: tuple[str, ...],
) -> tuple[PartitionAssignor, ConsumerProtocolMemberMetadata]:
    app = faust.App("stock", broker="kafka://127.0.0.1:1")
    assignor = cast("PartitionAssignor", app.assignor)
    return assignor, assignor.metadata(set(topics))


def _stock_shares(
    members: Mapping[str, tuple[str, ...]], counts: Mapping[str, int]
) -> dict[str, dict[str, list[int]]]:
    made = {name: _stock_assignor(topics) for name, topics in members.items()}
    leader = next(iter(made.values()))[0]
    given = leader.assign(Cluster(counts), {name: meta for name, (_, meta) in made.items()})
    return {name: dict(one.assignment) for name, one in given.items()}


def _our_shares(
    members: Mapping[str, tuple[str, ...]], counts: Mapping[str, int]
) -> dict[str, dict[str, list[int]]]:
    made = {name: LaneAssignor(name) for name in members}
    said = {name: made[name].metadata(topics) for name, topics in members.items()}
    given = next(iter(made.values())).assign(Cluster(counts), said)
    return {name: dict(one.assignment) for name, one in given.items()}


def _split(shares: Mapping[str, Mapping[str, list[int]]]) -> set[int]:
    """Partition numbers of which two members have a topic each."""
    owners: dict[int, set[str]] = {}
    for member, topics in shares.items():
        for number in {number for numbers in topics.values() for number in numbers}:
            owners.setdefault(number, set()).add(member)
    return {number for number, members in owners.items() if len(members) > 1}


async def test_in_a_rolling_upgrade_stock_faust_splits_partitions() -> None:
    """One worker subscribes to one topic more: half of the numbers have two owners. None found."""
    members = {"old": OLD, "new": NEW}
    assert len(_split(_stock_shares(members, EIGHT))) == 4
    assert _split(_our_shares(members, EIGHT)) == set()


async def test_a_topic_missing_from_the_metadata_goes_to_nobody() -> None:
    """Stock Faust logs a warning and goes on without it; the lane ends, and says what to do."""
    shares = _stock_shares({"one": OLD, "two": OLD}, {"a": 8})
    assert {topic for topics in shares.values() for topic in topics} == {"a"}
    with pytest.raises(LaneError, match="no topic b: run `shequ topics apply`"):
        require_sources(OLD, {"a": 8})


async def test_stock_faust_commits_past_a_message_in_flight(stock: faust.App) -> None:
    """606, and the pull request 707: a message that is not done is committed with its followers."""
    consumer = stock.consumer
    consumer._committed_offset[PLACE] = 10  # type: ignore[attr-defined]
    consumer._acked[PLACE] = [11, 12, 13]  # type: ignore[attr-defined]
    try:
        assert consumer._new_offset(PLACE) == 14  # type: ignore[attr-defined]
    finally:
        consumer._thread.thread_loop.close()  # type: ignore[attr-defined] # it never started


async def test_the_lane_commits_no_further_than_it_has_folded(log: MemoryLog) -> None:
    """Positions and rows are one transaction; what is fetched and not folded counts nothing."""
    say(log, "n+1", "n+1", "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker.fetch(1)
    worker.fold()
    worker.fetch()
    await worker.quiesce()
    assert counts(log) == {"n": b"1"}
    assert (await work(log)).failure is None
    assert counts(log) == {"n": b"3"}


async def test_flush_is_no_barrier_in_stock_faust(stock: faust.App) -> None:
    """It gives up after a tenth of a second in which nothing was sent. None found; 273 trusts it.

    The lane awaits every append, then the commit: `LogSuite` holds both logs to it.
    """
    buffer = ProducerBuffer()
    buffer.app = stock
    buffer._started.set()
    for _ in range(3):
        buffer.pending.put_nowait(object())
    assert await buffer.flush_atmost(None) == 0
    assert buffer.size == 3


async def test_recovery_waits_for_a_record_that_never_comes(stock: faust.App) -> None:
    """47, 176, 597: behind the last record stands a transaction marker, or what was compacted away.

    The lane reads until its position is at the end: `LogSuite` has markers and aborted records.
    """
    recovery = cast("TableManager", stock.tables).recovery
    recovery.active_highwaters[PLACE] = 9
    recovery.active_offsets[PLACE] = 7
    assert recovery.need_recovery()


async def test_memory_tables_keep_keys_of_partitions_that_moved_away(
    stock: faust.App, log: MemoryLog
) -> None:
    """The pull request 199 drops those that were recovered, not those that were written here."""
    store = stock.Table("table").data
    assert isinstance(store, Store)
    store["key of partition 0"] = 1
    await store.on_recovery_completed({TP("changelog", 1)}, set())
    assert "key of partition 0" in store

    log.append(Write("a", b"k", b"n+1"), 0)
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    await worker.drain()
    await worker.quiesce()
    await worker.assign([1])
    assert list(worker.lane.partitions) == [1]
    assert len(worker.lane.partitions[1].rows) == 0


async def test_tables_and_router_are_served_to_everybody_by_default(
    stock: faust.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To all of the network, keys and values. None found. A worker of the lane serves nothing."""
    conf = stock.conf
    assert (conf.web_enabled, conf.web_tables_enabled, conf.web_router_enabled) == (True,) * 3
    assert conf.web_bind == "0.0.0.0"  # noqa: S104 -- that is what is wrong with it
    monkeypatch.setenv("SHEQU_HOME", str(tmp_path))
    ours = lane_app(ToyFold(), load())
    assert not ours.conf.web_enabled


async def test_exactly_once_of_stock_faust_changes_its_ids_with_its_topics() -> None:
    """323, 517, robinhood/faust 658: an id has the number of a group, which a topic shifts.

    So a sleeper of before an upgrade is not fenced. The lane's id is lineage and partition.
    """
    groups = []
    for counted in ({"b": 8}, {"a": 4, "b": 8}):
        assignor, meta = _stock_assignor(tuple(counted))
        given = assignor.assign(Cluster(counted), {"one": meta})
        assignor.on_assignment(given["one"])  # type: ignore[arg-type] # its annotation is wrong
        groups.append(assignor.group_for_topic("b"))
    assert groups == [0, 1]
    assert "{tpg.group}" in faust.transport.consumer.TransactionManager.transactional_id_format
    assert NAMES.transactional_id(3) == "community-v1-3"


async def test_a_unit_is_one_message_to_faust_and_not_one_for_each_record(log: MemoryLog) -> None:
    """What Faust does for each message costs 25 times the work on it: robinhood/faust 563."""
    say(log, *["n+1"] * 500)
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker.fetch()
    (unit,) = list(worker.lane.units())
    assert sum(len(piece.records) for piece in unit.slices) == 500
