"""`shequ adapters`: what reads the departments' systems."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from adapters.kit.adapter import Adapter

group = typer.Typer(help="What reads the departments' systems.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The adapter's name; see `shequ adapters list`.")]


def register(app: typer.Typer) -> None:
    """Add `shequ adapters`."""
    app.add_typer(group, name="adapters")


@group.command(name="list")
def list_() -> None:
    """Name the adapters, what they read and which topic they write."""
    from adapters import registry

    for name in registry.NAMES:
        found = registry.find(name)
        typer.echo(f"{name}\t{found.title}\t{found.topic}")


@group.command()
def run(name: Name) -> None:
    """Read a system until stopped (SIGTERM or Ctrl-C); exit code 3 if it halted."""
    _run(name, once=False)


@group.command()
def once(name: Name) -> None:
    """Read what a system has now, and end; exit code 3 if it halted."""
    _run(name, once=True)


@group.command()
def check(
    name: Name,
    given: Annotated[
        Path | None, typer.Option("--input", help="A file, or a folder of files, to read instead.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="How another city's export becomes cases: a YAML file.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Stop after about so many rows; unset: read all.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Read what a system has, publish nothing, say what is in it; exit code 4: it does not fit."""
    import msgspec
    from rich.console import Console

    from adapters.check import check as run_check
    from adapters.kit.errors import AdapterError, RetryError
    from adapters.kit.settings import WrongSettingError
    from ops import checks
    from ops.errors import OperatorError, SettingError

    found = _find(name)
    if found.from_bus:
        _point_to_the_bus()
    try:
        report = run_check(found, given=given, mapping=mapping, most=rows)
    except WrongSettingError as error:
        raise SettingError(str(error)) from error
    except AdapterError as error:
        again = " A check tries once." if isinstance(error, RetryError) else ""
        raise OperatorError(f"{error.finding.sentence}{again}") from error
    if json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    else:
        checks.show(report, Console())
    if not report.fine:
        raise typer.Exit(4)


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
    from ops.errors import SettingError

    try:
        return find(name)
    except UnknownAdapterError as error:
        raise SettingError(str(error)) from error


def _point_to_the_bus() -> None:
    """Where no Kafka is set, the embedded broker of this machine is meant."""
    from ops import bus, settings

    wanted = settings.load()
    if wanted.bootstrap is None:
        os.environ[f"{settings.PREFIX}BOOTSTRAP"] = bus.bootstrap_servers(wanted)
