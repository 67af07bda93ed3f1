"""When each row of the police system can be seen: mostly at once, some after newer ones."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from ops.simulator import incidents
from ops.simulator.plan import Change, Plan
from ops.simulator.settings import MINUTE, OVERLAP, SECOND, Dirt

SOON = OVERLAP - 2 * MINUTE  # two rows of one incident that close can change places


@dataclass(frozen=True, slots=True)
class Shown:
    """A row that can be seen from `at` on (plan ms); its own time is `change.state.at`."""

    at: int
    change: Change
    copies: int

    def row(self, clock: Callable[[int], int]) -> dict[str, object]:
        """The row as the interface answers it."""
        return incidents.row(self.change.record, self.change.state, clock)


def feed(plan: Plan, day: int) -> tuple[Shown, ...]:
    """The day's rows in the order in which they can be seen; none is later than OVERLAP."""
    rng = plan.city.chance("feed", day)
    changes = [change for change in plan.day(day) if change.record.system == "police"]
    following, dirt, rows = followers(changes), plan.city.dirt, list[Shown]()
    for change in changes:
        at = seen_at(dirt, rng, change, following.get(id(change.state)))
        rows.append(Shown(at, change, 1 + (rng.random() < dirt.repeated_rows)))
    return tuple(sorted(rows, key=lambda row: (row.at, row.change.record.record_id)))


def seen_at(dirt: Dirt, rng: random.Random, change: Change, follower: int | None) -> int:
    """When a row can be seen: at its own time, late, or after the next one of its record."""
    at = change.state.at
    late, overtaken = rng.random() < dirt.late_rows, rng.random() < dirt.overtaken_rows
    if overtaken and follower is not None and follower - at <= SOON:
        return follower + rng.randint(30, 60) * SECOND
    return at + rng.randint(MINUTE, OVERLAP - MINUTE) if late else at


def followers(changes: list[Change]) -> dict[int, int]:
    """Of each state (by identity) the time of the same record's next one on this day."""
    last: dict[str, Change] = {}
    following: dict[int, int] = {}
    for change in changes:
        before = last.get(change.record.record_id)
        if before is not None:
            following[id(before.state)] = change.state.at
        last[change.record.record_id] = change
    return following
