"""Estates, buildings and units in every community that is one; the estate office's table."""

import csv
import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from ops.simulator import coordinates
from ops.simulator.coordinates import Point, Ring
from schemas.gazetteer import Gazetteer, Unit

STEMS = (  # two characters each
    "滨湖锦绣翠竹阳光康乐丽景金桂银杏碧水玉兰瑞景鼎盛福临祥和嘉禾凤栖听涛枫林明珠紫薇"
    "兰亭云锦天润颐和秀水华庭映月长青水岸江畔星河御景清风荷塘梧桐麓山望江书香逸景朗润"
)
ENDINGS = "花园家园小区公寓雅苑名邸佳园华府新居嘉苑"  # two characters each
COLUMNS = ("estate_id", "name", "community", "buildings", "units", "lon", "lat")
FLOORS, DOORS = 6, 3


@dataclass(frozen=True, slots=True)
class Estate:
    """An estate 小区; `units` entrances in each of its `buildings`; degrees in CGCS2000."""

    id: str
    name: str
    community: str
    buildings: int
    units: int
    point: Point


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a community, as fine as it is known: estate, building, unit, room."""

    community: str
    estate: Estate | None = None
    building: int | None = None
    unit: int | None = None
    room: str = ""

    @property
    def unit_id(self) -> str:
        """`<estate id>/<building>/<unit>` as far as known; empty without an estate."""
        parts = (self.estate.id if self.estate else None, self.building, self.unit)
        return "/".join(str(part) for part in parts if part is not None)

    @property
    def is_fine(self) -> bool:
        """Whether two reports from here are about one place: a building or finer."""
        return self.building is not None


class Places:
    """All communities that have residents, with their estates."""

    def __init__(self, gazetteer: Gazetteer, rng: random.Random) -> None:
        self.gazetteer = gazetteer
        self.communities = tuple(u for u in gazetteer.communities if not u.virtual)
        self.virtual = tuple(u for u in gazetteer.communities if u.virtual)
        self.words = frozenset(
            word for unit in gazetteer.units.values() for word in (unit.name, *unit.aliases)
        )
        self._names = self._estate_names()
        self.estates: dict[str, tuple[Estate, ...]] = {}
        for community, centre, ring in self._centres(rng):
            self.estates[community.code] = tuple(self._estates(rng, community, centre, ring))
        estates = (len(self.estates[unit.code]) for unit in self.communities)
        self._weights = list(accumulate(estates))

    def _centres(self, rng: random.Random) -> Iterator[tuple[Unit, Point, Ring]]:
        rings = coordinates.rings(self.gazetteer.borders)
        for street in self.gazetteer.streets:
            ring = rings[street.parent or ""]
            middle = coordinates.point_in(rng, ring)
            for community in self.gazetteer.children(street.code):
                if not community.virtual:
                    yield community, coordinates.point_near(rng, middle, 0.02, ring), ring

    def _estates(
        self, rng: random.Random, community: Unit, centre: Point, ring: Ring
    ) -> Iterator[Estate]:
        count = rng.randint(1, 2) if community.kind == "村委会" else rng.randint(3, 5)
        for number, name in enumerate(rng.sample(self._names, count), start=1):
            yield Estate(
                id=f"{community.code}-E{number:02d}",
                name=name,
                community=community.code,
                buildings=rng.randint(3, 12),
                units=rng.randint(2, 4),
                point=coordinates.point_near(rng, centre, 0.004, ring),
            )

    def _estate_names(self) -> list[str]:
        names = (stem + ending for stem in _pairs(STEMS) for ending in _pairs(ENDINGS))
        return [name for name in names if not any(word in name for word in self.words)]

    def community(self, rng: random.Random) -> Unit:
        """A community; those with more estates come up more often."""
        return rng.choices(self.communities, cum_weights=self._weights)[0]

    def spot(self, rng: random.Random, community: str) -> Spot:
        """Somewhere in a community: mostly a unit, sometimes a building, an estate, or no more."""
        estate = rng.choice(self.estates[community])
        fineness = rng.choices(("room", "unit", "building", "estate", "area"), (50, 20, 15, 8, 7))[
            0
        ]
        if fineness == "area":
            return Spot(community)
        if fineness == "estate":
            return Spot(community, estate)
        if fineness == "building":
            return Spot(community, estate, rng.randint(1, estate.buildings))
        return self.door(rng, estate, room=fineness == "room")

    def door(self, rng: random.Random, estate: Estate, *, room: bool) -> Spot:
        """A unit of an estate, and a room in it if asked for."""
        number = f"{rng.randint(1, FLOORS)}{rng.randint(1, DOORS):02d}" if room else ""
        building, unit = rng.randint(1, estate.buildings), rng.randint(1, estate.units)
        return Spot(estate.community, estate, building, unit, number)

    def home(self, rng: random.Random) -> Spot:
        """Where somebody lives."""
        return self.home_in(rng, self.community(rng).code)

    def home_in(self, rng: random.Random, community: str) -> Spot:
        """Where somebody of the community lives."""
        return self.door(rng, rng.choice(self.estates[community]), room=True)

    def all_estates(self) -> Iterable[Estate]:
        return (estate for estates in self.estates.values() for estate in estates)

    def table(self) -> bytes:
        """The estate office's CSV, UTF-8."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for e in self.all_estates():
            lon, lat = (f"{degree:.7f}" for degree in e.point)
            writer.writerow((e.id, e.name, e.community, e.buildings, e.units, lon, lat))
        return text.getvalue().encode()


def _pairs(text: str) -> Iterator[str]:
    return (text[at : at + 2] for at in range(0, len(text), 2))
