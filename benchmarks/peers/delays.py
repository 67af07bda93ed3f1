"""Delay from append to committed view, of the lane and its peers, each with topics of its own."""

from pathlib import Path

from benchmarks.peers import contestants, topics
from benchmarks.peers.contestants import EXACTLY, MEMORY, Make, MissingPeerError, Place
from benchmarks.peers.events import generated
from benchmarks.peers.probe import Delays, Load, delays
from benchmarks.peers.process import Peer, running
from benchmarks.report import Figure, Report
from ops.topics import apply
from schemas.naming import Names

RATE = 2_000.0
WARM, WARM_JVM, SECONDS = 10.0, 60.0, 20.0
MAKES: tuple[Make, ...] = (
    contestants.lane(),
    contestants.kafka_streams(EXACTLY, MEMORY),
    contestants.quix(EXACTLY, MEMORY),
)


async def measure(report: Report, bootstrap: str, home: Path, scale: float) -> None:
    """One after the other, exactly once, rows in memory; ratios are the lane's over the peer's."""
    ours: Delays | None = None
    for number, make in enumerate(MAKES, start=1):
        place = Place(bootstrap, home, number, prefix=f"delay{number}.")
        try:
            peer = make(place)
        except MissingPeerError as missing:
            print(f"  left out: {missing}", flush=True)
            continue
        found = await _delays(place, peer, scale)
        _tell(report, peer, found, ours)
        ours = ours or found


async def _delays(place: Place, peer: Peer, scale: float) -> Delays:
    warm = WARM_JVM if peer.slow_start else WARM
    load = Load(RATE, warm * scale, SECONDS * scale)
    messages = list(generated(load.events, versions=1))
    await apply(place.bootstrap, [topics.source(Names(prefix=place.prefix)), *peer.topics])
    async with running(peer, place.home / f"delay-{place.number}.log"):
        return await delays(place.bootstrap, place.source, peer.views, messages, load)


def _tell(report: Report, peer: Peer, found: Delays, ours: Delays | None) -> None:
    for what, share in (("p50", 0.5), ("p99", 0.99)):
        name = f"append to committed view, {RATE:,.0f} events/s, {peer.name}, {what}"
        value = found.quantile(share)
        report.add(Figure(name, value, "ms"))
        if ours is not None:
            mine = ours.quantile(share)
            beside = f"append to committed view, lane's {what}, beside {peer.name}"
            report.add(Figure(beside, mine, "ms", peer.name, mine / value))
