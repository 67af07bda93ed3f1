"""Invariant 7: whoever reads our topics reads committed records only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from lane_work import counts, work

from streams.lane.port import Write
from streams.lane.twin import MemoryLog

ROOT = Path(__file__).parents[4]
ROOMS = ("adapters", "dashboard", "ops", "streams")


def _consumers() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the code of the hub that makes a consumer, with where it stands."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text("utf-8")
            if "AIOKafkaConsumer(" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call):
                    name = ast.unparse(node.func).rpartition(".")[2]
                    if name == "AIOKafkaConsumer":
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node


CONSUMERS = dict(_consumers())


@pytest.mark.parametrize("where", CONSUMERS)
def test_every_consumer_of_the_hub_says_so(where: str) -> None:
    """Aiokafka's own default is to read what is not committed, and what never will be."""
    settings = {key.arg: ast.unparse(key.value) for key in CONSUMERS[where].keywords}
    assert settings.get("isolation_level") == "'read_committed'"


def test_there_are_consumers_to_look_at() -> None:
    """Otherwise the test above would say nothing."""
    assert {where.split("/")[0] for where in CONSUMERS} == set(ROOMS)


async def test_a_crossing_is_folded_when_it_is_committed_and_not_before(log: MemoryLog) -> None:
    """Its transaction is another partition's; readers stop in front of it while it is open."""
    crossing = [Write("crossings", b"k", b'"n+1"', partition=0)]
    log.take_over(1)
    log.begin(1, crossing)
    log.append(Write("crossings", b"k", b'"m+1"'), 0)
    worker = await work(log)
    assert counts(log) == {}
    log.end_transaction(1, commit=True)
    await worker.drain()
    assert worker.failure is None
    assert counts(log) == {"n": b"1", "m": b"1"}


async def test_a_crossing_that_was_aborted_is_never_folded(log: MemoryLog) -> None:
    """It stays on the topic, and is a gap to whoever reads committed records."""
    log.take_over(1)
    log.begin(1, [Write("crossings", b"k", b'"n+1"', partition=0)])
    log.append(Write("crossings", b"k", b'"m+1"'), 0)
    log.end_transaction(1, commit=False)
    worker = await work(log)
    assert worker.failure is None
    assert counts(log) == {"m": b"1"}
