"""What is folded and not yet in a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from streams.lane.port import Slice, Write


@dataclass(slots=True)
class Step:
    """Neighbouring records of one topic folded at one time; without a topic, a tick."""

    now: int
    topic: str
    first: int
    next: int
    count: int

    def fields(self) -> dict[str, int | str]:
        """As the journal writes it."""
        return {
            "now": self.now,
            "topic": self.topic,
            "first": self.first,
            "next": self.next,
            "count": self.count,
        }


@dataclass(slots=True)
class Pending:
    """Units of one partition, merged: rows last wins, outputs and steps are appended."""

    rows: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    outs: list[Write] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    records: int = 0
    caught_up: bool = True
    letters: list[str] = field(default_factory=list)
    """Topics of the records that became dead letters."""
    oldest: int = 0
    newest: int = 0

    def note(self, piece: Slice) -> None:
        """Add a step to the journal; neighbours of one topic and time become one."""
        if not piece.records:
            self.steps.append(Step(piece.now, "", 0, 0, 0))
            return
        count, following = len(piece.records), piece.records[-1].offset + 1
        first_at = piece.records[0].timestamp
        self.oldest = min(self.oldest, first_at) if self.records else first_at
        self.newest = max(self.newest, piece.records[-1].timestamp)
        self.records += count
        last = self.steps[-1] if self.steps else None
        if last is not None and (last.topic, last.now) == (piece.topic, piece.now):
            last.next = following
            last.count += count
        else:
            first = piece.records[0].offset
            self.steps.append(Step(piece.now, piece.topic, first, following, count))


@dataclass(slots=True, frozen=True)
class Frozen:
    """A transaction ready to be written, and what it says of itself. Topics are logical.

    `oldest`, `newest`: append times of its records, ms; 0 where it has none.
    """

    writes: list[Write]
    now: int
    caught_up: bool
    records: int
    letters: Sequence[str] = ()
    oldest: int = 0
    newest: int = 0
