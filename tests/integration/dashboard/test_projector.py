"""What stands on the view topics, and only that, stands in the read model."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.dashboard.conftest import City

HOME = "420704001013"
Until = Callable[..., Awaitable[None]]


async def test_a_row_on_a_topic_is_a_row_in_the_read_model(city: "City", until: Until) -> None:
    async with city.projecting():
        await city.say(
            city.message(
                "views.incidents", f"{HOME}/a", code=HOME, status="open", occurred_at=1_000
            )
        )
        await until(city.caught_up)
    [row] = await city.rows("incidents")
    assert (row["row_key"], row["code"], row["status"]) == (f"{HOME}/a", HOME, "open")
