"""Workers that come and go, and a rolling upgrade."""

import signal

from faults.killed import FAULTY, any_settings, faulty
from faults.stage import CALM, Stage, chance

ALONE = "no partition for this worker"
MOST = 4


async def joining_and_leaving(stage: Stage, seed: int) -> None:
    """One to four workers; each partition has one owner at any time."""
    luck = chance(seed)
    bus = await stage.bus()
    sending = stage.spawn(bus.send(stage.telling(seed, 100_000), a_second=40))
    settings = any_settings(luck) | CALM
    running = [await stage.start_ready(bus, "first", **settings)]
    for number in range(10 if stage.long else 5):
        if len(running) < MOST and (len(running) < 2 or luck.random() < 0.5):
            running.append(await stage.start_ready(bus, f"joined-{number}", **settings))
        else:
            leaving = running.pop(luck.randrange(len(running)))
            await leaving.stop()
        assert [worker.code for worker in running] == [None] * len(running)
    await stage.hush(sending)
    await stage.finish(bus)


async def two_versions_side_by_side(stage: Stage, seed: int) -> None:
    """A rolling upgrade by which one more department is read: the older version gets nothing.

    Where the newer one dies the older ones go on without that department; then they give up again.
    """
    luck = chance(seed)
    bus = await stage.bus()
    sending = stage.spawn(bus.send(stage.telling(seed, 100_000), a_second=60))
    older = await stage.start_ready(bus, "older", FAULTY, **faulty(FOLD="older"))
    newer = await stage.start_ready(bus, "newer")
    await stage.until(lambda: ALONE in older.said, what="the older one has given everything up")
    another = await stage.start(bus, "another-older", FAULTY, **faulty(FOLD="older"))
    await stage.until(lambda: ALONE in another.said, what="another older one gets nothing either")
    taken = older.said.count("taken over") + another.said.count("taken over")
    newer.signal(luck.choice((signal.SIGKILL, signal.SIGTERM)))
    await newer.ended()
    await stage.until(
        lambda: older.said.count("taken over") + another.said.count("taken over") > taken,
        what="the older ones go on alone",
    )
    told = older.said.count(ALONE)
    await stage.start_ready(bus, "newer-again")
    await stage.until(lambda: older.said.count(ALONE) > told, what="they give up again")
    await stage.hush(sending)
    await stage.finish(bus)


JOINING = (joining_and_leaving, two_versions_side_by_side)
