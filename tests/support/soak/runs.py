"""One run of one scenario: its folder, its limit, what it told."""

import asyncio
import shutil
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from faults.stage import Scenario, Stage
from faults.tally import Tally

ROOT = Path(__file__).parents[3]
LIMIT_SECONDS = 900.0
"""A run that takes longer hangs: that is a failure, too."""
KEPT = 20
"""Folders of so many failed runs are kept."""


@dataclass(slots=True)
class Run:
    """A scenario with one seed, and how it went; `error` is empty where all was exact."""

    scenario: str
    seed: int
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    error: str = ""
    folder: str = ""


async def run(
    name: str, scenario: Scenario, seed: int, folder: Path, make: Callable[[Path], Awaitable[Stage]]
) -> Run:
    """Play it on a stage made in `folder`. Whatever it raises is told, not raised.

    Its folder stays where it failed.
    """
    began = time.monotonic()
    done = Run(name, seed)
    try:
        async with asyncio.timeout(LIMIT_SECONDS), await make(folder) as stage:
            done.tally = stage.tally
            await scenario(stage, seed)
    except Exception as error:  # noqa: BLE001 -- the next scenario is run whatever became of this
        done.error = f"{type(error).__name__}: {error}".replace(f"{ROOT}/", "")[:2_000]
        done.folder = folder.name
        await asyncio.to_thread(_keep, folder, "".join(traceback.format_exception(error)))
    else:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    done.seconds = time.monotonic() - began
    return done


def _keep(folder: Path, said: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "failure.txt").write_text(said, "utf-8")
    failed = [one for one in folder.parent.iterdir() if (one / "failure.txt").is_file()]
    for old in sorted(failed, key=lambda one: one.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
