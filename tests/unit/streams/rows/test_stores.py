"""Rows in memory, rows on disk and a plain dict are the same, whatever happens to them."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from toy import TIMERS, ToyFold, ToyTable

from streams.lane.overlay import Overlay
from streams.lane.rows.digest import MASK, digest_of, number
from streams.lane.rows.disk import DiskRows
from streams.lane.rows.folder import Room, RowsFolder
from streams.lane.rows.memory import MemoryRows
from streams.lane.rows.store import AnyRows

ROWS = [("counts", f"x/{letter}") for letter in "abcdef"]
DUE = [("timers", f"-/timers/{due:013d}/a/t") for due in range(1, 16)]
Model = dict[tuple[str, str], bytes]


def digest(model: Model) -> int:
    """By the definition: the sum of the rows' digests."""
    return sum(number(digest_of(table)(key, data)) for (table, key), data in model.items()) & MASK


class Stores(RuleBasedStateMachine):
    """`model` is what is set; `frozen` what was at the last freeze; `kept` what was, by `seq`."""

    def __init__(self) -> None:
        super().__init__()
        self.fold = ToyFold()
        self.room = Room()
        self.home = Path(tempfile.mkdtemp())
        self.lives = 0
        self.model: Model = {}
        self.frozen: Model | None = None
        self.kept: list[Model] = [{}]
        self.memory: AnyRows = MemoryRows(self.fold, cache_rows=3)
        self.open()

    @property
    def path(self) -> Path:
        """Of the folder of this life."""
        return self.home / str(self.lives)

    def open(self) -> None:
        """The store on disk, with few rows decoded and few timers in memory."""
        self.folder = RowsFolder(self.path, self.room, lock_seconds=0)
        self.disk: AnyRows = DiskRows(self.fold, self.folder, cache_rows=3, window=3)

    def teardown(self) -> None:
        """Nothing is left behind."""
        self.disk.close()
        shutil.rmtree(self.home)

    @rule(place=st.sampled_from(ROWS + DUE), value=st.integers(0, 3))
    def set(self, place: tuple[str, str], value: int) -> None:
        """A row is put, replaced, put as it was, or removed."""
        data = str(value).encode() if value else None
        changed = self.model.get(place) != data
        for store in (self.memory, self.disk):
            assert store.set(*place, data, value or None) is changed
        if data is None:
            self.model.pop(place, None)
        else:
            self.model[place] = data

    @rule(due=st.lists(st.sampled_from(DUE), min_size=5, max_size=15))
    def set_timers(self, due: list[tuple[str, str]]) -> None:
        """More of them than are looked at together."""
        for place in due:
            self.set(place, 1)

    @rule(chosen=st.integers(0, 1_000))
    def remove(self, chosen: int) -> None:
        """A row that is there goes."""
        if self.model:
            self.set(sorted(self.model)[chosen % len(self.model)], 0)

    @rule()
    def commit(self) -> None:
        """One transaction after the other."""
        self.freeze()
        self.keep()

    @rule(place=st.sampled_from(ROWS + DUE))
    def get(self, place: tuple[str, str]) -> None:
        """A row is the same wherever it is kept."""
        data = self.model.get(place)
        for store in (self.memory, self.disk):
            assert store.get(*place) == (None if data is None else int(data))

    @rule(now=st.integers(0, 18), dropped=st.booleans())
    def fire(self, now: int, dropped: bool) -> None:  # noqa: FBT001 -- hypothesis chooses
        """What is due comes in its order, once; what a dropped unit took is due again."""
        due = sorted(key for name, key in self.model if name == "timers" and self._at(key) <= now)
        for store in (self.memory, self.disk):
            unit: Overlay[ToyTable, Any] = Overlay(store, "timers")
            count = 0
            while unit.pop_due(now) is not None:
                count += 1
            assert list(unit.changed.get("timers", {})) == due
            assert count == len(due)
            if dropped:
                unit.drop()
            else:
                for key in due:
                    store.set("timers", key, None)
        if not dropped:
            for key in due:
                del self.model["timers", key]

    @rule(due=st.lists(st.integers(1, 15), min_size=1, max_size=4), now=st.integers(0, 18))
    def put_and_fire(self, due: list[int], now: int) -> None:
        """A unit sees the timers that it sets itself, among the others."""
        keys = {DUE[number - 1][1] for number in due}
        there = {key for name, key in self.model if name == "timers"}
        fired = [key for key in sorted(keys | there) if self._at(key) <= now]
        for store in (self.memory, self.disk):
            unit: Overlay[ToyTable, Any] = Overlay(store, "timers")
            for key in keys:
                unit.put(TIMERS, key, 1)
            while unit.pop_due(now) is not None:
                pass
            changed = unit.changed["timers"]
            assert {key for key, row in changed.items() if row is None} == set(fired)
            for key, row in changed.items():
                store.set("timers", key, None if row is None else b"1", row)
        for key in keys:
            self.model["timers", key] = b"1"
        for key in fired:
            del self.model["timers", key]

    @staticmethod
    def _at(key: str) -> int:
        return int(key.split("/")[2])

    @rule()
    def freeze(self) -> None:
        """A transaction begins, if none is in flight."""
        if self.frozen is None:
            self.frozen = dict(self.model)
            self.memory.freeze()
            self.disk.freeze()

    @rule()
    def keep(self) -> None:
        """It is committed."""
        if self.frozen is not None:
            self.kept.append(self.frozen)
            self.frozen = None
            for store in (self.memory, self.disk):
                store.keep({"log": len(self.kept) - 1}, now=len(self.kept))

    @rule()
    def write_files(self) -> None:
        """As happens when much was written: a kill loses less."""
        self.folder._db.flush()

    @rule(killed=st.booleans())
    def begin_anew(self, killed: bool) -> None:  # noqa: FBT001 -- hypothesis chooses
        """Stopped, all that was kept is there; killed, what was at some time, and it says when."""
        if killed:
            shutil.copytree(self.path, self.home / str(self.lives + 1))
            self.disk.close()
            self.lives += 1
        else:
            self.disk.close()
        self.open()
        last = self.disk.reached.get("log", 0)
        assert killed or last == len(self.kept) - 1
        self.kept = self.kept[: last + 1]
        self.model, self.frozen = dict(self.kept[last]), None
        self.memory = MemoryRows(self.fold, cache_rows=3)
        for (table, key), data in self.model.items():
            self.memory.set(table, key, data)
        assert self.disk.kept_at == (last + 1 if last else 0)

    @rule()
    def clear(self) -> None:
        """All of it is dropped."""
        for store in (self.memory, self.disk):
            store.clear()
            assert dict(store.reached) == {}
        self.model, self.frozen, self.kept = {}, None, [{}]

    @invariant()
    def all_agree(self) -> None:
        """Rows, count, digest, and the time of the next timer."""
        due = [self._at(key) for name, key in self.model if name == "timers"]
        for store in (self.memory, self.disk):
            assert len(store) == len(self.model)
            assert store.state == digest(self.model)
            assert store.first_due() == min(due, default=None)
            for table in ("counts", "timers"):
                rows = [(key, data) for (name, key), data in self.model.items() if name == table]
                assert sorted(store.items(table)) == sorted(rows)


Stores.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
test_rows_are_the_same_wherever_they_are_kept = Stores.TestCase
