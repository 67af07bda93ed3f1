"""Registered persons 户籍人口: the versions of their rows, one after another."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ops.simulator.people import CHECKS
from ops.simulator.records import BAD_TIME, MISSING, Fault, Placing, System
from ops.simulator.settings import Dirt

Change = Literal["立户", "迁入", "迁出", "出生", "死亡", "注销", "变更"]
CANCELLED: dict[Change, str] = {"迁出": "3", "死亡": "1", "注销": "2"}
"""Changes that end a registration, and their reason 注销原因 (GA/T 2000.25)."""

HEAD, ALONE = "02", "01"  # GB/T 4761: 户主, 本人
SPOUSE, SON, DAUGHTER, FATHER, MOTHER, OTHER = "10", "20", "30", "51", "52", "97"
MALE, FEMALE = "1", "2"  # GB/T 2261.1
GENERATION = 16  # years

CHECK_DIGIT = "id.check_digit"
NEVER = 1 << 30  # a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A version of a row: to be read from `at` on; `stamp` is its 更新时间 (both plan ms).

    With a `fault` readers cannot use it; `gone`: the row is no longer in the table.
    """

    at: int
    stamp: int
    change: Change
    changed_at: int  # 变动时间, plan ms on a full second
    household: str  # 户号
    relation: str
    resident_id: str  # empty for a newborn
    phone: str
    placing: Placing
    fault: Fault | None = None
    gone: bool = False

    @property
    def good(self) -> bool:
        return self.fault is None and not self.gone

    @property
    def registered(self) -> bool:
        return self.change not in CANCELLED


@dataclass(slots=True, eq=False)
class Resident:
    """One person's record; `entries` are in the order in which they can be read."""

    record_id: str
    system: System
    name: str
    sex: str
    born: date
    entries: list[Entry]
    free_from: int = 0  # the first day for which nothing is decided yet

    @property
    def last(self) -> Entry:
        return self.entries[-1]


@dataclass(slots=True, eq=False)
class Household:
    """A household 户 and those who are registered in it now."""

    number: str
    system: System
    community: str  # where it truly is, whatever its rows tell
    placing: Placing
    members: list[Resident] = field(default_factory=list)

    def is_free(self, day: int) -> bool:
        """Whether nothing is decided for the day, or later, about any of its members."""
        return bool(self.members) and all(m.free_from <= day for m in self.members)


@dataclass(frozen=True, slots=True)
class Batch:
    """Versions that are committed together; batches of a city are numbered in their order."""

    number: int
    at: int
    entries: tuple[tuple[Resident, Entry], ...]

    @property
    def system(self) -> System:
        """They all take the same way."""
        return self.entries[0][0].system


def sex_of(resident_id: str) -> str:
    """The 17th digit of a resident id is odd for men (GB 11643)."""
    return MALE if int(resident_id[16]) % 2 else FEMALE


def born_in(resident_id: str) -> date:
    """The date within the resident id."""
    return date.fromisoformat(resident_id[6:14])


def relations(members: Sequence[tuple[str, date]]) -> list[str]:
    """Codes (GB/T 4761) of people (sex, born) to a head, who is in the middle of life."""
    head = min(range(len(members)), key=lambda n: abs(members[n][1].year - 1978))
    codes = [_relation(members[head], member) for member in members]
    for number in [n for n, code in enumerate(codes) if code == SPOUSE and n != head][1:]:
        codes[number] = OTHER
    codes[head] = HEAD
    return codes


def _relation(head: tuple[str, date], member: tuple[str, date]) -> str:
    years = member[1].year - head[1].year
    if years >= GENERATION:
        return SON if member[0] == MALE else DAUGHTER
    if years <= -GENERATION:
        return FATHER if member[0] == MALE else MOTHER
    return SPOUSE if member[0] != head[0] else OTHER


def fault(rng: random.Random, dirt: Dirt, system: System, resident_id: str) -> Fault | None:
    """What is wrong with somebody's first row, as often as set: mostly nothing."""
    fields, dice = FIELDS[system], rng.random()
    if dice < dirt.wrong_ids:
        wrong = rng.choice([digit for digit in CHECKS if digit != resident_id[17]])
        return Fault(CHECK_DIGIT, fields.resident_id, resident_id[:17] + wrong)
    dice -= dirt.wrong_ids
    if dice < dirt.missing_fields:
        return Fault(MISSING, rng.choice(fields.required), "")
    dice -= dirt.missing_fields
    if dice < dirt.unreadable_times:
        return Fault(BAD_TIME, fields.born, f"{resident_id[6:10]}-02-30")
    return None


@dataclass(frozen=True, slots=True)
class Fields:
    """Where a way of registrations has what can be bad."""

    resident_id: str
    born: str
    required: tuple[str, ...]


FIELDS: dict[System, Fields] = {
    "household": Fields("公民身份号码", "出生日期", ("变动类别", "变动时间")),
    "own_moves": Fields("personal.resident_id", "personal.born", ("change",)),
}
