"""Draws one day of the register: who is born and dies, comes and goes, moves, or is corrected."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ops.simulator.newcomers import Newcomers
from ops.simulator.people import phone
from ops.simulator.places import Spot
from ops.simulator.records import Placing
from ops.simulator.register import Due
from ops.simulator.registrations import (
    ALONE,
    HEAD,
    NEVER,
    OTHER,
    Batch,
    Change,
    Entry,
    Household,
    Resident,
)
from ops.simulator.settings import MINUTE, SECOND
from ops.simulator.writing import When

SORTS = ("correct", "come", "go", "birth", "die", "set_up", "cancel")
WEIGHTS = (38, 20, 14, 10, 8, 6, 4)
ALONE_SHARE = 1 / 4  # of moves within the city: one person, into another household
Fits = Callable[[Household], bool]


class Drawing(Newcomers):
    """One day: what was decided for it, and what comes up."""

    def draw(self) -> tuple[Batch, ...]:
        """All commits of the day."""
        for due in self.register.due(self.day):
            self._do(due)
        for _ in range(self.about(self.settings.moves_per_thousand)):
            self._move()
        others = self.about(self.settings.registrations_per_thousand)
        for sort in self.rng.choices(SORTS, WEIGHTS, k=others):
            getattr(self, sort)()
        if self.day:  # what was loaded before the first day can be read in full on that day
            rate = self.settings.moves_per_thousand + self.settings.registrations_per_thousand
            for _ in range(self.about(rate * self.dirt.deleted_rows)):
                self._vanish()
        return self.batches()

    def correct(self) -> None:
        """变更: another phone; now and then what was written first is contradicted at once."""
        household = self._some()
        if household is None:
            return
        member, when = self.rng.choice(household.members), self.when(household.system)
        if self.rng.random() < self.dirt.contradicted:
            self._put(member, when, "注销")
            when = when.after(self.rng.randint(2 * MINUTE, 8 * MINUTE))
        self._put(member, when, "变更", phone=phone(self.rng))
        if household.system == "household" and self.rng.random() < self.dirt.same_instant:
            again = when.with_same_stamp(self.rng.randint(5, 40) * SECOND)
            self._put(member, again, "变更", phone=phone(self.rng))

    def go(self) -> None:
        """迁出: one leaves the city, or all of a household do."""
        household = self._some()
        if household is not None and self.rng.random() < 1 / 2:
            self._end(household, household.members, "迁出")
        elif household is not None:
            self._end(household, [self.rng.choice(household.members)], "迁出")

    def die(self) -> None:
        """死亡: mostly the eldest of a household."""
        household = self._some()
        if household is not None:
            self._end(household, [min(household.members, key=lambda m: m.born)], "死亡")

    def cancel(self) -> None:
        """注销: for another reason."""
        household = self._some()
        if household is not None:
            self._end(household, [self.rng.choice(household.members)], "注销")

    def set_up(self) -> None:
        """立户: one leaves a household and sets up one in the same community."""
        household = self._some(lambda h: len(h.members) > 1)
        if household is None:
            return
        member = self._not_head(household)
        home = self.city.places.home_in(self.rng, household.community)
        placing = self.city.placings.told(self.rng, home)
        own = self.register.found(household.system, household.community, placing)
        self._join([member], household, own, "立户", HEAD)

    def _move(self) -> None:
        household = self._some()
        if household is None:
            return
        if len(household.members) > 1 and self.rng.random() < ALONE_SHARE:
            member = self._not_head(household)
            other = self._some(lambda h: h.system == household.system and member not in h.members)
            if other is not None:
                self._join([member], household, other, "迁入", OTHER)
            return
        home = self._elsewhere(household)
        if home is None:
            return
        before, where = household.placing, household.community
        self._relocate(household, home.community, self.city.placings.told(self.rng, home))
        if self.rng.random() < self.dirt.moved_back:
            self.register.postpone(
                self.soon(), Due("return", household, placing=before, community=where)
            )

    def _do(self, due: Due) -> None:
        household = due.household
        if due.what == "return" and due.placing is not None:
            self._relocate(household, due.community, due.placing)
        elif due.what == "place":
            home = self.city.places.home_in(self.rng, household.community)
            household.placing = self.city.placings.told(self.rng, home)
            self._rewrite(household, [m for m in household.members if m.last.fault is None])
        elif due.member is not None and due.what == "correct":
            self._rewrite(household, [due.member])
        elif due.member is not None:
            self._put(due.member, self.when(household.system), "变更", resident_id=due.number)

    def _rewrite(self, household: Household, members: Sequence[Resident]) -> None:
        """变更: good rows with the household's place."""
        when = self.when(household.system)
        versions = (self.version(m, when, "变更", placing=household.placing) for m in members)
        self.write(when, list(zip(members, versions, strict=True)))

    def _relocate(self, household: Household, community: str, placing: Placing) -> None:
        """迁入 elsewhere in the city, all together; half of them get a new number."""
        household.community, household.placing = community, placing
        if self.rng.random() < 1 / 2:
            household.number = self.register.number()
        when, members = self.when(household.system), household.members
        new = {"placing": placing, "household": household.number}
        self.write(when, [(m, self.version(m, when, "迁入", **new)) for m in members])

    def _join(
        self,
        members: Sequence[Resident],
        old: Household,
        new: Household,
        change: Change,
        relation: str,
    ) -> None:
        when = self.when(old.system)
        differs = {"placing": new.placing, "household": new.number, "relation": relation}
        self.write(when, [(m, self.version(m, when, change, **differs)) for m in members])
        for member in members:
            old.members.remove(member)
            new.members.append(member)

    def _end(self, household: Household, members: Sequence[Resident], change: Change) -> None:
        """Cancelled for good; another becomes the head if the head is gone."""
        when = self.when(household.system)
        rows = [(m, self.version(m, when, change)) for m in members]
        for member in list(members):
            household.members.remove(member)
            member.free_from = NEVER
        rest = household.members
        if rest and not any(m.last.relation in {HEAD, ALONE} for m in rest):
            eldest = min(rest, key=lambda m: m.born)
            rows.append((eldest, self.version(eldest, when, "变更", relation=HEAD)))
        self.write(when, rows)

    def _vanish(self) -> None:
        """A row is deleted, on a day on which nothing else happens to it."""
        household = self._some(lambda h: h.system == "household")
        if household is None:
            return
        member, when = self.rng.choice(household.members), self.when("household")
        self.write(when, [(member, replace(member.last, at=when.at, gone=True))])
        household.members.remove(member)
        member.free_from = NEVER

    def _some(self, fits: Fits = lambda _: True) -> Household | None:
        return self.register.pick(self.rng, self.day, fits)

    def _not_head(self, household: Household) -> Resident:
        others = [m for m in household.members if m.last.relation not in {HEAD, ALONE}]
        return self.rng.choice(others or household.members)

    def _elsewhere(self, household: Household) -> Spot | None:
        """A home in another community whose registrations take the same way; None if none is."""
        places = self.city.places
        way = self.register.households.system
        others = [
            unit.code
            for unit in places.communities
            if unit.code != household.community and way(unit.code) == household.system
        ]
        return places.home_in(self.rng, self.rng.choice(others)) if others else None

    def _put(self, member: Resident, when: When, change: Change, **differs: str) -> None:
        entry: Entry = self.version(member, when, change, **differs)
        self.write(when, [(member, entry)])
