"""The truth of the city after each day, counted by brute force from what the simulator decided.

Nothing here follows events or knows the hub's code: a record counts where it is last, as it is
last; records of one cluster are one task, every other request is a task of its own.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ops.simulator.exports import Exports
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
    """What one code counts, after one day. A record that moved counts at its last code only."""

    incidents_total: int = 0
    incidents_open: int = 0
    cases_total: int = 0
    cases_open: int = 0
    requests_total: int = 0
    joined_total: int = 0  # requests beyond the first of their task
    tasks_total: int = 0  # without those withdrawn
    tasks_open: int = 0
    tasks_withdrawn: int = 0  # left empty here because their only request went elsewhere
    unlocated: int = 0  # records that wait at this desk


@dataclass(frozen=True, slots=True)
class Task:
    """A task that is not withdrawn: closed when all its requests are, void when all are void."""

    code: str
    requests: RequestIds
    state: Status


@dataclass(frozen=True, slots=True, order=True)
class Letter:
    """A dead letter to be expected; `record_id` is empty where the row has none, or for a file.

    `places` name each file and row, or the file, where it stands; the police's rows have none.
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


class Truth:
    """Everything that must be true of the hub when it has read all of a day."""

    def __init__(self, day: int, standings: Iterable[Standing], letters: Iterable[Letter]) -> None:
        self.day = day
        self.standings = tuple(standings)
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
        return tuple(sorted(tasks, key=lambda task: (task.code, sorted(task.requests))))

    @cached_property
    def counts(self) -> dict[str, Counts]:
        """Counts of every code that has any, by code."""
        here: defaultdict[str, list[Standing]] = defaultdict(list)
        tasks: defaultdict[str, list[Task]] = defaultdict(list)
        withdrawn: defaultdict[str, int] = defaultdict(int)
        for standing in self.standings:
            here[standing.state.placing.filed].append(standing)
            for code in standing.left:
                withdrawn[code] += 1
        for task in self.tasks:
            tasks[task.code].append(task)
        codes = sorted(here.keys() | withdrawn.keys())
        return {c: _counts(here[c], tasks[c], withdrawn=withdrawn[c]) for c in codes}

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

    def __init__(self, plan: Plan, exports: Exports) -> None:
        self.plan, self.exports = plan, exports

    def after(self, day: int) -> Truth:
        """The truth at the end of the day (0 is the first)."""
        self.plan.day(day)
        end = self.plan.settings.day_start(day + 1)
        standings = filter(None, (_standing(record, end) for record in self.plan.records))
        return Truth(day, standings, self._letters(day, end))

    def secrets(self, day: int) -> frozenset[str]:
        """Names, ids, phones, plates, rooms and texts of all rows up to the end of the day.

        None of them may be found outside: on pages, in topics unsealed, in logs.
        """
        self.plan.day(day)
        end = self.plan.settings.day_start(day + 1)
        records = (record for record in self.plan.records if record.states[0].at < end)
        return frozenset(word for record in records for word in record.secrets)

    def _letters(self, day: int, end: int) -> Iterator[Letter]:
        places, files = self._file_places(day)
        for record in self.plan.records:
            if record.fault is not None and record.states[0].at < end:
                key, fault = record.record_id, record.fault
                numbered = "" if fault.field == "案件编号" else key
                where = tuple(dict.fromkeys(places.get(key, ())))
                yield Letter(SOURCES[record.system], numbered, fault.rule, fault.field, where)
        for name, rule in files:
            yield Letter(SOURCES["city"], "", rule, "", (name,))

    def _file_places(self, day: int) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
        """`file:row` of each bad row (the header is row 1), and the files that are bad whole."""
        rows: dict[str, list[str]] = {}
        files = []
        for drop in (drop for n in range(day + 1) for drop in self.exports.day(n)):
            if drop.rule:
                files.append((drop.name, drop.rule))
                continue
            for row, change in enumerate(drop.changes, start=2):
                if change.bad:
                    rows.setdefault(change.record.record_id, []).append(f"{drop.name}:{row}")
        return rows, files


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


def _task(group: list[Standing]) -> Task:
    states = {standing.state.status for standing in group}
    state: Status = "open" if "open" in states else "void" if states == {"void"} else "closed"
    return Task(group[0].state.placing.filed, frozenset(s.key for s in group), state)


def _counts(here: list[Standing], tasks: list[Task], *, withdrawn: int) -> Counts:
    incidents = [s for s in here if s.record.system == "police"]
    cases = [s for s in here if s.record.system == "city"]
    return Counts(
        incidents_total=len(incidents),
        incidents_open=sum(s.state.status == "open" for s in incidents),
        cases_total=len(cases),
        cases_open=sum(s.state.status == "open" for s in cases),
        requests_total=sum(s.is_request for s in here),
        joined_total=sum(len(task.requests) - 1 for task in tasks),
        tasks_total=len(tasks),
        tasks_open=sum(task.state == "open" for task in tasks),
        tasks_withdrawn=withdrawn,
        unlocated=sum(not s.state.placing.located for s in here),
    )
