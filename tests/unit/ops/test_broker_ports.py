"""Choosing loopback ports, and the configuration that names them."""

import socket
from pathlib import Path

from ops.broker import ports
from ops.broker.configuration import server_properties


def test_a_free_wish_is_granted_and_a_taken_one_is_not() -> None:
    """The first free wish wins."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = taken.getsockname()[1]
        free = ports.choose()
        assert ports.is_answered(busy)
        assert not ports.is_free(busy)
        assert ports.choose(busy, None, free) == free
        assert ports.choose(busy) not in {busy, None}


def test_two_ports_of_one_broker_differ() -> None:
    """Even when both are wished for."""
    port = ports.choose()
    assert ports.choose(port, besides=(port,)) != port


def test_an_override_wins_and_a_path_survives() -> None:
    """Properties files read a backslash as an escape."""
    text = server_properties(
        logs=Path("odd\\name"), port=1, controller_port=2, overrides={"num.io.threads": "9"}
    )
    lines = text.splitlines()
    assert "num.io.threads=9" in lines
    assert "log.dirs=odd\\\\name" in lines
    assert "auto.create.topics.enable=false" in lines
