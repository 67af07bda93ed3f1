"""People whom the register has not known: they come from elsewhere, or are born."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from ops.simulator.people import child_name, people
from ops.simulator.register import Due
from ops.simulator.registrations import (
    DAUGHTER,
    MALE,
    NEVER,
    SON,
    Change,
    Entry,
    Household,
    Resident,
    born_in,
    fault,
    relations,
    sex_of,
)
from ops.simulator.settings import CHINA
from ops.simulator.writing import When, Writing

ELSEWHERE = ("420102", "420115", "420202", "421102")  # GB/T 2260: districts of other cities
PARENTS = range(20, 46)  # years
WITHOUT_ID = 2 / 3  # of newborns: they get one on a later day


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody about to be entered."""

    name: str
    resident_id: str
    phone: str
    relation: str


class Newcomers(Writing):
    """Those changes that bring new records."""

    def come(self) -> None:
        """迁入: people from elsewhere set up a household here; their rows may be bad."""
        places, rng = self.city.places, self.rng
        arrived = people(rng, rng.randint(1, 4), places.home, places.words, ELSEWHERE)
        home = arrived[0].home
        telling = self.city.placings.telling(rng)
        if telling == "told":
            placing = self.city.placings.told(rng, home)
        else:
            placing = self.city.placings.untold(rng, telling, home.community)
        system = self.register.households.system(home.community)
        household = self.register.found(system, home.community, placing)
        when = self.when(system)
        codes = relations([(sex_of(p.resident_id), born_in(p.resident_id)) for p in arrived])
        newcomers = (
            Newcomer(p.name, p.resident_id, p.phone, code)
            for p, code in zip(arrived, codes, strict=True)
        )
        rows = [self._enter(household, newcomer, when, "迁入") for newcomer in newcomers]
        self.write(when, [(resident, self._faulty(resident, entry)) for resident, entry in rows])
        self._set_right_later(household, located=telling == "told")

    def birth(self) -> None:
        """出生: one child, or twins, in the household of a parent."""
        household = self.register.pick(
            self.rng, self.day, lambda h: any(self._may_be_parent(m) for m in h.members)
        )
        if household is None:
            return
        when = self.when(household.system)
        children = list(self._children(household, self._date(when)))
        rows = [self._enter(household, child, when, "出生") for child in children]
        if self.rng.random() >= WITHOUT_ID:
            self.write(when, rows)
            return
        self.write(when, [(child, replace(entry, resident_id="")) for child, entry in rows])
        day = self.soon()
        for (child, _), known in zip(rows, children, strict=True):
            self.register.postpone(day, Due("identify", household, child, number=known.resident_id))

    def soon(self) -> int:
        """A later day, not far."""
        return self.day + self.rng.randint(1, 3)

    def _children(self, household: Household, today: date) -> Sequence[Newcomer]:
        parent = next(m for m in household.members if self._may_be_parent(m))
        born = today - timedelta(days=self.rng.randint(0, 20))
        children = []
        for _ in range(2 if self.rng.random() < self.dirt.twins else 1):
            number = self.register.resident_id(household.community[:6], born)
            name = child_name(self.rng, parent.name, self.city.places.words)
            relation = SON if sex_of(number) == MALE else DAUGHTER
            children.append(Newcomer(name, number, parent.last.phone, relation))
        return children

    def _may_be_parent(self, member: Resident) -> bool:
        return self.settings.start.year - member.born.year in PARENTS

    def _enter(
        self, household: Household, newcomer: Newcomer, when: When, change: Change
    ) -> tuple[Resident, Entry]:
        born, sex = born_in(newcomer.resident_id), sex_of(newcomer.resident_id)
        resident = self.register.enter(household, newcomer.name, sex, born)
        entry = Entry(
            at=when.at,
            stamp=when.stamp,
            change=change,
            changed_at=when.changed_at,
            household=household.number,
            relation=newcomer.relation,
            resident_id=newcomer.resident_id,
            phone=newcomer.phone,
            placing=household.placing,
        )
        return resident, entry

    def _faulty(self, resident: Resident, entry: Entry) -> Entry:
        bad = fault(self.rng, self.dirt, resident.system, entry.resident_id)
        return replace(entry, fault=bad)

    def _set_right_later(self, household: Household, *, located: bool) -> None:
        """Some of what is bad or told of no place is set right on a later day, the rest never."""
        for member in household.members:
            if member.last.fault is None:
                continue
            if self.rng.random() < self.dirt.corrected:
                later = self.soon() + 1  # the bad row is in the table for a whole day at least
                self.register.postpone(later, Due("correct", household, member))
            else:
                member.free_from = NEVER
        if not located and self.rng.random() < self.dirt.located_later:
            self.register.postpone(self.soon(), Due("place", household))

    def _date(self, when: When) -> date:
        return datetime.fromtimestamp(when.changed_at // 1000, UTC).astimezone(CHINA).date()
