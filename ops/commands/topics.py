"""`shequ topics`: the cluster's topics against the catalogue."""

import asyncio

import typer

topics = typer.Typer(help="Topics of the catalogue on the cluster.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add `shequ topics`."""
    app.add_typer(topics, name="topics")


@topics.command()
def apply() -> None:
    """Make the topics that are missing; name those that differ (exit code 4)."""
    from ops import bus, settings
    from ops import topics as cluster

    wanted = settings.load()
    found = asyncio.run(cluster.apply(bus.answering_servers(wanted), cluster.wanted_topics(wanted)))
    for topic in found.missing:
        typer.echo(f"made {topic.name} ({topic.partitions} partitions)")
    for name, setting, value, expected in found.differing:
        typer.echo(f"{name}: {setting} is {value!r}, the catalogue says {expected!r}", err=True)
    if found.differing:
        typer.echo("change them by hand or in the catalogue, then apply again", err=True)
        raise typer.Exit(4)
    if not found.missing:
        typer.echo("all topics are as the catalogue says")
