"""Draws one day's records: clusters first, then the lone ones."""

from collections.abc import Iterator
from dataclasses import replace

from ops.simulator import cases, kinds
from ops.simulator.city import City
from ops.simulator.draft import Draft
from ops.simulator.kinds import Kind
from ops.simulator.lives import Life, Lives
from ops.simulator.people import Person
from ops.simulator.places import Spot
from ops.simulator.records import BAD_TIME, MISSING, UNKNOWN_KIND, Fault, Placing, System
from ops.simulator.registry import Registry, Thing

SIZES = ((2, 3, 4), (65, 25, 10))
MEAN_SIZE = 2.45
ASSETS_OF_A_KIND = 12  # in a community
FAULTS = {
    "police": (
        Fault(MISSING, "bjsj", ""),
        Fault(MISSING, "jqlb", ""),
        Fault(UNKNOWN_KIND, "jqlb", kinds.UNKNOWN_INCIDENT),
        Fault(BAD_TIME, "bjsj", "昨晚八点左右"),
    ),
    "city": (
        Fault(MISSING, "上报时间", ""),
        Fault(MISSING, "小类代码", ""),
        Fault(UNKNOWN_KIND, "小类代码", kinds.UNKNOWN_HAPPENING),
        Fault(BAD_TIME, "上报时间", "20日下午"),
        Fault(MISSING, cases.NUMBER, ""),
    ),
}


class Drawing:
    """One day's drafts; what they use is taken from the registry."""

    def __init__(self, city: City, registry: Registry, day: int, clusters: int) -> None:
        self.city, self.registry, self.day = city, registry, day
        self.dirt, self.settings, self.placings = city.dirt, city.settings, city.placings
        self.clusters = clusters  # counted over all days
        self.rng = city.chance("day", day)
        self.lives = Lives(city.settings, self.rng, day)

    def drafts(self) -> list[tuple[System, Draft]]:
        """Everything that is first reported on this day."""
        wanted: dict[System, int] = {
            "police": self._about(self.settings.incidents_per_thousand),
            "city": self._about(self.settings.cases_per_thousand),
        }
        clusters = sum(wanted.values()) * self.settings.clustered / MEAN_SIZE
        drawn = range(int(clusters + self.rng.random()))
        drafts = [draft for _ in drawn for draft in self._cluster()]
        for system, count in wanted.items():
            lone = count - sum(s == system for s, _ in drafts)
            drafts += [(system, self._lone(system)) for _ in range(lone)]
        return drafts

    def _about(self, per_thousand: float) -> int:
        count = self.settings.people * per_thousand / 1000
        return int(count * self.rng.uniform(0.85, 1.15) + self.rng.random())

    def _person(self) -> Person:
        return self.rng.choice(self.city.people)

    def _third(self) -> Person | None:
        return self._person() if self.rng.random() < self.dirt.third_persons else None

    def _cluster(self) -> Iterator[tuple[System, Draft]]:
        """Two to four reports of one thing, all of this day; they end on later days, or never."""
        size = self.rng.choices(*SIZES)[0]
        again = self.rng.random() < self.settings.reused
        thing = self.registry.used_before(self.rng, self.day) if again else None
        thing = thing or self._thing()
        ends = [self.rng.randint(1, 4) if self.rng.random() < 4 / 5 else None for _ in range(size)]
        last = None if None in ends else self.day + max(e for e in ends if e is not None)
        self.registry.take(thing, last, clustered=True)
        self.clusters += 1
        for (system, kind), end in zip(self._reporters(thing, size), ends, strict=True):
            spot = self.placings.somewhere(self.rng, thing.spot)
            draft = self._draft(kind, self.lives.together(end), self.placings.told(self.rng, spot))
            yield (
                system,
                replace(
                    draft, cluster=self.clusters, asset=thing.asset, referred=system == "police"
                ),
            )

    def _thing(self) -> Thing:
        """Something new to report: an asset, or a matter at a building or unit."""
        while True:
            if self.rng.random() < 1 / 3:
                thing = self._asset(self._spot())
            else:
                matters = [kind.matter for kind in kinds.HAPPENINGS]
                weights = [4 if matter in kinds.SHARED else 1 for matter in matters]
                thing = Thing(self._spot(), self.rng.choices(matters, weights)[0])
            if (thing.asset or thing.spot.is_fine) and self.registry.is_free(thing, self.day):
                return thing

    def _asset(self, spot: Spot) -> Thing:
        kind = self.rng.choice(kinds.ASSETS)
        number = self.rng.randint(1, ASSETS_OF_A_KIND)
        return Thing(spot, "", kind, f"{spot.community}{kind.code}{number:03d}")

    def _reporters(self, thing: Thing, size: int) -> list[tuple[System, Kind]]:
        """Who reports it: the city alone, or the police alone, or mostly both."""
        if thing.kind is not None:
            return [("city", thing.kind)] * size
        city: tuple[System, Kind] = ("city", kinds.of_matter(kinds.HAPPENINGS, thing.matter))
        if thing.matter not in kinds.SHARED:
            return [city] * size
        police: tuple[System, Kind] = ("police", kinds.of_matter(kinds.POLICE, thing.matter))
        share = self.rng.choices((0.0, 0.5, 1.0), (2, 6, 2))[0]
        first = {0.0: [city, city], 0.5: [police, city], 1.0: [police, police]}[share]
        return first + [police if self.rng.random() < share else city for _ in range(size - 2)]

    def _lone(self, system: System) -> Draft:
        dirt, dice = self.dirt, self.rng.random()
        bad = (dirt.missing_fields, dirt.unknown_kinds, dirt.unreadable_times)
        if dice < sum(bad):
            return self._faulty(system, self.rng.choices(range(3), bad)[0])
        telling = self.placings.telling(self.rng)
        if telling != "told":
            community = self.city.places.community(self.rng).code
            return self._untold(system, self.placings.untold(self.rng, telling, community))
        if self.rng.random() < dirt.moved:
            return self._moved(system)
        life = self.lives.lone()
        thing, kind = self._free(system, life)
        return self._of(system, thing, kind, life, self.placings.told(self.rng, thing.spot))

    def _faulty(self, system: System, sort: int) -> Draft:
        rule = (MISSING, UNKNOWN_KIND, BAD_TIME)[sort]
        fault = self.rng.choice([fault for fault in FAULTS[system] if fault.rule == rule])
        corrected = fault.field != cases.NUMBER and self.rng.random() < self.dirt.corrected
        life = self.lives.faulty(corrected=corrected)
        thing, kind = self._free(system, life)
        draft = self._of(system, thing, kind, life, self.placings.told(self.rng, thing.spot))
        return replace(draft, fault=fault)

    def _untold(self, system: System, placing: Placing) -> Draft:
        """At a desk; some are placed by an update, near where the desk is."""
        if self.rng.random() >= self.dirt.located_later:
            life = self.lives.lone()
            kind = self._kind(system)
            return self._of(system, Thing(Spot(placing.filed), ""), kind, life, placing)
        life = self.lives.placed()
        thing, kind = self._free(system, life)
        draft = self._of(system, thing, kind, life, placing)
        return replace(draft, later=(self.placings.told(self.rng, thing.spot),))

    def _moved(self, system: System) -> Draft:
        """To another community; some come back to where they were."""
        back = self.rng.random() < self.dirt.moved_back
        life = self.lives.placed(1 + back)
        thing, kind = self._free(system, life, self._kind(system, assets=False))
        there, _ = self._free(system, life, kind)
        while there.spot.community == thing.spot.community:
            there, _ = self._free(system, life, kind)
        here = self.placings.told(self.rng, thing.spot)
        draft = self._of(system, thing, kind, life, here)
        later = self.placings.told(self.rng, there.spot)
        return replace(draft, later=(later, here) if back else (later,))

    def _free(self, system: System, life: Life, kind: Kind | None = None) -> tuple[Thing, Kind]:
        """Something that nobody else reports while this record lives; taken from now on."""
        while True:
            chosen = kind or self._kind(system)
            thing = Thing(self._spot(), chosen.matter)
            if chosen.standard == kinds.COMPONENTS:
                thing = self._asset(thing.spot)
                chosen = thing.kind or chosen
            if not self._stands_alone(thing) or self.registry.is_free(thing, self.day):
                if self._stands_alone(thing):
                    self.registry.take(thing, self._last_day(life))
                return thing, chosen

    def _stands_alone(self, thing: Thing) -> bool:
        return bool(thing.asset) or (bool(thing.matter) and thing.spot.is_fine)

    def _last_day(self, life: Life) -> int | None:
        closes = life[-1].what == "close"
        return self.settings.day_of(life[-1].at) if closes else None

    def _of(self, system: System, thing: Thing, kind: Kind, life: Life, placing: Placing) -> Draft:
        referable = system == "police" and kind.code not in kinds.CRIMINAL
        referred = referable and self.rng.random() < self.settings.referred
        return replace(self._draft(kind, life, placing), asset=thing.asset, referred=referred)

    def _draft(self, kind: Kind, life: Life, placing: Placing) -> Draft:
        return Draft(
            kind=kind, life=life, person=self._person(), third=self._third(), placing=placing
        )

    def _kind(self, system: System, *, assets: bool = True) -> Kind:
        if system == "police":
            return self.rng.choice(kinds.POLICE)
        found = assets and self.rng.random() < 1 / 4
        return self.rng.choice(kinds.ASSETS if found else kinds.HAPPENINGS)

    def _spot(self) -> Spot:
        return self.city.places.spot(self.rng, self.city.places.community(self.rng).code)
