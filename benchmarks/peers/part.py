"""`python -m benchmarks peers`: the lane beside its peers, same topic, same fold, in one run.

Each peer is a process; its rate is read from the rows that it has appended, and what it has in
the end is compared with the pure fold of as much of the source as it says that it has folded.
"""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.peers import contestants, delays, topics, truth
from benchmarks.peers.contest import UNCOUNTED, Contest
from benchmarks.peers.contestants import AT_LEAST, DISK, EXACTLY, LANE, MEMORY, STREAMS, WHERE, Make
from benchmarks.peers.events import COUNT, generated
from benchmarks.report import Figure, Report
from ops.broker import EmbeddedBroker
from ops.topics import apply
from schemas.naming import Names

STORES, GUARANTEES = (MEMORY, DISK), (EXACTLY, AT_LEAST)
LAPS = 24
"""Times that the source holds the events: a JVM must not reach the end before it is warm."""
ROUNDS = 3


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """The near ones in rounds, the far ones once; the broker is warm before anything counts."""
    messages = list(generated(int(COUNT * scale)))
    await apply(broker.bootstrap, [topics.source(Names())])
    await topics.fill(broker.bootstrap, Names(), messages, LAPS)
    contest = Contest(broker.bootstrap, home, scale)
    await contest.run(contestants.raw_loop, UNCOUNTED)
    for turn in range(ROUNDS):
        for make in _near():
            await contest.run(make, turn)
    for make in _far():
        await contest.run(make)
    if faults := truth.wrong(messages, topics.PARTITIONS, contest.claims):
        raise RuntimeError("not what the pure fold gives:\n" + "\n".join(faults))
    print(f"  {len(contest.claims)} runs ended with the rows of the pure fold", flush=True)
    _tell(report, contest)
    await delays.measure(report, broker.bootstrap, home, scale)


def _near() -> list[Make]:
    """Those with whom a few hundredths count."""
    return [
        contestants.raw_loop,
        contestants.lane(MEMORY),
        contestants.lane(DISK),
        contestants.lane(MEMORY, compiled=True),
        contestants.quix(EXACTLY, MEMORY, rows="json"),
    ]


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

    Ratios are of rounds side by side. Whose rows are on disk stands beside peers on disk.
    """
    for name in contest.rates:
        report.add(Figure(name, contest.rate(name), "events/s"))
        report.add(Figure(f"{name}: CPU of its process", contest.cost(name), "us/event"))
    for lane in (name for name in contest.rates if name.startswith(LANE)):
        for peer in _beside(lane, contest.rates):
            name, ratio = f"{lane}, beside {peer}", contest.ratio(lane, peer)
            report.add(Figure(name, contest.rate(lane), "events/s", peer, ratio))
        _tell_better(report, contest, lane)


def _tell_better(report: Report, contest: Contest, lane: str) -> None:
    """Beside the better of Kafka Streams exactly once with one thread and with two."""
    where = WHERE[DISK] if WHERE[DISK] in lane else WHERE[MEMORY]
    same = [name for name in contest.rates if name.startswith(f"{STREAMS}exactly once, {where}")]
    if same:
        peer = max(same, key=contest.rate)
        name, ratio = f"{lane}, beside the better Kafka Streams", contest.ratio(lane, peer)
        report.add(Figure(name, contest.rate(lane), "events/s", peer, ratio))


def _beside(lane: str, names: Iterable[str]) -> list[str]:
    """Peers on disk beside rows on disk, with the lane that has them in memory; else the others."""
    if WHERE[DISK] not in lane:
        return [name for name in names if not name.startswith(LANE) and WHERE[DISK] not in name]
    memory = lane.replace(WHERE[DISK], WHERE[MEMORY])
    peers = [name for name in names if not name.startswith(LANE) and WHERE[DISK] in name]
    return [*peers, memory] if memory in set(names) else peers
