"""`shequ schemas`, as a maintainer types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops import cli
from ops.errors import OperatorError
from schemas import catalogue as module
from schemas.catalogue import HERE, catalogue, load


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the contract that a test may change; the command works on it."""
    for folder in ("avro", "topics"):
        (tmp_path / folder).mkdir()
        for path in (HERE / folder).iterdir():
            (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    (tmp_path / "lock.json").write_bytes((HERE / "lock.json").read_bytes())
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "catalogue", lambda: load(tmp_path))
    return tmp_path


def test_the_contract_of_this_checkout_holds() -> None:
    """What CI asks."""
    answer = CliRunner().invoke(cli.build(), ["schemas", "check"])
    assert answer.exit_code == 0, answer.stderr
    assert f"{len(catalogue().topics)} topics" in answer.stdout


def test_a_field_with_a_default_is_locked_and_then_the_contract_holds_again(copy: Path) -> None:
    """Checked, refused, locked, checked: the way of every change."""
    _add_field(copy, "state.Command.avsc", default=None)
    before = CliRunner().invoke(cli.build(), ["schemas", "check"])
    assert before.exit_code == 6
    assert "shequ.state.Command is not what lock.json says" in before.stderr
    locked = CliRunner().invoke(cli.build(), ["schemas", "lock"])
    number = len(catalogue().locked) + 1
    assert locked.stdout == f"shequ.state.Command version 2 is id {number}\n"
    assert CliRunner().invoke(cli.build(), ["schemas", "check"]).exit_code == 0
    again = CliRunner().invoke(cli.build(), ["schemas", "lock"])
    assert again.stdout == "every schema is locked already\n"


def test_a_field_without_a_default_is_refused_and_nothing_is_written(copy: Path) -> None:
    """The message names schema and field, and says what can be done instead."""
    _add_field(copy, "state.Command.avsc")
    answer = CliRunner().invoke(cli.build(), ["schemas", "lock"])
    assert isinstance(answer.exception, OperatorError)
    assert "shequ.state.Command cannot read version 1: /colour" in str(answer.exception)
    assert "default" in str(answer.exception)
    assert (copy / "lock.json").read_bytes() == (HERE / "lock.json").read_bytes()


def test_a_topic_that_nobody_owns_is_a_fault(copy: Path) -> None:
    """Nobody would answer for it."""
    path = copy / "topics" / "city.cases.yaml"
    path.write_text(path.read_text("utf-8").replace("owner: city management 城管", "owner: ''"))
    answer = CliRunner().invoke(cli.build(), ["schemas", "check"])
    assert answer.exit_code == 6
    assert "topics/city.cases.yaml: owner is empty" in answer.stderr


def test_a_schema_that_no_topic_holds_is_a_fault(copy: Path) -> None:
    """It is dead, or its topic was forgotten."""
    lonely = {"type": "record", "name": "Lonely", "namespace": "shequ", "fields": []}
    (copy / "avro" / "Lonely.avsc").write_text(json.dumps(lonely), "utf-8")
    answer = CliRunner().invoke(cli.build(), ["schemas", "check"])
    assert "shequ.Lonely is on no topic and in no other schema" in answer.stderr


def _add_field(folder: Path, name: str, **more: object) -> None:
    path = folder / "avro" / name
    definition = json.loads(path.read_text("utf-8"))
    kind = ["null", "string"] if more else "string"
    definition["fields"].append({"name": "colour", "type": kind, "doc": "test", **more})
    path.write_text(json.dumps(definition), "utf-8")
