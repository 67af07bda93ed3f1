"""Clocks that are off: of one process each, never the machine's."""

import asyncio
import shutil
from pathlib import Path

from faults.stage import Stage, chance
from workers import pause

LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
SKEW = "ClockSkewError"
DAY = 86_400


def fake_clock(file: Path) -> dict[str, str]:
    """Environment of a process whose clock is off by what the file says, in seconds."""
    return {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }


def _library() -> Path:
    assert shutil.which("faketime"), "libfaketime is missing: run `make system-tests`"
    for folder in LIBRARIES:
        for found in Path(folder).glob("**/faketime/libfaketimeMT.so.1"):
            return found
    raise AssertionError(f"no libfaketimeMT.so.1 below {', '.join(LIBRARIES)}")


def step(file: Path, seconds: float) -> None:
    """From now on the clock of who reads this file is off by so much. Whole, or not at all."""
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{seconds:+.3f}\n", "utf-8")
    fresh.replace(file)


async def clock_stepped(stage: Stage, seed: int) -> None:
    """By less than is allowed it goes on; by more it ends, again and again, until it is mended."""
    luck, clock = chance(seed), stage.folder / "clock"
    bus = await stage.bus()
    step(clock, 0)
    kept = stage.supervise(bus, "stepped", **fake_clock(clock), SHEQU_SESSION_TIMEOUT="12")
    await stage.ready(kept)
    sending = stage.spawn(bus.send(stage.telling(seed, 100_000), a_second=60))
    for _ in range(4):
        step(clock, pause(luck, -4.0, 4.0))
        await asyncio.sleep(pause(luck, 0.3, 1.0))
    assert not any(SKEW in worker.said for worker in stage.started)
    for _ in range(4 if stage.long else 2):
        step(clock, luck.choice((-1, 1)) * pause(luck, 20, 3600))
        assert kept.worker is not None
        await stage.until(kept.worker.has_ended, what="a clock that is off has ended it")
        step(clock, 0)
        await stage.ready(kept)
    await stage.hush(sending)
    await stage.finish(bus)
    assert set(kept.codes) == {75}
    assert any(SKEW in worker.said for worker in stage.started)


async def clock_a_day_ahead(stage: Stage, seed: int) -> None:
    """Every deadline of a day is due at once: the worker ends before it has told one."""
    luck, clock = chance(seed), stage.folder / "clock"
    bus = await stage.bus()
    await bus.send(stage.told(seed, stage.records))
    first = await stage.start_ready(bus, "first")
    await stage.folded(bus)
    await first.stop()
    step(clock, DAY)
    for number in range(2):
        if luck.random() < 0.5:
            await bus.send(stage.told(seed + number + 1, 20))
        ahead = await stage.start(bus, f"ahead-{number}", **fake_clock(clock))
        assert await ahead.ended() == 75
        assert SKEW in ahead.said
    await stage.start_ready(bus, "mended")
    await stage.finish(bus)


CLOCKS = (clock_stepped, clock_a_day_ahead)
