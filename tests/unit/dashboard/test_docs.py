"""What the dashboard offers is documented in docs/api.md, and what is documented is offered."""

import inspect
import json
import re
from pathlib import Path

import pytest

from dashboard.api.app import document
from dashboard.model.writes import KEPT_CHANGES, MOST_NAMES
from dashboard.settings import Settings
from ops.commands import dashboard as commands

TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
SECTIONS = {
    part.partition("\n")[0]: part.partition("\n")[2]
    for part in re.split(r"^### ", TEXT, flags=re.MULTILINE)
}
PATHS = json.loads(document())["paths"]
VARIABLES = dict(re.findall(r"^\| `(SHEQU_\w+)` \| (.*?) \|", TEXT, flags=re.MULTILINE))


def test_every_path_has_a_section_and_every_section_a_path() -> None:
    assert {title for title in SECTIONS if title.startswith("/")} == set(PATHS)


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_parameter_is_named_in_the_section_of_its_path(path: str) -> None:
    said = [one for method in PATHS[path].values() for one in method.get("parameters", [])]
    for parameter in said:
        if parameter["in"] == "path":
            assert f"{{{parameter['name']}}}" in path
        else:
            assert f"`{parameter['name']}" in SECTIONS[path], parameter["name"]


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert set(VARIABLES) == {f"SHEQU_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"bootstrap"}))
def test_defaults_are_documented_as_they_are(name: str) -> None:
    default = Settings.model_fields[name].default
    documented = VARIABLES[f"SHEQU_{name.upper()}"]
    assert documented.startswith("empty") if default == "" else documented == f"`{default}`"


@pytest.mark.parametrize("name", ["projector", "dashboard"])
def test_every_command_and_option_is_documented(name: str) -> None:
    command = getattr(commands, name)
    assert f"`shequ {name}`" in TEXT
    for option in inspect.signature(command).parameters:
        assert f"--{option}" in TEXT


def test_numbers_in_the_text_are_those_of_the_code() -> None:
    assert f"more than {MOST_NAMES} tasks" in TEXT
    assert f"last {KEPT_CHANGES} changes" in TEXT
