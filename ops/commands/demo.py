"""`shequ demo`: a small city, all of it, on this machine."""

import asyncio
import logging
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `shequ demo`."""
    app.command()(demo)


def demo(
    seed: Annotated[int, typer.Option(help="Another seed is another city.")] = 1,
    people: Annotated[int, typer.Option(min=500, max=2_000_000, help="Inhabitants.")] = 20_000,
    days: Annotated[int, typer.Option(min=1, max=25, help="Days of history.")] = 7,
    speed: Annotated[
        float, typer.Option(min=1, help="Simulated seconds in a second, live.")
    ] = 60.0,
) -> None:
    """Start Kafka, four departments' systems, their adapters, the worker, the read side, the page.

    Prints the address of the page when it is ready. Ctrl-C stops everything; the next start goes
    on with the data in SHEQU_HOME (default ./var).
    """
    from ops import logs, settings
    from ops.demo.city import Size
    from ops.demo.supervisor import Demo

    wanted = settings.load()
    logs.configure(wanted.log_format)
    # what the client retries by itself (topics just made have no leader yet) is no news here
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    asyncio.run(Demo(wanted, Size(seed, people, days, speed)).run())
