"""Invariant 2: quiesce, fence every partition, read the ends, restore, seek, resume."""

import asyncio
from collections.abc import Mapping

import pytest
from lane_work import JOURNAL, counts, recorded, say, settle, work

from streams.lane.errors import HangingTransactionError
from streams.lane.port import Fetched, Place, Record, Unit, Write
from streams.lane.recovery import checks
from streams.lane.twin import MemoryLog


async def test_taking_over_is_done_in_one_order(log: MemoryLog) -> None:
    """Quiesce, fence every partition, restore, seek, resume: another order loses or repeats."""
    worker, recorder = recorded(log)
    say(log, "n+1")
    await worker.assign([0, 1])
    recorder.asked.clear()
    worker.fetch()
    worker.fold()

    async def seek(places: Mapping[Place, int]) -> None:
        assert not any(worker.lane.wants(*place) for place in places)
        assert worker.lane.partitions == {}
        recorder.asked.append("seek")

    await worker.lane.assign([0, 1], 2, seek)
    assert recorder.asked == [
        "commit 0", "commit 1", "release 0", "release 1",
        "fence 0", "fence 1", "restore 0", "restore 1", "seek",
    ]  # fmt: skip
    assert worker.lane.wants("a", 0)


async def test_a_transaction_that_hangs_although_it_was_fenced_is_no_beginning(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next commit would make its records visible: a step would stand in the journal twice."""
    monkeypatch.setattr(checks, "SETTLE_SECONDS", 0.0)
    say(log, "n+1")
    await work(log)
    stranger, hangs_from = 7, log.end(JOURNAL, 0)
    log.begin(stranger, [Write(JOURNAL, None, b"hangs", partition=0)])
    failure = (await work(log)).failure
    assert isinstance(failure, HangingTransactionError)
    assert f"--topic {JOURNAL} --partition 0 --start-offset {hangs_from}" in str(failure)
    log.end_transaction(stranger, commit=False)
    assert (await work(log)).failure is None


async def test_it_seeks_to_where_each_source_goes_on(log: MemoryLog) -> None:
    """Not to what the group has committed: that may be older, newer, or gone."""
    say(log, "n+1", "n+1")
    log.mark("a", 0)
    await work(log)
    sought: dict[Place, int] = {}

    async def seek(places: Mapping[Place, int]) -> None:
        sought.update(places)

    second, _ = recorded(log)
    await second.lane.assign([0], 1, seek)
    assert sought == {("lists", 0): 0, ("a", 0): 3, ("b", 0): 0, ("crossings", 0): 0}


async def test_it_goes_on_behind_a_marker_that_retention_ate(log: MemoryLog) -> None:
    """Nothing that was to be folded went with it: the next worker starts."""
    say(log, "n+1", "n+1")
    log.mark("a", 0)
    await work(log)
    log.trim("a", 0, 3)
    second, _ = recorded(log)
    await second.assign([0])
    assert second.failure is None


async def test_what_is_committed_up_to_the_fence_is_restored(log: MemoryLog) -> None:
    """The old owner's last transaction ends between two steps of the new one's takeover."""
    say(log, "n+1")
    old, recorder = recorded(log)
    await old.assign([0])
    old.fetch()
    recorder.hold = asyncio.Event()
    old.fold()
    await settle()
    new, claim = recorded(log)
    claim.before_fence = recorder.hold.set
    await new.assign([0])
    await new.drain()
    assert new.failure is None
    assert old.failure is None
    assert counts(log) == {"n": b"1"}


async def test_an_assignment_that_a_newer_one_overtakes_gives_back_what_it_claimed(
    log: MemoryLog,
) -> None:
    """It must not go on fencing: the rest belongs to somebody else by now."""
    worker, recorder = recorded(log)
    older = asyncio.create_task(worker.assign(range(5)))
    while "fence 0" not in recorder.asked:
        await asyncio.sleep(0)
    newer = asyncio.create_task(worker.assign([7]))
    assert (await older, await newer) == (False, True)
    claimed = {word.split()[1] for word in recorder.asked if word.startswith("fence")} - {"7"}
    given_back = {word.split()[1] for word in recorder.asked if word.startswith("release")}
    assert "4" not in claimed
    assert given_back == claimed
    assert list(worker.lane.partitions) == [7]


async def test_an_assignment_that_is_overtaken_while_it_waits_for_a_commit_fences_nobody(
    log: MemoryLog,
) -> None:
    """Who owns the partition by then has fenced it: to fence it again would end that one."""
    worker, recorder = recorded(log)
    say(log, "n+1")
    await worker.assign([0])
    recorder.hold = asyncio.Event()
    worker.fetch()
    worker.fold()
    await settle()
    recorder.asked.clear()
    assigning = asyncio.create_task(worker.assign([0]))
    await settle()
    revoking = asyncio.create_task(worker.quiesce())
    await settle()
    recorder.hold.set()
    assert not await assigning
    await revoking
    assert recorder.asked == ["commit 0", "release 0"]


async def test_an_open_transaction_of_the_newer_owner_is_none_that_hangs(log: MemoryLog) -> None:
    """It writes one after another: whoever looks, and was overtaken, sees one that is open."""
    worker, _ = recorded(log)
    assigning = asyncio.create_task(worker.assign([0]))
    await settle(8)
    stranger = 7
    log.begin(stranger, [Write(JOURNAL, None, b"of the newer owner", partition=0)])
    await settle()
    assert not assigning.done()
    await worker.quiesce()
    assert not await assigning
    assert worker.failure is None


async def test_transactions_that_come_and_go_are_none_that_hangs(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was stopped has not heard yet that somebody else goes on."""
    monkeypatch.setattr(checks, "SETTLE_SECONDS", 0.0)
    worker, _ = recorded(log)
    assigning = asyncio.create_task(worker.assign([0]))
    await settle(8)
    for stranger in range(7, 60):
        log.begin(stranger, [Write(JOURNAL, None, b"of a newer owner", partition=0)])
        log.end_transaction(stranger - 1, commit=False)
        await settle(2)
    await settle()
    assert worker.failure is None
    await worker.quiesce()
    await assigning


async def test_who_gives_up_does_not_let_go_of_what_was_claimed_anew(log: MemoryLog) -> None:
    """However long the log takes for letting go of each."""
    worker, recorder = recorded(log)
    say(log, "n+1")
    await worker.assign([0, 1])
    recorder.asked.clear()
    recorder.slow_release = True
    revoking = asyncio.create_task(worker.quiesce())
    await asyncio.sleep(0)
    await worker.assign([0, 1])
    await revoking
    assert recorder.asked[:4] == ["release 0", "release 1", "fence 0", "fence 1"]
    await worker.drain()
    assert worker.failure is None


async def test_what_is_fed_of_a_partition_that_went_is_an_error_not_a_loss(log: MemoryLog) -> None:
    """The consumer checks the generation first; whoever does not is stopped."""
    worker = await work(log)
    await worker.quiesce()
    with pytest.raises(KeyError):
        worker.lane.feed(Fetched("a", 0, 0, [Record(0, 1, b"k", b"n+1")], 1, at_end=True))
    worker.lane.process(Unit(0, -1, [], caught_up=True))
