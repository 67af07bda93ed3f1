"""What every comparison of an adapter with a bare loop stands on."""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.adapters import bare
from benchmarks.processes import running
from benchmarks.report import Figure, Report
from ops.demo.service import Service
from ops.reading import places, read_all, reader
from ops.simulator.simulation import Simulation
from schemas.naming import Names

RAW = "raw"
"""Topic of the bare loops."""
WARM_SHARE = 0.1
"""Of the events: they are appended before the clock starts, as the adapter's first batch."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A broker, a city that has had its day, and the settings of the hub's processes."""

    bootstrap: str
    names: Names
    home: Path
    city: Simulation
    env: dict[str, str]

    @property
    def raw(self) -> str:
        """Physical name of the bare loops' topic."""
        return self.names.prefix + RAW

    def service(self, name: str, how: str) -> Service:
        """`shequ adapters run NAME`, or `once`."""
        argv = [sys.executable, "-m", "ops", "adapters", how, name]
        return Service(name, argv, self.env, self.home / f"{name}.log")


async def compare(report: Report, stage: Stage, name: str, topic: str, loop: bare.Loop) -> None:
    """The bare loop first, then the adapter: both read the same rows."""
    theirs = await bare.rows_per_second(stage.bootstrap, stage.raw, loop)
    ours = await _events_per_second(stage, name, stage.names.physical(topic))
    noted(report, name, ours, theirs, "bare read and produce")


def noted(report: Report, name: str, ours: float, theirs: float, peer: str) -> None:
    """Both figures, the peer's first."""
    report.add(Figure(f"{name}, {peer}", theirs, "rows/s"))
    report.add(Figure(f"{name} adapter, rows to events", ours, "rows/s", peer, ours / theirs))


async def _events_per_second(stage: Stage, name: str, topic: str) -> float:
    """Appends of `shequ adapters once`, a tenth of them being warm-up."""
    service, began = stage.service(name, "once"), time.time_ns() // 1_000_000
    async with running([service]):
        process = service.process
        while process is not None and process.poll() is None:
            await asyncio.sleep(0.05)
    if process is None or process.returncode:
        raise RuntimeError(f"{name} failed:\n{service.tail()}")
    async with reader(stage.bootstrap, [topic]) as consumer:
        found = [r.timestamp for p in places(consumer, topic) for r in await read_all(consumer, p)]
    stamps = sorted(stamp for stamp in found if stamp >= began)  # another adapter wrote here, too
    first = int(len(stamps) * WARM_SHARE)
    return (len(stamps) - first) * 1000 / (stamps[-1] - stamps[first])
