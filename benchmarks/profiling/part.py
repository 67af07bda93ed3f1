"""Where the time of the lane goes: a table by stage, and a flame graph for the docs."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.peers import contestants, topics
from benchmarks.peers.contestants import Place
from benchmarks.peers.events import generated
from benchmarks.peers.process import running, tail
from benchmarks.profiling.flame import svg
from benchmarks.profiling.sampler import Stack, read
from benchmarks.profiling.stages import by_stage
from benchmarks.report import Figure, Report
from ops.broker import EmbeddedBroker
from ops.reading import places, read_all, reader
from ops.topics import apply
from schemas.codec import Codec
from schemas.naming import Lineage, Names

EVENTS = 200_000
LIMIT_SECONDS = 300.0
PICTURE = Path("docs/pictures/lane-flame.svg")
COMPILED = (False, True)


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """With fastavro and with what is compiled from the schemas; the picture is of the first."""
    count = int(EVENTS * scale)
    messages = list(generated(count))
    for number, compiled in enumerate(COMPILED, start=1):
        place = Place(broker.bootstrap, home, number, f"profile{number}.")
        names = Names(Lineage("thin", number), place.prefix)
        await apply(place.bootstrap, [topics.source(names), *topics.of_lane(names)])
        await topics.fill(place.bootstrap, names, messages)
        stacks = await _sampled(place, names, count, compiled=compiled)
        _tell(report, stacks, count, "compiled" if compiled else "fastavro")
        if scale == 1 and not compiled:
            _draw(stacks, count)


def _draw(stacks: dict[Stack, float], count: int) -> None:
    title = f"lane, exactly once, fastavro: CPU of {count:,} events"
    PICTURE.write_text(svg(stacks, title), "utf-8")


def _tell(report: Report, stacks: dict[Stack, float], count: int, codec: str) -> None:
    sums = by_stage(stacks)
    for stage, used in {**sums, "all": sum(sums.values())}.items():
        report.add(Figure(f"lane with {codec}, CPU per event: {stage}", used / count, "us"))


async def _sampled(place: Place, names: Names, count: int, *, compiled: bool) -> dict[Stack, float]:
    path, log = place.home / f"stacks-{place.number}", place.home / f"profile-{place.number}.log"
    peer = contestants.lane(compiled=compiled)(place)
    command = [sys.executable, "-m", "benchmarks.profiling.worker", str(path)]
    async with running(replace(peer, command=command), log) as process:
        async with asyncio.timeout(LIMIT_SECONDS):
            while await _folded(place.bootstrap, names) < count:
                if process.returncode is not None:
                    raise RuntimeError(f"the worker ended by itself:\n{tail(log)}")
                await asyncio.sleep(1.0)
    return read(path)


async def _folded(bootstrap: str, names: Names) -> int:
    """Events that committed transactions have folded."""
    topic, codec = names.physical("journal"), Codec()
    async with reader(bootstrap, [topic]) as consumer:
        records = [r for place in places(consumer, topic) for r in await read_all(consumer, place)]
    steps = [codec.decode(r.value or b"")[1]["steps"] for r in records]
    return sum(step["count"] for found in steps for step in found)
