"""The truth of the city after each day, counted by brute force from what the simulator decided.

Nothing here follows events or knows the hub's code: a record counts where it is last, as it is
last; records of one cluster are one task, every other request is a task of its own.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ops.simulator.census import BadRow, Census, Heads
from ops.simulator.exports import Exports
from ops.simulator.permit_books import SOURCE as PERMITS
from ops.simulator.permit_books import PermitBooks, PermitStanding
from ops.simulator.permit_plan import PermitPlan
from ops.simulator.plan import Plan
from ops.simulator.records import Record, State, Status, System

SOURCES: Mapping[System, str] = {
    "police": "ezhou.police_incidents",
    "city": "ezhou.city_cases",
    "household": "ezhou.household_registration",
    "permits": "ezhou.permits",
    "own_cases": "ezhou.intake.city.cases",
    "own_moves": "ezhou.intake.household.moves",
}
RequestIds = frozenset[tuple[str, str]]  # (source, record id) of each request of a task


@dataclass(frozen=True, slots=True)
class Counts:
    """What one code counts, after one day. A record that moved counts at its last code only.

    Tasks left empty are counted of incidents and cases alone: permits may be told in any order, so
    where one has been on its way is not known to everybody.
    """

    incidents_total: int = 0
    incidents_open: int = 0
    cases_total: int = 0
    cases_open: int = 0
    requests_total: int = 0
    joined_total: int = 0  # requests beyond the first of their task
    tasks_total: int = 0  # without those withdrawn
    tasks_open: int = 0
    tasks_withdrawn: int = 0  # left empty here because their only request went elsewhere
    permits_total: int = 0
    permits_open: int = 0
    acts_total: int = 0  # permits that need an act of the community
    acts_refused: int = 0  # of those: a proof that communities must not issue
    residents_total: int = 0  # persons who are registered here
    households_total: int = 0  # that have at least one of them
    unlocated: int = 0  # records that wait at this desk, but for residents


@dataclass(frozen=True, slots=True)
class Task:
    """A task that is not withdrawn: closed when all its requests are, void when all are void."""

    code: str
    requests: RequestIds
    state: Status

    def counts(self) -> Counter[str]:
        """What it adds to the counts of its code, by their names."""
        joined = len(self.requests) - 1
        return Counter(tasks_total=1, tasks_open=self.state == "open", joined_total=joined)


@dataclass(frozen=True, slots=True, order=True)
class Letter:
    """A dead letter to be expected; `record_id` is empty where the row has none, or for a file.

    `places` name each file and row, the file, or the webhook; rows of other sources have none.
    """

    source: str
    record_id: str
    rule: str
    field: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as it stands at the end of a day; `left` are the codes whose task it left empty."""

    record: Record
    state: State
    left: tuple[str, ...]

    @property
    def is_request(self) -> bool:
        return self.state.referred

    @property
    def key(self) -> tuple[str, str]:
        return SOURCES[self.record.system], self.record.record_id

    def counts(self) -> Counter[str]:
        """What it adds to the counts of its code, by their names."""
        noun = "incidents" if self.record.system == "police" else "cases"
        is_open, desk = self.state.status == "open", not self.state.placing.located
        what = {f"{noun}_total": 1, f"{noun}_open": is_open}
        return Counter(requests_total=self.is_request, unlocated=desk, **what)


class Truth:
    """Everything that must be true of the hub when it has read all of a day."""

    def __init__(
        self,
        day: int,
        standings: Iterable[Standing],
        letters: Iterable[Letter],
        permits: Iterable[PermitStanding] = (),
        heads: Heads | None = None,
    ) -> None:
        self.day, self.heads = day, heads or Heads.none()
        self.standings = tuple(standings)  # incidents and cases
        self.permits = tuple(permits)
        self.letters = tuple(sorted(letters))

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """Every task but the withdrawn ones, in a fixed order."""
        groups: dict[object, list[Standing]] = {}
        for standing in self.standings:
            if standing.is_request:
                cluster = standing.record.cluster
                groups.setdefault(cluster if cluster is not None else standing.key, []).append(
                    standing
                )
        tasks = [_task(group) for group in groups.values()]
        tasks += [
            Task(permit.code, frozenset({permit.key}), permit.state.status)
            for permit in self.permits
            if permit.is_request
        ]
        return tuple(sorted(tasks, key=lambda task: (task.code, sorted(task.requests))))

    @cached_property
    def counts(self) -> dict[str, Counts]:
        """Counts of every code that has any, by code."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for standing in self.standings:
            counts[standing.state.placing.filed] += standing.counts()
            for code in standing.left:
                counts[code]["tasks_withdrawn"] += 1
        for permit in self.permits:
            counts[permit.code] += permit.counts()
        for task in self.tasks:
            counts[task.code] += task.counts()
        for code, count in self.heads.residents.items():
            counts[code]["residents_total"] = count
            counts[code]["households_total"] = self.heads.households[code]
        return {code: Counts(**counts[code]) for code in sorted(counts)}

    def as_json(self) -> str:
        """The same truth, the same bytes."""
        content = {
            "day": self.day,
            "counts": {
                c: {f: getattr(n, f) for f in Counts.__slots__} for c, n in self.counts.items()
            },
            "tasks": [[t.code, t.state, sorted(t.requests)] for t in self.tasks],
            "letters": [[x.source, x.record_id, x.rule, x.field, x.places] for x in self.letters],
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


class Ledger:
    """Keeps the books of a plan."""

    def __init__(
        self,
        plan: Plan,
        exports: Exports,
        permits: PermitBooks | None = None,
        census: Census | None = None,
    ) -> None:
        self.plan, self.exports, self.census = plan, exports, census
        self.permits = permits or PermitBooks(PermitPlan(plan.city))

    def after(self, day: int, looks: Sequence[int] | None = None) -> Truth:
        """The truth at the end of the day (0 is the first).

        `looks` are the days at whose end the table of residents was read: see Census.
        """
        self.plan.day(day)
        end = self.plan.settings.day_start(day + 1)
        standings = filter(None, (_standing(record, end) for record in self.plan.records))
        heads = self.census.after(day, looks) if self.census else Heads.none()
        letters = [*self._letters(day, end), *map(_letter, heads.bad)]
        return Truth(day, standings, letters, self.permits.standings(day), heads)

    def secrets(self, day: int) -> frozenset[str]:
        """Names, ids, phones, plates, rooms and texts of all rows up to the end of the day.

        None of them may be found outside: on pages, in topics unsealed, in logs.
        """
        self.plan.day(day)
        end = self.plan.settings.day_start(day + 1)
        records = (record for record in self.plan.records if record.states[0].at < end)
        words = frozenset(word for record in records for word in record.secrets)
        residents = self.census.secrets(day) if self.census else ()
        return words.union(self.permits.secrets(day), residents)

    def _letters(self, day: int, end: int) -> Iterator[Letter]:
        places, files = self.exports.bad_places(day)
        for record in self.plan.records:
            if record.fault is not None and record.states[0].at < end:
                key, fault = record.record_id, record.fault
                numbered = "" if fault.field in {"案件编号", "record_id"} else key
                where = tuple(dict.fromkeys(places.get(key, ())))
                yield Letter(SOURCES[record.system], numbered, fault.rule, fault.field, where)
        for name, rule in files:
            yield Letter(SOURCES["city"], "", rule, "", (name,))
        for bad in self.permits.bad(day):
            yield Letter(PERMITS, bad.record_id, bad.rule, bad.field, bad.places)


def _standing(record: Record, end: int) -> Standing | None:
    """How the record stands before `end`; None if nobody could read it yet."""
    seen = [state for state in record.good() if state.at < end]
    if not seen:
        return None
    left = tuple(
        before.placing.filed
        for before, after in pairwise(seen)
        if before.placing.filed != after.placing.filed and before.referred
    )
    return Standing(record, seen[-1], left)


def _letter(bad: BadRow) -> Letter:
    return Letter(SOURCES[bad.system], bad.record_id, bad.rule, bad.field, ())


def _task(group: list[Standing]) -> Task:
    states = {standing.state.status for standing in group}
    state: Status = "open" if "open" in states else "void" if states == {"void"} else "closed"
    return Task(group[0].state.placing.filed, frozenset(s.key for s in group), state)
