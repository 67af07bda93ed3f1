"""Which places and assets are spoken for: no two matters stand at one place at one time."""

import random
from dataclasses import dataclass

from ops.simulator.kinds import Kind
from ops.simulator.places import Spot

NEVER = 1 << 30


@dataclass(frozen=True, slots=True)
class Thing:
    """What makes two reports one: the asset, or the matter and the unit; both at one spot."""

    spot: Spot
    matter: str
    kind: Kind | None = None  # of an asset
    asset: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return ("asset", self.asset) if self.asset else (self.matter, self.spot.unit_id)


class Registry:
    """Things in use, each until the day after its last report closed."""

    def __init__(self) -> None:
        self._free_from: dict[tuple[str, str], int] = {}
        self._clustered: list[Thing] = []

    def is_free(self, thing: Thing, day: int) -> bool:
        return self._free_from.get(thing.key, 0) <= day

    def take(self, thing: Thing, until: int | None, *, clustered: bool = False) -> None:
        """Use it to the end of the day `until`, or for ever."""
        self._free_from[thing.key] = NEVER if until is None else until + 1
        if clustered and until is not None:
            self._clustered.append(thing)

    def used_before(self, rng: random.Random, day: int) -> Thing | None:
        """A thing of an earlier cluster that is over by now, if there is one."""
        free = [thing for thing in self._clustered if self.is_free(thing, day)]
        return rng.choice(free) if free else None
