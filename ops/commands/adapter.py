"""`shequ adapter`: what reads the departments' systems."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from adapters.kit.adapter import Adapter

adapter = typer.Typer(help="What reads the departments' systems.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The adapter's name; see `shequ adapter list`.")]


def register(app: typer.Typer) -> None:
    """Add `shequ adapter`."""
    app.add_typer(adapter, name="adapter")


@adapter.command(name="list")
def list_() -> None:
    """Name the adapters, what they read and which topic they write."""
    from adapters import registry

    for name in registry.NAMES:
        found = registry.find(name)
        typer.echo(f"{name}\t{found.title}\t{found.topic}")


@adapter.command()
def run(name: Name) -> None:
    """Read a system until stopped (SIGTERM or Ctrl-C); exit code 3 if it halted."""
    _run(name, once=False)


@adapter.command()
def once(name: Name) -> None:
    """Read what a system has now, and end; exit code 3 if it halted."""
    _run(name, once=True)


def _run(name: str, *, once: bool) -> None:
    from adapters.kit import process
    from adapters.kit.errors import HaltError
    from adapters.kit.settings import WrongSettingError
    from ops import logs, settings
    from ops.errors import OperatorError, SettingError

    found = _find(name)
    logs.configure(settings.load().log_format)
    _point_to_the_bus()
    try:
        code = process.run(found, once=once)
    except WrongSettingError as error:
        raise SettingError(str(error)) from error
    except HaltError as error:
        raise OperatorError(error.finding.sentence) from error
    if code:
        raise typer.Exit(code)


def _find(name: str) -> "Adapter[Any]":
    from adapters.registry import UnknownAdapterError, find
    from ops.errors import OperatorError

    try:
        return find(name)
    except UnknownAdapterError as error:
        raise OperatorError(str(error)) from error


def _point_to_the_bus() -> None:
    """Where no Kafka is set, the embedded broker of this machine is meant."""
    from ops import bus, settings

    wanted = settings.load()
    if wanted.bootstrap is None:
        os.environ[f"{settings.PREFIX}BOOTSTRAP"] = bus.bootstrap_servers(wanted)
