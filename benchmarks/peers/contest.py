"""Peers run one after the other: what each reached, cost and claims."""

import statistics
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.peers.contestants import Make, MissingPeerError, Place
from benchmarks.peers.process import Measured, TooShortError, Window, measured
from benchmarks.peers.truth import Claim

SECONDS = 15.0
WARM, WARM_JVM = 5.0, 60.0
"""Seconds; a JVM compiles what is hot only after a while."""
LEAST_SECONDS = 5.0
LONGER = 4
"""Times the window, where a busy machine let too little into it."""
UNCOUNTED = -1
"""Round of what only warms the broker."""


@dataclass(slots=True)
class Contest:
    """Runs peers, each from nothing; rates (events/s) and costs (us) by name and round."""

    bootstrap: str
    home: Path
    scale: float
    rates: dict[str, dict[int, float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    runs: int = 0

    async def run(self, make: Make, turn: int = 0) -> None:
        """Run one peer; one that cannot take part is named, the others go on."""
        window = Window(WARM * self.scale, max(SECONDS * self.scale, LEAST_SECONDS))
        try:
            found = await self._run(make, window)
        except TooShortError as error:
            print(f"  again, for longer: {error}", flush=True)
            await self._run_longer(make, window, turn)
        except MissingPeerError as missing:
            print(f"  left out: {missing}", flush=True)
        else:
            self._keep(found, turn)

    async def _run_longer(self, make: Make, window: Window, turn: int) -> None:
        longer = replace(window, seconds=LONGER * window.seconds)
        try:
            self._keep(await self._run(make, longer), turn)
        except TooShortError as error:
            print(f"  left out: {error}", flush=True)

    async def _run(self, make: Make, window: Window) -> Measured:
        self.runs += 1
        peer = make(Place(self.bootstrap, self.home, self.runs))
        if peer.slow_start:
            window = replace(window, warm=WARM_JVM * self.scale)
        return await measured(self.bootstrap, peer, window, self.home)

    def _keep(self, found: Measured, turn: int) -> None:
        name = found.claim.name
        self.claims.append(found.claim)
        print(f"  {name}: {found.rate:,.0f} events/s, {found.cpu:.1f} us CPU", flush=True)
        if turn != UNCOUNTED:
            self.rates.setdefault(name, {})[turn] = found.rate
            self.costs.setdefault(name, []).append(found.cpu)

    def rate(self, name: str) -> float:
        """Median of its runs, events/s."""
        return statistics.median(self.rates[name].values())

    def cost(self, name: str) -> float:
        """Median of its runs, us of CPU time per event."""
        return statistics.median(self.costs[name])

    def ratio(self, ours: str, theirs: str) -> float:
        """Ours over theirs: the median of the rounds that both took part in, side by side.

        Where the other one ran once, of the medians.
        """
        mine, other = self.rates[ours], self.rates[theirs]
        both = mine.keys() & other.keys()
        if len(both) > 1:
            return statistics.median(mine[turn] / other[turn] for turn in both)
        return self.rate(ours) / self.rate(theirs)
