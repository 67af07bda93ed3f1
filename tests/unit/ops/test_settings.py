"""Settings: one place, and a wrong value is one clear message."""

from pathlib import Path

import pytest

from ops import settings
from ops.errors import SettingError
from ops.settings import Settings


def test_nothing_needs_to_be_set() -> None:
    """The defaults run a whole city on one machine."""
    found = settings.load()
    assert (found.home, found.bootstrap, found.partitions, found.city) == (
        Path("var"),
        None,
        4,
        "ezhou",
    )


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable with the prefix is the setting of that name."""
    monkeypatch.setenv("SHEQU_HOME", "elsewhere")
    monkeypatch.setenv("SHEQU_BOOTSTRAP", "k1.city:9092,k2.city:9092")
    found = settings.load()
    assert found.broker_folder == Path("elsewhere/broker")
    assert found.bootstrap == "k1.city:9092,k2.city:9092"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PARTITIONS", "many", "a whole number, 1 to 256"),
        ("PARTITIONS", "0", "a whole number, 1 to 256"),
        ("BOOTSTRAP", "kafka", "host:port"),
        ("CITY", "wuhan", "one of schemas/places: ezhou"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("BROKER_PORT", "70000", "1 to 65535"),
    ],
)
def test_a_wrong_setting_names_itself_its_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    """The operator corrects it without reading code."""
    monkeypatch.setenv(f"SHEQU_{name}", value)
    with pytest.raises(SettingError) as caught:
        settings.load()
    message = str(caught.value)
    assert message.startswith(f"setting SHEQU_{name}={value!r} is not allowed.")
    assert allowed in message


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody corrects one only to be told of the next."""
    monkeypatch.setenv("SHEQU_PARTITIONS", "x")
    monkeypatch.setenv("SHEQU_REPLICATION", "y")
    with pytest.raises(SettingError) as caught:
        settings.load()
    assert len(str(caught.value).splitlines()) == 2


def test_every_setting_says_what_is_allowed() -> None:
    """The message takes it from there."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
