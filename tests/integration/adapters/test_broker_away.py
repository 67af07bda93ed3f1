"""The broker dies under a working adapter, and comes back."""

import signal
from datetime import date
from pathlib import Path

from ops.broker import EmbeddedBroker
from ops.simulator.settings import Dirt, Settings
from ops.simulator.simulation import Simulation
from tests.integration.adapters.test_kills import SOURCES, check_ids, check_records
from tests.integration.adapters.town import Running, Until, hub_of

NAME, TOPIC = "police_incidents", "police.incidents"


async def test_a_broker_that_is_killed_and_comes_back_costs_nothing(
    tmp_path: Path, until: Until, running: Running
) -> None:
    """The adapter retries, goes on by itself, and in the end everything is there."""
    wanted = Settings(start=date(2026, 11, 1), seed=9, people=1500, days=4)
    city = Simulation(tmp_path / "city", wanted, Dirt(hangs=0.0), half_seconds=0.0)
    broker = EmbeddedBroker(tmp_path / "kafka")
    await broker.start()
    try:
        async with city.served() as url:
            hub = await hub_of(broker.bootstrap, tmp_path, city, url)
            await city.run_day(0)
            process = await running(hub, NAME)
            await until(lambda: hub.count(TOPIC), limit=30, what="first events")
            broker.kill()
            await city.run_day(3)
            log = tmp_path / f"{NAME}.log"
            await until(lambda: '"state": "retrying"' in log.read_text(), limit=60, what="retrying")
            await broker.start()
            total = len(city.ledger.after(3).standings) // 2

            async def everything() -> bool:
                return await hub.count(TOPIC) > total

            await until(everything, limit=60, what=f"more than {total} events")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            assert await hub.once(NAME) == 0
            messages = await hub.messages(TOPIC)
            check_ids(messages)
            check_records(messages, city.ledger.after(3), SOURCES[NAME])
    finally:
        await broker.stop()
