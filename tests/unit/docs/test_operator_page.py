"""docs/operator.md names every command, option, exit code, setting, rule and error there is."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, cast

import pytest
import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from ops.cli import build
from ops.errors import OperatorError, SettingError
from schemas.compiled.cache import FOLDER
from streams.lane import errors as lane_errors

RowsOf = Callable[[str, str], dict[str, list[str]]]
CODE = ("adapters", "dashboard", "ops", "schemas", "streams")


class Parameter(Protocol):
    """A command's option or argument (Typer brings its own Click along)."""

    param_type_name: str
    opts: list[str]


class Command(Protocol):
    """A command of the command line."""

    params: list[Parameter]


def _commands(command: Command, path: str) -> Iterator[tuple[str, Command]]:
    """Commands below one, by the words that call them."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, one in below.items():
        yield from _commands(one, f"{path} {name}")


COMMANDS = dict(_commands(cast("Command", typer.main.get_command(build())), "shequ"))


def _modules(root: Path) -> Iterator[tuple[str, str]]:
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            yield ".".join(path.relative_to(root).with_suffix("").parts), path.read_text("utf-8")


def _below(kind: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for found in kind.__subclasses__():
        yield found
        yield from _below(found)


def _settings(root: Path) -> dict[str, list[FieldInfo]]:
    """Every field of every settings class of the hub, by variable: the command line's first."""
    for name, text in _modules(root):
        if re.search(r"^class \w+\(\w*Settings\)", text, re.MULTILINE):
            importlib.import_module(name)
    found: dict[str, list[FieldInfo]] = {}
    classes = sorted(_below(BaseSettings), key=lambda kind: kind.__module__.split(".")[0] != "ops")
    for kind in classes:
        prefix = kind.model_config.get("env_prefix", "")
        if prefix and kind.__module__.split(".")[0] in CODE:
            for name, field in kind.model_fields.items():
                found.setdefault(f"{prefix}{name.upper()}", []).append(field)
    return found


def _shown(field: FieldInfo) -> str:
    """A default as the page writes it; one that follows from other settings is `unset`."""
    value = None if field.default_factory else field.get_default()
    if value is PydanticUndefined or isinstance(value, SecretStr):
        return "must be set"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return {None: "unset", "": "empty"}.get(value, f"`{value}`")


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_a_row_that_names_all_its_options(
    path: str, operator_page: str, rows_of: RowsOf
) -> None:
    rows = rows_of(operator_page, "## Commands")
    assert path in rows, f"docs/operator.md, Commands: add a row for `{path}`"
    options = [
        option
        for parameter in COMMANDS[path].params
        if parameter.param_type_name == "option"
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    ]
    missing = [option for option in options if f"`{option}`" not in rows[path][0]]
    assert not missing, f"docs/operator.md: the row of `{path}` lacks {missing}"


def test_no_row_is_about_a_command_that_is_gone(operator_page: str, rows_of: RowsOf) -> None:
    documented = [
        name for name in rows_of(operator_page, "## Commands") if name.startswith("shequ")
    ]
    assert sorted(documented) == sorted(COMMANDS)


def test_every_setting_has_a_row_with_its_default(
    root: Path, operator_page: str, rows_of: RowsOf
) -> None:
    rows, settings = rows_of(operator_page, "## Settings"), _settings(root)
    assert len(settings) > 40
    missing = sorted(set(settings) - set(rows))
    assert not missing, f"docs/operator.md, Settings: add rows for {missing}"
    for name, (first, *_) in settings.items():
        assert rows[name][0] == _shown(first), f"{name}: the default is {_shown(first)}"


def test_no_row_is_about_a_setting_that_is_gone(
    root: Path, operator_page: str, rows_of: RowsOf
) -> None:
    assert set(rows_of(operator_page, "## Settings")) == {*_settings(root), FOLDER}


def test_every_exit_code_is_explained(root: Path, operator_page: str, rows_of: RowsOf) -> None:
    explained = {int(code) for code in rows_of(operator_page, "## Exit codes")}
    raised = {0, OperatorError.exit_code, SettingError.exit_code, lane_errors.EX_TEMPFAIL}
    for _, text in _modules(root):
        raised |= {int(code) for code in re.findall(r"typer\.Exit\((\d+)\)", text)}
    assert explained == raised


def _rules(tree: ast.Module) -> Iterator[str]:
    """Rules that a module gives: `rule=` of a finding, the first argument of a bad record."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
            if isinstance(node.func, ast.Name) and node.func.id == "BadRecordError":
                given += node.args[:1]
            for value in given:
                if isinstance(value, ast.Constant) and "." in str(value.value):
                    yield str(value.value)


def test_every_rule_of_a_finding_or_a_dead_letter_is_explained(
    root: Path, operator_page: str, rows_of: RowsOf
) -> None:
    """Both those that the code gives and those that the page can say to its reader."""
    texts = root / "dashboard" / "web" / "src" / "i18n" / "findings.zh.ts"
    given = set(re.findall(r'"finding\.([a-z_.]+)"', texts.read_text("utf-8")))
    for _, text in _modules(root):
        given |= set(_rules(ast.parse(text)))
    assert len(given) > 25
    missing = sorted(given - set(rows_of(operator_page, "### Rules")))
    assert not missing, f"docs/operator.md, Rules: add rows for {missing}"


def test_every_error_that_ends_a_worker_is_explained(operator_page: str, rows_of: RowsOf) -> None:
    kinds = {
        name
        for name, kind in vars(lane_errors).items()
        if isinstance(kind, type) and issubclass(kind, lane_errors.LaneError)
    }
    assert set(rows_of(operator_page, "### The worker ends")) == kinds
