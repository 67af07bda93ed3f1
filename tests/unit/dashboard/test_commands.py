"""`shequ projector` and `shequ dashboard` say what is wrong before they do anything."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops import cli


def _run(*arguments: str, **env: str) -> tuple[int, str]:
    found = CliRunner().invoke(cli.build(), list(arguments), env=env)
    return found.exit_code, f"{found.output}{found.exception or ''}"


@pytest.mark.parametrize("command", ["projector", "dashboard"])
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SHEQU_SILENT_AFTER_SECONDS", "-1"),
        ("SHEQU_BATCH_RECORDS", "many"),
        ("SHEQU_DATABASE_URL", "mysql://host/database"),
    ],
)
def test_a_wrong_setting_is_named(command: str, variable: str, value: str) -> None:
    code, said = _run(command, **{variable: value})
    assert code != 0
    assert variable in said
    assert "docs/api.md" in said


def test_the_openapi_document_is_written_where_asked(tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"
    code, _ = _run("dashboard", "--openapi", str(target))
    assert code == 0
    assert json.loads(target.read_text("utf-8"))["openapi"].startswith("3.1")
