"""Looks over the shoulder of an adapter's mapping: codes, states, places, reasons."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.kit.adapter import Adapter, Draft, Row
from adapters.kit.coordinates import Point
from adapters.kit.desk import Code, Desk
from adapters.kit.errors import DeadLetterError
from adapters.kit.places import Location
from schemas.gazetteer import Gazetteer

STATES = (
    "category",
    "change",
    "status",
    "stage",
    "decision",
    "filed",
    "referred",
    "channel",
    "act",
)
"""Fields of events that say in which state a record is."""

KNOWN, UNLISTED, REFUSED = "known", "unlisted", "refused"


@dataclass(frozen=True, slots=True)
class _WatchedDesk(Desk):
    """A desk that remembers which community code and address it was last asked about."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    def locate(
        self, stated: str, address: str, point: Point | None, names: Collection[str]
    ) -> Location:
        self.asked[:] = [(stated, address)]
        return Desk.locate(self, stated, address, point, names)


@dataclass(slots=True)
class Watch:
    """Counts of what a mapping made, each different content of a record once."""

    codes: Counter[tuple[Code, str]] = field(default_factory=Counter)
    states: dict[str, Counter[str]] = field(default_factory=dict)
    filed: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    times: list[int] = field(default_factory=list)
    future: int = 0
    _seen: dict[str, Counter[int]] = field(default_factory=dict)
    _counted: set[tuple[str, int]] = field(default_factory=set)
    _desk: _WatchedDesk | None = None

    def over(self, adapter: Adapter[Any], now: int) -> Adapter[Any]:
        """The adapter, with its mapping watched. `now` is ms UTC."""

        def map_row(row: Row, desk: Desk) -> Draft:
            watched = self._desk = self._desk or _WatchedDesk(desk.places, desk.keys, desk.kinds)
            content = adapter.identify(row).record_id, hash(row.original)
            first = content not in self._counted
            self._counted.add(content)
            try:
                draft = adapter.map_row(row, watched)
            except DeadLetterError as error:
                if first and error.finding.rule == "code.unknown_kind":
                    self.codes[("", "", error.finding.value), REFUSED] += 1
                raise
            if first:
                self._count(draft, watched, now)
            return draft

        return replace(adapter, map_row=map_row)

    def saw(self, record_id: str, row: Row) -> None:
        """A row was read; `record_id` is empty where it states none."""
        self._seen.setdefault(record_id, Counter())[hash(row.original)] += 1

    @property
    def repeats(self) -> int:
        """Rows that state exactly what an earlier one states."""
        return sum(count - 1 for contents in self._seen.values() for count in contents.values())

    @property
    def versions(self) -> int:
        """Different contents of records."""
        return sum(len(contents) for name, contents in self._seen.items() if name)

    @property
    def records(self) -> int:
        """Different records."""
        return len(self._seen.keys() - {""})

    @property
    def changed(self) -> int:
        """Records of which more than one content was seen."""
        return sum(len(contents) > 1 for name, contents in self._seen.items() if name)

    def _count(self, draft: Draft, desk: _WatchedDesk, now: int) -> None:
        for name in STATES:
            if name in draft.fields:
                said = draft.fields[name]
                text = str(said).lower() if isinstance(said, bool) else str(said)
                self.states.setdefault(name, Counter())[text] += 1
        kind, item = draft.fields.get("kind"), draft.fields.get("item")
        if isinstance(kind, dict):
            code = (str(kind["list"]), str(kind["version"]), str(kind["value"]))
            self.codes[code, KNOWN if code in desk.kinds else UNLISTED] += 1
        elif isinstance(item, dict):  # its list has it, or it were refused
            self.codes[(item["list"], item["version"], item["value"]), KNOWN] += 1
        at, gazetteer = draft.occurred_at, desk.places.gazetteer
        self.future += at > now
        self.times = [min(at, *self.times), max(at, *self.times)] if self.times else [at, at]
        self.filed[draft.location.code] += 1
        if not gazetteer.is_real(draft.location.code) and desk.asked:
            self.reasons[_reason(*desk.asked[0], draft.location, gazetteer)] += 1


def _reason(stated: str, address: str, location: Location, gazetteer: Gazetteer) -> str:
    """Why a row stands at a desk."""
    unit = gazetteer.units.get(stated.strip())
    if not stated.strip():
        code = "no community code"
    elif unit is None:
        code = "a community code that nobody knows"
    elif unit.virtual:
        code = "a virtual community"
    else:
        code = f"the code of a {unit.level}"
    if not address.strip():
        return f"{code}; no address"
    if location.code != gazetteer.city.code:
        level = gazetteer.units[location.code].level
        return f"{code}; known down to the {level} only"
    if location.candidates:
        return f"{code}; the address may mean several places of {gazetteer.city.name}"
    return f"{code}; the address names no place of {gazetteer.city.name}"
