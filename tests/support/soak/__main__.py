"""`make soak`: all scenarios of faults with ever new seeds, an hour by default.

SOAK_MINUTES: how long. SOAK_SEED: the first seed; each round takes the next. SOAK_ONLY: scenarios
whose name has this in it. Exit code 0: every run was exact; 1: the report says which was not.
"""

import asyncio
import logging
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from faults.catalogue import ON_ITS_OWN_BROKER, ON_ONE_BROKER, ON_THREE_BROKERS, SLOWLY
from faults.stage import Scenario
from soak import report
from soak.runs import Run
from soak.tracks import OneBroker, ThreeBrokers, Track

ROOT = Path(__file__).parents[3]
MINUTES = 60.0
SEEDS = 1_000_000
ROUNDS = 10_000


async def soak(minutes: float, seed: int, only: str, root: Path = ROOT) -> list[Run]:
    """Play until the time is over; what was found is written after each run."""
    folder = root / "build" / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    runs: list[Run] = []

    def told(played: Run) -> None:
        runs.append(played)
        answer = f"NOT EXACT: {played.error[:200]}" if played.error else "exact"
        sys.stdout.write(
            f"{time.monotonic() - began:6.0f} s  {played.scenario} (seed {played.seed}), "
            f"{played.seconds:.0f} s: {answer}\n"
        )
        sys.stdout.flush()
        report.write(runs, (time.monotonic() - began) / 60, root, whole=not only)

    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    seeds = range(seed, seed + ROUNDS)
    until = began + minutes * 60
    await asyncio.gather(*(track.play(seeds, until, told) for track in _tracks(folder, only)))
    return runs


def _tracks(folder: Path, only: str) -> list[Track]:
    """Two, side by side: what breaks a broker must not break another scenario's."""
    one = _chosen(ON_ONE_BROKER, only)
    three = _chosen({**ON_THREE_BROKERS, **ON_ITS_OWN_BROKER, **SLOWLY}, only)
    tracks: list[Track] = []
    if one:
        tracks.append(OneBroker(folder / "one", one))
    if three:
        tracks.append(ThreeBrokers(folder / "three", three))
    return tracks


def _chosen(scenarios: Mapping[str, Scenario], only: str) -> dict[str, Scenario]:
    return {name: scenario for name, scenario in scenarios.items() if only in name}


def main() -> None:
    """Run it."""
    minutes = float(os.environ.get("SOAK_MINUTES") or MINUTES)
    seed = int(os.environ.get("SOAK_SEED") or secrets.randbelow(SEEDS))
    only = os.environ.get("SOAK_ONLY", "")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers are broken on purpose
    sys.stdout.write(f"soak of {minutes:g} minutes from seed {seed}\n")
    runs = asyncio.run(soak(minutes, seed, only))
    if not runs:
        sys.stderr.write(f"no scenario has {only!r} in its name\n")
        sys.exit(2)
    wrong = [run for run in runs if run.error]
    where = "build/soak.json" if only else "docs/soak.md"
    sys.stdout.write(f"{len(runs)} runs, {len(wrong)} not exact: {where}\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
