"""What the lane tells of itself: in metrics, and in one line for each rebalance."""

import pytest
from hearing import Seconds, heard
from toy import ToyFold

from streams.lane.group.assignor import Decision, Share
from streams.lane.partition import Partition
from streams.lane.port import Record, Slice, Unit
from streams.lane.telemetry import metrics
from streams.lane.telemetry.metrics import Recorded
from streams.lane.telemetry.telling import Telling

NOW = 1_000_000


@pytest.fixture
def clock() -> Seconds:
    """At the beginning."""
    return Seconds()


@pytest.fixture
def recorded() -> Recorded:
    """Everything that is measured."""
    return Recorded()


@pytest.fixture
def telling(recorded: Recorded, clock: Seconds) -> Telling:
    """Of one worker."""
    return Telling(recorded, clock=clock)


def unit(*records: Record, partition: int = 0, caught_up: bool = True) -> Unit:
    """Of topic `a`."""
    return Unit(partition, 0, [Slice(NOW, "a", list(records))], caught_up)


def fold_and_commit(telling: Telling, one: Unit, seconds: float, clock: Seconds) -> None:
    """As the lane does."""
    partition = Partition(one.partition, ToyFold())
    partition.offsets = {"a": one.slices[0].records[0].offset}
    partition.fold_unit(one)
    telling.folded(one, partition)
    frozen = partition.freeze()
    assert frozen is not None
    began = clock()
    clock.now += seconds
    telling.committed(partition, frozen, began, NOW + 500)


def test_a_transaction_tells_how_long_it_took_and_how_old_its_records_are(
    telling: Telling, recorded: Recorded, clock: Seconds
) -> None:
    """From append to commit: the oldest says how late, the newest how quick."""
    records = [Record(4, NOW - 1_000, b"k", b"n+1"), Record(5, NOW, b"k", b"n+1")]
    fold_and_commit(telling, unit(*records), 0.25, clock)
    assert recorded.observed[metrics.TRANSACTION_SECONDS, ()] == [0.25]
    assert recorded.observed[metrics.EVENT_AGE_SECONDS, ("oldest",)] == [1.5]
    assert recorded.observed[metrics.EVENT_AGE_SECONDS, ("newest",)] == [0.5]
    assert recorded.observed[metrics.UNIT_RECORDS, ()] == [2]
    assert recorded.counted[metrics.RECORDS, ("0",)] == 2
    assert recorded.gauges[metrics.PENDING_RECORDS, ("0",)] == 0
    assert recorded.gauges[metrics.ROWS, ("0",)] == 1


def test_dead_letters_gaps_and_a_backlog_are_told(
    telling: Telling, recorded: Recorded, clock: Seconds
) -> None:
    """Offsets 5 and 6 are markers: no loss, and counted as what they are."""
    records = [Record(4, NOW, b"k", b"poison"), Record(7, NOW, b"k", b"n+1")]
    fold_and_commit(telling, unit(*records, caught_up=False), 0.1, clock)
    assert recorded.counted[metrics.DEAD_LETTERS, ("a",)] == 1
    assert recorded.counted[metrics.OFFSET_GAPS, ("a",)] == 2
    assert recorded.gauges[metrics.BEHIND, ("0",)] == 1


def test_of_a_partition_that_went_nothing_is_said_any_more(
    telling: Telling, recorded: Recorded, clock: Seconds
) -> None:
    """Its new owner speaks of it."""
    telling.taken([0, 1])
    for number in (0, 1):
        fold_and_commit(telling, unit(Record(0, NOW, b"k", b"n"), partition=number), 0.1, clock)
    telling.revoked()
    telling.taken([1])
    assert {labels for metric, labels in recorded.gauges if metric == metrics.ROWS} == {("1",)}
    assert recorded.gauges[metrics.PARTITIONS, ()] == 1


def decision(number: int, **shares: list[int]) -> Decision:
    """Of one round."""
    return Decision(number, {name: Share(f"host:{name}", got) for name, got in shares.items()})


def test_a_rebalance_is_one_line_that_says_who_got_what_and_why(
    telling: Telling, recorded: Recorded, clock: Seconds
) -> None:
    """When the first commit after it is through: till then nothing was folded."""
    telling.decided("host:x", decision(1, x=[0, 1, 2], y=[3]))
    telling.taken([0, 1, 2])
    telling.settled()
    with heard() as lines:
        telling.revoked()
        clock.now = 2.0
        telling.decided("host:x", decision(2, x=[0, 1], z=[2, 3]))
        telling.restoring.begin(0, 10)
        telling.restoring.advance(0, 10)
        telling.restoring.done(0)
        telling.taken([0, 1])
        assert lines == []
        assert telling.unsettled
        fold_and_commit(telling, unit(Record(0, NOW, b"k", b"n")), 0.5, clock)
        fold_and_commit(telling, unit(Record(1, NOW, b"k", b"n")), 0.5, clock)
    assert lines == [
        {
            "event": "rebalanced",
            "log_level": "info",
            "partitions": [0, 1],
            "kept": [0, 1],
            "taken": [],
            "given_up": [2],
            "worker": "host:x",
            "round": 2,
            "shares": {"host:x": [0, 1], "host:z": [2, 3]},
            "joined": ["host:z"],
            "left": ["host:y"],
            "pause_ms": 2500,
            "restored_rows": 10,
        }
    ]
    assert recorded.observed[metrics.PAUSE_SECONDS, ()] == [0.0, 2.5]
    assert recorded.counted[metrics.REBALANCES, ()] == 2


def test_two_rebalances_in_one_are_told_as_one(telling: Telling, clock: Seconds) -> None:
    """The second was announced before the first was over: the pause is that of both."""
    telling.decided("host:x", decision(1, x=[0, 1]))
    telling.taken([0, 1])
    telling.settled()
    with heard() as lines:
        telling.revoked()
        clock.now = 1.0
        telling.decided("host:x", decision(2, x=[0], y=[1]))
        telling.revoked()
        clock.now = 3.0
        telling.decided("host:x", decision(3, x=[0], y=[1], z=[]))
        telling.taken([0])
        telling.settled()
    assert [line["pause_ms"] for line in lines] == [3000]
    assert lines[0]["joined"] == ["host:y", "host:z"]


def test_a_worker_that_gets_nothing_says_so_at_once(telling: Telling) -> None:
    """There is no commit to wait for."""
    with heard() as lines:
        told = decision(4, x=[0, 1])
        telling.decided("host:y", Decision(4, told.shares, older=["host:y"]))
        telling.taken(())
    assert [(line["event"], line["older_topics"]) for line in lines] == [("rebalanced", ["host:y"])]


def test_a_leader_of_an_earlier_version_leaves_the_reasons_out(telling: Telling) -> None:
    """What this worker has is known all the same."""
    with heard() as lines:
        telling.decided("host:x", None)
        telling.taken([3])
        telling.settled()
    assert lines[0]["taken"] == [3]
    assert "shares" not in lines[0]
