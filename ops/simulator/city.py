"""The city as it stands before anything happens: places, people, and how rows tell where."""

import random

from ops.simulator.addresses import Writer
from ops.simulator.people import people
from ops.simulator.places import Places
from ops.simulator.placings import Placings
from ops.simulator.settings import Dirt, Settings
from schemas.gazetteer import Gazetteer


class City:
    """The same settings make the same city."""

    def __init__(
        self, settings: Settings, dirt: Dirt | None = None, gazetteer: Gazetteer | None = None
    ) -> None:
        self.settings = settings
        self.dirt = dirt or Dirt()
        self.gazetteer = gazetteer or Gazetteer.load()
        self.places = Places(self.gazetteer, self.chance("places"))
        self.people = people(
            self.chance("people"), settings.people, self.places.home, self.places.words
        )
        self.placings = Placings(
            self.places, Writer(self.places, self.dirt.loose_writing), self.dirt
        )

    def chance(self, *purpose: object) -> random.Random:
        """A source of chance of its own for each purpose, so that none disturbs another."""
        return random.Random("/".join(str(part) for part in (self.settings.seed, *purpose)))
