"""`shequ projector` and `shequ dashboard`: the read side."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dashboard.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `shequ projector` and `shequ dashboard`."""
    app.command()(projector)
    app.command()(dashboard)


def projector(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Empty the read model first, then read everything.")
    ] = False,
) -> None:
    """Fill the read model from the view topics, until Ctrl-C."""
    from dashboard.projector import FencedError, Projector
    from ops import logs, settings
    from ops.errors import OperatorError

    wished, bootstrap = _settings(), _bootstrap()
    logs.configure(settings.load().log_format)
    running = Projector(wished, rebuild=rebuild, bootstrap=bootstrap)
    try:
        asyncio.run(_until_signal(running.run, running.stop))
    except FencedError as error:
        raise OperatorError(str(error)) from None


def dashboard(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port to listen on [default: 8080].")
    ] = None,
    openapi: Annotated[
        Path | None, typer.Option(help="Write the API's OpenAPI document there, and end.")
    ] = None,
) -> None:
    """Serve the pages and the API, until Ctrl-C."""
    if openapi is not None:
        from dashboard.api.app import document

        openapi.write_bytes(document())
        return
    wished = {"dashboard_host": host, "dashboard_port": port}
    _serve(_settings(**{name: value for name, value in wished.items() if value is not None}))


def _serve(settings: "Settings") -> None:
    from dashboard.server import PortTakenError, Server
    from ops import logs
    from ops import settings as command_line
    from ops.errors import SettingError

    logs.configure(command_line.load().log_format)
    server = Server(settings)
    try:
        server.claim()
    except PortTakenError as error:
        raise SettingError(str(error)) from None
    typer.echo(f"Shequ 社区 is at {server.url}")
    if server.beyond_this_machine:
        typer.echo("Whoever reaches this address reads everything: there is no sign-in yet.")
    asyncio.run(_until_signal(server.run, server.stop))


async def _until_signal(run: Callable[[], Awaitable[None]], stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop)
    await run()


def _settings(**given: object) -> "Settings":
    from pydantic import ValidationError

    from dashboard.settings import Settings
    from ops.errors import SettingError

    try:
        return Settings().model_copy(update=given)
    except ValidationError as error:
        wrong = "; ".join(f"SHEQU_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise SettingError(f"{wrong}. Correct it, or unset it; docs/api.md lists all.") from None


def _bootstrap() -> Callable[[], str]:
    """Asks where the broker is; OSError while there is none, so that the projector waits."""
    from ops import settings
    from ops.broker import BrokerError
    from ops.bus import bootstrap_servers

    wanted = settings.load()

    def ask() -> str:
        try:
            return bootstrap_servers(wanted)
        except BrokerError as error:
            raise ConnectionError(str(error)) from None

    return ask
