"""A city of several partitions on the pure core: crossings lie on their topic until one is taken.

Halves, plain versions and crossings come in whatever order a test wants; a history says which
halves there are, and `expected_open` says from those that came, and nothing else, which of them
wait for another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
from sayings import COMMUNITY, DESK, NEXT, START
from town import Town

from schemas.identity import row_id
from streams.community.events import Crossing
from streams.community.register_rows import Resident
from streams.community.rows import Row, Summary
from streams.community.tables import RESIDENTS, Table
from streams.lane.topic_map import partition_of

CODES = (COMMUNITY, NEXT, DESK, "420704001003")
PARTITIONS = 4


class Half(NamedTuple):
    """One event of a record's history: where, at which version, and what it says of a move."""

    code: str
    version: int
    direction: str = ""
    counterpart: str = ""

    @property
    def stated(self) -> dict[str, str]:
        """As the builders of events take it."""
        move = {self.direction: self.counterpart} if self.direction else {}
        return {"community": self.code, **move}


def history(path: Sequence[str]) -> list[Half]:
    """A record that goes along a path; where it stays, it only changes. Versions count 1, 2 ..."""
    told = [Half(path[0], 1)]
    for version, (before, after) in enumerate(pairwise(path), 2):
        if before == after:
            told.append(Half(after, version))
        else:
            told.append(Half(before, version, "left", after))
            told.append(Half(after, version, "arrived", before))
    return told


def expected_open(came: Iterable[Half]) -> set[Half]:
    """Halves whose other code has not come as far."""
    known: dict[str, int] = {}
    halves = set(came)
    for half in halves:
        known[half.code] = max(known.get(half.code, 0), half.version)
    return {h for h in halves if h.direction and known.get(h.counterpart, 0) < h.version}


@dataclass
class City:
    """Each partition has its rows; each crossing that was told waits in `crossings`."""

    now: int = START
    towns: list[Town] = field(default_factory=lambda: [Town() for _ in range(PARTITIONS)])
    crossings: list[Crossing] = field(default_factory=list)

    def town(self, code: str) -> Town:
        """The partition of a code."""
        return self.towns[partition_of(code.encode(), PARTITIONS)]

    def say(self, topic: str, record: dict[str, Any]) -> None:
        """A department says something."""
        self._feed(topic, record, str(record["community"]))

    def take(self, at: int = 0) -> None:
        """One of the crossings that wait comes to its code."""
        crossing = self.crossings.pop(at)
        self._feed("crossings", msgspec.to_builtins(crossing, builtin_types=(bytes,)),
                   crossing.to_code)  # fmt: skip

    def take_all(self) -> None:
        """Everything that was told has come."""
        while self.crossings:
            self.take()

    def wait(self, ms: int) -> None:
        """Time passes everywhere."""
        self.now += ms
        for town in self.towns:
            town.wait(ms)

    def _feed(self, topic: str, record: dict[str, Any], code: str) -> None:
        town = self.town(code)
        told = len(town.rows.outs)
        town.feed(topic, record)
        self.crossings += [row for *_, row in town.rows.outs[told:] if isinstance(row, Crossing)]

    def total(self, name: str) -> int:
        """A count, added up over the city."""
        summaries = [row for town in self.towns for row in town.rows.rows.values()
                     if isinstance(row, Summary)]  # fmt: skip
        return sum(getattr(summary, name) for summary in summaries)

    @property
    def persons(self) -> int:
        """As the city counts its registered residents."""
        here, leaving, arriving = (
            self.total(f"residents_{name}") for name in ("total", "leaving", "arriving")
        )
        return here + leaving - arriving

    def rows(self, table: Table) -> list[Row]:
        """All rows of a table."""
        return [row for town in self.towns for (name, _), row in town.rows.rows.items()
                if name == table.name]  # fmt: skip

    def residents(self) -> list[Resident]:
        """All rows of persons."""
        return [row for row in self.rows(RESIDENTS) if isinstance(row, Resident)]

    def row(self, table: Table, source: str, record: str, code: str) -> Any:  # noqa: ANN401 -- of any view
        """A record's row at a code."""
        return self.town(code).rows.get(table, f"{code}/{row_id(source, record)}")
