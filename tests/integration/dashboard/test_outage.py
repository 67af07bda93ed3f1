"""The broker goes away and comes back: the pages say so meanwhile, and nothing is lost."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.broker import EmbeddedBroker
    from tests.integration.dashboard.conftest import City

HOME = "420704001013"
Until = Callable[..., Awaitable[None]]


async def test_a_killed_broker_is_waited_for_and_gone_on_with(
    lonely: "tuple[City, EmbeddedBroker]", until: Until
) -> None:
    city, broker = lonely
    async with city.projecting():
        await city.say(city.message("tasks", f"{HOME}/before", code=HOME))
        await until(city.caught_up)
        generation = (await city.meta())["generation"]
        broker.kill()
        await until(lambda: city.waits_for(""), limit=30, what="it says that it waits")
        await broker.start()
        await city.say(city.message("tasks", f"{HOME}/after", code=HOME))
        await until(city.caught_up, limit=30)
        assert (await city.meta())["error"] == ""
    assert len(await city.rows("tasks")) == 2
    assert (await city.meta())["generation"] == generation
