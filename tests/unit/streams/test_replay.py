"""A replay says where the answer first differs, and why."""

from collections.abc import Callable
from typing import Any

import pytest
from toy import ToyFold

from streams.lane.partition import JOURNAL_SCHEMA, AnyPartition, Partition
from streams.lane.port import Record, Slice, Unit
from streams.lane.replay import Difference, replay

SAID = ["n+1", "timer:t", "poison", "m+2", "n+-1"]


def _record(offset: int, value: str) -> Record:
    return Record(offset, 0, b"k", value.encode())


def _lived() -> tuple[list[bytes], list[Record]]:
    """The journal of a lane that folded each record in a transaction of its own."""
    partition: AnyPartition = Partition(0, ToyFold())
    journal, log = [], [_record(offset, value) for offset, value in enumerate(SAID)]
    for at, record in enumerate(log):
        partition.fold_unit(Unit(0, 0, [Slice(at * 4_000, "a", [record])], caught_up=True))
        frozen = partition.freeze()
        assert frozen is not None
        journal.append(frozen.writes[-1].value or b"")
    return journal, log


def _replay(
    journal: list[bytes], log: list[Record], code: str = "toy-1"
) -> list[Difference | None]:
    def fetch(topic: str, first: int, following: int) -> list[Record]:
        assert topic == "a"
        return [record for record in log if first <= record.offset < following]

    return list(replay(Partition(0, ToyFold(code)), journal, fetch))


def _forged(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    fold = ToyFold()
    entry = fold.decode(JOURNAL_SCHEMA, data)
    change(entry)
    return fold.encode(JOURNAL_SCHEMA, entry)


def test_the_same_code_gives_the_same_answer_after_every_record() -> None:
    """Rows and outputs, letters and timers included."""
    journal, log = _lived()
    assert _replay(journal, log) == [None] * len(SAID)


def test_it_can_go_on_with_what_follows() -> None:
    """A year of journal is read a thousand records at a time."""
    journal, log = _lived()
    partition: AnyPartition = Partition(0, ToyFold())
    answers = []
    for part in (journal[:2], journal[2:]):
        answers += list(replay(partition, part, lambda _, first, end: log[first:end]))
    assert answers == [None] * len(SAID)


@pytest.mark.parametrize("at", range(len(SAID)))
def test_a_record_that_says_something_else_is_found_where_it_stands(at: int) -> None:
    """The first difference is named, and the replay ends there."""
    journal, log = _lived()
    log[at] = _record(at, "other+1")
    *before, found = _replay(journal, log)
    assert before == [None] * at
    assert found is not None
    assert (found.seq, found.what, found.code) == (at + 1, "state", "")


def test_records_that_retention_has_eaten_are_counted() -> None:
    """Fewer than were folded then: the replay stops, and says of which topic."""
    journal, log = _lived()
    (found,) = _replay(journal, log[1:])
    assert found == Difference(0, 1, "count of a from 0", "1", "0")


def test_a_missing_journal_record_is_noticed() -> None:
    """They count 1, 2, 3 ..."""
    journal, log = _lived()
    *_, found = _replay(journal[:2] + journal[3:], log)
    assert found == Difference(0, 4, "seq", "4", "3")


@pytest.mark.parametrize("what", ["state", "outs"])
def test_each_digest_is_compared(what: str) -> None:
    """Rows could be right and the history wrong, or the other way round."""
    journal, log = _lived()
    journal[1] = _forged(journal[1], lambda entry: entry.__setitem__(what, bytes(16)))
    *_, found = _replay(journal, log)
    assert found is not None
    assert (found.seq, found.what, found.recorded) == (2, what, "0" * 32)


def test_the_time_that_was_given_is_given_again() -> None:
    """An hour later the timer would have fired."""
    journal, log = _lived()
    later = _forged(journal[2], lambda entry: entry["steps"][0].__setitem__("now", 3_600_000))
    *_, found = _replay([*journal[:2], later], log)
    assert found is not None
    assert (found.seq, found.what) == (3, "state")


def test_other_code_is_named_where_the_answers_differ() -> None:
    """Equality is promised for the same code only."""
    journal, log = _lived()
    assert _replay(journal, log, code="toy-2") == [None] * len(SAID)
    log[3] = _record(3, "other+1")
    found = _replay(journal, log, code="toy-2")[-1]
    assert found is not None
    assert found.code == "toy-1"
