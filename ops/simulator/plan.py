"""The plan of the city: which records each day brings, with all that will happen to them.

Day n depends on the seed, the settings and the days before it, and on nothing else: a simulator
that was killed draws the same plan again.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from ops.simulator import cases, incidents, own_cases
from ops.simulator.city import City
from ops.simulator.draft import Draft
from ops.simulator.drawing import Drawing
from ops.simulator.records import Record, State, System
from ops.simulator.registry import Registry


@dataclass(frozen=True, slots=True)
class Change:
    """A record as it stands from `state.at` on."""

    record: Record
    state: State

    @property
    def bad(self) -> bool:
        """Whether readers cannot use this row."""
        return self.record.fault is not None and self.state is self.record.states[0]


class Plan:
    """The city's days, drawn one after the other when first asked for."""

    def __init__(self, city: City) -> None:
        self.city, self.settings = city, city.settings
        self.records: list[Record] = []  # of the days drawn so far, in the order of their days
        self._registry = Registry()
        self._changes: dict[int, list[Change]] = {}
        self._drawn = 0
        self._clusters = 0

    def day(self, day: int) -> tuple[Change, ...]:
        """All changes of the day, in the order of their times."""
        while self._drawn <= day:
            self._draw(self._drawn)
            self._drawn += 1
        changes = self._changes.get(day, [])
        return tuple(sorted(changes, key=lambda c: (c.state.at, c.record.record_id)))

    def _draw(self, day: int) -> None:
        drawing = Drawing(self.city, self._registry, day, self._clusters)
        drafts = drawing.drafts()
        self._clusters = drawing.clusters
        for system in ("police", "city"):
            self._number(system, day, [d for s, d in drafts if s == system])

    def _number(self, system: System, day: int, drafts: list[Draft]) -> None:
        """Make records of drafts; their numbers rise with their times."""
        rng = self.city.chance("records", system, day)
        date = self.settings.start + timedelta(days=day)
        drafts = sorted(drafts, key=lambda draft: draft.life[0].at)
        for number, draft in enumerate(drafts, start=1):
            if system == "police":
                record = incidents.build(rng, draft, date.year)
                record_id = f"JQ{_district(draft.placing.filed)}{date:%Y%m%d}{number:04d}"
            else:
                record = self._sent(cases.build(rng, draft))
                prefix = "AJ" if record.system == "city" else "JD"
                record_id = f"{prefix}{date:%Y%m%d}{number:05d}"
            self._keep(replace(record, record_id=record_id))

    def _sent(self, record: Record) -> Record:
        """A case as its department sends it on: the one street's office writes to Kafka itself."""
        street = self.settings.own_street[:9]
        if not street or not record.states[0].placing.filed.startswith(street):
            return record
        fault = record.fault and own_cases.fault_of(record.fault)
        return replace(record, system="own_cases", fault=fault)

    def _keep(self, record: Record) -> None:
        self.records.append(record)
        for state in record.states:
            day = self.settings.day_of(state.at)
            self._changes.setdefault(day, []).append(Change(record, state))


def _district(filed: str) -> str:
    """Six digits of the district; an incident at no known place is the city centre's."""
    return "420704" if filed[4:6] == "00" else filed[:6]
