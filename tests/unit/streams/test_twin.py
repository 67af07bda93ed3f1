"""The twin itself: the same seed is the same run, no wait takes time, no wait is for ever."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter

import pytest
from toy import ToyFold, say

from streams.lane.port import Write
from streams.lane.twin import (
    ACTS,
    FAULTS,
    START,
    MemoryLog,
    Schedule,
    in_virtual_time,
    schedules,
)

FINGERPRINTS = """
from toy import ToyFold, say
from streams.lane.twin import Schedule
for seed in range(5):
    print(Schedule(seed, ToyFold, say, partitions=3).play().fingerprint)
"""
LEAST_A_MINUTE = 600


def test_the_same_seed_is_the_same_run_and_another_one_is_not() -> None:
    """Event by event, with all times."""
    runs = [Schedule(seed, ToyFold, say).play() for seed in (7, 7, 8)]
    assert runs[0].log.events == runs[1].log.events
    assert runs[0].fingerprint == runs[1].fingerprint
    assert runs[0].fingerprint != runs[2].fingerprint


def test_the_seed_of_hashes_does_not_matter() -> None:
    """Two processes that hash text differently, bit for bit."""
    answers = [
        subprocess.run(
            [sys.executable, "-c", FINGERPRINTS],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert answers[0] == answers[1]
    assert len(set(answers[0].split())) == 5


def test_waiting_takes_no_time() -> None:
    """Days pass in virtual time; the order of what happens is that of the clock."""
    told: list[str] = []

    async def wake(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        told.append(name)

    async def wait() -> float:
        await asyncio.gather(wake("late", 86_400), wake("early", 3_600), wake("at once", 0))
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert in_virtual_time(wait()) == pytest.approx(86_400)
    assert time.monotonic() - began < 10
    assert told == ["at once", "early", "late"]


def test_a_wait_for_ever_is_an_error_and_no_hang() -> None:
    """Whoever waits for what nobody will do is told so."""

    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nothing will happen"):
        in_virtual_time(wait())


def test_what_is_left_running_is_cancelled() -> None:
    """The next schedule begins with nothing of this one."""
    left: list[asyncio.Task[None]] = []

    async def leave() -> None:
        left.append(asyncio.create_task(asyncio.sleep(1_000)))
        await asyncio.sleep(0)

    in_virtual_time(leave())
    assert left[0].cancelled()


def test_whatever_may_happen_happens() -> None:
    """Every fault of a commit, every kind of event, within some schedules."""
    events: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for schedule in schedules(range(30), ToyFold, say):
        events.update(str(event[1]) for event in schedule.log.events)
        faults.update(str(event[3]) for event in schedule.log.events if event[1] == "fault")
    assert set(events) == {
        "append", "begin", "commit", "abort", "fence", "fault", "end", "trim", "compact",
    }  # fmt: skip
    assert set(faults) == set(FAULTS) - {""}


def test_a_schedule_may_be_told_what_happens() -> None:
    """Without faults nothing ends, whatever the seed."""
    calm = {act: weight for act, weight in ACTS.items() if act in {"say", "work", "rebalance"}}
    for seed in range(5):
        schedule = Schedule(seed, ToyFold, say, acts=calm, faults={"": 1})
        assert schedule.play().require_exact().ended == []


def test_there_are_thousands_of_them_a_minute() -> None:
    """On one core, checks included; the least that is asked for here allows for a busy machine."""
    began, count = time.process_time(), 30
    assert len(list(schedules(range(count), ToyFold, say))) == count
    assert count / (time.process_time() - began) * 60 > LEAST_A_MINUTE


def test_the_broker_aborts_what_stays_open_and_fences_its_owner() -> None:
    """After the transaction timeout; readers stop in front of it until then."""
    now = [START]
    log = MemoryLog(lambda: now[0])
    owner = log.take_over(0)
    log.begin(0, [Write("a", b"k", b"never"), Write("a", b"k", b"either")])
    log.append(Write("a", b"k", b"seen"), 0)
    assert (log.stable("a", 0), log.read("a", 0, 0, 10)) == (0, [])
    now[0] += 20_000
    assert log.stable("a", 0) == 4
    assert [record.value for record in log.read("a", 0, 0, 10)] == [b"seen"]
    assert log.owners[0] == owner + 1


def test_compaction_keeps_the_last_of_each_key_where_it_stands() -> None:
    """Offsets stay; tombstones and what they removed are gone."""
    log = MemoryLog(lambda: START)
    for key, value in [(b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"b", None), (b"c", b"1")]:
        log.append(Write("t", key, value), 0)
    log.compact("t", 0)
    assert [(r.offset, r.key, r.value) for r in log.records("t", 0)] == [
        (2, b"a", b"2"), (4, b"c", b"1"),
    ]  # fmt: skip
    assert log.end("t", 0) == 5
