"""`make bench`: every figure of the project, beside its peer, in one run.

`python -m benchmarks lane` runs one part; the parts are lane, adapters, delay.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks import adapters, delay, lane
from benchmarks.report import Report, machine
from ops.broker import EmbeddedBroker

Part = Callable[[Report, EmbeddedBroker, Path], Awaitable[None]]

PARTS: dict[str, Part] = {
    "lane": lambda report, broker, home: lane.measure(report, broker.bootstrap, home),
    "adapters": lambda report, broker, home: adapters.measure(report, broker.bootstrap, home),
    "delay": delay.measure,
}


async def main(wanted: list[str]) -> None:
    """Run the parts, each on a broker of its own; write build/bench.json."""
    report = Report()
    print(machine())
    for name in wanted or list(PARTS):
        with tempfile.TemporaryDirectory(prefix="shequ-bench-") as folder:
            home = Path(folder)
            async with EmbeddedBroker(home / "broker") as broker:
                await PARTS[name](report, broker, home)
    report.write(Path("build/bench.json"))
    print(machine())


asyncio.run(main(sys.argv[1:]))
