"""Invariant 9: quiesce < transaction timeout < session timeout; no id is idle for long."""

import asyncio

import pytest
from lane_work import NAMES, STATE, Clock, say, settle, work
from toy import ToyFold

from streams.lane.errors import CommitFailedError
from streams.lane.kafka.log import TRANSACTION_TIMEOUT_MS
from streams.lane.lane import IDLE_MS, QUIESCE_SECONDS
from streams.lane.twin import MemoryLog, MemoryWorker, in_virtual_time
from streams.settings import WrongSettingError, load


async def test_a_journal_record_is_written_at_least_daily(clock: Clock, log: MemoryLog) -> None:
    """The broker forgets a transactional id that is idle for a week."""
    worker = await work(log)
    before = len(log.records("journal.community-v1", 0))
    clock.now += IDLE_MS - 1
    await worker.drain()
    assert len(log.records("journal.community-v1", 0)) == before
    clock.now += 1
    await worker.drain()
    assert len(log.records("journal.community-v1", 0)) == before + 1


@pytest.mark.parametrize("seconds", ["6", "10", "30", "600"])
def test_what_waits_for_a_commit_is_over_before_the_transaction_and_that_before_the_session(
    monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    """By any setting; and by the lane's own defaults."""
    monkeypatch.setenv("SHEQU_SESSION_TIMEOUT", seconds)
    found = load()
    assert found.quiesce_timeout < found.transaction_timeout < found.session_timeout
    assert QUIESCE_SECONDS * 1000 < TRANSACTION_TIMEOUT_MS


def test_a_session_too_short_for_that_order_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker would refuse it, too."""
    monkeypatch.setenv("SHEQU_SESSION_TIMEOUT", "1")
    with pytest.raises(WrongSettingError, match="6 to 600"):
        load()


def test_a_commit_that_hangs_is_given_up_before_the_broker_aborts_it() -> None:
    """In virtual time: the worker ends after ten seconds, its transaction after twenty."""
    given_up, while_open, after = in_virtual_time(_hang())
    assert given_up == QUIESCE_SECONDS
    assert (while_open, after) == (1, 0)


async def _hang() -> tuple[float, int, int]:
    """Seconds until it was given up; transactions open 19 and 21 seconds after it began."""
    loop, faults = asyncio.get_running_loop(), iter(["hang"])
    log = MemoryLog(lambda: int(loop.time() * 1000), lambda: next(faults, None))
    say(log, "n+1")
    worker = MemoryWorker(log, ToyFold(), NAMES)
    await worker.assign([0])
    worker.fetch()
    worker.fold()
    await settle()
    await worker.quiesce()
    assert isinstance(worker.failure, CommitFailedError)
    given_up = loop.time()
    counted = []
    for second in (19, 21):
        await asyncio.sleep(second - loop.time())
        seen = log.stable(STATE, 0)
        counted.append(log.end(STATE, 0) - seen)
    return given_up, counted[0], counted[1]
