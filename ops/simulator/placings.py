"""Where records are, and whether their rows tell it: with a code, by the address, or not at all."""

import random
from dataclasses import replace
from typing import Literal

from ops.simulator.addresses import Writer
from ops.simulator.coordinates import Point
from ops.simulator.places import FLOORS, Places, Spot
from ops.simulator.records import Placing
from ops.simulator.settings import Dirt

Telling = Literal["told", "unlocated", "unknown", "virtual"]


class Placings:
    """Writes down spots as the departments' rows have them."""

    def __init__(self, places: Places, writer: Writer, dirt: Dirt) -> None:
        self.places, self.writer, self.dirt = places, writer, dirt

    def telling(self, rng: random.Random) -> Telling:
        """Whether a lone record's row will tell where it is."""
        d = self.dirt
        weights = (d.unlocated, d.unknown_codes, d.virtual_codes)
        return rng.choices(
            ("unlocated", "unknown", "virtual", "told"), (*weights, max(0.0, 1 - sum(weights)))
        )[0]

    def told(self, rng: random.Random, spot: Spot) -> Placing:
        """A row that tells the community: by its code, or now and then by the address alone."""
        telling = self.writer.telling(rng, spot) if rng.random() < self.dirt.codeless else None
        if telling is not None:
            return Placing(spot.community, "", telling, spot.unit_id)
        point = _near(rng, spot) if rng.random() < 2 / 3 else None
        address = self.writer.line(rng, spot)
        return Placing(spot.community, spot.community, address, spot.unit_id, point)

    def somewhere(self, rng: random.Random, spot: Spot) -> Spot:
        """The same building or unit, as another person names it: with another room, or none."""
        if spot.unit is None:
            return spot
        room = f"{rng.randint(1, FLOORS)}0{rng.randint(1, 3)}" if rng.random() < 1 / 2 else ""
        return replace(spot, room=room)

    def untold(self, rng: random.Random, telling: Telling, near: str) -> Placing:
        """A row that leaves the place open; `near` is the community where it really is.

        Neither the address nor a point says more than the desk's own name.
        """
        if telling == "virtual":
            code = rng.choice(self.places.virtual).code
            desk = code[:9] + "000"
            return Placing(desk, code, self.writer.vague(rng, desk))
        width = rng.choice((9, 9, 6, 4))
        desk = near[:width].ljust(12, "0")
        if telling == "unknown":
            return Placing(desk, self._unknown(rng, near, width), self.writer.vague(rng, desk))
        if width == 4 and rng.random() < 1 / 2:  # noqa: PLR2004 - 4 digits are the city
            return Placing(desk, "", self.writer.doubtful(rng))
        return Placing(desk, "", self.writer.vague(rng, desk))

    def _unknown(self, rng: random.Random, near: str, width: int) -> str:
        """A code that nobody knows, but for its first 9, 6 or 4 digits."""
        known = self.places.gazetteer.units
        while True:
            code = near[:width] + "".join(rng.choices("6789", k=12 - width))
            if code not in known and code[:9].ljust(12, "0") not in known.keys() - {
                near[:9] + "000"
            }:
                return code


def _near(rng: random.Random, spot: Spot) -> Point | None:
    if spot.estate is None:
        return None
    lon, lat = spot.estate.point
    return round(lon + rng.uniform(-5e-4, 5e-4), 7), round(lat + rng.uniform(-5e-4, 5e-4), 7)
