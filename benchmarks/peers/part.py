"""`python -m benchmarks peers`: the lane beside its peers, same topic, same fold, in one run.

Each peer is a process; its rate is read from the rows that it has appended, and what it has in
the end is compared with the pure fold of as much of the source as it says that it has folded.
"""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.peers import contestants, delays, topics, truth
from benchmarks.peers.contestants import (
    AT_LEAST,
    DISK,
    EXACTLY,
    LANE,
    MEMORY,
    WHERE,
    Make,
    MissingPeerError,
    Place,
)
from benchmarks.peers.events import COUNT, generated
from benchmarks.peers.process import Measured, TooShortError, Window, measured
from benchmarks.report import Figure, Report
from ops.broker import EmbeddedBroker
from ops.topics import apply
from schemas.naming import Names

STORES, GUARANTEES = (MEMORY, DISK), (EXACTLY, AT_LEAST)
LAPS = 12
ROUNDS = 3
SECONDS = 10.0
WARM, WARM_JVM = 5.0, 60.0
"""Seconds; a JVM compiles what is hot only after a while."""
LEAST_SECONDS = 5.0
LONGER = 4
"""Times the window, where a busy machine let too little into it."""


@dataclass(slots=True)
class Contest:
    """Runs peers one after the other, and remembers what each reached and claims."""

    bootstrap: str
    home: Path
    scale: float
    rates: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)
    claims: list[truth.Claim] = field(default_factory=list)
    runs: int = 0

    async def run(self, make: Make, *, counts: bool = True) -> None:
        """Run one peer from nothing; one that cannot take part is named, the others go on."""
        window = Window(WARM * self.scale, max(SECONDS * self.scale, LEAST_SECONDS))
        try:
            found = await self._run(make, window)
        except TooShortError as error:
            print(f"  again, for longer: {error}", flush=True)
            await self._run_longer(make, window, counts=counts)
        except MissingPeerError as missing:
            print(f"  left out: {missing}", flush=True)
        else:
            self._keep(found, counts=counts)

    async def _run_longer(self, make: Make, window: Window, *, counts: bool) -> None:
        longer = replace(window, seconds=LONGER * window.seconds)
        try:
            self._keep(await self._run(make, longer), counts=counts)
        except TooShortError as error:
            print(f"  left out: {error}", flush=True)

    def _keep(self, found: Measured, *, counts: bool) -> None:
        name = found.claim.name
        self.claims.append(found.claim)
        print(f"  {name}: {found.rate:,.0f} events/s, {found.cpu:.1f} us CPU", flush=True)
        if counts:
            self.rates.setdefault(name, []).append(found.rate)
            self.costs.setdefault(name, []).append(found.cpu)

    async def _run(self, make: Make, window: Window) -> Measured:
        self.runs += 1
        peer = make(Place(self.bootstrap, self.home, self.runs))
        if peer.slow_start:
            window = replace(window, warm=WARM_JVM * self.scale)
        return await measured(self.bootstrap, peer, window, self.home)

    def rate(self, name: str) -> float:
        """Median of its runs, events/s."""
        return statistics.median(self.rates[name])


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """The near ones in rounds, the far ones once; the broker is warm before anything counts."""
    messages = list(generated(int(COUNT * scale)))
    await apply(broker.bootstrap, [topics.source(Names())])
    await topics.fill(broker.bootstrap, Names(), messages, LAPS)
    contest = Contest(broker.bootstrap, home, scale)
    await contest.run(contestants.raw_loop, counts=False)
    near = [
        contestants.raw_loop,
        contestants.lane(MEMORY),
        contestants.lane(DISK),
        contestants.lane(MEMORY, compiled=True),
        contestants.quix(EXACTLY, MEMORY, rows="json"),
    ]
    for _ in range(ROUNDS):
        for make in near:
            await contest.run(make)
    for make in _far():
        await contest.run(make)
    _tell(report, contest)
    if faults := truth.wrong(messages, topics.PARTITIONS, contest.claims):
        raise RuntimeError("not what the pure fold gives:\n" + "\n".join(faults))
    print(f"  {len(contest.claims)} runs ended with the rows of the pure fold", flush=True)
    await delays.measure(report, broker.bootstrap, home, scale)


def _far() -> list[Make]:
    """All the others."""
    found = [contestants.lane(DISK, compiled=True), contestants.stock_faust]
    found += [contestants.quix(guarantee, store) for guarantee in GUARANTEES for store in STORES]
    found.append(contestants.quix(EXACTLY, DISK, rows="json"))
    found += [
        contestants.kafka_streams(guarantee, store, threads)
        for guarantee in GUARANTEES
        for store in STORES
        for threads in (1, 2)
    ]
    return found


def _tell(report: Report, contest: Contest) -> None:
    """Each peer's rate and cost; then each lane beside each peer whose rows are where its own are.

    Ratios are of medians. Whose rows are on disk stands beside peers on disk.
    """
    for name, costs in contest.costs.items():
        report.add(Figure(name, contest.rate(name), "events/s"))
        report.add(Figure(f"{name}: CPU of its process", statistics.median(costs), "us/event"))
    lanes = [name for name in contest.rates if name.startswith(LANE)]
    for lane in lanes:
        for peer in _beside(lane, contest.rates):
            _tell_ratio(report, contest, lane, peer)


def _beside(lane: str, names: Iterable[str]) -> list[str]:
    others = [name for name in names if not name.startswith(LANE)]
    if WHERE[DISK] in lane:
        memory = lane.replace(WHERE[DISK], WHERE[MEMORY])
        return [name for name in others if WHERE[DISK] in name] + [memory]
    return [name for name in others if WHERE[DISK] not in name]


def _tell_ratio(report: Report, contest: Contest, lane: str, peer: str) -> None:
    ours, theirs = contest.rate(lane), contest.rate(peer)
    report.add(Figure(f"{lane}, beside {peer}", ours, "events/s", peer, ours / theirs))
