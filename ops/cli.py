"""The command line `shequ`: one module of ops.commands for each noun."""

import importlib
import os
import pkgutil
import sys
from typing import NoReturn

import typer

from ops import commands
from ops.errors import OperatorError, SettingError
from schemas.errors import ContractError


def build() -> typer.Typer:
    """The whole command line: every module of ops.commands registers what it offers."""
    app = typer.Typer(
        name="shequ",
        help="Shequ 社区: the event hub between a city's departments and its communities.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda module: module.name):
        importlib.import_module(f"{commands.__name__}.{found.name}").register(app)
    return app


def main() -> None:
    """Run it. What an operator can put right is one message and an exit code, never a traceback."""
    try:
        _look_at_access()
        build()()
    except OperatorError as error:
        _end(str(error), error.exit_code)
    except ContractError as error:
        _end(str(error), OperatorError.exit_code)
    except OSError as error:
        if error.filename is None:
            raise
        _end(f"{error.filename}: {error.strerror}. Mend that, or set SHEQU_HOME.", 1)
    except Exception as error:
        if (told := _from_kafka(error)) is None:
            raise
        _end(told, OperatorError.exit_code)


def _from_kafka(error: Exception) -> str | None:
    """What to do about it; None where it is no error of Kafka's."""
    if "aiokafka" not in sys.modules:  # loading it takes longer than most commands
        return None
    from aiokafka.errors import KafkaConnectionError, KafkaError

    if isinstance(error, KafkaConnectionError):
        return (
            f"Kafka does not let us in, or went away ({error}): look whether it runs, or correct "
            "SHEQU_BOOTSTRAP, or SHEQU_KAFKA_SECURITY and what belongs to it."
        )
    if isinstance(error, KafkaError):
        return f"Kafka refuses this ({error}): look at its log, at its ACLs, at its version."
    return None


def _look_at_access() -> None:
    """Before any client is made: what does not go together is one message, and code 2."""
    from schemas.kafka_access import PREFIX, WrongAccessError, access

    if any(name.startswith(PREFIX) for name in os.environ):
        try:
            access()
        except WrongAccessError as error:
            raise SettingError(str(error)) from None


def _end(message: str, code: int) -> NoReturn:
    typer.secho(message, fg=typer.colors.RED, err=True)
    sys.exit(code)
