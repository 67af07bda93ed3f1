"""`make bench`: every figure of the project, beside its peer, in one run.

`python -m benchmarks lane` runs one part; the parts are lane, lane_delay, profile, peers, adapters,
first_load, delay, rebalance, rows; `make peers` builds those whom the second one needs.
`--scale 0.1` tries a part out with a tenth of its rows, and keeps no figure.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from benchmarks import first_load, lane, lane_delay, rebalance
from benchmarks.adapters import part as adapters
from benchmarks.delay import part as delay
from benchmarks.peers import part as peers
from benchmarks.profiling import part as profiling
from benchmarks.report import Report, machine
from benchmarks.rows import part as rows
from ops.broker import EmbeddedBroker

Part = Callable[[Report, EmbeddedBroker, Path, float], Awaitable[None]]

PARTS: dict[str, Part] = {
    "lane": lane.measure,
    "lane_delay": lane_delay.measure,
    "profile": profiling.measure,
    "peers": peers.measure,
    "adapters": adapters.measure,
    "first_load": first_load.measure,
    "delay": delay.measure,
    "rows": rows.measure,
    "rebalance": rebalance.measure,
}
FIGURES = Path("build/bench.json")


async def main(wanted: Sequence[str], scale: float) -> None:
    """Run the parts, each on a broker of its own; what a part finds is written when it ends."""
    for name in wanted or PARTS:
        print(f"{name}: {machine()}", flush=True)
        report = Report(name)
        with tempfile.TemporaryDirectory(prefix="shequ-bench-") as folder:
            home = Path(folder)
            async with EmbeddedBroker(home / "broker") as broker:
                await PARTS[name](report, broker, home, scale)
        if scale == 1:
            report.write(FIGURES)
    print(machine())


options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
options.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; none: all")
options.add_argument("--scale", type=float, default=1.0, help="share of the rows, to try it out")
given = options.parse_args()
if unknown := sorted(set(given.parts) - PARTS.keys()):
    options.error(f"no part {', '.join(unknown)}: the parts are {', '.join(PARTS)}")
asyncio.run(main(given.parts, given.scale))
