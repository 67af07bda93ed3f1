"""Kill -9, while departments go on sending."""

import asyncio
import signal

from faults.stage import Stage, chance
from workers import pause


async def killed_at_random_moments(stage: Stage, seed: int) -> None:
    """From before a worker is ready until it is well at work."""
    luck = chance(seed)
    bus = await stage.bus()
    sending = stage.spawn(bus.send(stage.told(seed, stage.records * 4), a_second=75))
    for turn in range(3):
        worker = await stage.start(bus, f"worker-{turn}")
        if luck.random() < 0.7:
            await stage.until_ready(worker)
        await asyncio.sleep(pause(luck, 0.1, 2.0))
        worker.signal(signal.SIGKILL)
        await worker.ended()
    await stage.start_ready(bus, "last")
    await sending
    await stage.finish(bus)


KILLED = (killed_at_random_moments,)
