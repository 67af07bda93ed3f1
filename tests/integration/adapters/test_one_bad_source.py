"""One bad source harms no other: two adapters on one broker, one of them halted or retrying."""

import signal

import pytest

from ops.simulator.settings import Dirt
from tests.integration.adapters.town import Found, Running, Until

BAD, GOOD, TOPIC = "police_incidents", "city_cases", "city.cases"


@pytest.mark.parametrize(
    ("setting", "value", "state"),
    [("API_KEY", "wrong", "halted"), ("BASE_URL", "http://127.0.0.1:1", "retrying")],
)
async def test_another_adapter_goes_on_while_one_cannot(
    found: Found, running: Running, until: Until, setting: str, value: str, state: str
) -> None:
    """Events that come after the trouble began are sent, and the heartbeat goes on beating."""
    town = await found(seed=5, dirt=Dirt(hangs=0.0))
    hub = town.hub
    hub.environment[f"SHEQU_POLICE_INCIDENTS__{setting}"] = value
    await town.city.run_day(0)
    processes = [await running(hub, name) for name in (BAD, GOOD)]

    async def in_trouble() -> bool:
        return bool((await hub.heartbeat(BAD)).get("state") == state)

    async def more_than(number: int) -> bool:
        return await hub.count(TOPIC) > number

    await until(in_trouble, limit=30, what=state)
    await until(lambda: more_than(0), limit=30, what="events")
    events, beat = await hub.count(TOPIC), await hub.heartbeat(GOOD)
    await town.city.run_day(1)
    await until(lambda: more_than(events), limit=30, what="events after the trouble began")

    async def beating() -> bool:
        now = await hub.heartbeat(GOOD)
        return bool(now["at"] > beat["at"] and now["state"] == "running")

    await until(beating, limit=30, what="another heartbeat")
    assert await in_trouble()
    assert await hub.count("police.incidents") == 0
    assert [process.returncode for process in processes] == [None, None]
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [await process.wait() for process in processes] == [3 * (state == "halted"), 0]
