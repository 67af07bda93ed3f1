"""`shequ simulate`: a city that never was, with the systems of its departments."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ops.simulator.records import System
    from ops.simulator.simulation import Simulation


class What(StrEnum):
    """Which systems of the city run here."""

    police = "police"
    files = "files"
    household = "household"
    permits = "permits"
    department = "department"
    all = "all"


class Database(StrEnum):
    """What the register of persons is kept in."""

    auto = "auto"
    postgresql = "postgresql"
    sqlite = "sqlite"


SYSTEMS: "dict[What, tuple[System, ...]]" = {
    What.police: ("police",),
    What.files: ("city",),
    What.household: ("household",),
    What.permits: ("permits",),
    What.department: ("own_cases", "own_moves"),
}
SERVED = (What.police, What.all)
PERMITS_PER_THOUSAND = 3.0  # people and day, where there is a receiver
OWN_STREET = "420704001000"  # writes to Kafka itself, where there is one

Seed = Annotated[int, typer.Option(help="The same seed makes the same city.")]
People = Annotated[int, typer.Option(min=1, max=2_000_000, help="Inhabitants.")]
Days = Annotated[int, typer.Option(min=0, max=25, help="Days of history, played at once.")]
Speed = Annotated[float, typer.Option(min=0.01, help="Live: times faster than the clock.")]
Start = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="First day (default: so that history ends today)."),
]
Folder = Annotated[
    Path | None, typer.Option(help="The city's folder (default: city in the data folder).")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The police system's; 0: a free one.")]
ByHand = Annotated[
    bool, typer.Option("--by-hand", help="Play a day only when POST /control/day asks for it.")
]
Trickled = Annotated[
    float, typer.Option(min=0, help="Instead of the city's life: incidents a second, stamped now.")
]
Receiver = Annotated[
    str, typer.Option(help="Base URL of the permits' receiver; without it there is no platform.")
]
Secret = Annotated[str, typer.Option(help="whsec_ and base64: the key of the platform's webhooks.")]
Registry = Annotated[
    str, typer.Option(help="The hub's schema registry, for a department that writes to Kafka.")
]
Bootstrap = Annotated[str, typer.Option(help="Kafka, for a department that writes to it.")]
Prefix = Annotated[str, typer.Option(help="Before the names of that department's topics.")]
DatabaseSort = Annotated[
    Database, typer.Option(help="Of the register of persons; auto: PostgreSQL where there is one.")
]
DatabasePort = Annotated[
    int, typer.Option(min=0, max=65535, help="PostgreSQL's port; 0: a free one.")
]
Clean = Annotated[bool, typer.Option("--clean", help="Departments that never err.")]


def register(app: typer.Typer) -> None:
    """Add `shequ simulate`."""
    app.command()(simulate)


def simulate(  # noqa: PLR0913, PLR0917 - one parameter for each option
    what: What,
    seed: Seed = 1,
    people: People = 20_000,
    days: Days = 7,
    speed: Speed = 60.0,
    start: Start = None,
    folder: Folder = None,
    port: Port = 8790,
    by_hand: ByHand = False,
    trickle: Trickled = 0,
    receiver: Receiver = "",
    secret: Secret = "",
    registry: Registry = "",
    bootstrap: Bootstrap = "",
    prefix: Prefix = "",
    database: DatabaseSort = Database.auto,
    database_port: DatabasePort = 0,
    clean: Clean = False,
) -> None:
    """Run a city that never was: the systems of its departments, one of them or all.

    History is played at once, then the city goes on live until Ctrl-C. Killed and started again
    with the same arguments it goes on where it was.
    """
    from ops import settings
    from ops.errors import OperatorError
    from ops.simulator.memory import SimulatorError
    from ops.simulator.settings import Dirt, Settings, china_today, last_days
    from ops.simulator.simulation import EVERY, Simulation
    from ops.simulator.targets import SECRET, Targets

    folder = folder or settings.load().home / "city"
    first = start.date() if start else None
    first = first or Simulation.first_day(folder, last_days(days, china_today()))
    targets = Targets(
        receiver=receiver,
        secret=secret or SECRET,
        registry=registry,
        bootstrap=bootstrap,
        prefix=prefix,
        database=database.value,
        database_port=database_port,
    )
    wanted = Settings(
        start=first,
        seed=seed,
        people=people,
        days=days,
        permits_per_thousand=PERMITS_PER_THOUSAND if targets.receiver else 0.0,
        registered=True,
        own_street=OWN_STREET if targets.produces else "",
    )
    dirt = Dirt.none() if clean else Dirt()
    try:
        systems = SYSTEMS.get(what, EVERY)
        city = Simulation(folder, wanted, dirt, systems=systems, targets=targets, speed=speed)
        lived = partial(_life, city, by_hand=by_hand, trickle=trickle)
        asyncio.run(_until_stopped(city, lived, port if what in SERVED or by_hand else None))
    except SimulatorError as error:
        raise OperatorError(str(error)) from error


def _life(
    city: "Simulation", *, by_hand: bool, trickle: float
) -> Coroutine[object, object, object]:
    from ops.simulator.trickle import Trickle

    if trickle:
        return Trickle(city.city, city.police, trickle).run()
    return asyncio.Event().wait() if by_hand else city.run()


async def _until_stopped(
    city: "Simulation", lived: Callable[[], Coroutine[object, object, object]], port: int | None
) -> None:
    """Live until Ctrl-C or SIGTERM."""
    task = asyncio.ensure_future(_serve(city, lived, port))
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


async def _serve(
    city: "Simulation", lived: Callable[[], Coroutine[object, object, object]], port: int | None
) -> None:
    """Live, and serve the police system, and control, at a port if given."""
    from ops.simulator import control

    typer.echo(f"city of {city.settings.start} in {city.folder}, case files in {city.cases.inbox}")
    async with AsyncExitStack() as serving:
        if port is None:
            await serving.enter_async_context(city.living())
        else:
            served = city.served(control.application(city), port)
            base_url = await serving.enter_async_context(served)
            typer.echo(f"police system at {base_url}, X-Api-Key {city.police.api_key}")
        if city.plays_register:
            typer.echo(f"register of persons at the URL in {city.database.url_file}")
        await lived()
