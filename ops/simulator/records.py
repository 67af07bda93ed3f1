"""What the simulator knows about each record: where it truly is, what it says, how it ends."""

from dataclasses import dataclass
from typing import Literal

from ops.simulator.kinds import Kind
from ops.simulator.people import Person

System = Literal["police", "city", "household", "permits", "own_cases", "own_moves"]
Status = Literal["open", "closed", "void"]

MISSING, UNKNOWN_KIND, BAD_TIME = "field.missing", "code.unknown_kind", "time.unreadable"
WRONG_COLUMNS, BROKEN_FILE = "file.columns", "file.broken"


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a record truly is filed, and how its department writes it.

    `filed` is a real community or, where the row does not tell, a desk (zeros at the end).
    """

    filed: str
    stated: str  # community code in the row; empty or unknown to anybody for some
    address: str
    unit: str = ""  # `<estate id>/<building>/<unit>` as far as the address tells
    point: tuple[float, float] | None = None  # CGCS2000 degrees

    @property
    def located(self) -> bool:
        return not self.filed.endswith("000")


@dataclass(frozen=True, slots=True)
class State:
    """A version of a record: how it stands from `at` (plan ms) on."""

    at: int
    status: Status
    stage: str  # 处置阶段 of the city; empty for the police
    referred: bool
    closed_at: int | None
    placing: Placing
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record's first row: `field` holds `value`, which breaks `rule`."""

    rule: str
    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One incident or case with its whole life; `states` are in the order of their times.

    With a `fault` its first state reaches the department's readers as a bad row. What follows is
    good, and counts; nothing may follow.
    """

    system: System
    record_id: str
    cluster: int | None  # records of one cluster are one task
    kind: Kind
    asset: str
    department: str
    document: str
    occurred_at: int  # plan ms
    person: Person
    third: Person | None
    secrets: tuple[str, ...]  # words of its texts and addresses that must not get out
    states: tuple[State, ...]
    fault: Fault | None = None

    def good(self) -> tuple[State, ...]:
        """The states that readers can use."""
        return self.states if self.fault is None else self.states[1:]
