"""Invariant 10: the checker of exactness ships, and finds what is lost, double or changed."""

from collections.abc import Callable

import pytest
import typer
from lane_work import EVENTS, JOURNAL, STATE
from toy import ToyFold, say

from ops.cli import build
from streams.lane.port import Record, Write
from streams.lane.twin import MemoryLog, NotExactError, Schedule

Damage = Callable[[MemoryLog], object]


def _records(log: MemoryLog, topic: str) -> list[Record]:
    return log.history(topic, 0)


def _change(log: MemoryLog) -> None:
    records = _records(log, "views.counts")
    last = [record for record in records if record.value not in {None, b"7"}][-1]
    log.append(Write("views.counts", last.key, b"7"), 0)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "a row that somebody changed": (_change, "partition 0: rows"),
    "a row that somebody added": (
        lambda log: log.append(Write("views.counts", b"x/forged", b"1"), 0), "partition 0: rows"),
    "an output that is lost": (lambda log: _records(log, EVENTS).pop(), "partition 0: task.events"),
    "an output that is double": (
        lambda log: _records(log, EVENTS).append(_records(log, EVENTS)[-1]),
        "partition 0: task.events"),
    "a crossing that nobody told": (
        lambda log: log.append(Write("crossings", b"k", b'"x"'), 0), "records folded"),
    "a dead letter that is lost": (lambda log: _records(log, "dlq.a").pop(), "dlq.a"),
    "a letter that nobody's record made": (
        lambda log: log.append(Write("dlq.b", b"k", b"x"), 0), "dlq.b"),
    "a record that was never folded": (
        lambda log: log.append(Write("a", b"k", b"n+1"), 0), "records folded"),
    "a source record that is gone": (
        lambda log: _records(log, "a").pop(len(_records(log, "a")) // 2), "partition 0"),
    "a journal record that is gone": (lambda log: _records(log, JOURNAL).pop(3), "partition 0"),
    "a journal record that is double": (
        lambda log: _records(log, JOURNAL).append(_records(log, JOURNAL)[-1]), "goes back"),
}  # fmt: skip


@pytest.fixture
def played() -> Schedule:
    """A schedule in which everything is exact."""
    return Schedule(3, ToyFold, say, steps=200).play().require_exact()


@pytest.mark.parametrize("name", DAMAGES)
def test_it_finds(played: Schedule, name: str) -> None:
    """And says where, what stands there, and what the fold gives; and the seed."""
    damage, where = DAMAGES[name]
    damage(played.log)
    with pytest.raises(NotExactError, match=where) as error:
        played.require_exact()
    assert "seed 3" in str(error.value.__notes__)


def test_it_needs_no_topic_of_the_lanes_own_but_the_journal(played: Schedule) -> None:
    """Positions are the lane's memory; what was folded is proven by the journal and the rows."""
    before = [record for record in _records(played.log, STATE) if record.key == b"-/positions"]
    assert before
    _records(played.log, STATE)[:] = [r for r in _records(played.log, STATE) if r not in before]
    played.require_exact()


def test_it_is_a_command() -> None:
    """`shequ verify`: the same proof, on the topics of the city's Kafka."""
    command = typer.main.get_command(build())
    assert "verify" in getattr(command, "commands", {})
