"""One partition: a bad record costs itself, and nothing that a unit did is half done."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import COUNTS, NOTES, PoisonError, ToyFold, ToyTable

from streams.lane.errors import ChainBrokenError
from streams.lane.overlay import Overlay
from streams.lane.partition import ROW_LIMIT_BYTES, Partition
from streams.lane.port import Record, Slice, Unit, Write
from streams.lane.rows.memory import MemoryRows

NOW = 1_000_000
ToyPartition = Partition[ToyTable, Any]


def _slice(*values: str, topic: str = "a", first: int = 0, now: int = NOW) -> Slice:
    records = [Record(first + n, now, b"k", value.encode()) for n, value in enumerate(values)]
    return Slice(now, topic, records)


def _fold(partition: ToyPartition, *slices: Slice) -> None:
    partition.fold_unit(Unit(0, 0, list(slices), caught_up=True))


def _partition() -> ToyPartition:
    return Partition(0, ToyFold())


def _rows(partition: ToyPartition) -> dict[str, object]:
    return {key: msgspec.json.decode(data) for key, data in partition.rows.items("counts")}


def _letters(partition: ToyPartition) -> list[Write]:
    return [write for write in partition.pending.outs if write.topic.startswith("dlq.")]


@pytest.mark.parametrize("at", range(5))
def test_one_poisonous_record_becomes_one_letter_and_the_others_are_folded(at: int) -> None:
    """Whatever its place in the unit; what it did before it failed is dropped."""
    partition = _partition()
    values = ["n+1", "n+1", "n+1", "n+1"]
    values.insert(at, "poison")
    _fold(partition, _slice(*values))
    assert _rows(partition) == {"x/n": 4}
    assert [letter.topic for letter in _letters(partition)] == ["dlq.a"]


def test_many_poisonous_records_become_as_many_letters() -> None:
    """Nothing but letters."""
    partition = _partition()
    _fold(partition, _slice(*["poison"] * 30))
    assert len(_letters(partition)) == 30
    assert _rows(partition) == {}
    assert partition.offsets == {"a": 30}


def test_what_fails_once_is_folded_and_is_no_letter() -> None:
    """Memory was short, a cache was cold: the second try counts."""
    partition = _partition()
    _fold(partition, _slice("n+1", "once-1", "poison", "once-2"))
    assert _rows(partition) == {"x/n": 1, "x/once-1": 1, "x/once-2": 1}
    assert len(_letters(partition)) == 1


@pytest.mark.parametrize("size", [ROW_LIMIT_BYTES, 2 * ROW_LIMIT_BYTES])
def test_a_row_that_no_topic_would_take_is_the_fault_of_its_record(size: int) -> None:
    """It becomes a letter; the worker that would write it would end, and end again."""
    partition = _partition()
    _fold(partition, _slice("n+1", f"big:b:{size}", "n+1"))
    assert _rows(partition) == {"x/n": 2}
    assert len(_letters(partition)) == 1


def test_a_row_that_just_fits_is_written() -> None:
    """The limit is the limit."""
    partition = _partition()
    _fold(partition, _slice(f"big:b:{ROW_LIMIT_BYTES - 2}"))
    assert len(_rows(partition)) == 1


def test_a_timer_that_a_dropped_unit_had_taken_is_due_again_and_fires_once() -> None:
    """The poison behind it throws the unit away; the timer is taken anew."""
    partition = _partition()
    _fold(partition, _slice("timer:t"))
    _fold(partition, _slice("n+1", "poison", "n+1", first=1, now=NOW + 5_000))
    assert _rows(partition) == {"x/timer-t": 1, "x/n": 2}
    assert partition.rows.first_due() is None


def test_a_timer_fires_once_and_at_its_time() -> None:
    """Not a millisecond earlier; never again."""
    partition = _partition()
    _fold(partition, _slice("timer:t"))
    assert partition.rows.first_due() == NOW + 5_000
    for ms in (4_999, 5_000, 5_001):
        _fold(partition, Slice(NOW + ms))
    assert _rows(partition) == {"x/timer-t": 1}


def test_a_timer_that_a_poisonous_record_had_taken_still_fires() -> None:
    """What it did before it failed is dropped, that it took something, too."""
    partition = _partition()
    _fold(partition, _slice("timer:t"))
    _fold(partition, _slice("take-poison", "n+1", first=1))
    _fold(partition, Slice(NOW + 5_000))
    assert _rows(partition) == {"x/n": 1, "x/timer-t": 1}


@pytest.mark.parametrize("merged", [True, False])
def test_what_a_record_took_is_due_again_when_it_is_dropped(merged: bool) -> None:  # noqa: FBT001 -- both ways
    """By itself, or with the whole unit."""
    store: MemoryRows[ToyTable, Any] = MemoryRows(ToyFold())
    store.set("timers", f"-/timers/{NOW:013d}/a/t", b'"t"')
    unit: Overlay[ToyTable, Any] = Overlay(store, "timers")
    record: Overlay[ToyTable, Any] = Overlay(store, "timers", below=unit)
    assert record.pop_due(NOW) == "t"
    assert record.pop_due(NOW) is None
    if merged:
        record.merge()
        unit.drop()
    else:
        record.drop()
    assert unit.pop_due(NOW) == "t"


def test_a_tick_that_fails_is_a_defect_of_the_app_and_goes_through() -> None:
    """No record is to blame: the worker must not go on."""
    partition = _partition()
    _fold(partition, _slice("tick-poison"))
    with pytest.raises(PoisonError):
        _fold(partition, Slice(NOW + 5_000))


def test_a_unit_that_goes_back_is_refused() -> None:
    """It was folded already."""
    partition = _partition()
    _fold(partition, _slice("n+1", "n+1"))
    with pytest.raises(ChainBrokenError, match="a-0 goes on at 2, got 1"):
        _fold(partition, _slice("n+1", first=1))
    assert _rows(partition) == {"x/n": 2}


def test_neighbouring_records_of_a_topic_and_time_are_one_step() -> None:
    """The journal of a replayed year stays small."""
    partition = _partition()
    _fold(partition, _slice("n+1", "n+1"), _slice("n+1", first=5), Slice(NOW))
    _fold(partition, _slice("n+1", topic="b"), _slice("n+1", topic="b", first=1, now=NOW + 1))
    steps = [tuple(step.fields().values()) for step in partition.pending.steps]
    assert steps == [
        (NOW, "a", 0, 6, 3),
        (NOW, "", 0, 0, 0),
        (NOW, "b", 0, 1, 1),
        (NOW + 1, "b", 1, 2, 1),
    ]


def test_units_merge_into_one_transaction_rows_last_and_outputs_all() -> None:
    """Group commit: offsets by topic, the last value of each row, every output in order."""
    partition = _partition()
    _fold(partition, _slice("n+1"), _slice("m+1", topic="b"))
    _fold(partition, _slice("n+2", first=1))
    frozen = partition.freeze()
    assert frozen is not None
    rows = [(write.key, write.value) for write in frozen.writes if write.topic == "views.counts"]
    assert rows == [(b"x/n", b"3"), (b"x/m", b"1")]
    assert [w.key for w in frozen.writes if w.topic == "task.events"] == [b"x/n", b"x/m", b"x/n"]
    positions = partition.fold.decode("", frozen.writes[-2].value or b"")
    assert positions["offsets"] == [{"topic": "a", "next": 2}, {"topic": "b", "next": 1}]
    assert frozen.writes[-1].topic == "journal"
    assert frozen.records == 3
    assert partition.freeze() is None


def test_a_row_that_comes_and_goes_is_removed_for_its_readers() -> None:
    """A tombstone, though it never stood on the topic: it may have."""
    partition = _partition()
    _fold(partition, _slice("n+1", "m+1"))
    _fold(partition, _slice("n+-1", first=2))
    frozen = partition.freeze()
    assert frozen is not None
    assert [w.value for w in frozen.writes if w.key == b"x/n" and w.topic == "views.counts"] == [
        None
    ]


def test_a_letter_counts_by_its_id_so_that_its_content_may_be_erased() -> None:
    """A replay after an erasure gives the same answer."""
    before, after = _partition(), _partition()
    _fold(before, _slice("poison"))
    assert isinstance(after.fold, ToyFold)
    after.fold.erased = {(_letters(before)[0].key or b"").decode()}
    _fold(after, _slice("poison"))
    assert _letters(before)[0].value == b"poison"
    assert _letters(after)[0].value == b""
    assert before.outs == after.outs
    other = _partition()
    _fold(other, _slice("n+1", "poison"))
    assert other.outs != before.outs


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=20), st.data())
def test_the_digest_depends_on_the_rows_and_not_on_how_they_came(
    changes: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Any order, any detour: the same rows, the same digest."""
    there: MemoryRows[ToyTable, Any] = MemoryRows(ToyFold())
    for key, value in changes:
        if value or there.get("counts", key) is not None:
            there.set("counts", key, str(value).encode() if value else None)
    final = list(there.items("counts"))
    other: MemoryRows[ToyTable, Any] = MemoryRows(ToyFold())
    for key, value_ in data.draw(st.permutations(final)):
        other.set("counts", key, value_)
    assert other.state == there.state
    assert (there.state == 0) is (not final)


def test_the_same_bytes_in_another_table_or_under_another_key_are_another_digest() -> None:
    """Rows that were swapped are noticed."""
    states = set()
    for table, key in (("counts", "a"), ("counts", "b"), ("notes", "a")):
        store: MemoryRows[ToyTable, Any] = MemoryRows(ToyFold())
        store.set(table, key, b"1")
        states.add(store.state)
    assert len(states) == 3


def test_decoded_rows_are_kept_up_to_a_bound_and_are_the_same_when_decoded_again() -> None:
    """Twelve million residents are bytes; the few that are looked at are objects."""
    store: MemoryRows[ToyTable, Any] = MemoryRows(ToyFold(), cache_rows=3)
    for number in range(10):
        store.set("counts", f"k{number}", str(number).encode())
    assert [store.get("counts", f"k{number}") for number in range(10)] == list(range(10))
    assert len(store._cache) <= 3
    store.set("counts", "k0", b"7")
    assert store.get("counts", "k0") == 7


def test_an_overlay_shows_its_own_changes_and_hides_them_from_others() -> None:
    """What a record did is seen by the unit only when it is merged."""
    store: MemoryRows[ToyTable, Any] = MemoryRows(ToyFold())
    store.set("counts", "a", b"1")
    unit: Overlay[ToyTable, Any] = Overlay(store, "timers")
    record: Overlay[ToyTable, Any] = Overlay(store, "timers", below=unit)
    record.put(COUNTS, "a", 2)
    record.delete(NOTES, "b")
    assert record.get(COUNTS, "a") == 2
    assert unit.get(COUNTS, "a") == 1
    record.merge()
    assert unit.get(COUNTS, "a") == 2
    assert store.get("counts", "a") == 1
    unit.drop()
    assert unit.get(COUNTS, "a") == 1
    with pytest.raises(TypeError, match="taken by the partition"):
        unit.merge()
