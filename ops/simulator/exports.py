"""The city's exports of a day: which rows, in which file, dropped when, and how badly."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from ops.simulator import cases, encoding
from ops.simulator.plan import Change, Plan
from ops.simulator.records import BROKEN_FILE, WRONG_COLUMNS
from ops.simulator.settings import CHINA, DAY, MINUTE, Dirt

Writing = Literal["whole", "growing", "broken"]
LAST_EXPORT = (23 * 60 + 40) * MINUTE  # after midnight
RENAMED = {"小类代码": "类别代码"}  # the wrong column of a file with wrong columns


@dataclass(frozen=True, slots=True)
class Drop:
    """A file that is put into the folder at a time (plan ms)."""

    at: int
    name: str
    shape: encoding.Shape
    writing: Writing
    header: tuple[str, ...]
    changes: tuple[Change, ...]
    rule: str = ""  # the letter that the whole file makes; empty for a good one

    def content(self, clock: Callable[[int], int]) -> bytes:
        """The whole file."""
        rows = (cases.row(change.record, change.state, clock) for change in self.changes)
        return encoding.encode(self.shape, self.header, [tuple(row.values()) for row in rows])


@dataclass(frozen=True, slots=True)
class _Export:
    """One number of the sequence, before its file is dropped."""

    at: int
    changes: tuple[Change, ...]
    rule: str = ""
    late: bool = False


class Exports:
    """The city's files, day by day; their numbers rise with each export."""

    def __init__(self, plan: Plan, clock: Callable[[int], int]) -> None:
        self.plan, self.clock = plan, clock
        self._dirt: Dirt = plan.city.dirt
        self._days: list[tuple[Drop, ...]] = []
        self._latest: dict[str, Change] = {}
        self._number = 0

    def day(self, day: int) -> tuple[Drop, ...]:
        """All files of the day in the order in which they are dropped."""
        while len(self._days) <= day:
            self._days.append(tuple(self._drops(len(self._days))))
        return self._days[day]

    def bad_places(self, day: int) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
        """`file:row` of each bad row (the header is row 1), and the files that are bad whole."""
        rows: dict[str, list[str]] = {}
        files = []
        for drop in (drop for n in range(day + 1) for drop in self.day(n)):
            if drop.rule:
                files.append((drop.name, drop.rule))
                continue
            for row, change in enumerate(drop.changes, start=2):
                if change.bad:
                    rows.setdefault(change.record.record_id, []).append(f"{drop.name}:{row}")
        return rows, files

    def _drops(self, day: int) -> list[Drop]:
        rng = self.plan.city.chance("exports", day)
        exports = [
            export
            for at, changes in self._portions(day)
            for export in self._exports(rng, at, changes)
        ]
        drops = list(self._files(rng, exports))
        return sorted(drops, key=lambda drop: (drop.at, drop.name))

    def _portions(self, day: int) -> Iterator[tuple[int, tuple[Change, ...]]]:
        """Per export the last state of each record that changed since the one before."""
        count = self.plan.settings.exports_per_day
        midnight = self.plan.settings.day_start(day)
        changes = [c for c in self.plan.day(day) if c.record.system == "city"]
        begin = midnight
        for number in range(count):
            end = midnight + LAST_EXPORT - (count - 1 - number) * (DAY // count)
            last = {c.record.record_id: c for c in changes if begin < c.state.at <= end}
            self._latest |= last
            if last:
                yield end, tuple(last.values())
            begin = end

    def _exports(
        self, rng: random.Random, at: int, changes: tuple[Change, ...]
    ) -> Iterator[_Export]:
        """A failed attempt now and then, the export itself, and now and then all rows again."""
        if rng.random() < self._dirt.wrong_columns:
            yield _Export(at, changes, rule=WRONG_COLUMNS)
        if rng.random() < self._dirt.broken_files:
            yield _Export(at + MINUTE, changes, rule=BROKEN_FILE)
        yield _Export(at + 2 * MINUTE, changes, late=rng.random() < self._dirt.late_files)
        if rng.random() < self._dirt.reexports:
            numbered = (c for c in self._latest.values() if not _numberless(c))
            yield _Export(at + 3 * MINUTE, tuple(numbered))

    def _files(self, rng: random.Random, exports: list[_Export]) -> Iterator[Drop]:
        """Files in the order of their numbers; a late one is dropped after the next one or two."""
        for place, export in enumerate(exports):
            self._number += 1
            drop = self._file(rng, export)
            after = exports[min(place + rng.randint(1, 2), len(exports) - 1)]
            if export.late and after is not export:
                drop = replace(drop, at=after.at + MINUTE // 2)
            yield drop
            if not export.rule and rng.random() < self._dirt.dropped_again:
                name = drop.name if rng.random() < 1 / 2 else drop.name.replace(".", "_副本.")
                yield replace(drop, at=drop.at + 5 * MINUTE, name=name, writing="whole")

    def _file(self, rng: random.Random, export: _Export) -> Drop:
        shape = self._shape(rng)
        growing = rng.random() < self._dirt.half_files
        header: tuple[str, ...] = cases.COLUMNS
        if export.rule == WRONG_COLUMNS:
            header = tuple(RENAMED.get(column, column) for column in header)
        broken = export.rule == BROKEN_FILE
        day = datetime.fromtimestamp(self.clock(export.at) / 1000, UTC).astimezone(CHINA)
        return Drop(
            at=export.at,
            name=f"案件导出_{day:%Y%m%d}_{self._number:06d}{encoding.SUFFIX[shape]}",
            shape=shape,
            writing="broken" if broken else "growing" if growing else "whole",
            header=header,
            changes=tuple(self._repeated(rng, export.changes)),
            rule=export.rule,
        )

    def _shape(self, rng: random.Random) -> encoding.Shape:
        dice = rng.random()
        if dice < self._dirt.xlsx:
            return "xlsx"
        return "gb18030" if dice < self._dirt.xlsx + self._dirt.gb18030 else "utf-8-sig"

    def _repeated(self, rng: random.Random, changes: tuple[Change, ...]) -> Iterator[Change]:
        for change in changes:
            yield change
            if rng.random() < self._dirt.repeated_rows:
                yield change


def _numberless(change: Change) -> bool:
    fault = change.record.fault
    return change.bad and fault is not None and fault.field == cases.NUMBER
