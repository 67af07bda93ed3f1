"""Where the bus is."""

from pathlib import Path

import pytest

from ops.broker import BrokerError
from ops.bus import bootstrap_servers
from ops.settings import Settings


def test_the_citys_kafka_comes_first() -> None:
    """A set address is used as it is."""
    assert bootstrap_servers(Settings(bootstrap="kafka.city:9092")) == "kafka.city:9092"


def test_without_any_kafka_the_message_says_how_to_get_one(tmp_path: Path) -> None:
    """Start ours, or name yours."""
    with pytest.raises(BrokerError, match=r"shequ broker start --detach.*SHEQU_BOOTSTRAP"):
        bootstrap_servers(Settings(home=tmp_path))
