"""The command line: quick to help, and never a traceback for what an operator can mend."""

import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from ops import cli

SLOW_TO_LOAD = ("aiokafka", "faust", "litestar", "sqlalchemy", "shapely", "pydantic_settings")


def test_help_lists_the_nouns() -> None:
    """Each module of ops.commands is there."""
    said = CliRunner().invoke(cli.build(), ["--help"]).stdout
    assert "broker" in said


def test_help_loads_nothing_that_is_slow() -> None:
    """Commands import what they need when they run."""
    script = (
        "import sys; from ops import cli; cli.build();"
        f"print([name for name in {SLOW_TO_LOAD!r} if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


def test_a_wrong_setting_is_one_message_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Through the real entry point."""
    monkeypatch.setenv("SHEQU_PARTITIONS", "x")
    monkeypatch.setattr(sys, "argv", ["shequ", "broker", "status"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("setting SHEQU_PARTITIONS='x' is not allowed.")
    assert "Traceback" not in said


@pytest.mark.parametrize("command", [["topics", "apply"], ["lists", "publish"], ["verify"]])
def test_a_broker_that_hangs_up_is_one_message_that_names_the_access(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    command: list[str],
) -> None:
    """As one that wants another login, or none: it says no more than that."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        Thread(target=hang_up, args=(server,), daemon=True).start()
        monkeypatch.setenv("SHEQU_HOME", str(tmp_path))
        monkeypatch.setenv("SHEQU_BOOTSTRAP", f"127.0.0.1:{port}")
        monkeypatch.setattr(sys, "argv", ["shequ", *command])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "SHEQU_BOOTSTRAP" in said
    assert "SHEQU_KAFKA_SECURITY" in said
    assert "Traceback" not in said


def hang_up(server: socket.socket) -> None:
    """Take each connection and close it, until the server is closed."""
    with suppress(OSError):
        while True:
            server.accept()[0].close()


def test_an_adapter_that_is_not_there_is_a_wrong_argument(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2: a supervisor does not start it again and again."""
    monkeypatch.setattr(sys, "argv", ["shequ", "adapters", "run", "nosuch"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("There is no adapter 'nosuch'. There are: ")


def test_who_leaves_the_s_away_is_told_the_name() -> None:
    """There is one name for a group; Typer names the nearest."""
    said = CliRunner().invoke(cli.build(), ["adapter", "list"])
    assert said.exit_code == 2
    assert "Did you mean 'adapters'?" in said.stderr
