"""A steady trickle of incidents stamped with the real time, to measure delay from end to end."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

from ops.simulator import incidents, kinds
from ops.simulator.city import City
from ops.simulator.draft import Draft
from ops.simulator.lives import Step
from ops.simulator.police_system import PoliceSystem
from ops.simulator.records import Placing

QUARREL = next(kind for kind in kinds.POLICE if kind.code == "P30")  # never joins another


class Trickle:
    """Referred incidents, each a task of its own, none in the ledger; `emitted` keeps count."""

    def __init__(self, city: City, police: PoliceSystem, per_second: float) -> None:
        self.city, self.police = city, police
        self.emitted: list[tuple[str, int, str]] = []  # number, time (ms UTC), community
        self._pause = 1 / per_second
        self._rng = city.chance("trickle", time.time_ns())

    async def run(self) -> None:
        """Emit until cancelled; a late one is followed at once, so that the rate holds."""
        due = time.monotonic()
        while True:
            self.emit(time.time_ns() // 1_000_000)
            due += self._pause
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def emit(self, now: int) -> None:
        """Let one more incident be seen, which happened and was reported at `now`."""
        places, people = self.city.places, self.city.people
        spot = places.spot(self._rng, places.community(self._rng).code)
        address = self.city.placings.writer.line(self._rng, spot)
        draft = Draft(
            kind=QUARREL,
            life=(Step(now, "open"),),
            person=self._rng.choice(people),
            third=None,
            placing=Placing(spot.community, spot.community, address),
            referred=True,
        )
        year = datetime.fromtimestamp(now / 1000, UTC).year
        record = incidents.build(self._rng, draft, year)
        number = f"JQT{now}{len(self.emitted):06d}"
        record = replace(record, record_id=number, occurred_at=now)
        self.police.show(incidents.row(record, record.states[0], int))
        self.emitted.append((number, now, spot.community))
