"""`shequ adapters check` of what stands on the hub's own Kafka."""

from pathlib import Path

import pytest

from ops import cli


@pytest.mark.parametrize("name", ["kafka_intake", "kafka_intake_moves"])
def test_without_an_address_the_broker_of_this_installation_is_meant_and_no_other(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """Whatever answers at the usual port may be another installation's."""
    monkeypatch.delenv("SHEQU_BOOTSTRAP", raising=False)
    monkeypatch.setenv("SHEQU_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["shequ", "adapters", "check", name])
    with pytest.raises(SystemExit):
        cli.main()
    assert f"no broker runs on {tmp_path / 'broker'}" in capsys.readouterr().err
