"""Invariant 1: the transactional id is lineage and partition; it is the only fence."""

from typing import Any

import pytest
from lane_work import EVENTS, NAMES, counts, recorded, say, settle, work
from toy import ToyFold

from schemas.naming import Lineage, Names
from streams.lane.errors import FencedError
from streams.lane.kafka import log as kafka
from streams.lane.twin import MemoryLog, MemoryWorker


async def test_who_was_fenced_commits_nothing_and_ends(log: MemoryLog) -> None:
    """A sleeper that wakes up has folded what another one has folded, too."""
    say(log, "n+1")
    sleeper = MemoryWorker(log, ToyFold(), NAMES)
    await sleeper.assign([0])
    sleeper.fetch()
    other = await work(log)
    sleeper.fold()
    await settle()
    assert isinstance(sleeper.failure, FencedError)
    assert other.failure is None
    assert counts(log) == {"n": b"1"}
    assert len(log.records(EVENTS, 0)) == 1


async def test_without_the_fence_it_would_count_twice(log: MemoryLog) -> None:
    """The test before can fail."""
    say(log, "n+1")
    sleeper, recorder = recorded(log)
    await sleeper.assign([0])
    sleeper.fetch()
    await work(log)
    recorder._owned[0] = log.owners[0]
    sleeper.fold()
    await settle()
    assert len(log.records(EVENTS, 0)) == 2


async def test_what_a_killed_worker_has_open_is_aborted_by_the_next_claim(log: MemoryLog) -> None:
    """Else readers would wait behind it, and it might still be committed."""
    say(log, "n+1")
    dead = MemoryWorker(log, ToyFold(), NAMES)
    await dead.assign([0])
    dead.fetch()
    dead.fold()
    while not log.events or log.events[-1][1] != "begin":
        await settle(1)
    dead.kill()
    await work(log)
    assert counts(log) == {"n": b"1"}
    assert [event[1] for event in log.events if event[1] in {"begin", "abort", "commit"}] == [
        "begin", "abort", "begin", "commit",
    ]  # fmt: skip


def test_the_id_names_installation_lineage_and_partition_and_nothing_else() -> None:
    """Two workers of a partition fence each other; no other pair does."""
    mine = Names(Lineage("community", 1), "t.")
    assert mine.transactional_id(3) == Names(Lineage("community", 1), "t.").transactional_id(3)
    others = [
        Names(Lineage("community", 2), "t."), Names(Lineage("residency", 1), "t."),
        Names(Lineage("community", 1), "u."),
    ]  # fmt: skip
    ids = {names.transactional_id(number) for names in [mine, *others] for number in range(12)}
    assert len(ids) == 4 * 12


async def test_on_kafka_the_claim_is_made_with_that_id_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Aiokafka's start() claims when it likes: the fence waits until the claim was made."""
    asked: list[str] = []

    class Manager:
        async def wait_for_pid(self) -> None:
            asked.append("claimed")

    class Producer:
        def __init__(self, **settings: Any) -> None:  # noqa: ANN401 -- aiokafka's own
            asked.append(settings["transactional_id"])
            self._txn_manager = Manager()

        async def start(self) -> None:
            asked.append("started")

    monkeypatch.setattr(kafka, "QuickProducer", Producer)
    await kafka.KafkaLog("nowhere:1", NAMES).fence(3)
    assert asked == ["community-v1-3", "started", "claimed"]
