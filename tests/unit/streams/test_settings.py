"""Settings of a worker: a wrong one is one message, and nothing is built on it."""

import importlib.util
from types import ModuleType

import pytest

from schemas.naming import Lineage
from streams.settings import StreamsSettings, WrongSettingError, load


def test_nothing_needs_to_be_set() -> None:
    """A worker beside an embedded broker."""
    found = load()
    assert found.names.lineage == Lineage("community", 1)
    assert found.session_timeout == 30


def test_what_waits_for_a_commit_ends_before_the_transaction_and_that_before_the_session() -> None:
    """In this order a zombie is over before anybody takes its place."""
    for seconds in (6.0, 10.0, 30.0, 600.0):
        found = StreamsSettings(session_timeout=seconds)
        assert found.quiesce_timeout < found.transaction_timeout < found.session_timeout


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SESSION_TIMEOUT", "soon", "6 to 600"),
        ("SESSION_TIMEOUT", "5", "6 to 600"),
        ("BOOTSTRAP", "kafka", "host:port"),
        ("TOPIC_PREFIX", "Wu Han", "small letters"),
        ("APP", "../x", "small letters"),
        ("VIEW_VERSION", "0", "1 to 9999"),
        ("DECODER", "rust", "fastavro or compiled"),
        ("ROWS", "tape", "memory or disk"),
    ],
)
def test_a_wrong_setting_names_itself_its_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    """The operator corrects it without reading code."""
    monkeypatch.setenv(f"SHEQU_{name}", value)
    with pytest.raises(WrongSettingError) as wrong:
        load()
    assert str(wrong.value).startswith(f"setting SHEQU_{name}={value!r} is not allowed.")
    assert allowed in str(wrong.value)


def test_importing_the_app_builds_nothing() -> None:
    """`faust -A streams.app` finds it; whoever only imports it reads no setting."""
    module = _fresh_app_module()
    assert "app" not in vars(module)
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing


def test_the_app_with_a_wrong_setting_is_one_message_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever command line asked for it."""
    monkeypatch.setenv("SHEQU_SESSION_TIMEOUT", "soon")
    with pytest.raises(SystemExit) as ended:
        _ = _fresh_app_module().app
    assert ended.value.code == 2
    assert "setting SHEQU_SESSION_TIMEOUT='soon' is not allowed" in capsys.readouterr().err


def _fresh_app_module() -> ModuleType:
    """The module as another process imports it: the tests' own stays as it is."""
    spec = importlib.util.find_spec("streams.app")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
