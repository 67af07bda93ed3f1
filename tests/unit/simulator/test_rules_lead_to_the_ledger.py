"""The hub's rules, stated a second time as a fold over rows, lead to the ledger's truth.

Whatever the order in which the systems are read within a day.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ops.simulator import own_feed
from ops.simulator.exports import Exports
from ops.simulator.ledger import SOURCES, Ledger
from ops.simulator.plan import Change, Plan
from ops.simulator.police_feed import feed
from ops.simulator.records import Record, State

DAYS = 5
Key = tuple[str, str]


@dataclass(eq=False)
class Matter:
    """A task: its requests with their states."""

    code: str
    requests: dict[Key, str] = field(default_factory=dict)
    withdrawn: bool = False

    @property
    def state(self) -> str:
        states = set(self.requests.values())
        return "open" if "open" in states else "void" if states == {"void"} else "closed"


@dataclass
class Hub:
    """Folds rows one by one, as they come."""

    known: dict[Key, tuple[int, Record, State]] = field(default_factory=dict)
    matters: list[Matter] = field(default_factory=list)
    at_asset: dict[Key, Matter] = field(default_factory=dict)
    at_unit: dict[tuple[str, str, str], Matter] = field(default_factory=dict)
    of: dict[Key, Matter] = field(default_factory=dict)

    def take(self, change: Change, order: int) -> None:
        record, state = change.record, change.state
        key = (SOURCES[record.system], record.record_id)
        last = self.known.get(key)
        if change.bad or (last is not None and last[0] >= order):
            return
        self.known[key] = (order, record, state)
        if last is not None and last[2].placing.filed != state.placing.filed:
            self._leave(key)
        if state.referred:
            matter = self.of.get(key) or self._join(record, state)
            matter.requests[key] = state.status
            self.of[key] = matter

    def _leave(self, key: Key) -> None:
        matter = self.of.pop(key, None)
        if matter is not None:
            del matter.requests[key]
            matter.withdrawn = not matter.requests

    def _join(self, record: Record, state: State) -> Matter:
        code, unit = state.placing.filed, state.placing.unit
        asset, place = (code, record.asset), (code, record.kind.matter, unit)
        by_asset = record.asset and self.at_asset.get(asset)
        by_unit = record.kind.matter and "/" in unit and self.at_unit.get(place)
        for matter in (by_asset, by_unit):
            if matter and not matter.withdrawn and matter.state == "open" and state.placing.located:
                return matter
        matter = Matter(code)
        self.matters.append(matter)
        self.at_asset[asset] = self.at_unit[place] = matter
        return matter


def rows(
    plan: Plan, exports: Exports, day: int, rng: random.Random
) -> Iterator[tuple[Change, int]]:
    """The day's rows with their versions; the systems interleaved at random."""
    known = {(c.record.record_id, c.state.at): c for c in plan.day(day)}
    police = [(row.change, row.change.state.at) for row in feed(plan, day)]
    city = [
        (change, int(drop.name.split("_")[2][:6]))
        for drop in exports.day(day)
        if not drop.rule
        for change in drop.changes
    ]
    produced = [(one.key, order(one.value(int))) for one in own_feed.feed(plan, day)]
    own = [(known[key, at], at) for key, at in produced]
    queues = [police[::-1], city[::-1], own[::-1]]
    while any(queues):
        queue = rng.choice([queue for queue in queues if queue])
        for _ in range(min(len(queue), rng.randint(1, 200))):
            yield queue.pop()


def order(value: dict[str, Any]) -> int:
    return int(value["version"]["order"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_of_reading_within_a_day_leads_to_the_same_truth(
    plan: Plan, exports: Exports, ledger: Ledger, seed: int
) -> None:
    rng, hub = random.Random(seed), Hub()
    for day in range(DAYS):
        for change, order in rows(plan, exports, day, rng):
            hub.take(change, order)
        truth = ledger.after(day)
        living = [matter for matter in hub.matters if not matter.withdrawn]
        assert Counter((m.code, frozenset(m.requests), m.state) for m in living) == Counter(
            (task.code, task.requests, task.state) for task in truth.tasks
        )
        withdrawn = Counter(matter.code for matter in hub.matters if matter.withdrawn)
        assert withdrawn == {
            c: n.tasks_withdrawn for c, n in truth.counts.items() if n.tasks_withdrawn
        }


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_lead_to_the_counts_of_each_code(
    plan: Plan, exports: Exports, ledger: Ledger, seed: int
) -> None:
    rng, hub = random.Random(seed), Hub()
    for day in range(DAYS):
        for change, order in rows(plan, exports, day, rng):
            hub.take(change, order)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for _, record, state in hub.known.values():
        noun = "incidents" if record.system == "police" else "cases"
        totals[state.placing.filed][f"{noun}_total"] += 1
        totals[state.placing.filed][f"{noun}_open"] += state.status == "open"
    for code, counts in ledger.after(DAYS - 1).counts.items():
        for name in ("incidents_total", "incidents_open", "cases_total", "cases_open"):
            assert totals[code][name] == getattr(counts, name)
