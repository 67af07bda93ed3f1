"""Settings of the access to Kafka: what goes together is used, what does not is named."""

import ast
import os
from pathlib import Path

import pytest

from ops.cli import main
from schemas.kafka_access import WrongAccessError, access


def given(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    """These settings, and no others."""
    for name, value in values.items():
        monkeypatch.setenv(f"SHEQU_KAFKA_{name}", str(value))


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """A file as an editor leaves it."""
    path = tmp_path / "password"
    path.write_text("s3 cret\n")
    return path


def test_nothing_set_is_plain_text() -> None:
    """A broker on this machine."""
    assert access() == {"security_protocol": "PLAINTEXT"}


def test_a_login_is_given_to_the_client(monkeypatch: pytest.MonkeyPatch, password: Path) -> None:
    """The password without the end of its line."""
    given(monkeypatch, SECURITY="SASL_PLAINTEXT", SASL_USERNAME="hub", SASL_PASSWORD_FILE=password)
    assert access() == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "hub",
        "sasl_plain_password": "s3 cret",
    }


def test_a_changed_password_needs_no_restart(
    monkeypatch: pytest.MonkeyPatch, password: Path
) -> None:
    """The next client reads it anew."""
    given(monkeypatch, SECURITY="SASL_PLAINTEXT", SASL_USERNAME="hub", SASL_PASSWORD_FILE=password)
    access()
    password.write_text("new")
    assert access()["sasl_plain_password"] == "new"  # noqa: S105 -- of the test


def test_over_tls_the_brokers_name_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the system's authorities, where none is named."""
    given(monkeypatch, SECURITY="SSL")
    assert access()["ssl_context"].check_hostname


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"SECURITY": "TLS"}, "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"),
        ({"SECURITY": "SASL_SSL"}, "SHEQU_KAFKA_SASL_USERNAME must be set"),
        ({"SECURITY": "SASL_SSL"}, "SHEQU_KAFKA_SASL_PASSWORD_FILE must be set"),
        ({"SASL_USERNAME": "hub"}, "SASL_USERNAME is set and has no effect"),
        ({"SECURITY": "SASL_PLAINTEXT", "CA_FILE": "x"}, "CA_FILE is set and has no effect"),
        ({"SECURITY": "SSL", "CERT_FILE": "x"}, "CERT_FILE and SHEQU_KAFKA_KEY_FILE go together"),
        ({"SECURITY": "SSL", "CA_FILE": "/none"}, "SHEQU_KAFKA_CA_FILE=/none: "),
        (
            {"SECURITY": "SASL_SSL", "SASL_USERNAME": "a", "SASL_PASSWORD_FILE": "/none"},
            "=/none cannot be read (No such file or directory): write the password into it",
        ),
        (
            {"SECURITY": "SASL_SSL", "SASL_USERNAME": "a", "SASL_PASSWORD_FILE": os.devnull},
            "is empty: write the password into it",
        ),
        ({"SASL_MECHANISM": "GSSAPI"}, "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
    ],
)
def test_what_does_not_go_together_is_named(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], said: str
) -> None:
    """Before any client is made."""
    given(monkeypatch, **values)
    with pytest.raises(WrongAccessError) as wrong:
        access()
    assert said in str(wrong.value)


def test_the_command_line_ends_with_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the command: one message, no traceback."""
    given(monkeypatch, SECURITY="SASL_SSL")
    monkeypatch.setattr("sys.argv", ["shequ", "topics", "apply"])
    with pytest.raises(SystemExit) as ending:
        main()
    assert ending.value.code == 2
    assert "SHEQU_KAFKA_SASL_USERNAME must be set" in capsys.readouterr().err


CLIENTS = ("AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "QuickProducer")
BESIDES = {
    Path("ops/broker/ready.py"),  # asks the embedded broker, which is in plain text
    Path("streams/lane/faust/thread.py"),  # gets it from Faust, to which the app has given it
}


def test_every_client_of_the_hub_uses_it() -> None:
    """One that did not would find no broker where a login is asked for."""
    root = Path(__file__).parents[3]
    without, found = [], 0
    for room in ("adapters", "streams", "dashboard", "ops"):
        for path in (root / room).rglob("*.py"):
            where = path.relative_to(root)
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in CLIENTS:
                    found += 1
                    given_ = {ast.unparse(one.value) for one in node.keywords if one.arg is None}
                    if "access()" not in given_ and where not in BESIDES:
                        without.append(f"{where}:{node.lineno}")
    assert found > 10
    assert without == []
