"""`make bench`: every figure of the project, beside its peer, in one run."""

import asyncio
import tempfile
from pathlib import Path

from benchmarks import lane
from benchmarks.report import Report, machine
from ops.broker import EmbeddedBroker

EVENTS = 40_000


async def main() -> None:
    """Run all, write build/bench.json."""
    report = Report()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="shequ-bench-") as folder:
        home = Path(folder)
        async with EmbeddedBroker(home / "broker") as broker:
            await lane.measure(report, broker.bootstrap, home, EVENTS)
    report.write(Path("build/bench.json"))
    print(machine())


asyncio.run(main())
