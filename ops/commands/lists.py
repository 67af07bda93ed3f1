"""`shequ lists`: reference lists on the bus."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

lists = typer.Typer(help="Reference lists on the bus.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add `shequ lists`."""
    app.add_typer(lists, name="lists")


@lists.command()
def publish(
    folder: Annotated[
        Path | None, typer.Option(help="Folder of .yaml lists [default: those that ship].")
    ] = None,
) -> None:
    """Publish the lists that differ from those in force, to every partition at once."""
    from ops import bus, settings
    from ops import lists as reference

    wanted = settings.load()
    found = reference.load(folder) if folder else reference.load_shipped()
    bootstrap = bus.answering_servers(wanted)
    sent = asyncio.run(reference.publish_changed(bootstrap, wanted.names, found))
    typer.echo(f"published: {', '.join(sent)}" if sent else "all lists are in force already")
