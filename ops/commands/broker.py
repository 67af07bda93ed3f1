"""`shequ broker`: the embedded Kafka broker of this machine."""

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ops.broker import EmbeddedBroker

broker = typer.Typer(help="The embedded Kafka broker of this machine.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add `shequ broker`."""
    app.add_typer(broker, name="broker")


@broker.command()
def start(
    detach: Annotated[
        bool, typer.Option("--detach", help="Return once it is ready; it goes on by itself.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The wished port [default: 9092].")
    ] = None,
) -> None:
    """Start the broker; without --detach it ends with Ctrl-C."""
    from ops import logs, settings
    from ops.broker import EmbeddedBroker

    wanted = settings.load()
    logs.configure(wanted.log_format)
    node = EmbeddedBroker(
        wanted.broker_folder,
        port=port or wanted.broker_port,
        libs=wanted.kafka_libs,
        tied=not detach,
    )
    asyncio.run(_run(node, detach=detach))


@broker.command()
def stop() -> None:
    """Stop the broker, whoever started it."""
    from ops import settings
    from ops.broker import stop_running

    folder = settings.load().broker_folder
    pid = asyncio.run(stop_running(folder))
    typer.echo(f"no broker runs on {folder}" if pid is None else f"stopped process {pid}")


@broker.command()
def status() -> None:
    """Say whether the broker runs, and where; exit code 3 if it does not."""
    from ops import settings
    from ops.broker import running

    folder = settings.load().broker_folder
    found = running(folder)
    if found is None:
        typer.echo(f"no broker runs on {folder}; start it with `shequ broker start`")
        raise typer.Exit(3)
    typer.echo(f"running: {found.bootstrap}, process {found.pid}, data in {folder}")


async def _run(node: "EmbeddedBroker", *, detach: bool) -> None:
    bootstrap = await node.start()
    asked = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, asked.set)
    typer.echo(f"Kafka is ready at {bootstrap} (process {node.pid}, log {node.folder.log_file})")
    if detach:
        return
    while node.alive and not asked.is_set():
        await asyncio.sleep(0.2)
    await _end(node, asked=asked.is_set())


async def _end(node: "EmbeddedBroker", *, asked: bool) -> None:
    from ops.broker import BrokerFailedError

    if not asked:
        raise BrokerFailedError(
            f"the broker ended by itself; see {node.folder.log_file}, then start it again."
        )
    await node.stop()
    typer.echo("stopped")
