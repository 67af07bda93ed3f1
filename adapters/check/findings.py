"""What is counted while an adapter reads for a check."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.check.columns import Columns
from adapters.check.watch import Watch
from adapters.kit.adapter import Adapter, Row
from adapters.kit.errors import DeadLetterError
from adapters.kit.intake import Work
from adapters.kit.settings import AdapterSettings
from schemas.codec import Codec

SHOWN = 3
"""Places and values that stand for all of a group of letters."""


@dataclass(slots=True)
class Group:
    """Dead letters of one rule and field."""

    count: int = 0
    places: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    advice: str = ""


@dataclass(slots=True, kw_only=True)
class Findings:
    """What is counted while an adapter reads. `now` is ms UTC."""

    adapter: Adapter[Any]
    own: AdapterSettings
    now: int
    folder: Path | None = None
    rows: int = 0
    used: int = 0
    events: int = 0
    seconds: float = 0.0
    halts: str = ""
    read: set[str] = field(default_factory=set)
    by_file: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    columns: Columns = field(init=False)
    _codec: Codec = field(default_factory=Codec)

    def __post_init__(self) -> None:
        """Show values of plain columns only."""
        self.columns = Columns(self.adapter.plain, self.adapter.read)

    @property
    def watched(self) -> Adapter[Any]:
        """The adapter, with its mapping watched."""
        return self.watch.over(self.adapter, self.now)

    @property
    def letters(self) -> int:
        """How many dead letters there would be."""
        return sum(group.count for group in self.groups.values())

    @property
    def bad_share(self) -> float:
        """Share of dead letters in what was news."""
        return self.letters / (self.letters + self.used) if self.letters else 0.0

    def saw(self, row: Row) -> None:
        """A row was read."""
        self.rows += 1
        self.by_file[row.place.rpartition(":")[0]] += 1
        self.columns.add(row.raw)
        try:
            record_id = self.adapter.identify(row).record_id
        except DeadLetterError:
            record_id = ""
        self.watch.saw(record_id, row)

    def rejected(self, place: str) -> None:
        """Input came that is no row: a line, `file:number`, or a whole file."""
        name, colon, number = place.rpartition(":")
        is_line = bool(colon) and number.isdigit()
        self.rows += is_line
        self.unreadable[name if is_line else place] += 1

    def took(self, work: Work) -> None:
        """What would have been sent."""
        self.used += work.used
        self.events += len(work.outgoing)
        for message in work.letters.values():
            letter = self._codec.decode(message.value)[1]
            group = self.groups.setdefault((letter["rule"], letter["field"]), Group())
            group.count += 1
            group.advice = group.advice or letter["advice"]
            for kept, said in ((group.places, "place"), (group.values, "value")):
                if letter[said] and len(kept) < SHOWN and letter[said] not in kept:
                    kept.append(letter[said])
