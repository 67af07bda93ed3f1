"""What rows cost: memory, restores, and a fold as they become more."""

import asyncio
import json
import math
import sys
from pathlib import Path

from benchmarks.peers import topics
from benchmarks.report import Figure, Report
from benchmarks.rows.filling import fill
from ops.broker import EmbeddedBroker
from ops.topics import apply
from schemas.naming import Lineage, Names

MIB = 1024 * 1024
ROWS = 1_000_000
COMMUNITIES = 358
FEW_ROWS, MANY_COMMUNITIES = 10_000, 11_000
EVENTS = 20_000
FIXED_MIB = 150
"""What a worker may take besides its rows."""


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """Fill a partition, restore it in memory and on disk; then folds over few rows and many."""
    await _restores(report, broker.bootstrap, home, int(ROWS * scale))
    for kind in ("memory", "disk"):
        await _doubling(report, kind, home, scale)


async def _restores(report: Report, bootstrap: str, home: Path, count: int) -> None:
    names = Names(Lineage("thin", 1), "rows.")
    await apply(bootstrap, [topics.source(names), *topics.of_lane(names)])
    size = await fill(bootstrap, names, count, COMMUNITIES)
    about = f"{count:,} rows of {size // count} bytes (keys counted)"
    report.add(Figure(f"bytes of {about}", size / MIB, "MiB"))
    where = ("--bootstrap", bootstrap, "--prefix", names.prefix, "--home", str(home / "rows"))
    for kind in ("memory", "disk"):
        found = await _child("restore", kind, *where)
        rate, memory = found["rows"] / found["seconds"], found["after"] / MIB
        report.add(Figure(f"restore, rows in {kind}, digest checked", rate, "rows/s"))
        busy = found["busy"] * 1e6 / found["rows"]
        report.add(Figure(f"CPU time of that, rows in {kind}", busy, "us/row"))
        report.add(Figure(f"process with its rows in {kind}", memory, "MiB"))
        if kind == "memory":
            times = (found["after"] - FIXED_MIB * MIB) / size
            more = (found["after"] - found["before"]) / size
            report.add(Figure(f"that less {FIXED_MIB} MiB, by keys and rows", times, "x"))
            report.add(Figure("what the restore added, by keys and rows", more, "x"))
    again = await _child("restore", "disk", *where)
    report.add(Figure("start from rows on disk, nothing written since", again["seconds"], "s"))


async def _doubling(report: Report, kind: str, home: Path, scale: float) -> None:
    """CPU time per event over few and many, and what each doubling between them adds."""
    many = max(int(ROWS * scale), 2 * FEW_ROWS)
    of_rows = [(count, COMMUNITIES) for count in (FEW_ROWS, many)]
    await _compare(report, kind, home, "rows", of_rows)
    of_communities = [(many // 10, count) for count in (COMMUNITIES, MANY_COMMUNITIES)]
    await _compare(report, kind, home, "communities", of_communities)


async def _compare(
    report: Report, kind: str, home: Path, what: str, sizes: list[tuple[int, int]]
) -> None:
    """`sizes`: rows and communities, of the smaller one and of the greater one."""
    costs = [await _cost(kind, home, *size) for size in sizes]
    counts = [size[what == "communities"] for size in sizes]
    for count, us in zip(counts, costs, strict=True):
        report.add(Figure(f"fold over {count:,} {what}, rows in {kind}", us, "us/event"))
    doublings = math.log2(counts[1] / counts[0])
    more = (costs[1] / costs[0]) ** (1 / doublings) - 1
    title = f"one doubling of {what} adds, {counts[0]:,} to {counts[1]:,}, rows in {kind}"
    report.add(Figure(title, more * 100, "%"))


async def _cost(kind: str, home: Path, rows: int, communities: int) -> float:
    folder = home / f"cost-{kind}-{rows}-{communities}"
    sizes = ("--rows", str(rows), "--communities", str(communities), "--events", str(EVENTS))
    return (await _child("cost", kind, "--home", str(folder), *sizes))["us"]


async def _child(*words: str) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.rows.child", *words, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"benchmarks.rows.child {' '.join(words)} ended with {process.returncode}")
    found: dict[str, float] = json.loads(said)
    return found
